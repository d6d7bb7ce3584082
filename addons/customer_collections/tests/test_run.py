import contextlib
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestRun(CollectionsCommon):
    def test_a_late_invoice_brings_one_friendly_message(self):
        self._invoice(days_late=5)
        run = self._run()
        self.assertEqual(run.planned_count, 1)
        touchpoint = self._open_touchpoints()
        self.assertEqual(touchpoint.stage_id, self.friendly)
        self.assertEqual(touchpoint.channel, "email")
        self.assertEqual(touchpoint.state, "scheduled")
        self.assertEqual(touchpoint.about_ids.amount, 100)

    def test_what_is_open_and_not_asked_for_is_not_denied(self):
        cases = {
            "excluded": (5, "is excluded from follow-up"),
            "on its way": (5, "on its way"),
            "not late": (-90, "what is open is not late."),
        }
        stages = self.policy.stage_ids
        stages.filtered(lambda stage: stage.kind == "before_due").active = False
        partners = {case: self._customer(case) for case in cases}
        for case, (days, _words) in cases.items():
            move = self._invoice(100, days_late=days, partner=partners[case])
            if case == "excluded":
                move.line_ids.no_followup = True
            elif case == "on its way":
                self._pay_without_entry(move)
        self._run()
        for case, (_days, words) in cases.items():
            with self.subTest(case):
                profile = self._profile(partners[case])
                self.assertEqual(profile.amount_ledger, 100)
                self.assertEqual(profile.next_code, "nothing_owed")
                self.assertIn(words, profile.next_summary)

    def test_what_the_run_holds_back_says_why(self):
        self.customer.write({"email": False, "phone": False, "street": False})
        self._invoice(days_late=5)
        run = self._run()
        refused = run.touchpoint_ids.with_user(self.collector)
        self.assertEqual(refused.state, "cancelled")
        self.assertEqual(refused.why_not, "No permitted channel reaches the customer")
        refused.sudo().refusal_note = "Their address is wrong"
        self.assertEqual(refused.why_not, "Their address is wrong")

    def test_a_second_run_plans_nothing_more(self):
        self._invoice(days_late=5)
        self._run()
        self.assertEqual(self._run().planned_count, 0)
        self.assertEqual(len(self._open_touchpoints()), 1)

    def test_a_second_run_changes_no_profile(self):
        self._invoice(days_late=5)
        self._run()
        self.assertEqual(self._run().changed_count, 0)

    def test_many_invoices_bring_one_message(self):
        for days in (4, 9, 40):
            self._invoice(days_late=days)
        self._run()
        self.assertEqual(len(self._open_touchpoints().about_ids), 3)

    def test_an_old_debt_starts_at_the_gentle_end(self):
        self._invoice(days_late=200)
        self._run()
        self.assertEqual(self._open_touchpoints().stage_id, self.friendly)

    def test_the_next_step_keeps_its_distance(self):
        self._invoice(days_late=200)
        self._run()
        self._dispatch()
        self._run(self.today + timedelta(days=6))
        self.assertFalse(self._open_touchpoints())
        self._run(self.today + timedelta(days=7))
        self.assertEqual(self._open_touchpoints().stage_id, self.firm)

    def test_a_courtesy_comes_before_the_due_date_once(self):
        self._invoice(days_late=-2)
        self._run()
        touchpoint = self._open_touchpoints()
        self.assertEqual(touchpoint.stage_id, self.courtesy)
        self._dispatch()
        self._run(self.today + timedelta(days=1))
        self.assertFalse(self._open_touchpoints())

    def test_a_reminder_lists_what_falls_due_soon(self):
        self._invoice(days_late=5)
        self._invoice(50, days_late=-10)
        self._invoice(70, days_late=-40)
        self._run()
        lines = self._open_touchpoints().about_ids
        self.assertEqual(
            sorted((line.kind, line.amount) for line in lines),
            [("coming", 50), ("overdue", 100)],
        )

    def test_who_was_reminded_and_paid_is_thanked_and_starts_anew(self):
        invoice = self._invoice(days_late=5)
        self._run()
        self._dispatch()
        self.assertEqual(self._profile().stage_id, self.friendly)
        self._pay(invoice)
        self._run(self.today + timedelta(days=1))
        touchpoint = self._open_touchpoints()
        self.assertEqual(touchpoint.stage_id, self.thanks)
        touchpoint.sudo().scheduled_at = fields.Datetime.now()
        self._dispatch()
        self.assertFalse(self._profile().stage_id)
        self.assertEqual(self._profile().episode, 2)

    def test_who_pays_without_a_reminder_hears_nothing(self):
        self._pay(self._invoice(days_late=5))
        self._run()
        self.assertFalse(self._touchpoints())

    def test_a_payment_before_dispatch_stops_the_message(self):
        invoice = self._invoice(days_late=5)
        self._run()
        self._pay(invoice)
        self._dispatch()
        touchpoint = self._touchpoints()
        self.assertEqual(touchpoint.state, "cancelled")
        self.assertEqual(touchpoint.refusal, "settled")

    def test_a_part_payment_before_dispatch_changes_the_amount(self):
        invoice = self._invoice(days_late=5)
        self._run()
        self._pay(invoice, 60)
        self._dispatch()
        touchpoint = self._touchpoints()
        self.assertEqual(touchpoint.state, "sent")
        self.assertEqual(touchpoint.about_ids.amount, 40)

    def test_preview_sends_nothing(self):
        self.company.collections_mode = "preview"
        self._invoice(days_late=5)
        self._run()
        self.assertEqual(self._touchpoints().state, "planned")
        self._dispatch()
        self.assertEqual(self._touchpoints().state, "planned")

    def test_a_stage_that_needs_approval_waits_for_a_manager(self):
        self.friendly.approval = True
        self._invoice(days_late=5)
        self._run()
        touchpoint = self._touchpoints()
        self.assertEqual(touchpoint.state, "to_approve")
        self._dispatch()
        self.assertEqual(touchpoint.state, "to_approve")
        touchpoint.with_user(self.manager).action_approve()
        self._dispatch()
        self.assertEqual(touchpoint.state, "sent")

    @mute_logger("odoo.addons.customer_collections.models.collections_run_start")
    def test_one_company_whose_run_fails_leaves_the_others_their_night(self):
        second = self.setup_other_company(name="Second House")["company"]
        (second | self.company).collections_mode = "preview"
        runs = self.env["collections.run"]
        run_company = type(runs)._run_company
        looked_at = []

        def fail_first(model, company, *args, **kwargs):
            looked_at.append(company)
            if len(looked_at) == 1:
                raise KeyError("of an addon")
            return run_company(model, company, *args, **kwargs)

        with (
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
            patch.object(type(runs), "_run_company", fail_first),
            # Not assertRaises, which would undo what the others did
            contextlib.suppress(KeyError),
        ):
            self.env(cr=cr)["collections.run"]._cron_run()
            self.fail("The job must say that it failed.")
        self.assertGreater(len(looked_at), 1)
        self.env.invalidate_all()
        done = runs.sudo().search([("origin", "=", "schedule")])
        self.assertEqual(
            {(run.company_id, run.state, run.warnings) for run in done},
            {(company, "done", False) for company in looked_at[1:]},
        )

    def test_a_company_in_the_west_is_run_in_its_own_small_hours(self):
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        runs = self.env["collections.run"]
        self._run()
        runs.sudo().search([]).write({"origin": "schedule", "date": "2026-03-09"})
        # Seven in the evening, half past one, and four in the morning there
        for moment, expected in (
            ("2026-03-10 02:00:00", None),
            ("2026-03-10 08:30:00", None),
            ("2026-03-10 11:00:00", "2026-03-10"),
        ):
            with freeze_time(moment):
                day = runs._get_days_to_run().get(self.company)
                self.assertEqual(day and str(day), expected, moment)
        # Who missed a night waits for no hour
        runs.sudo().search([]).date = "2026-03-08"
        with freeze_time("2026-03-10 08:30:00"):
            self.assertIn(self.company, runs._get_days_to_run())

    def test_the_next_step_is_on_the_day_of_the_company(self):
        self.company.resource_calendar_id.tz = "Pacific/Auckland"
        self.customer.write(
            {"country_id": self.env.ref("base.nz").id, "phone": "+64 9 555 1212"}
        )
        self._invoice(days_late=5)
        # Ten in the evening there
        self._run()
        leaves = self._touchpoints().scheduled_at
        self.assertEqual(str(leaves), "2026-03-10 19:00:00")
        self.assertEqual(str(self._profile().next_date), "2026-03-11")
        self._profile()._redecide()
        self.assertEqual(str(self._profile().next_date), "2026-03-11")

    def test_what_a_day_would_bring_begins_on_that_day_in_the_west(self):
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        california = self.env.ref("base.state_us_5")
        self.customer.write(
            {
                "country_id": self.env.ref("base.us").id,
                "state_id": california.id,
                "phone": "+1 415 555 2671",
            }
        )
        self._invoice(days_late=5)
        result = self.env["collections.run"]._simulate(
            self.company, self.today + timedelta(days=1)
        )
        [planned] = result["planned"]
        # Eight in the morning there, not five in the afternoon of the day before
        self.assertEqual(str(planned["scheduled_at"]), "2026-03-11 15:00:00")

    def test_a_simulation_leaves_nothing_behind(self):
        self._invoice(days_late=5)
        result = self.env["collections.run"]._simulate(self.company)
        self.assertEqual(len(result["planned"]), 1)
        self.assertFalse(self._profile())
        self.assertFalse(self._touchpoints())

    @mute_logger("odoo.sql_db")
    def test_two_rows_of_one_step_are_impossible(self):
        self._invoice(days_late=5)
        self._run()
        touchpoint = self._touchpoints()
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            touchpoint.sudo().copy({"state": "scheduled"}).flush_recordset()
