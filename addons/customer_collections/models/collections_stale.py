from odoo import api, fields, models
from odoo.service.model import retrying
from odoo.tools import SQL

from ..const import AGREEMENT_REASONS


class CollectionsStale(models.Model):
    """Customers whose ledger moved since their profile was last looked at.

    A row of its own instead of a flag on the profile: posting and reconciling
    stay cheap and never wait for a profile that somebody is writing.
    """

    _name = "collections.stale"
    _description = "Customer to Look At Again"
    _log_access = False

    partner_id = fields.Many2one(
        comodel_name="res.partner", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, ondelete="cascade"
    )

    @api.model
    def _mark(self, pairs):
        """Note customers to look at again, once per transaction.

        :param pairs: iterable of (partner id, company id); any contact and any
                      branch will do
        """
        pairs = {(p, c) for p, c in pairs if p and c}
        if not pairs:
            return
        precommit = self.env.cr.precommit
        if "collections.stale" not in precommit.data:
            precommit.data["collections.stale"] = set()
            # Whoever moves the ledger marks it, an accountant without this app too.
            precommit.add(self.sudo()._write_marks)
        precommit.data["collections.stale"] |= pairs

    @api.model
    def _mark_customers(self, partners):
        """Note customers to look at again in each company that knows them: those too
        who are contacts of another one by now.

        :param partners: who has a profile
        """
        if not partners:
            return
        self.env["collections.profile"].flush_model(["partner_id", "company_id"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO collections_stale (partner_id, company_id)
                SELECT partner_id, company_id FROM collections_profile
                 WHERE partner_id IN %s
                """,
                partners._ids,
            )
        )
        self._wake_judge(partners._ids)

    def _write_marks(self):
        pairs = self.env.cr.precommit.data.pop("collections.stale", set())
        if not pairs:
            return
        partners, companies = zip(*sorted(pairs), strict=True)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO collections_stale (partner_id, company_id)
                SELECT DISTINCT rp.commercial_partner_id,
                       split_part(c.parent_path, '/', 1)::int
                  FROM unnest(%s::int[], %s::int[]) AS n(partner_id, company_id)
                  JOIN res_partner rp ON rp.id = n.partner_id
                  JOIN res_company c ON c.id = n.company_id
                """,
                list(partners),
                list(companies),
            )
        )
        self._wake_judge(partners)

    def _wake_judge(self, partners):
        """Have agreements judged within the minute where the ledger moved: not here,
        for nothing of ours may stop a posting."""
        [(concerned,)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM res_partner r
                      JOIN collections_profile p
                        ON p.partner_id = r.commercial_partner_id
                      JOIN collections_hold h ON h.profile_id = p.id
                     WHERE r.id IN %s AND h.reason IN %s AND h.state = 'active')
                """,
                partners,
                AGREEMENT_REASONS,
            )
        )
        if concerned:
            self.env.ref("customer_collections.ir_cron_judge")._trigger()

    @api.model
    def _cron_judge(self):
        """Look again at the customers whose ledger moved: their agreements are judged
        and the next step found, a batch at a time."""
        profiles = self._take_profiles()
        batch = profiles[:100]
        if batch:
            # Who meets somebody that writes to a customer begins anew.
            retrying(batch._redecide, self.env)
        self.env["ir.cron"]._commit_progress(
            len(batch), remaining=len(profiles) - len(batch)
        )

    @api.model
    def _take_profiles(self, company=None):
        """Return the profiles to look at again; customers without one are left to
        the next run."""
        self.env.cr.flush()
        where = SQL("s.company_id = %s", company.id) if company else SQL("TRUE")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT p.id
                  FROM collections_stale s
                  JOIN collections_profile p
                    ON p.partner_id = s.partner_id AND p.company_id = s.company_id
                 WHERE %s
                """,
                where,
            )
        )
        return self.env["collections.profile"].browse([row[0] for row in rows])

    @api.model
    def _clear(self, company, profiles=None):
        """Forget the marks of a company, or of some of its profiles."""
        where = SQL("company_id = %s", company.id)
        if profiles is not None:
            where = SQL(
                "%s AND partner_id IN %s", where, tuple(profiles.partner_id.ids) or (0,)
            )
        self.env.cr.execute(SQL("DELETE FROM collections_stale WHERE %s", where))
