from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10 09:00:00")
class TestPromise(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.promise_grace_days = 3
        cls.company.collections_calendar_id = False
        cls.invoice = cls._invoice(100, days_late=5)
        cls._run()
        cls.profile = cls._profile()

    def _day(self, days):
        return self.today + relativedelta(days=days)

    def _give(self, amount=100.0, days=7, items=None, user=None, **values):
        promises = self.env["collections.promise"].with_user(user or self.collector)
        return promises._give(
            self.profile.with_user(user or self.collector),
            amount,
            self._day(days),
            items,
            **values,
        )

    def _receivable(self, move):
        return move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")

    def _promise(self, amount=100.0, days=7, move=None, **values):
        return self._give(
            amount, days, self._receivable(move or self.invoice), **values
        )

    # === WHAT IT HOLDS === #

    def test_an_open_promise_holds_exactly_its_amount(self):
        self._promise(60)
        self.assertEqual(self.profile.amount_collectible, 40)
        self.assertEqual(self.profile.amount_held, 60)
        self.assertLedgerAddsUp()

    @freeze_time("2026-03-10 20:30:00")
    def test_it_holds_at_once_where_it_is_tomorrow_already(self):
        # Half past nine in the morning where they speak
        there = self.profile.with_user(self.collector).with_context(
            tz="Pacific/Auckland"
        )
        promises = there.env["collections.promise"]
        promise = promises._give(
            there, 60, self._day(7), self._receivable(self.invoice)
        )
        self.assertEqual(promise.date_start, self.today)
        self.assertEqual(self.profile.amount_held, 60)

    def test_nothing_is_chased_while_all_of_it_is_promised(self):
        self._promise(100)
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self.profile.next_code, "held")

    def test_the_sentence_names_the_promise(self):
        self._promise(100)
        self.assertIn("promised to pay", self.profile.next_summary)

    def test_a_promise_without_invoices_holds_the_oldest(self):
        older = self._invoice(30, days_late=20)
        promise = self._give(50)
        held = {line.move_id: line.amount for line in promise.line_ids}
        self.assertEqual(held, {older: 30, self.invoice: 20})

    def test_two_part_promises_on_one_invoice_stand_side_by_side(self):
        first, second = self._promise(50, 7), self._promise(50, 14)
        self.assertEqual((first | second).mapped("state"), ["open", "open"])
        self._pay(self.invoice, 50)
        self.profile._redecide()
        self.assertEqual(first.state, "kept")
        self.assertEqual(second.state, "open")
        self.assertEqual(self.profile.amount_held, 50)

    def test_a_withdrawn_promise_gives_back_what_it_held(self):
        promise = self._promise(60)
        promise._withdraw("They changed their mind")
        self.assertEqual(promise.state, "withdrawn")
        self.assertEqual(promise.end_note, "They changed their mind")
        self.assertEqual(self.profile.amount_collectible, 100)

    # === JUDGED === #

    def test_paid_by_the_day_is_kept(self):
        promise = self._promise(60)
        self._pay(self.invoice, 60)
        self.profile._redecide()
        self.assertEqual(promise.state, "kept")
        self.assertEqual(promise.kept_on, self.today)
        self.assertEqual(self.profile.amount_collectible, 40)

    def test_a_payment_judges_the_promise_without_anybody_looking(self):
        promise = self._promise(60)
        self._pay(self.invoice, 60)
        self.env.cr.precommit.run()
        with self.enter_registry_test_mode():
            self.env.ref("customer_collections.ir_cron_judge").method_direct_trigger()
        self.assertEqual(promise.state, "kept")

    def test_grace_lets_money_arrive(self):
        promise = self._promise(100, days=1)
        # Wednesday and three working days: Monday
        self.assertEqual(promise.date_limit, self._day(6))
        self._run(self._day(6))
        self.assertEqual(promise.state, "open")
        self._run(self._day(7))
        self.assertEqual(promise.state, "broken")
        self.assertEqual(self.profile.amount_collectible, 100)
        self.assertIn("not kept", self.profile.activity_ids.summary)

    def test_a_part_paid_in_time_is_partly_kept(self):
        promise = self._promise(100, days=1)
        self._pay(self.invoice, 40)
        self._run(self._day(7))
        self.assertEqual(promise.state, "partly_kept")
        self.assertEqual(promise.amount_received, 40)

    def test_a_broken_promise_paid_later_is_kept_late(self):
        promise = self._promise(100, days=1)
        self._run(self._day(7))
        with freeze_time(self._day(10)):
            self._pay(self.invoice)
            self._run(self._day(10))
        self.assertEqual(promise.state, "kept_late")

    def test_money_nobody_has_matched_yet_keeps_it(self):
        promise = self._promise(100, days=1)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 100,
            }
        )
        payment.action_post()
        self._run(self._day(7))
        self.assertEqual(promise.state, "kept")

    def test_a_payment_of_another_invoice_counts_where_none_was_named(self):
        other = self._invoice(100, days_late=1)
        named = self._promise(40)
        promise = self._give(60)
        self._pay(other, 60)
        self._run(self._day(30))
        self.assertEqual(named.state, "broken")
        self.assertEqual(promise.state, "kept")

    def test_a_credit_note_and_a_write_off_count_as_paid(self):
        promise = self._promise(100)
        note = self._credit_note(30)
        (self._receivable(self.invoice) | self._receivable(note)).reconcile()
        self._pay(
            self.invoice,
            0,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.profile._redecide()
        self.assertEqual(promise.state, "kept")

    def test_an_undone_payment_opens_nothing_that_was_judged(self):
        promise = self._promise(100)
        self._pay(self.invoice, 60)
        self.profile._redecide()
        self.assertEqual(promise.amount_received, 60)
        self._receivable(self.invoice).remove_move_reconcile()
        self.profile._redecide()
        self.assertEqual(promise.amount_received, 0)
        self.assertEqual(promise.line_ids.amount, 100)

    def test_moving_the_debt_to_a_doubtful_account_keeps_no_promise(self):
        promise = self._promise(100, days=1)
        doubtful = self.env["account.account"].create(
            {
                "name": "Doubtful debts",
                "code": "409900",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        line = self._receivable(self.invoice)
        self.env["account.automatic.entry.wizard"].with_context(
            active_model="account.move.line", active_ids=line.ids
        ).create(
            {
                "action": "change_account",
                "destination_account_id": doubtful.id,
                "journal_id": self.company_data["default_journal_misc"].id,
            }
        ).do_action()
        self.assertEqual(self.invoice.payment_state, "paid")
        self._run(self._day(7))
        self.assertEqual(promise.state, "broken")
        self.assertLedgerAddsUp()

    def test_a_payment_on_its_way_counts_once(self):
        promise = self._promise(60)
        self._pay_without_entry(self.invoice, 60)
        self.profile._redecide()
        self.assertEqual(promise.state, "kept")
        self.assertEqual(self.profile.amount_collectible, 40)

    def test_an_invoice_reset_under_a_promise_stops_nothing_else(self):
        promise = self._promise(100)
        self.invoice.button_draft()
        self._run()
        self.assertEqual(promise.state, "open")
        self.assertEqual(promise.amount_received, 0)
        self.invoice.action_post()
        self._run()
        self.assertEqual(self.profile.amount_held, 100)

    def test_a_cancelled_invoice_breaks_no_word_and_is_told_of_once(self):
        promise = self._promise(100)
        self.invoice.button_draft()
        for _run in range(2):
            self._run()
        told = promise.activity_ids.filtered(lambda a: "reset" in a.summary)
        self.assertEqual(len(told), 1)
        self.assertEqual(told.user_id, promise.user_id)
        self.invoice.button_cancel()
        self._run()
        self.assertEqual(promise.state, "withdrawn")
        self.assertIn("cancelled", promise.end_note)
        self.assertEqual(self.profile.promise_level, 0)

    def test_an_invoice_without_its_number_is_told_of_as_well(self):
        promise = self._promise(100)
        self.invoice.button_draft()
        # As Odoo asks for before another journal is chosen
        self.invoice.name = False
        self._run()
        self.assertIn("reset", promise.activity_ids.summary)
        self.invoice.action_post()
        self._run()
        self.assertEqual(self.profile.amount_held, 100)

    def test_a_deleted_invoice_breaks_no_word(self):
        promise = self._promise(100)
        self.invoice.button_draft()
        self.invoice.unlink()
        self._run(self._day(30))
        self.assertEqual(promise.state, "withdrawn")
        self.assertEqual(self.profile.promise_level, 0)

    # === LEVELS: the three examples of SAP's documentation === #

    def test_level_a_new_promise_for_an_open_one_has_level_two(self):
        first = self._promise(100)
        second = self._promise(100, 10)
        self.assertEqual(first.state, "withdrawn")
        self.assertEqual(first.replaced_by_id, second)
        self.assertEqual((first.level, second.level), (1, 2))

    def test_level_a_promise_after_a_withdrawn_one_has_level_two(self):
        self._promise(100)._withdraw("They cannot")
        self.assertEqual(self._promise(100).level, 2)

    def test_level_the_rest_after_a_kept_part_has_level_one(self):
        self._promise(60)
        self._pay(self.invoice, 60)
        self.profile._redecide()
        self.assertEqual(self._promise(40).level, 1)

    def test_broken_promises_of_the_last_year_are_counted(self):
        self._promise(100, days=0)
        self._run(self._day(7))
        self.assertEqual(self.profile.promise_level, 1)
        with freeze_time(self._day(400)):
            self.profile.invalidate_recordset(["promise_level"])
            self.assertEqual(self.profile.promise_level, 0)

    # === LIMITS AND BAD INPUT === #

    def test_a_promise_for_yesterday_is_refused(self):
        with self.assertRaisesRegex(UserError, "is past"):
            self._promise(100, days=-1)

    @freeze_time("2026-03-11 06:00:00")
    def test_a_promise_that_is_over_where_the_company_works_is_refused(self):
        self.policy.promise_grace_days = 0
        # Eleven at night on the 10th
        there = self.profile.with_user(self.collector).with_context(
            tz="America/Los_Angeles"
        )
        promises = there.env["collections.promise"]
        with self.assertRaisesRegex(UserError, "is past"):
            promises._give(there, 60, self._day(0))
        self.assertEqual(promises._give(there, 60, self._day(1)).state, "open")

    def test_a_promise_above_what_is_owed_is_refused(self):
        with self.assertRaisesRegex(UserError, "at most"):
            self._promise(101)

    def test_a_promise_on_a_paid_invoice_is_refused(self):
        self._pay(self.invoice)
        with self.assertRaisesRegex(UserError, "paid already"):
            self._promise(100)

    def test_a_promise_of_nothing_is_refused(self):
        with self.assertRaisesRegex(UserError, "how much"):
            self._promise(0)

    def test_another_customers_invoice_is_refused(self):
        other = self._invoice(100, partner=self._customer("Bela Motors"))
        with self.assertRaisesRegex(UserError, "another customer"):
            self._promise(100, move=other)

    def test_a_promise_too_far_ahead_is_refused(self):
        with self.assertRaisesRegex(UserError, "payment plan"):
            self._promise(100, days=31)

    def test_too_many_promises_are_refused(self):
        self.policy.promise_max_open = 1
        self._promise(50)
        with self.assertRaisesRegex(UserError, "as many as"):
            self._promise(50)

    def test_a_large_promise_waits_for_a_manager_and_is_not_chased(self):
        self.policy.promise_approval_amount = 50
        promise = self._promise(100)
        self.assertEqual(promise.state, "to_agree")
        self.assertEqual(self.profile.amount_collectible, 0)
        with self.assertRaises(UserError):
            promise.action_agree()
        promise.with_user(self.manager).action_agree()
        self.assertEqual(promise.state, "open")

    def test_no_manager_is_asked_about_a_promise_that_is_paid(self):
        self.policy.promise_approval_amount = 50
        promise = self._promise(100)
        self._pay(self.invoice)
        self._run()
        self.assertEqual(promise.state, "kept")
        self.assertFalse(promise.activity_ids)

    def test_the_hold_of_a_promise_ends_with_it_and_not_before(self):
        promise = self._promise(100)
        with self.assertRaisesRegex(UserError, "ends with it"):
            promise.hold_id.with_user(self.manager).action_end()

    def test_a_promise_is_never_deleted(self):
        with self.assertRaises(AccessError):
            self._promise(100).sudo().unlink()

    def test_withdrawing_asks_why(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self._promise(100)._withdraw(" ")

    def test_the_customer_hears_nothing_through_the_promise(self):
        promise = self._promise(100)
        promise.message_subscribe(self.customer.ids)
        promise.message_post(
            body="Between us",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
        )
        self.assertFalse(
            self.env["mail.mail"].search([("recipient_ids", "in", self.customer.ids)])
        )

    def test_a_promise_in_another_currency_holds_that_currency(self):
        foreign = self.setup_other_currency("CAD")
        self._invoice(200, days_late=5, currency_id=foreign.id)
        promise = self._give(200, currency_id=foreign.id)
        self.assertEqual(promise.line_ids.currency_id, foreign)
        self.assertLedgerAddsUp()
        with self.assertRaisesRegex(UserError, "each currency apart"):
            self._promise(100, currency_id=foreign.id)

    def test_a_merge_of_contacts_takes_promises_along(self):
        twin = self._customer("Alma Backery")
        promise = self._promise(100)
        self.env["collections.profile"].sudo()._merge_partners(self.customer, twin)
        self.assertEqual(promise.profile_id.partner_id, twin)

    def test_the_calendar_moves_no_promise_to_another_day(self):
        promises = self.env["collections.promise"].with_user(self.collector)
        calendar = etree.fromstring(promises.get_view(view_type="calendar")["arch"])
        self.assertEqual(calendar.get("edit"), "0")

    def test_the_wizard_is_prefilled_from_the_invoice(self):
        action = self.invoice.with_user(self.collector).action_collections_promise()
        wizard = (
            self.env["collections.promise.wizard"]
            .with_user(self.collector)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.amount, 100)
        self.assertEqual(wizard.line_ids, self._receivable(self.invoice))
        wizard.action_log()
        self.assertEqual(self.profile.promise_ids.state, "open")

    def test_the_wizard_keeps_the_choice_of_invoices(self):
        other = self._invoice(30, days_late=1)
        wizard = self.env["collections.promise.wizard"].create(
            {
                "profile_id": self.profile.id,
                "line_ids": [Command.set(self._receivable(other).ids)],
            }
        )
        self.assertEqual(wizard.amount, 30)
