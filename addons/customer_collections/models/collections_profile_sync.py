from odoo import api, fields, models
from odoo.tools import SQL

from .collections_profile_behaviour import LEARNED
from .collections_profile_figures import FIGURES


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    @api.model
    def _sync(self, run):
        """Bring what is known of every customer of the run's company in line with the
        ledger: who is written to, balances per currency, and the figures of the
        profile. These wait in ``collections_tmp_profile`` for ``_write_run``.

        :param run: a ``collections.run``; its company and date count
        :return: number of profiles that change
        :rtype: int
        """
        company = run.company_id
        scope = run._get_scope()
        where = run._get_scope_sql(SQL("p.id"))
        if scope is False:
            self._sync_people(company)
        self._load_items(company, run.date, where)
        learned = self._load_unknown_behaviour(company, run.date)
        self._write_currency_balances(company, where)
        changed = self._load_figures(company, where, learned=learned)
        self._clear_stale(company, None if scope is False else scope)
        self.invalidate_model()
        return changed

    @api.model
    def _write_run(self, run):
        """Write to the profiles all that the run has found out, where it differs.

        In one statement: each one makes a new version of the whole row, and a version
        made in the same transaction is checked again against every table it names.
        """
        self.flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET %(figures)s,
                       refreshed_at = CASE WHEN f.changed THEN %(now)s
                                           ELSE p.refreshed_at END,
                       collector_id = COALESCE(c.found_id, p.collector_id),
                       %(claimed)s, %(decided)s
                  FROM collections_tmp_profile f
             LEFT JOIN collections_tmp_claim c ON c.id = f.id
             LEFT JOIN collections_tmp_next n ON n.profile_id = f.id
                 WHERE p.id = f.id
                   AND (f.changed OR f.relearned OR c.found_id IS NOT NULL OR c.changed
                        OR (n.profile_id IS NOT NULL
                            AND (p.next_code, p.next_stage_id, p.next_date)
                                IS DISTINCT FROM (n.code, n.stage_id, n.next_date)))
                """,
                figures=self._get_figures_assignment([*FIGURES, *LEARNED]),
                now=now,
                claimed=SQL(", ").join(
                    SQL("%s = CASE WHEN c.id IS NULL THEN p.%s ELSE c.%s END", n, n, n)
                    for n in map(SQL.identifier, ("segment_id", "policy_id", "team_id"))
                ),
                decided=SQL(", ").join(
                    SQL(
                        "%(to)s = CASE WHEN n.profile_id IS NULL THEN p.%(to)s"
                        " ELSE n.%(from_)s END",
                        to=SQL.identifier(fname),
                        from_=SQL.identifier(name),
                    )
                    for fname, name in (
                        ("next_code", "code"),
                        ("next_stage_id", "stage_id"),
                        ("next_date", "next_date"),
                    )
                ),
            )
        )
        self.invalidate_model()

    def _refresh(self, as_of=None):
        """Bring these profiles in line with the ledger now: the gate relies on it.

        :param date as_of: today where their company works if not given
        """
        for company, profiles in self.grouped("company_id").items():
            day = as_of or company._collections_today()
            where = SQL("p.id IN %s", profiles._ids)
            self.env["collections.agreement"]._judge_all(company, day, profiles)
            # What the bank and the mail ask for is the system's to hold, whoever
            # looks.
            run = self.env["collections.run"].sudo()
            self.env["collections.hold"].sudo()._follow_causes(
                run.new({"company_id": company.id, "date": day}), where
            )
            self._load_items(company, day, where)
            self._write_balances(company, day, where)
            self._sync_hold_effects(company, day, where)
            self._clear_stale(company, profiles)
        self.invalidate_recordset()
        # Read in this transaction, they would stay as they were then.
        self.env["collections.item"].invalidate_model()

    @api.model
    def _refresh_stale(self, company=None):
        """Refresh the profiles whose ledger moved since they were last looked at.

        :return: the profiles refreshed
        """
        # The marks of a moved ledger are the system's.
        stale = self.env["collections.stale"].sudo()
        profiles = stale._take_profiles(company)
        if profiles:
            profiles._refresh()
        return profiles

    @api.model
    def _clear_stale(self, company, profiles=None):
        # The marks of a moved ledger are the system's.
        self.env["collections.stale"].sudo()._clear(company, profiles)
