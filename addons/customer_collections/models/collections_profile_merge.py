from odoo import api, models
from odoo.tools import SQL

from .collections_profile_pin import PINNED_FIELDS

# What follows from a pinned choice and stands still with it.
PINNED_ALONG = {"segment": ("policy_id", "team_id"), "stage": ("stage_date",)}


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    @api.model
    def _merge_partners(self, sources, target):
        """Combine the profiles of merged contacts, company by company.

        Everything said, held, pinned and agreed moves to one profile; the further
        step on the ladder stands.

        :param sources: the contacts that go
        :param target: the contact that stays
        """
        self.flush_model()
        self._merge_optouts(sources, target)
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
        # Odoo moves the items by SQL: nobody else sees it. Those of a contact were its
        # company's.
        self.env["collections.stale"]._mark_customers(
            target | partners.commercial_partner_id
        )

    @api.model
    def _merge_optouts(self, sources, target):
        """Say of the contact that stays what the others said: where both said the
        same, Odoo's merge would delete one of the two."""
        optouts = self.env["collections.optout"].with_context(active_test=False)
        said = {
            (optout.profile_id, optout.channel)
            for optout in optouts.search([("partner_id", "=", target.id)])
            if optout.active
        }
        for optout in optouts.search([("partner_id", "in", sources.ids)]):
            key = (optout.profile_id, optout.channel)
            if optout.active and key in said:
                optout.active = False
            elif optout.active:
                said.add(key)
            optout.partner_id = target
        optouts.flush_model()

    def _take_over(self, others):
        """Merge other profiles of this company into this one and delete them."""
        self.ensure_one()
        if not others:
            return
        everybody = self | others
        # What was planned for two is planned anew for one.
        everybody._get_planned_steps()._cancel(
            "superseded", self.env._("The contacts were merged.")
        )
        furthest = max(everybody, key=lambda p: p.stage_id.delay_days or -1)
        values = {
            "stage_id": furthest.stage_id.id,
            "stage_date": furthest.stage_date,
            "collector_id": (self.collector_id or others.collector_id[:1]).id,
            "preferred_channel": self.preferred_channel
            or next(filter(None, others.mapped("preferred_channel")), False),
            **self._take_over_hours(others),
            # Steps taken in either history are not taken again: episodes of two
            # histories must not be mixed up, so a new one begins for both.
            "episode": self._take_over_touchpoints(others) + 1,
            **self._take_over_pins(others),
        }
        self._take_over_optouts(others)
        self._end_doubles(others)
        self._repoint(self.env["collections.hold"], others)
        for name in self.env["collections.agreement"]._get_models():
            self._repoint(self.env[name], others)
        self._repoint(self.env["collections.plan.instalment"], others)
        self._move_thread(others)
        self.write(values)
        others.unlink()

    def _take_over_hours(self, others):
        """Take over the hours somebody wishes to be reached, if this profile has no
        wish of its own.

        :rtype: dict
        """
        # Until 0 says that there is no wish; both hours belong together.
        wish = (self | others).filtered("contact_hour_to")[:1]
        return {
            "contact_hour_from": wish.contact_hour_from,
            "contact_hour_to": wish.contact_hour_to,
        }

    def _take_over_touchpoints(self, others):
        """Take over what was said, in episodes after this profile's own.

        :return: the last episode of all
        :rtype: int
        """
        self.env["collections.touchpoint"].flush_model()
        last = self.episode
        for other in others:
            self.env.cr.execute(
                SQL(
                    """UPDATE collections_touchpoint
                          SET profile_id = %s, episode = COALESCE(episode, 0) + %s
                        WHERE profile_id = %s""",
                    self.id,
                    last,
                    other.id,
                )
            )
            last += other.episode
        self.env["collections.touchpoint"].invalidate_model()
        return last

    def _take_over_pins(self, others):
        """Take over pinned choices; where both have one of a kind, this profile's.

        :return: values of this profile that the pins taken over hold still
        :rtype: dict
        """
        values = {}
        standing = set(self.pin_ids.mapped("kind"))
        for pin in others.pin_ids:
            if pin.kind in standing:
                pin.active = False
                continue
            standing.add(pin.kind)
            names = PINNED_FIELDS[pin.kind], *PINNED_ALONG.get(pin.kind, ())
            values.update({name: pin.profile_id[name] for name in names})
        self._repoint(self.env["collections.pin"], others)
        return {
            name: value.id if isinstance(value, models.BaseModel) else value
            for name, value in values.items()
        }

    def _take_over_optouts(self, others):
        """Opt-outs of either contact go on; the merged customer said no as well."""
        said = {(o.channel, o.partner_id) for o in self.optout_ids}
        for optout in others.optout_ids:
            if (optout.channel, optout.partner_id) in said:
                optout.active = False
            said.add((optout.channel, optout.partner_id))
        self._repoint(self.env["collections.optout"], others)

    def _end_doubles(self, others):
        """End holds of the others that this profile has for the same cause: money that
        was one's first and then the other's is the money of one now."""
        standing = set()
        for hold in (self.hold_ids | others.hold_ids).filtered(
            lambda hold: hold.automatic and hold.state == "active"
        ):
            cause = hold.reason, hold.origin_model, hold.origin_id
            if hold.origin_id and cause in standing:
                hold.with_context(collections_judging=True)._end(
                    self.env._("The contacts were merged.")
                )
            standing.add(cause)

    def _repoint(self, model, others):
        """Let records of other profiles, also archived ones, belong to this one."""
        model.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET profile_id = %s WHERE profile_id IN %s",
                SQL.identifier(model._table),
                self.id,
                others._ids,
            )
        )
        model.invalidate_model()
        self.invalidate_recordset()

    def _move_thread(self, others):
        """Move all of the thread: messages, also those for later, activities,
        attachments and followers."""
        for model, model_field in (
            ("mail.message", "model"),
            ("mail.activity", "res_model"),
            ("ir.attachment", "res_model"),
        ):
            # All of the thread moves, whatever the user may read of it.
            records = (
                self.env[model]
                .sudo()
                .with_context(active_test=False)
                .search([(model_field, "=", self._name), ("res_id", "in", others.ids)])
            )
            records.write({"res_id": self.id})
        self._move_scheduled_messages(others)
        self._move_followers(others)

    def _move_scheduled_messages(self, others):
        scheduled = self.env["mail.scheduled.message"]
        scheduled.flush_model(["model", "res_id"])
        # By SQL: Odoo lets nobody write on which record they are posted.
        self.env.cr.execute(
            SQL(
                """UPDATE mail_scheduled_message SET res_id = %s
                    WHERE model = %s AND res_id IN %s""",
                self.id,
                self._name,
                others._ids,
            )
        )
        scheduled.invalidate_model(["res_id"])

    def _move_followers(self, others):
        """Let whoever followed the others follow this profile, each once. The customers
        are one person when the merge is done: all they follow anywhere would be lost
        with the second of them."""
        # In sudo: all of the thread moves, whatever the user may read of it.
        followers = (
            self.env["mail.followers"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", (self | others).ids),
                ]
            )
        )
        following = followers.filtered(lambda f: f.res_id == self.id).partner_id
        customers = (self | others).partner_id
        for follower in followers.filtered(lambda f: f.res_id != self.id):
            person = follower.partner_id
            if not following & (customers if person in customers else person):
                follower.res_id = self.id
                following |= person
        self.invalidate_recordset(["message_follower_ids", "message_partner_ids"])
