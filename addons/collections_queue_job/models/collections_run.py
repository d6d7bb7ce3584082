import time

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.queue_job.delay import group
from odoo.addons.queue_job.exception import RetryableJobError

CUSTOMERS_PER_JOB = 2000
# Ranges meet a run by hand or each other's collectors; then they wait a little.
MAX_RETRIES = 20


class CollectionsRun(models.Model):
    _inherit = "collections.run"

    @api.model
    def _run_scheduled(self, company, date):
        """Override: the run of the night is split into jobs by customer range."""
        self._fail_unfinished(company)
        if company.collections_mode == "off":
            return super()._run_scheduled(company, date)
        run = (
            # A run sees the whole company, whoever starts it.
            self.sudo()
            .with_company(company)
            .with_context(tz=company._collections_zone())
            .create(
                {
                    "company_id": company.id,
                    "date": date,
                    "mode": company.collections_mode,
                    "origin": "schedule",
                    "started_at": fields.Datetime.now(),
                }
            )
        )
        run._split()
        return None

    @api.model
    def _fail_unfinished(self, company):
        """Close what was never finished: seen by the manager, followed by a new one."""
        self.search(
            [
                ("company_id", "=", company.id),
                ("origin", "=", "schedule"),
                ("state", "=", "running"),
            ]
        ).write(
            {
                "state": "failed",
                "ended_at": fields.Datetime.now(),
                "warnings": self.env._(
                    "It was not finished when the next one began. Look among the jobs "
                    "for the reason."
                ),
            }
        )

    def _split(self):
        """Do what is done once, then let jobs look at a range of customers each; a
        last one closes the run when all are done.

        The jobs are there when this transaction is committed, or not at all.
        """
        self.ensure_one()
        self._lock_company()
        self._tune_database()
        self.env.flush_all()
        timings = {}
        self._begin(timings)
        self.env["collections.profile"]._sync_people(self.company_id)
        self.timings = timings
        ranges = self._get_ranges()
        jobs = [
            self.delayable(
                identity_key=f"collections-run-{self.id}-{first}",
                max_retries=MAX_RETRIES,
                description=self._get_range_name(first, last),
            )._run_range(first, last)
            for first, last in ranges
        ]
        last_one = self.delayable(
            identity_key=f"collections-run-{self.id}-close",
            max_retries=MAX_RETRIES,
            description=self.env._("Close the run of %(run)s", run=self.name),
        )._close_ranges()
        if jobs:
            group(*jobs).on_done(last_one).delay()
        else:
            last_one.delay()

    def _get_range_name(self, first, last):
        return self.env._(
            "%(run)s, customers %(first)s to %(last)s",
            run=self.name,
            first=first,
            last=last,
        )

    def _get_ranges(self):
        """Return the ranges of profiles, of about the same number of customers each.

        :return: first and last id of each
        :rtype: list[tuple[int, int]]
        """
        # In sudo: parameters belong to the system.
        settings = self.env["ir.config_parameter"].sudo()
        size = int(
            settings.get_param(
                "collections_queue_job.customers_per_job", CUSTOMERS_PER_JOB
            )
        )
        return self.env.execute_query(
            SQL(
                """
                SELECT MIN(id), MAX(id)
                  FROM (SELECT id, (ROW_NUMBER() OVER (ORDER BY id) - 1) / %s AS part
                          FROM collections_profile
                         WHERE company_id = %s) AS p
              GROUP BY part
              ORDER BY part
                """,
                max(size, 1),
                self.company_id.id,
            )
        )

    # === JOBS === #

    def _run_range(self, first, last):
        """Look at the customers of one range. A job; safe to repeat.

        :param int first: the lowest profile id
        :param int last: the highest
        :raise RetryableJobError: while a run by hand goes on
        """
        self.ensure_one()
        if self.state != "running" or self._is_switched_off():
            return
        self._lock_company_shared()
        self._tune_database()
        self.env.flush_all()
        # What it found is counted when all are done: one row that every job wrote
        # would make each wait for the others.
        self.with_context(collections_range=(first, last))._go_through({})

    def _close_ranges(self):
        """Close the run when all of its ranges are done. A job; safe to repeat."""
        self.ensure_one()
        if self.state != "running":
            return
        if self._is_switched_off():
            self.write(
                {
                    "state": "failed",
                    "ended_at": fields.Datetime.now(),
                    "warnings": self.env._("Collections was switched off meanwhile."),
                }
            )
            return
        self._lock_company_shared()
        # What the run says of currencies is read from the items.
        self.env["collections.profile"]._load_items(self.company_id, self.date)
        took = fields.Datetime.now() - self.started_at
        started = time.monotonic() - took.total_seconds()
        self._close(self.timings or {}, *self._count(), started)

    def _is_switched_off(self):
        return self.company_id.collections_mode == "off"

    def _count(self):
        """Return what the ranges did: customers changed, messages planned, refused."""
        [counts] = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT COUNT(*) FROM collections_profile
                         WHERE company_id = %(company)s
                           AND refreshed_at >= %(started)s),
                       COUNT(*) FILTER (WHERE state <> 'cancelled'),
                       COUNT(*) FILTER (WHERE state = 'cancelled')
                  FROM collections_touchpoint
                 WHERE run_id = %(run)s
                """,
                company=self.company_id.id,
                started=self.started_at,
                run=self.id,
            )
        )
        return counts

    def _lock_company_shared(self):
        """Let ranges go on beside each other, but not beside a whole run.

        The lock ends with the transaction, also when the process is killed.
        """
        [(locked,)] = self.env.execute_query(
            SQL(
                "SELECT pg_try_advisory_xact_lock_shared("
                "hashtext('collections.run'), %s)",
                self.company_id.id,
            )
        )
        if not locked:
            raise RetryableJobError(
                self.env._("A run of the company is going on."),
                seconds=30,
                ignore_retry=True,
            )

    def _get_scope(self):
        """Override: the customers of this job."""
        span = self.env.context.get("collections_range")
        if not span:
            return super()._get_scope()
        return self.env["collections.profile"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("id", ">=", span[0]),
                ("id", "<=", span[1]),
            ]
        )
