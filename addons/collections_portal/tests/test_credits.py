from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon


@tagged("post_install", "-at_install")
class TestCredits(PayCommon, CollectionsPortalHttpCommon):
    """A customer's credit pays their own invoices and nothing else."""

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")
        self.note = self._give_credit(100)

    def _apply(self, notes, moves, currency=None):
        return self._post_items(
            "credits/apply",
            currency or self.euro,
            [("credit", self._item(note).id) for note in notes]
            + [("item", self._item(move).id) for move in moves],
        )

    def test_a_credit_note_pays_the_chosen_invoice(self):
        self.assertIn(self.note.name, self._get("credits").text)
        response = self._apply(self.note, self.coming)
        self.assertIn("Your credit is used", response.text)
        self.assertEqual(self.coming.amount_residual, 0)
        self.assertEqual(self.late.amount_residual, 1234.5)
        self.assertEqual(self.note.amount_residual, 19.75)
        self.assertIn("80.25", self._told().subject)

    def test_it_cannot_be_used_twice(self):
        self._apply(self.note, self.late)
        response = self._apply(self.note, self.coming)
        self.assertIn("used meanwhile", response.text)
        self.assertEqual(self.coming.amount_residual, 80.25)

    def test_an_unmatched_payment_is_credit_too(self):
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "amount": 30,
                "currency_id": self.dollar.id,
                "payment_type": "inbound",
                "partner_type": "customer",
                "memo": "Flour of May",
            }
        )
        payment.action_post()
        page = self._get("credits").text
        self.assertIn("Payment of", page)
        self.assertIn("Flour of May", page)
        self.assertNotIn(payment.move_id.name, page)
        self._apply(payment.move_id, self.dollars, self.dollar)
        self.assertEqual(self.dollars.amount_residual, 270)

    def test_nobody_uses_what_is_not_theirs(self):
        theirs = self._credit_note(50, partner=self.stranger, currency_id=self.euro.id)
        debt = self._invoice(60, partner=self.stranger, currency_id=self.euro.id)
        for notes, moves in (
            (theirs, self.late),
            (self.note, debt),
            # Not a credit, not a debt
            (self.coming, self.late),
            (self.note, theirs),
            # Another currency
            (self.note, self.dollars),
        ):
            self.assertEqual(self._apply(notes, moves).status_code, 422)
        self.assertEqual(theirs.amount_residual, 50)
        self.assertEqual(debt.amount_residual, 60)
        self.assertEqual(self.note.amount_residual, 100)

    def test_another_account_is_not_mixed(self):
        account = self._item(self.late).account_id.copy({"code": "121999"})
        other = self._invoice(70, 5, currency_id=self.euro.id)
        # As an accountant would have posted it
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET account_id = %s WHERE id = %s",
            (account.id, self._item(other).id),
        )
        self.env.invalidate_all()
        self.assertIn("different accounts", self._apply(self.note, other).text)
        self.assertEqual(self.note.amount_residual, 100)

    def test_what_is_being_paid_is_not_offered(self):
        self._notify(self._start({self.coming: "80.25"}), "pending")
        self.assertEqual(self._apply(self.note, self.coming).status_code, 422)
        self.assertEqual(self.coming.amount_residual, 80.25)

    def test_what_is_being_paid_back_is_not_offered(self):
        payment = self._pay_back_without_entry(self.note)
        for state in ("in_process", "paid"):
            payment.state = state
            self.assertNotIn(self.note.name, self._main(self._get("credits")), state)
            self.assertEqual(self._apply(self.note, self.coming).status_code, 422)
        self.assertEqual(self.note.amount_residual, 100)
        payment.action_cancel()
        self.assertIn("Your credit is used", self._apply(self.note, self.coming).text)

    def test_what_the_bank_leaves_of_a_credit_is_offered_again(self):
        self._pay_back_without_entry(self.note, 40)
        self._match_bank_line(self._bank_line(-40), self.note)
        self.assertEqual(self.note.amount_residual, 60)
        self.assertIn("Your credit is used", self._apply(self.note, self.late).text)

    def _pay_back_without_entry(self, note, amount=None):
        """Register a payment to the customer that Odoo keeps without an entry."""
        journal = self.company_data["default_journal_bank"]
        journal.outbound_payment_method_line_ids.payment_account_id = False
        payment = self._pay_without_entry(note, amount)
        self.assertEqual(payment.payment_type, "outbound")
        return payment

    def test_nothing_chosen_is_said(self):
        self.assertIn("Choose a credit", self._apply([], self.late).text)
