from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import NOW
from .plan_common import PlanCommon


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestPlan(PlanCommon):
    # === AGREED === #

    def test_inside_the_limits_it_is_agreed_without_asking_anybody(self):
        plan = self._plan()
        self.assertEqual(plan.state, "active")
        self.assertFalse(plan.to_approve)
        self.assertEqual(plan.instalment_ids.mapped("amount"), [100, 100, 100])
        self.assertEqual(
            [str(day) for day in plan.instalment_ids.mapped("date_due")],
            ["2026-03-20", "2026-04-20", "2026-05-20"],
        )

    def test_it_holds_all_of_it_and_rewrites_no_due_date(self):
        before = self._items(self.first | self.second).mapped("date_maturity")
        self._plan()
        self.assertEqual(self.profile.amount_collectible, 0)
        self.assertEqual(self.profile.amount_held, 300)
        self.assertLedgerAddsUp()
        self.assertEqual(
            self._items(self.first | self.second).mapped("date_maturity"), before
        )

    def test_nobody_is_chased_while_it_is_thought_over(self):
        plan = self._plan(agreed=False)
        self.assertEqual(plan.state, "proposed")
        self._run()
        self.assertFalse(self._open_touchpoints().filtered("stage_id"))
        self.assertEqual(self.profile.amount_held, 300)

    def test_a_proposal_without_an_answer_lapses(self):
        plan = self._plan(agreed=False)
        self._run_at(14)
        self.assertEqual(plan.state, "proposed")
        self._run_at(15)
        self.assertEqual(plan.state, "cancelled")
        self.assertEqual(self.profile.amount_collectible, 300)

    def test_beyond_the_limits_a_manager_decides(self):
        plan = self._plan(instalment_count=12)
        self.assertEqual(plan.state, "proposed")
        self.assertTrue(plan.to_approve)
        self.assertIn("130 days", plan.approval_note)
        self.assertIn("4 instalments", plan.activity_ids.note)
        with self.assertRaisesRegex(UserError, "manager"):
            plan.with_user(self.collector).action_approve()
        plan.with_user(self.manager).action_approve()
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.approved_by_id, self.manager)
        self.assertFalse(plan.activity_ids)

    def test_the_counter_offer_fits_and_waits_for_the_customer(self):
        plan = self._plan(instalment_count=12)
        plan.with_user(self.manager).action_counter()
        self.assertFalse(plan.to_approve)
        self.assertEqual(plan.instalment_count, 4)
        self.assertEqual(plan.instalment_ids.mapped("amount"), [75] * 4)
        self.assertEqual(plan.state, "proposed")
        plan._accept("Alma", "192.0.2.7")
        self.assertEqual(plan.state, "active")

    def test_a_counter_offer_never_begins_on_a_day_that_has_passed(self):
        plan = self._plan(instalment_count=12, date_first=self._day(1))
        with self._at(5):
            plan.with_user(self.manager).action_counter()
        self.assertEqual(plan.date_first, self._day(5))
        self.assertFalse(plan.to_approve)

    def test_the_deposit_of_a_counter_offer_comes_before_the_instalments(self):
        self.template.deposit_min = 20
        plan = self._plan(date_first=self._day(1), deposit_date=self._day(7))
        plan.with_user(self.manager).action_counter()
        self.assertEqual(plan.deposit_amount, 60)
        self.assertEqual(plan.deposit_date, self._day(1))

    def test_the_acceptance_keeps_name_time_and_address(self):
        plan = self._plan(agreed=False)
        plan._accept(" Alma Baker ", "192.0.2.7")
        self.assertEqual(plan.accepted_name, "Alma Baker")
        self.assertEqual(plan.accepted_ip, "192.0.2.7")
        self.assertEqual(str(plan.accepted_at), NOW)
        with self.assertRaisesRegex(UserError, "not possible any more"):
            plan._accept("Somebody Else", "192.0.2.8")
        self.assertEqual(plan.accepted_name, "Alma Baker")

    def test_a_manager_needs_nobody(self):
        plan = self._plan(instalment_count=12, user=self.manager)
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.approved_by_id, self.manager)

    def test_without_terms_of_the_policy_a_manager_decides(self):
        self.template.active = False
        plan = self._plan()
        self.assertTrue(plan.to_approve)
        self.assertIn("offers no payment plans", plan.approval_note)

    def test_a_deposit_is_waited_for(self):
        plan = self._plan(deposit_amount=60, deposit_date=self._day(3))
        self.assertEqual(plan.state, "agreed")
        self.assertEqual(plan.instalment_ids.mapped("amount"), [60, 80, 80, 80])
        self._pay(self.second, 60)
        self.profile._redecide()
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.instalment_ids.mapped("state")[:2], ["paid", "coming"])

    # === AGREED LATE === #

    def _due(self, plan):
        return [str(day) for day in plan.instalment_ids.mapped("date_due")]

    def test_agreed_after_its_first_day_it_begins_on_the_next_working_day(self):
        plan = self._plan(
            agreed=False,
            deposit_amount=60,
            deposit_date=self._day(7),
            date_first=self._day(30),
        )
        self._run_at(11)
        self.assertEqual(plan.missed_count, 1)
        # A Sunday
        with self._at(12):
            plan.with_user(self.collector).action_agree()
        self.assertEqual(plan.state, "agreed")
        self.assertEqual(
            self._due(plan), ["2026-03-23", "2026-04-15", "2026-05-15", "2026-06-15"]
        )
        self.assertEqual(plan.instalment_ids.mapped("amount"), [60, 80, 80, 80])
        self.assertEqual(
            (plan.deposit_date, plan.date_first), (self._day(13), self._day(36))
        )
        self.assertIn("03/17/2026 had passed", plan.message_ids[:1].body)
        self._run_at(13)
        self.assertFalse(plan.missed_count)
        message = self._open_touchpoints()
        self.assertEqual(message.plan_message, "agreed")
        self.assertEqual(message.why, f"The agreed plan · {plan.name}")
        body = message._render_message()["body"]
        self.assertIn("03/23/2026", body)
        self.assertNotIn("03/17/2026", body)
        self._run_at(14)
        self.assertEqual(plan.state, "agreed")

    def test_agreed_after_its_first_day_a_fixed_day_of_the_month_stays(self):
        plan = self._plan(
            agreed=False,
            rhythm="month_day",
            month_day=15,
            deposit_amount=60,
            deposit_date=self._day(3),
        )
        with self._at(12):
            plan.with_user(self.collector).action_agree()
        self.assertEqual(
            self._due(plan), ["2026-03-23", "2026-04-15", "2026-05-15", "2026-06-15"]
        )

    def test_what_was_paid_before_it_was_agreed_is_not_moved(self):
        plan = self._plan(
            agreed=False,
            deposit_amount=60,
            deposit_date=self._day(2),
            date_first=self._day(5),
        )
        self._pay(self.first, 60)
        self.profile._redecide()
        with self._at(12):
            plan.with_user(self.collector).action_agree()
        self.assertEqual(
            self._due(plan), ["2026-03-12", "2026-03-23", "2026-04-23", "2026-05-23"]
        )
        self.assertEqual(plan.instalment_ids.mapped("state")[:2], ["paid", "coming"])

    def test_a_manager_who_is_late_makes_nobody_late(self):
        plan = self._plan(instalment_count=12)
        with self._at(20):
            plan.with_user(self.manager).action_approve()
        self.assertEqual(plan.state, "active")
        self.assertEqual(self._due(plan)[:2], ["2026-03-30", "2026-04-30"])

    def test_moved_beyond_the_limits_a_manager_decides(self):
        self.template.max_days = 61
        plan = self._plan(agreed=False, date_first=self._day(0))
        self.assertFalse(plan.to_approve)
        with self._at(12):
            plan.with_user(self.collector).action_agree()
            self.assertEqual(plan.state, "proposed")
            self.assertIn("61 days", plan.approval_note)
            plan.with_user(self.manager).action_approve()
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.accepted_name, self.customer.name)

    # === JUDGED === #

    def test_the_oldest_instalment_is_paid_first_whatever_was_paid(self):
        plan = self._plan()
        self._pay(self.second, 150)
        self.profile._redecide()
        self.assertEqual(plan.instalment_ids.mapped("amount_left"), [0, 50, 100])
        self.assertEqual(plan.instalment_ids.mapped("state")[1], "part_paid")
        self.assertPlanAddsUp(plan)
        self._pay(self.first)
        self.profile._redecide()
        self.assertEqual(plan.amount_left, 50)
        self.assertPlanAddsUp(plan)

    def test_all_paid_is_kept(self):
        plan = self._plan()
        self._pay(self.first | self.second)
        self.profile._redecide()
        self.assertEqual(plan.state, "kept")
        self.assertEqual(plan.hold_id.state, "ended")

    def _undo(self, payment, invoice):
        """Let a payment come to nothing."""
        payment.action_draft()
        payment.action_cancel()
        self._items(invoice).remove_move_reconcile()

    def test_an_undone_payment_counts_no_more(self):
        plan = self._plan()
        payment = self._pay(self.second, 150)
        self.profile._redecide()
        self._undo(payment, self.second)
        self.profile._redecide()
        self.assertEqual(plan.amount_left, 300)
        self.assertPlanAddsUp(plan)

    def test_a_missed_instalment_is_asked_about_before_the_plan_breaks(self):
        plan = self._plan()
        first = plan.instalment_ids[0]
        # Due on Friday the 20th, three working days of grace: Wednesday the 25th
        self._run_at(15)
        with self._at(15):
            self._dispatch()
        self.assertEqual(first.state, "due")
        self._run_at(16)
        self.assertEqual(first.state, "missed")
        self.assertEqual(plan.state, "active")
        question = self._open_touchpoints()
        self.assertEqual(question.plan_message, "missed")
        with self._at(16):
            self._dispatch()
        self.assertEqual(question.state, "sent")
        self._run_at(23)
        self.assertEqual(first.asked_on, self._day(16))
        self.assertEqual(plan.state, "active")
        self._run_at(24)
        self.assertEqual(plan.state, "broken")
        self.assertEqual(self.profile.amount_collectible, 300)

    def test_a_broken_plan_goes_on_where_the_policy_says(self):
        self.policy.plan_broken_stage_id = self.final
        plan = self._plan()
        self._run_at(16)
        plan.sudo().instalment_ids[0].asked_on = self._day(16)
        self._run_at(30)
        self.assertEqual(plan.state, "broken")
        self.assertEqual(self.profile.next_stage_id, self.final)

    def test_paid_after_the_question_it_goes_on(self):
        plan = self._plan()
        self._run_at(16)
        with self._at(16):
            self._dispatch()
            self._pay(self.first)
        self._run_at(24)
        self.assertEqual(plan.state, "active")
        self.assertFalse(plan.missed_count)

    def test_missed_once_more_it_is_asked_about_once_more(self):
        plan = self._plan()
        first = plan.instalment_ids[0]
        self._run_at(16)
        with self._at(16):
            self._dispatch()
            payment = self._pay(self.first)
        self._run_at(24)
        with self._at(24):
            self._dispatch()
        self.assertEqual(first.state, "paid")
        self._undo(payment, self.first)
        self._run_at(40)
        self.assertEqual(first.state, "missed")
        self.assertEqual(plan.state, "active")
        question = self._open_touchpoints()
        self.assertEqual(question.plan_message, "missed")
        # That is a Sunday
        with self._at(41):
            self._dispatch()
        self._run_at(42)
        self.assertEqual(first.asked_on, self._day(41))
        self.assertEqual(first.missed_on, self._day(40))
        self._run_at(55)
        self.assertEqual(plan.state, "broken")

    def test_money_nobody_has_matched_yet_is_no_miss(self):
        plan = self._plan()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 100,
            }
        )
        payment.action_post()
        self._run_at(16)
        self.assertEqual(plan.instalment_ids[0].state, "due")
        self.assertTrue(plan.instalment_ids[0].covered)

    def test_a_credit_note_counts_and_the_owner_is_told_once(self):
        plan = self._plan()
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.first.ids)
            .create({"journal_id": self.first.journal_id.id})
        )
        self.env["account.move"].browse(reversal.refund_moves()["res_id"]).action_post()
        self.profile._redecide()
        self.profile._redecide()
        self.assertEqual(plan.amount_left, 200)
        self.assertPlanAddsUp(plan)
        self.assertIn("credited", plan.fallen_away)
        self.assertEqual(len(plan.activity_ids), 1)

    def test_a_reset_invoice_falls_away_and_comes_back(self):
        plan = self._plan()
        self.first.button_draft()
        self.profile._redecide()
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.amount_left, 200)
        self.assertEqual(plan.instalment_ids.mapped("amount_left"), [100, 100, 0])
        self.assertPlanAddsUp(plan)
        self.first.action_post()
        self.profile._redecide()
        self.assertEqual(plan.amount_left, 300)
        self.assertPlanAddsUp(plan)

    def test_deleted_invoices_end_it(self):
        plan = self._plan(self.second)
        self.second.button_draft()
        self.second.unlink()
        self.profile._redecide()
        self.assertEqual(plan.state, "cancelled")
        self.assertNotIn("another account", str(plan.activity_ids.mapped("note")))

    def test_cancelled_invoices_end_it(self):
        plan = self._plan()
        (self.first | self.second).button_draft()
        (self.first | self.second).button_cancel()
        self.profile._redecide()
        self.assertEqual(plan.state, "cancelled")
        self.assertIn("cancelled", plan.end_note)

    # === BAD INPUT === #

    def test_two_plans_or_a_promise_over_the_same_amount_are_refused(self):
        self._plan(self.first)
        with self.assertRaisesRegex(UserError, "covered by another"):
            self._plan(self.first)
        with self.assertRaisesRegex(UserError, "more than is owed"):
            self._plan(amount=250)

    def test_what_is_disputed_is_on_no_plan_and_the_other_way_round(self):
        disputes = self.env["collections.dispute"].with_user(self.collector)
        reason = self.env.ref("customer_collections.dispute_reason_price")
        profile = self.profile.with_user(self.collector)
        disputes._raise(profile, {self._items(self.first): 100}, reason)
        with self.assertRaisesRegex(UserError, "covered by another"):
            self._plan(self.first)
        self._plan(self.second)
        with self.assertRaisesRegex(UserError, "covered by another"):
            disputes._raise(profile, {self._items(self.second): 10}, reason)

    def test_instalments_that_do_not_add_up_are_refused(self):
        plans = self.env.registry["collections.plan"]
        make = plans._make_instalments

        def lose_a_cent(plan):
            make(plan)
            plan.sudo().instalment_ids[-1].amount -= 0.01

        with (
            patch.object(plans, "_make_instalments", lose_a_cent),
            self.assertRaisesRegex(UserError, "must add up"),
        ):
            self._plan(user=self.manager)
        self.assertFalse(self.profile.plan_ids.hold_id)

    def test_a_paid_invoice_is_refused(self):
        self._pay(self.first)
        with self.assertRaisesRegex(UserError, "paid already"):
            self._plan(self.first)

    def test_terms_that_make_no_sense_are_refused_in_words(self):
        for words, values in {
            "is past": {"date_first": self._day(-1)},
            "1 to 120": {"instalment_count": 0},
            "day of the month": {"rhythm": "month_day", "month_day": 32},
            "no plan is needed": {"deposit_amount": 300},
            "cannot be negative": {"deposit_amount": -1},
            "comes before": {"deposit_amount": 9, "deposit_date": self._day(11)},
            "cannot be split": {"amount": 0.05, "instalment_count": 9},
        }.items():
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self._plan(**values)
        self.assertFalse(self.profile.plan_ids.filtered("hold_id"))

    def test_an_invoice_in_another_currency_is_refused(self):
        currency = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        move = self._invoice(50, days_late=3, currency_id=currency.id)
        with self.assertRaisesRegex(UserError, "each currency apart"):
            self._plan(self.first | move)
        plan = self._plan(move, currency_id=currency.id, instalment_count=1)
        self.assertEqual(plan.amount, 50)

    def test_cancelling_says_why_and_gives_back_exactly_what_it_held(self):
        plan = self._plan(self.first)
        with self.assertRaisesRegex(UserError, "Say why"):
            plan._withdraw(" ")
        plan._withdraw("They found the money")
        self.assertEqual(plan.state, "cancelled")
        self.assertEqual(self.profile.amount_collectible, 300)
        with self.assertRaises(AccessError):
            plan.unlink()

    # === WHO MAY === #

    def test_a_collector_changes_no_schedule_by_hand(self):
        plan = self._plan().with_user(self.collector)
        with self.assertRaises(AccessError):
            plan.instalment_ids[0].amount = 1
        self.assertEqual(len(plan.instalment_ids), 3)

    def test_the_document_names_schedule_and_acceptance(self):
        plan = self._plan(agreed=False)
        plan._accept("Alma Baker", "192.0.2.7")
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "customer_collections.report_plan", plan.ids
        )
        for words in ("Alma Baker", "192.0.2.7", self.first.name, "04/20/2026"):
            self.assertIn(words, html.decode())

    def test_the_wizard_starts_with_the_deposit_that_is_asked_for(self):
        self.template.deposit_min = 10
        wizard = (
            self.env["collections.plan.wizard"]
            .with_user(self.collector)
            .create({"profile_id": self.profile.id})
        )
        self.assertEqual(wizard.deposit_amount, 30)
        self.assertEqual(wizard.preview_ids.mapped("amount"), [30, 90, 90, 90])
        self.assertFalse(wizard.excess)

    def test_the_deposit_that_the_wizard_starts_with_is_not_too_small(self):
        self.template.deposit_min = 20
        self._invoice(934.56, days_late=9)
        self._run()
        wizard = (
            self.env["collections.plan.wizard"]
            .with_user(self.collector)
            .create({"profile_id": self.profile.id})
        )
        self.assertEqual(wizard.amount, 1234.56)
        self.assertEqual(wizard.deposit_amount, 246.92)
        self.assertFalse(wizard.excess)

    def test_the_deposit_is_called_so_everywhere(self):
        plan = self._plan(deposit_amount=30)
        self.assertEqual(plan.instalment_ids[0].title, "Deposit")
        self.assertEqual(plan.instalment_ids[1].title, "Instalment 1 of 3")
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "customer_collections.report_plan", plan.ids
        )
        self.assertIn("Deposit", html.decode())
        arch = self.env["collections.plan"].get_view(view_type="form")["arch"]
        self.assertNotIn('name="number"', arch)
        self._run()
        message = self._open_touchpoints()
        self.assertEqual(message.plan_message, "agreed")
        self.assertIn("Deposit", message._render_message()["body"])

    # === BY LETTER === #

    def test_whom_only_letters_reach_gets_them(self):
        self.customer.write({"email": False, "phone": False})
        plan = self._plan()
        self._run()
        message = self._open_touchpoints()
        self.assertEqual((message.plan_id, message.channel), (plan, "letter"))
        self.assertIn("stands", message._render_message()["body"])
        self.assertTrue(message._dispatch())

    def test_who_opted_out_of_all_else_gets_letters(self):
        for channel in ("email", "sms"):
            self.profile._opt_out(channel, "person")
        self._plan()
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "letter")

    def test_whom_nothing_reaches_gets_nothing_and_it_is_said_why(self):
        self.customer.write({"email": False, "phone": False, "street": False})
        plan = self._plan()
        self._run()
        self.assertFalse(self._open_touchpoints())
        refused = self.env["collections.touchpoint"].search([("plan_id", "=", plan.id)])
        self.assertIn("e-mail address", refused.refusal_note)
