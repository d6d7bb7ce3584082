from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon

# What the provider says, one after the other, and whether it is paid in the end.
STORIES = {
    ("done",): True,
    ("pending", "done"): True,
    ("pending", "cancel"): False,
    ("error",): False,
    ("cancel",): False,
}


@tagged("post_install", "-at_install")
class TestPayStates(PayCommon, CollectionsPortalHttpCommon):
    """Whatever becomes of a payment, each invoice has exactly what is left of it."""

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")

    def _payments(self, tx):
        return self.env["account.payment"].search(
            [("payment_transaction_id", "=", tx.id), ("state", "!=", "canceled")]
        )

    def _play(self, move, means, states):
        """Pay 10.01 of an invoice; each notification arrives twice, while the customer
        polls."""
        if means == "card":
            self._card(self.person, states[0])
            order = self._order(self._review({move: "10.01"}).text)
            tx = self._start_with_card(order)
        else:
            tx = self._start({move: "10.01"})
        for state in states:
            for _twice in range(2):
                self._notify(tx, state)
                self._poll(tx)
        return tx

    def test_every_end_leaves_exact_residuals_and_no_duplicates(self):
        for move in (self.late, self.dollars):
            for means in ("form", "card"):
                for states, is_paid in STORIES.items():
                    with self.subTest(move=move.name, means=means, states=states):
                        before = move.amount_residual
                        tx = self._play(move, means, states)
                        self.assertEqual(tx.state, states[-1])
                        paid = 10.01 if is_paid else 0
                        self.assertAlmostEqual(move.amount_residual, before - paid)
                        self.assertEqual(len(self._payments(tx)), int(is_paid))
                        self.assertEqual(tx.currency_id, move.currency_id)

    def test_a_chargeback_opens_exactly_what_was_paid_in_either_currency(self):
        for move in (self.late, self.dollars):
            for means in ("form", "card"):
                with self.subTest(move=move.name, means=means):
                    before = move.amount_residual
                    tx = self._play(move, means, ("done",))
                    for _twice in range(2):
                        tx._set_canceled(extra_allowed_states=("done",))
                        # As Odoo's job does
                        tx.filtered(lambda t: not t.is_post_processed)._post_process()
                        self._poll(tx)
                    self.assertAlmostEqual(move.amount_residual, before)
                    self.assertFalse(self._payments(tx))

    def test_what_we_refund_is_owed_again_once(self):
        self.method.support_refund = "partial"
        for move in (self.late, self.dollars):
            with self.subTest(move=move.name):
                tx = self._play(move, "form", ("done",))
                left, owed = move.amount_residual, self._owed(move.currency_id)
                tx.action_refund(4.01)
                refund = tx.child_transaction_ids
                for _twice in range(2):
                    self._notify(refund, "done")
                    refund._post_process()
                self.assertEqual(refund.amount, -4.01)
                self.assertEqual(len(self._payments(refund)), 1)
                self.assertAlmostEqual(move.amount_residual, left)
                self.assertAlmostEqual(self._owed(move.currency_id), owed + 4.01)

    def _owed(self, currency):
        lines = self.env["account.move.line"].search(
            [
                ("partner_id.commercial_partner_id", "=", self.customer.id),
                ("account_type", "=", "asset_receivable"),
                ("currency_id", "=", currency.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ]
        )
        return sum(lines.mapped("amount_residual_currency"))

    def test_a_payment_that_fails_or_is_cancelled_changes_nothing(self):
        for state, words in (("error", "did not go through"), ("cancel", "cancelled")):
            tx = self._start({self.late: "100"})
            self._notify(tx, state)
            self._poll(tx)
            self.assertEqual(self.late.amount_residual, 1234.5)
            text = self._get(f"pay/done/{tx.id}").text
            self.assertIn(words, text)
            self.assertIn("Nothing was charged", text)

    def test_a_chargeback_opens_the_invoice_again_and_tells_the_collector(self):
        tx = self._start({self.late: "1000", self.coming: "80.25"})
        self._finish(tx)
        self.assertEqual(self.late.amount_residual, 234.5)
        tx._set_canceled(extra_allowed_states=("done",))
        tx._post_process()
        self.assertEqual(self.late.amount_residual, 1234.5)
        self.assertEqual(self.coming.amount_residual, 80.25)
        self.assertIn("taken back", "".join(self._told().mapped("subject")))

    # === CAPTURED LATER === #

    def _authorize(self, amounts):
        """Return a payment that waits to be captured by a person."""
        self.method.support_manual_capture = "partial"
        self.provider.capture_manually = True
        tx = self._start(amounts)
        self._notify(tx, "done")
        self.assertEqual(tx.state, "authorized")
        return tx

    def _capture(self, tx, amount=None):
        captured = tx._capture(amount)
        self.assertEqual(captured.state, "done")
        captured._post_process()
        self.env.invalidate_all()
        return captured

    def test_what_is_captured_pays_what_was_chosen(self):
        tx = self._authorize({self.late: "100", self.coming: "80.25"})
        self._capture(tx)
        tx._post_process()
        self.assertEqual(tx.state, "done")
        self.assertEqual(self.late.amount_residual, 1134.5)
        self.assertEqual(self.coming.amount_residual, 0)
        self.assertEqual(tx.invoice_ids, self.late | self.coming)

    def test_what_is_captured_in_parts_pays_each_invoice_once(self):
        tx = self._authorize({self.late: "100", self.coming: "80.25"})
        for amount, left in ((60, (1174.5, 80.25)), (60, (1134.5, 60.25))):
            self._capture(tx, amount)
            self.assertEqual(self.late.amount_residual, left[0])
            self.assertEqual(self.coming.amount_residual, left[1])
        self._capture(tx, 60.25)
        self.assertEqual(self.late.amount_residual, 1134.5)
        self.assertEqual(self.coming.amount_residual, 0)

    def test_a_discount_is_given_when_all_of_it_is_captured(self):
        move = self._discounted(200)
        tx = self._authorize({move: "196"})
        self._capture(tx)
        self.assertEqual(move.amount_residual, 0)

    # === MERGED === #

    def test_what_becomes_of_the_payment_of_a_merged_customer_is_told(self):
        tx = self._start({self.late: "100"})
        profile = self.stranger_profile
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((self.customer | self.stranger).ids, self.stranger)
        self.env.invalidate_all()
        self._notify(tx, "pending")
        told = self._touchpoints(self.stranger)
        told = told.filtered(lambda t: t.channel == "portal")
        self.assertEqual(told.profile_id, profile)
        self.assertIn("100.00", told.subject)

    # === CARDS === #

    def test_a_saved_card_pays_at_once(self):
        self.authenticate("ada", "ada")
        self._card(self.person)
        text = self._review({self.late: "10", self.coming: "20"}).text
        self.assertIn("Your payment methods", text)
        tx = self._start_with_card(self._order(text))
        self.assertEqual(tx.state, "done")
        self._poll(tx)
        self.assertEqual(self.late.amount_residual, 1224.5)
        self.assertEqual(self.coming.amount_residual, 60.25)

    def test_a_saved_card_that_is_slow_books_once_it_is_done(self):
        self.authenticate("ada", "ada")
        self._card(self.person, "pending")
        tx = self._start_with_card(self._order(self._review({self.late: "10"}).text))
        self.assertEqual(tx.state, "pending")
        self._poll(tx)
        self.assertEqual(self.late.amount_residual, 1234.5)
        self._notify(tx, "done")
        self._poll(tx)
        self.assertEqual(self.late.amount_residual, 1224.5)

    def test_a_link_neither_shows_nor_uses_nor_saves_cards(self):
        card = self._card(self.person)
        self._open_link()
        text = self._review({self.late: "10"}).text
        self.assertNotIn("Your payment methods", text)
        self.assertNotIn("o_payment_tokenize_checkbox", text)
        order = self._order(text)
        with self.assertRefused("not offered"):
            self._pay_order(order, flow="token", token_id=card.id)
        self._pay_order(order, tokenization_requested=True)
        self.assertFalse(self._last().tokenize)

    def test_a_colleagues_card_is_not_offered(self):
        card = self._card(self.sibling)
        self.authenticate("ada", "ada")
        order = self._order(self._review({self.late: "10"}).text)
        with self.assertRefused("not offered"):
            self._pay_order(order, flow="token", token_id=card.id)
