from odoo import api, fields, models
from odoo.tools import SQL


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    @api.model
    def _sync(self, run):
        """Bring every profile of the run's company in line with the ledger.

        :param run: a ``collections.run``; its company and date count
        :return: number of profiles that changed
        :rtype: int
        """
        company = run.company_id
        self._sync_recipients(company)
        self._sync_timezones(company)
        self._load_items(company, run.date)
        learned = self._load_moved_behaviour(company, run.date)
        changed = self._write_balances(company, run.date, learned=learned)
        self._clear_stale(company)
        self.invalidate_model()
        return changed

    def _refresh(self, as_of=None):
        """Bring these profiles in line with the ledger now: the gate relies on it.

        :param date as_of: today if not given
        """
        as_of = as_of or fields.Date.context_today(self)
        for company, profiles in self.grouped("company_id").items():
            where = SQL("p.id IN %s", profiles._ids)
            self.env["collections.agreement"]._judge_all(company, as_of, profiles)
            self._load_items(company, as_of, where)
            self._write_balances(company, as_of, where)
            self._sync_hold_effects(company, as_of, where)
            self._clear_stale(company, profiles)
        self.invalidate_recordset()

    @api.model
    def _refresh_stale(self, company=None):
        """Refresh the profiles whose ledger moved since they were last looked at.

        :return: the profiles refreshed
        """
        stale = self.env["collections.stale"].sudo()
        profiles = stale._take_profiles(company)
        if profiles:
            profiles._refresh()
        return profiles

    @api.model
    def _clear_stale(self, company, profiles=None):
        self.env["collections.stale"].sudo()._clear(company, profiles)
