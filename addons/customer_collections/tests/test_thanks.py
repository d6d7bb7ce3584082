from datetime import timedelta

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestThanks(CollectionsCommon):
    """Who is clear again starts anew; who has paid is thanked for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(100, days_late=5)
        cls._run()
        cls._dispatch()
        cls.profile = cls._profile()

    def _run_in(self, days):
        return self._run(self.today + timedelta(days=days))

    def _assert_begins_anew(self):
        self.assertFalse(self.profile.stage_id)
        self.assertEqual(self.profile.episode, 2)

    def _assert_stays(self):
        self.assertEqual(self.profile.stage_id, self.friendly)
        self.assertEqual(self.profile.episode, 1)

    def test_a_credit_note_is_nothing_to_thank_for(self):
        self.invoice._reverse_moves(cancel=True)
        self._run_in(1)
        self.assertFalse(self._open_touchpoints())
        self._assert_begins_anew()

    def test_another_due_date_is_nothing_to_thank_for(self):
        self.invoice.line_ids.date_maturity = self.today + timedelta(days=60)
        self._run_in(1)
        self.assertFalse(self._open_touchpoints())
        self._assert_begins_anew()

    def test_what_is_excluded_from_follow_up_is_nothing_to_thank_for(self):
        self.invoice.line_ids.no_followup = True
        self._run_in(1)
        self.assertFalse(self._open_touchpoints())
        self._assert_begins_anew()

    def test_what_was_paid_before_the_reminder_is_not_thanked_for_later(self):
        customer = self._customer("Bruno Cars")
        invoice = self._invoice(100, days_late=5, partner=customer)
        self._pay(invoice, 40)
        # Before, by the clock of the database
        self.env.cr.execute(
            SQL(
                "UPDATE account_partial_reconcile SET create_date = %s WHERE id IN %s",
                self.today - timedelta(days=2),
                invoice.line_ids.matched_credit_ids._ids,
            )
        )
        self._run()
        self._dispatch()
        rest = self._credit_note(60, partner=customer)
        (rest | invoice).line_ids.filtered(
            lambda x: x.account_type == "asset_receivable"
        ).reconcile()
        self._run_in(1)
        self.assertFalse(self._open_touchpoints(customer))
        self.assertEqual(self._profile(customer).episode, 2)

    def test_the_word_that_it_is_paid_is_not_the_payment(self):
        transaction = self._transaction(self.invoice, 100)
        self._run_in(1)
        self.assertFalse(self._open_touchpoints())
        self._assert_stays()
        transaction._set_canceled()
        self._run_in(10)
        self.assertEqual(self._open_touchpoints().stage_id, self.firm)

    def test_who_paid_online_is_thanked(self):
        self._transaction(self.invoice, 100)._set_done()
        self._run_in(1)
        self.assertEqual(self._open_touchpoints().stage_id, self.thanks)

    def test_a_payment_without_an_entry_is_thanked_for(self):
        self._pay_without_entry(self.invoice)
        self._run_in(1)
        self.assertEqual(self._open_touchpoints().stage_id, self.thanks)

    def test_money_at_the_bank_is_thanked_for(self):
        self._match_bank_line(self._bank_line(100), self.invoice)
        self._run_in(1)
        self.assertEqual(self._open_touchpoints().stage_id, self.thanks)

    def test_the_days_of_the_thanks_are_counted_from_the_payment(self):
        self.thanks.delay_days = 5
        self._pay(self.invoice)
        self._run_in(4)
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self.profile.next_date, self.today + timedelta(days=5))
        self._run_in(5)
        self.assertEqual(self._open_touchpoints().stage_id, self.thanks)

    def test_whom_no_channel_reaches_begins_anew_without_thanks(self):
        self.customer.write({"email": False, "phone": False, "street": False})
        self._pay(self.invoice)
        self._run_in(1)
        self.assertFalse(self._open_touchpoints())
        self._assert_begins_anew()
        self.assertEqual(self.profile.next_code, "nothing_owed")
        self.assertFalse(self.profile.next_stage_id)
        self.assertFalse(self.profile.activity_ids)
        self._invoice(50, days_late=5)
        self.customer.email = "alma@customer.example"
        self._run_in(1)
        self.assertEqual(self._open_touchpoints().stage_id, self.friendly)

    def test_who_opted_out_begins_anew_without_thanks(self):
        self.thanks.channel_ids = [
            Command.clear(),
            Command.create({"channel": "email"}),
        ]
        self.profile._opt_out("email", "person")
        self._pay(self.invoice)
        self._run_in(1)
        self._assert_begins_anew()

    def test_without_a_thanks_who_is_clear_begins_anew_beside_a_later_invoice(self):
        self.thanks.active = False
        self._pay(self.invoice)
        self._invoice(70, days_late=-3)
        self._run()
        self._assert_begins_anew()
        courtesy = self._open_touchpoints()
        self.assertEqual(courtesy.stage_id, self.courtesy)
        self.assertEqual(courtesy.episode, 2)
        self._run()
        self.assertEqual(self._open_touchpoints(), courtesy)
        self._dispatch()
        self.assertEqual(courtesy.state, "sent")

    def _pay_and_be_late_again(self):
        """Pay what was reminded of, and be late with something else before the thanks.

        :return: the other invoice
        """
        self.thanks.delay_days = 5
        self.payment = self._pay(self.invoice)
        self._run_in(1)
        self._assert_stays()
        return self._be_late_with_another()

    def test_who_is_late_again_before_the_thanks_begins_at_the_gentle_end(self):
        self._pay_and_be_late_again()
        self._run_in(3)
        self._assert_begins_anew()
        self.assertEqual(self.profile.next_stage_id, self.friendly)
        self._run_in(30)
        self.assertEqual(self._open_touchpoints().stage_id, self.friendly)
        self.assertEqual(self.profile.episode, 2)

    def test_a_planned_thanks_is_withdrawn_from_who_is_late_again(self):
        self._pay(self.invoice)
        self._run_in(1)
        thanks = self._open_touchpoints()
        self.assertEqual(thanks.stage_id, self.thanks)
        self._be_late_with_another()
        self._run_in(3)
        self.assertEqual((thanks.state, thanks.refusal), ("cancelled", "not_clear"))
        self._assert_begins_anew()

    def test_who_owes_the_same_again_goes_on_where_they_stood(self):
        other = self._pay_and_be_late_again()
        self.payment.action_draft()
        self.invoice.line_ids.filtered(
            lambda x: x.account_type == "asset_receivable"
        ).remove_move_reconcile()
        self._run_in(3)
        self._assert_stays()
        # What was undone meanwhile is not forgotten when the other is paid.
        self._pay(other)
        self._run_in(10)
        self.assertEqual(self._open_touchpoints().stage_id, self.firm)

    def test_a_trifle_that_is_late_is_no_other_story(self):
        self.friendly.policy_id.minimum_amount = 80
        self._pay_and_be_late_again()
        self._run_in(5)
        self._assert_stays()
        self.assertEqual(self._open_touchpoints().stage_id, self.thanks)

    def _be_late_with_another(self):
        return self._invoice(70, days_late=-1)

    def test_another_invoice_is_another_story_though_never_clear_between(self):
        self._be_late_with_another()
        self._pay(self.invoice)
        self._run_in(3)
        self._assert_begins_anew()
        self.assertEqual(self.profile.next_stage_id, self.friendly)

    def test_what_was_said_and_is_still_owed_goes_on_beside_another(self):
        self._be_late_with_another()
        self._run_in(10)
        self._assert_stays()
        self.assertEqual(self._open_touchpoints().stage_id, self.firm)

    def test_what_was_late_too_when_they_were_reminded_is_the_same_story(self):
        other = self._invoice(50, days_late=1)
        self._pay(self.invoice)
        self._run_in(3)
        self._assert_stays()
        self.assertEqual(self.profile.oldest_due_date, other.invoice_date_due)

    def test_who_only_said_that_they_pay_goes_on_beside_another(self):
        self._be_late_with_another()
        self._transaction(self.invoice, 100)
        self._run_in(3)
        self._assert_stays()

    def test_a_pinned_step_stays_beside_another(self):
        self.profile._pin("stage", self.friendly, "Agreed by phone")
        self._be_late_with_another()
        self._pay(self.invoice)
        self._run_in(3)
        self._assert_stays()

    def test_a_step_that_was_never_said_is_where_a_catch_up_goes_on(self):
        self.profile.sudo().stage_date = False
        self._be_late_with_another()
        self._pay(self.invoice)
        self._run_in(3)
        self._assert_stays()

    def test_who_is_clear_begins_at_the_gentle_end_months_later(self):
        self.invoice._reverse_moves(cancel=True)
        self._run_in(1)
        late = self._invoice(80, days_late=0)
        self._run_in(60)
        self.assertTrue(late.amount_residual)
        self.assertEqual(self._open_touchpoints().stage_id, self.friendly)
