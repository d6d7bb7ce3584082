from datetime import timedelta

from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon


@tagged("post_install", "-at_install")
class TestPay(PayCommon, CollectionsPortalHttpCommon):
    """What is paid is what was chosen, once, to the cent."""

    # === CHOOSE === #

    def test_what_is_overdue_is_suggested(self):
        self.authenticate("ada", "ada")
        text = self._get("pay").text
        self.assertEqual(self._ticked(text), {self._item(m).id for m in self.overdue})
        self.assertIn("1234.50", text)
        all_items = self._ticked(self._get("pay?choose=all").text)
        self.assertIn(self._item(self.coming).id, all_items)
        one = self._get(f"pay?invoice={self.coming.id}").text
        self.assertEqual(self._ticked(one), {self._item(self.coming).id})

    def test_each_currency_is_paid_by_itself(self):
        self.authenticate("ada", "ada")
        text = self._get("pay").text
        self.assertEqual(text.count('name="group"'), 2)

    def test_a_wrong_amount_is_said_and_nothing_typed_is_lost(self):
        self.authenticate("ada", "ada")
        for typed, words in (
            ("a lot", "Write an amount"),
            ("0", "Say how much you pay"),
            ("5000", "no more is open"),
        ):
            text = self._review({self.late: typed}).text
            self.assertIn(words, text)
            self.assertIn(f'value="{typed}"', text)
        self.assertIn("Choose at least one invoice", self._review({}).text)

    def test_somebody_elses_invoice_cannot_be_chosen(self):
        theirs = self._invoice(77, 3, partner=self.stranger, currency_id=self.euro.id)
        self.authenticate("ada", "ada")
        text = self._review({theirs: "77"}).text
        self.assertIn("Some of it was paid meanwhile", text)
        self.assertNotIn(theirs.name, text)

    def test_what_was_chosen_can_be_changed(self):
        self.authenticate("ada", "ada")
        text = self._review({self.late: "12,5"}, change="1").text
        self.assertIn('value="12,5"', text)
        self.assertNotIn('role="alert"', self._main_part(text))

    # === PAY === #

    def test_several_invoices_get_exactly_what_was_chosen(self):
        self.authenticate("ada", "ada")
        tx = self._start({self.late: "1000.01", self.coming: "80.25"})
        self.assertEqual(tx.amount, 1080.26)
        self.assertEqual(tx.partner_id, self.person)
        self._notify(tx, "done")
        self._poll(tx)
        self.assertEqual(self.late.amount_residual, 234.49)
        self.assertEqual(self.coming.amount_residual, 0)
        self.assertEqual(self.dollars.amount_residual, 300)

    def test_another_currency_is_paid_in_that_currency(self):
        self.authenticate("ada", "ada")
        tx = self._start({self.dollars: "120.10"})
        self.assertEqual(tx.currency_id, self.dollar)
        self._finish(tx)
        self.assertEqual(self.dollars.amount_residual, 179.9)
        self.assertEqual(self.late.amount_residual, 1234.5)

    def test_a_notification_twice_and_a_polling_customer_book_once(self):
        self.authenticate("ada", "ada")
        tx = self._start({self.late: "1234.50"})
        self._notify(tx, "done")
        self._poll(tx)
        self._notify(tx, "done")
        self._poll(tx)
        tx._post_process()
        self.env["payment.transaction"].sudo()._cron_post_process()
        payments = self.env["account.payment"].search(
            [("payment_transaction_id", "=", tx.id)]
        )
        self.assertEqual(len(payments), 1)
        self.assertEqual(self.late.amount_residual, 0)
        self.assertEqual(len(self._told()), 1)

    def test_a_pending_payment_is_said_and_cannot_be_paid_again(self):
        self.authenticate("ada", "ada")
        tx = self._start({self.late: "1234.50"})
        order = self._order(self._review({self.late: "1234.50"}).text)
        self._notify(tx, "pending")
        text = self._get("pay").text
        self.assertIn("On its way", text)
        self.assertNotIn(self.late.name, text)
        self.assertIn("on its way", self._get(f"pay/done/{tx.id}").text)
        with self.assertRefused("has changed"):
            self._pay_order(order)
        self._notify(tx, "done")
        self._poll(tx)
        self.assertEqual(self.late.amount_residual, 0)
        self.assertIn("Thank you", self._get(f"pay/done/{tx.id}").text)

    def test_a_payment_that_is_not_waited_for_any_more_is_not_said_to_come(self):
        self.authenticate("ada", "ada")
        tx = self._start({self.late: "1234.50"})
        self._notify(tx, "pending")
        days = self.company.collections_pending_days
        for passed, is_said in ((days, True), (days + 1, False)):
            tx.last_state_change = f"{self.today - timedelta(days=passed)} 23:00:00"
            text = self._main_part(self._get("pay").text)
            self.assertEqual("On its way" in text, is_said)
            self.assertEqual(self.late.name in text, not is_said)

    def test_a_pending_payment_stops_reminders(self):
        self.authenticate("ada", "ada")
        for move in self.overdue:
            self._notify(self._start({move: str(move.amount_residual)}), "pending")
        self._run()
        self.assertFalse(self._open_touchpoints())

    def test_what_changed_meanwhile_is_not_charged(self):
        self.authenticate("ada", "ada")
        order = self._order(self._review({self.late: "1234.50"}).text)
        self._pay(self.late, 1000)
        with self.assertRefused("has changed"):
            self._pay_order(order)

    def test_the_same_is_not_started_twice_unless_the_customer_was_told(self):
        self.authenticate("ada", "ada")
        order = self._order(self._review({self.late: "1234.50"}).text)
        self._pay_order(order)
        with self.assertRefused("was just started"):
            self._pay_order(order)
        text = self._review({self.late: "1234.50"}).text
        self.assertIn("is not finished", text)
        self.assertTrue(self._pay_order(self._order(text)))

    def test_an_order_is_of_one_person_and_cannot_be_made_up(self):
        self.authenticate("ada", "ada")
        order = self._order(self._review({self.late: "5"}).text)
        self.authenticate("sven", "sven")
        with self.assertRefused("too old"):
            self._pay_order(order)
        with self.assertRefused("too old"):
            self._pay_order("AAAA" + order[4:])
        self.authenticate("other", "other")
        with self.assertRefused("open the link"):
            self._pay_order(order)

    def test_the_amount_of_the_page_does_not_count(self):
        self.authenticate("ada", "ada")
        order = self._order(self._review({self.late: "50"}).text)
        self._pay_order(order, amount=1)
        self.assertEqual(self._last().amount, 50)

    def test_unknown_ways_to_pay_are_refused(self):
        self.authenticate("ada", "ada")
        order = self._order(self._review({self.late: "50"}).text)
        for kwargs in (
            {"provider_id": self.provider.copy({"state": "disabled"}).id},
            {"payment_method_id": 0},
            {"flow": "none"},
            {"flow": "token", "token_id": 0},
            {"is_validation": True},
        ):
            with self.assertRefused("not offered"):
                self._pay_order(order, **kwargs)

    # === DISCOUNT === #

    def test_the_discount_settles_each_invoice_in_full(self):
        moves = self._discounted(200), self._discounted(100)
        self.authenticate("ada", "ada")
        text = self._get("pay").text
        self.assertIn("less if you pay", text)
        tx = self._start({moves[0]: "196.00", moves[1]: "98", self.late: "34.50"})
        self.assertEqual(tx.amount, 328.5)
        self._finish(tx)
        self.assertEqual([move.amount_residual for move in moves], [0, 0])
        self.assertEqual(self.late.amount_residual, 1200)
        lost = self.company.account_journal_early_pay_discount_loss_account_id
        lines = tx.payment_id.move_id.line_ids.filtered(lambda x: x.account_id == lost)
        self.assertEqual(sum(lines.mapped("amount_currency")), 6)

    def test_a_part_takes_no_discount(self):
        move = self._discounted(200)
        self.authenticate("ada", "ada")
        self._finish(self._start({move: "100"}))
        self.assertEqual(move.amount_residual, 100)
        self.assertNotIn("less if you pay", self._get("pay").text)

    # === REACHED === #

    def test_the_account_says_what_can_be_done_now(self):
        self.authenticate("ada", "ada")
        text = self._get().text
        self.assertIn("Pay what is overdue", text)
        self.assertNotIn("Use your credit", text)
        self._open_link(self._token(purpose="view"))
        self.assertNotIn("Pay what is overdue", self._get().text)

    def test_the_collector_sees_it_at_once(self):
        self.authenticate("ada", "ada")
        self._finish(self._start({self.late: "10"}))
        touchpoint = self._told()
        self.assertEqual(touchpoint.channel, "portal")
        self.assertEqual(touchpoint.direction, "in")
        self.assertEqual(touchpoint.partner_id, self.person)
        self.assertIn("10.00", touchpoint.subject)
        self.assertIn("10.00", self.profile.message_ids[:1].body)

    def test_who_paid_reads_of_it_in_their_language(self):
        self.person.lang = "de_DE"
        self.authenticate("ada", "ada")
        # The notification of a provider has no language.
        self._finish(self._start({self.late: "10"}))
        self.assertIn("Zahlung über", self._told().subject)

    def test_the_result_is_shown_to_who_paid_alone(self):
        self.authenticate("ada", "ada")
        tx = self._start({self.late: "10"})
        self.authenticate("sven", "sven")
        self.assertEqual(self._get(f"pay/done/{tx.id}").status_code, 404)
        self.assertEqual(self._get("pay/done/999999999999").status_code, 404)
        self.authenticate("other", "other")
        self.assertEqual(self._get(f"pay/done/{tx.id}").status_code, 404)

    def test_odoos_own_pay_overdue_leads_here(self):
        self.authenticate("ada", "ada")
        response = self.url_open("/my/invoices/overdue", allow_redirects=False)
        self.assertIn(
            f"/my/collections/{self.profile.id}/pay", response.headers["Location"]
        )

    def test_odoos_own_pay_overdue_charges_what_is_open(self):
        move = self._invoice(200, 5, partner=self.stranger)
        self._pay(move, 40)
        self.env["collections.profile"].search(
            [("partner_id", "=", self.stranger.id)]
        ).sudo().active = False
        self.authenticate("other", "other")
        text = self.url_open("/my/invoices/overdue").text
        self.assertIn('data-amount="160.0"', text)
        with self.assertRefused("has changed"):
            self._call(
                "/invoice/transaction/overdue",
                {**self._means(), "payment_reference": "x", "amount": 200.0},
            )

    def test_as_many_queries_for_many_invoices_as_for_few(self):
        self._discounted(5)
        self.authenticate("ada", "ada")
        self._get("pay")
        few = self._count_queries("pay")
        for day in range(27):
            self._discounted(10 + day)
        self._get("pay")
        self.assertLessEqual(self._count_queries("pay"), few + 2)
