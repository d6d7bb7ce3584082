import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import SQL

from ..const import OPEN_STATES

_logger = logging.getLogger(__name__)

# The hour, where the company works, from which its day is looked from.
FIRST_HOUR = 3


class CollectionsRun(models.Model):
    """How a run starts: tonight's, a person's, or a trial of which nothing stays."""

    _inherit = "collections.run"

    @api.model
    def _run_company(self, company, date=None, origin="person"):
        """Run the loop for one company.

        :param company: any of its branches will do
        :param date date: the day to look from; today where the company works if
                          not given
        :param str origin: ``person`` or ``schedule``
        :return: the run
        :raise UserError: if the company is off, or another run is going on
        """
        # In sudo: who sees a branch alone need not see the legal entity's record.
        company = company.sudo().root_id
        if company.collections_mode == "off":
            raise UserError(
                self.env._(
                    "Collections is off for %(company)s. Switch it to preview first.",
                    company=company.name,
                )
            )
        # A run sees the whole company, whoever starts it.
        run = (
            self.sudo()
            .with_company(company)
            .with_context(tz=company._collections_zone())
            .create(
                {
                    "company_id": company.id,
                    "date": date or company._collections_today(),
                    "mode": company.collections_mode,
                    "origin": origin,
                }
            )
        )
        run._execute()
        # As the caller sees it: the company above need not be one of theirs.
        return self.browse(run.id)

    @api.model
    def _survey(self, company):
        """Write down the customers of a company and what is known of them: what they
        owe, how they pay, who claims them, what would come next. Plans nothing.

        :param company: a root company
        """
        if not self.env["collections.profile"]._create_missing(company):
            return
        run = self.with_company(company).new(
            {"company_id": company.id, "date": company._collections_today()}
        )
        run._tune_database()
        run._get_to_know({})
        self.env["collections.touchpoint"]._report_open_to_next(company)
        self.env["collections.profile"]._write_run(run)

    @api.model
    def _cron_run(self):
        """Run every company whose night is over and that has not been looked at today,
        one by one.

        Called every hour: who meets another's changes begins anew at once, and what a
        lost connection left is taken up by the next call.
        """
        days = self._get_days_to_run()
        todo = list(days)
        for company in todo:
            # In a transaction of their own: what is written and changed in the same
            # one is checked against every table that it names, each time.
            self.env["collections.profile"]._create_missing(company)
            self.env["ir.cron"]._commit_progress()
        failed = None
        for position, company in enumerate(todo, start=1):
            try:
                retrying(partial(self._run_or_note, company, days[company]), self.env)
            except Exception as error:  # pylint: disable=broad-except
                # Whatever it is, the other companies have their night.
                self.env.cr.rollback()
                _logger.exception("The run of company %s stopped", company.id)
                failed = failed or error
            self.env["ir.cron"]._commit_progress(1, remaining=len(todo) - position)
        if failed:
            raise failed

    @api.model
    def _get_days_to_run(self):
        """Return the companies that wait for their run of the day, and that day.

        It begins in the small hours where they work, so that what is due on a day
        leaves on that day; who was not looked at the day before waits for no hour.

        :rtype: dict[record, date]
        """
        companies = self.env["res.company"].search(
            [("parent_id", "=", False), ("collections_mode", "!=", "off")]
        )
        today = fields.Date.today()
        runs = self.search(
            [
                ("company_id", "in", companies.ids),
                # Somewhere it is tomorrow already, and elsewhere yesterday
                ("date", ">=", today - timedelta(days=2)),
                ("origin", "=", "schedule"),
            ]
        )
        seen = {(run.company_id, run.date) for run in runs}
        days = {}
        for company in companies:
            day = company._collections_today()
            early = company._collections_hour() < FIRST_HOUR
            if (company, day) in seen:
                continue
            if not early or (company, day - timedelta(days=1)) not in seen:
                days[company] = day
        return days

    @api.model
    def _run_or_note(self, company, date):
        """Run one company; what stops it is noted and does not stop the others."""
        try:
            with self.env.cr.savepoint():
                self._run_scheduled(company, date)
        except UserError as error:
            self.create(
                {
                    "company_id": company.id,
                    "date": date,
                    "mode": company.collections_mode,
                    "origin": "schedule",
                    "state": "failed",
                    "warnings": str(error),
                }
            )

    @api.model
    def _run_scheduled(self, company, date):
        """Make the run of the night. Override to spread it over several workers.

        :param company: a root company
        :param date date: the day to look from
        :raise UserError: what a person should read; it is noted as a failed run
        """
        self._run_company(company, date, origin="schedule")

    @api.model
    def _simulate(self, company, date=None, mode=None):
        """Say what a run would do, on any date, and keep nothing of it.

        :param date date: the day to look from
        :param str mode: ``preview`` or ``live``; the company's own if not given
        :return: dict with ``run`` (its figures), ``planned`` and ``refused``: lists
                 of dicts, one per message
        :rtype: dict
        """

        def run():
            if mode:
                company.root_id.collections_mode = mode
            return self._run_company(company, date)

        return self._rolled_back(run)

    @api.model
    def _rolled_back(self, function):
        """Call a function that returns a run, read what came of it, undo it.

        The real code in a savepoint: there is no second engine for what-if.
        """
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            # In sudo: whoever sees a branch alone may ask as well.
            run = function().sudo()
            self.env.flush_all()
            return {
                "run": run.read(load=False)[0],
                "planned": self._read_simulated(run, open_only=True),
                "refused": self._read_simulated(run, open_only=False),
            }
        finally:
            self.env.invalidate_all(flush=False)
            savepoint.rollback()
            savepoint.close()
            self.env.cr.precommit.data.pop("collections.stale", None)

    def _read_simulated(self, run, open_only):
        # In the savepoint also stand messages of earlier runs, still open.
        condition = (
            SQL("t.state IN %s", OPEN_STATES)
            if open_only
            else SQL("t.state = 'cancelled' AND t.run_id = %s", run.id)
        )
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT t.profile_id, t.partner_id, t.stage_id, t.kind, t.tone,
                       t.channel, t.scheduled_at, t.refusal, p.amount_overdue AS amount
                  FROM collections_touchpoint t
                  JOIN collections_profile p ON p.id = t.profile_id
                 WHERE t.company_id = %s AND t.origin = 'automatic' AND %s
              ORDER BY p.amount_overdue DESC, t.id
                """,
                run.company_id.id,
                condition,
            )
        )
