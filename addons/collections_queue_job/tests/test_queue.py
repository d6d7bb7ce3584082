from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.customer_collections.models import (
    collections_touchpoint_dispatch as dispatching,
)
from odoo.addons.customer_collections.tests.common import CollectionsCommon
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.tests.common import trap_jobs

from ..models import collections_touchpoint as sending

NAMES = ("Ann Abt", "Ben Bee", "Cara Cee", "Dora Dee", "Emil Eck")


@tagged("post_install", "-at_install")
class TestQueue(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"]
        for name in NAMES:
            cls.partners |= cls._customer(name)
            cls._invoice(100, days_late=5, partner=cls.partners[-1])
        cls.env["ir.config_parameter"].sudo().set_param(
            "collections_queue_job.customers_per_job", "2"
        )
        cls.runs = cls.env["collections.run"]

    def _split(self):
        with trap_jobs() as trap:
            self.runs._run_or_note(self.company, self.today)
        return trap, self.runs.search([("origin", "=", "schedule")], limit=1)

    def _first_range(self, trap):
        """Return the job of the first customers: jobs are put in no order."""
        jobs = [j for j in trap.enqueued_jobs if j.method_name == "_run_range"]
        return min(jobs, key=lambda job: job.args)

    def _planned(self):
        return self.env["collections.touchpoint"].search(
            [("profile_id.partner_id", "in", self.partners.ids)]
        )

    def test_a_run_becomes_a_job_per_range_and_one_that_closes(self):
        trap, run = self._split()
        trap.assert_jobs_count(3, only=run._run_range)
        trap.assert_jobs_count(1, only=run._close_ranges)
        self.assertEqual(run.state, "running")
        self.assertFalse(self._planned())
        names = [job.identity_key for job in trap.enqueued_jobs]
        self.assertEqual(len(names), len(set(names)))

    def test_the_ranges_plan_what_one_run_plans(self):
        with self.env.cr.savepoint() as savepoint:
            whole = self._run()
            counted = (whole.planned_count, whole.customer_count, whole.item_count)
            savepoint.rollback()
            self.env.invalidate_all(flush=False)
        trap, run = self._split()
        trap.perform_enqueued_jobs()
        self.assertEqual(run.state, "done")
        self.assertEqual(
            (run.planned_count, run.customer_count, run.item_count), counted
        )
        self.assertEqual(run.planned_count, len(NAMES))
        self.assertEqual(self._planned().partner_id, self.partners)
        self.assertLedgerAddsUp()

    def test_what_is_to_be_said_of_plans_is_planned_as_well(self):
        profile = self._profile(self.partners[0])
        if not profile:
            self._run()
            profile = self._profile(self.partners[0])
        plan = self.env["collections.plan"]._propose(
            profile,
            None,
            agreed=True,
            rhythm="month",
            instalment_count=2,
            date_first=self.today,
        )
        trap, run = self._split()
        trap.perform_enqueued_jobs()
        said = self.env["collections.touchpoint"].search([("plan_id", "=", plan.id)])
        self.assertEqual((said.plan_message, said.run_id), ("agreed", run))

    def test_a_run_that_cannot_begin_is_noted(self):
        refusal = UserError("A run of the company is going on.")
        with patch.object(type(self.runs), "_lock_company", side_effect=refusal):
            trap, run = self._split()
        trap.assert_jobs_count(0)
        self.assertEqual((run.state, run.warnings), ("failed", str(refusal)))

    def test_a_range_that_is_repeated_plans_nothing_twice(self):
        trap, run = self._split()
        first = self._first_range(trap)
        first.perform()
        planned = self._planned()
        self.assertEqual(len(planned), 2)
        run._run_range(*first.args)
        self.assertEqual(self._planned(), planned)

    def test_a_range_withdraws_nothing_of_another(self):
        trap, _run = self._split()
        trap.perform_enqueued_jobs()
        again, _run = self._split()
        self._first_range(again).perform()
        self.assertEqual(set(self._planned().mapped("state")), {"scheduled"})

    def test_ranges_plan_nothing_once_the_company_is_off(self):
        trap, run = self._split()
        self._first_range(trap).perform()
        self.company.sudo()._collections_go_off()
        trap.perform_enqueued_jobs()
        self.assertEqual(set(self._planned().mapped("state")), {"cancelled"})
        self.assertEqual(run.state, "failed")
        self.assertIn("switched off", run.warnings)

    def test_a_run_that_is_not_finished_is_seen_the_next_night(self):
        _trap, run = self._split()
        _trap, newer = self._split()
        self.assertEqual((run.state, newer.state), ("failed", "running"))
        self.assertIn("not finished", run.warnings)

    def test_ranges_wait_for_a_run_by_hand(self):
        trap, run = self._split()
        with (
            patch.object(
                self.env.registry["collections.run"],
                "_lock_company_shared",
                side_effect=RetryableJobError("busy"),
            ),
            self.assertRaises(RetryableJobError),
        ):
            run._run_range(*self._first_range(trap).args)

    def test_what_is_due_is_sent_by_jobs_a_batch_each(self):
        self._run()
        touchpoints = self.env["collections.touchpoint"]
        with (
            patch.object(dispatching, "BATCH_SIZE", 2),
            patch.object(sending, "BATCH_SIZE", 2),
            trap_jobs() as trap,
        ):
            touchpoints._cron_dispatch()
            trap.assert_jobs_count(3, only=touchpoints._send_batch)
            trap.perform_enqueued_jobs()
        self.assertEqual(set(self._planned().mapped("state")), {"sent"})
        self.assertEqual(len(self._planned().mail_message_id), len(NAMES))
