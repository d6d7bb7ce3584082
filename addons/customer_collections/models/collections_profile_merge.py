from odoo import api, models
from odoo.tools import SQL

# What belongs to a profile and moves along when it is merged into another.
CHILDREN = ["collections.touchpoint", "collections.hold"]


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    @api.model
    def _merge_partners(self, sources, target):
        """Combine the profiles of merged contacts, company by company.

        Everything said, held, pinned and agreed moves to one profile; the further
        step on the ladder and the later episode stand.

        :param sources: the contacts that go
        :param target: the contact that stays
        """
        self.flush_model()
        partners = sources | target
        profiles = self.with_context(active_test=False).search(
            [("partner_id", "in", partners.ids)]
        )
        for of_company in profiles.grouped("company_id").values():
            kept = of_company.filtered(lambda p: p.partner_id == target)[:1]
            kept = kept or of_company[0]
            kept._take_over(of_company - kept)
            kept.partner_id = target
        self.env.flush_all()

    def _take_over(self, others):
        """Merge other profiles of this company into this one and delete them."""
        self.ensure_one()
        if not others:
            return
        episode = max((self | others).mapped("episode"))
        furthest = max(self | others, key=lambda p: p.stage_id.delay_days or -1)
        values = {
            "stage_id": furthest.stage_id.id,
            "stage_date": furthest.stage_date,
            # Steps taken in either history are not taken again: episodes of two
            # histories must not be mixed up, so a new one begins for both.
            "episode": episode + 1,
        }
        for model in CHILDREN:
            records = self.env[model].search([("profile_id", "in", others.ids)])
            self._repoint(records)
        for model in ("collections.pin", "collections.optout"):
            records = (
                self.env[model]
                .with_context(active_test=False)
                .search([("profile_id", "in", others.ids)])
            )
            # One pin of a kind and one opt-out of a channel stay active.
            records.filtered("active").active = False
            self._repoint(records)
        self._restore_active(others)
        self._move_thread(others)
        self.write(values)
        others.unlink()

    def _repoint(self, records):
        records.flush_model()
        if not records:
            return
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET profile_id = %s WHERE id IN %s",
                SQL.identifier(records._table),
                self.id,
                records._ids,
            )
        )
        records.invalidate_model()

    def _restore_active(self, others):
        """Opt-outs of either contact go on; the merged customer said no as well."""
        optouts = (
            self.env["collections.optout"]
            .with_context(active_test=False)
            .search([("profile_id", "=", self.id)])
        )
        said = {(o.channel, o.partner_id) for o in optouts if o.active}
        for optout in optouts.filtered(lambda o: not o.active):
            if (optout.channel, optout.partner_id) not in said:
                optout.active = True
                said.add((optout.channel, optout.partner_id))

    def _move_thread(self, others):
        """Move messages, activities and attachments of the thread."""
        for model, model_field in (
            ("mail.message", "model"),
            ("mail.activity", "res_model"),
            ("ir.attachment", "res_model"),
        ):
            records = (
                self.env[model]
                .sudo()
                .with_context(active_test=False)
                .search([(model_field, "=", self._name), ("res_id", "in", others.ids)])
            )
            records.write({"res_id": self.id})
