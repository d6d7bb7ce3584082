from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDisputeCredit(DisputeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create(
            {"name": "21%", "amount": 21, "type_tax_use": "sale"}
        )
        cls.included = cls.env["account.tax"].create(
            {
                "name": "6% included",
                "amount": 6,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
            }
        )
        cls.fixed = cls.env["account.tax"].create(
            {
                "name": "Eco",
                "amount": 2,
                "amount_type": "fixed",
                "type_tax_use": "sale",
            }
        )

    def _taxed(self, *lines, **values):
        """Post an invoice of (quantity, price, taxes, discount) lines."""
        return self._invoice(
            days_late=5,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Cake",
                        "quantity": quantity,
                        "price_unit": price,
                        "discount": discount,
                        "tax_ids": [Command.set(taxes.ids)],
                        "account_id": self.company_data["default_account_revenue"].id,
                    }
                )
                for quantity, price, taxes, discount in lines
            ],
            **values,
        )

    def _credit(self, dispute, amount, outcome="credited"):
        return dispute.with_user(self.biller)._credit(
            amount, outcome, "The price list says less"
        )

    def test_the_credit_note_is_a_draft_of_odoos_own_wizard(self):
        dispute = self._dispute(30)
        refund = self._credit(dispute, 30)
        self.assertEqual(refund.state, "draft")
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(refund.reversed_entry_id, self.invoice)
        self.assertEqual(refund.amount_total, 30)
        self.assertIn(self.price.name, refund.ref)
        self.assertEqual(dispute.refund_ids, refund)
        self.assertEqual(dispute.kind, "new")
        self.assertEqual(self.profile.amount_held, 30)

    def test_its_form_is_edited_beside_a_credit_note(self):
        dispute = self._dispute(30)
        self._credit(dispute, 30)
        with Form(dispute.with_user(self.biller)) as form:
            form.reason_id = self.env.ref("customer_collections.dispute_reason_quality")
            self.assertFalse(form.can_credit)
        self.assertFalse(dispute.with_user(self.biller).can_credit)

    def test_posted_it_solves_the_dispute_and_the_rest_is_asked_for(self):
        dispute = self._dispute(30)
        self._credit(dispute, 30).action_post()
        self.profile._redecide()
        self.assertEqual(dispute.kind, "solved")
        self.assertEqual(dispute.outcome, "credited")
        self.assertEqual(dispute.end_note, "The price list says less")
        self.assertEqual((dispute.amount_credited, dispute.cost), (30, 30))
        self.assertEqual(self.profile.amount_held, 0)
        self.assertEqual(self.profile.amount_collectible, 70)
        self.assertLedgerAddsUp()

    def test_a_part_credited_gives_the_rest_back_to_the_ladder(self):
        dispute = self._dispute(30)
        self._credit(dispute, 20).action_post()
        self.profile._redecide()
        self.assertEqual(dispute.outcome, "partly_credited")
        self.assertEqual(dispute.amount_credited, 20)
        self.assertEqual(self.profile.amount_collectible, 80)

    def test_what_is_paid_in_full_leaves_no_draft_to_post(self):
        dispute = self._dispute(30)
        refund = self._credit(dispute, 30)
        self._pay(self.invoice)
        self.profile._redecide()
        self.assertEqual(dispute.outcome, "paid")
        self.assertEqual(refund.state, "cancel")
        self.assertEqual(dispute.end_note, "Paid After All")

    def test_goodwill_is_told_apart(self):
        dispute = self._dispute(30)
        self._credit(dispute, 30, "goodwill").action_post()
        self.profile._redecide()
        self.assertEqual(dispute.outcome, "goodwill")
        self.assertEqual(dispute.cost, 30)

    def test_taxes_are_reduced_alike_to_the_cent(self):
        none = self.env["account.tax"]
        for lines, amount in (
            ([(10, 12.5, self.tax, 0)], 10),
            ([(3, 33.33, self.tax, 10), (1, 19.99, self.included, 0)], 33.33),
            ([(7, 1.17, self.tax, 0), (1, -0.5, self.tax, 0), (2, 3, none, 0)], 7.77),
            ([(3, 10, self.tax | self.fixed, 0)], 20),
            ([(1, 100, self.tax, 0)], 121),
            ([(1, 100, self.tax, 0)], 0.01),
        ):
            with self.subTest(amount=amount):
                move = self._taxed(*lines)
                refund = self._credit(self._dispute(amount, move=move), amount)
                self.assertEqual(
                    refund.currency_id.compare_amounts(refund.amount_total, amount), 0
                )
                self.assertEqual(
                    refund.invoice_line_ids.tax_ids, move.invoice_line_ids.tax_ids
                )
                refund.action_post()
                self.assertEqual(
                    move.currency_id.compare_amounts(
                        move.amount_residual, move.amount_total - amount
                    ),
                    0,
                )
        self._run()
        self.assertEqual(set(self.profile.dispute_ids.mapped("outcome")), {"credited"})
        self.assertLedgerAddsUp()

    def test_in_a_foreign_currency_it_is_credited_in_it(self):
        foreign = self.setup_other_currency("CAD")
        move = self._taxed((1, 100, self.tax, 0), currency_id=foreign.id)
        dispute = self._dispute(60.5, move=move)
        refund = self._credit(dispute, 60.5)
        self.assertEqual(refund.currency_id, foreign)
        self.assertEqual(refund.amount_total, 60.5)
        self.assertEqual(refund.amount_untaxed, 50)
        refund.action_post()
        self._run()
        self.assertEqual(dispute.outcome, "credited")
        self.assertEqual(dispute.amount_credited, 60.5)
        self.assertEqual(dispute.cost, 30.25)
        self.assertLedgerAddsUp()

    def test_parts_of_several_invoices_make_a_credit_note_each(self):
        other = self._invoice(50, days_late=2)
        dispute = (
            self.env["collections.dispute"]
            .with_user(self.biller)
            ._raise(
                self.profile.with_user(self.biller),
                {self._receivable(self.invoice): 30, self._receivable(other): 20},
                self.price,
            )
        )
        refunds = self._credit(dispute, 45)
        self.assertEqual(
            {refund.reversed_entry_id: refund.amount_total for refund in refunds},
            {self.invoice: 30, other: 15},
        )
        refunds[0].action_post()
        self.profile._redecide()
        self.assertEqual(dispute.kind, "new")
        refunds[1].action_post()
        self.profile._redecide()
        self.assertEqual(dispute.outcome, "partly_credited")
        self.assertEqual(dispute.amount_credited, 45)

    def test_a_credit_note_made_by_hand_on_the_invoice_closes_it_as_well(self):
        dispute = self._dispute(30)
        self._credit_by_hand(30)
        self._run()
        self.assertEqual(dispute.outcome, "credited")
        self.assertEqual(dispute.cost, 30)
        self.assertEqual(self.profile.amount_collectible, 70)

    def _credit_by_hand(self, amount):
        """Return a posted credit note on the invoice that names no dispute."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id})
        )
        wizard.refund_moves()
        refund = wizard.new_move_ids
        refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    def test_a_credit_note_made_by_hand_counts_for_one_dispute_only(self):
        first, second = self._dispute(30), self._dispute(20)
        self._credit_by_hand(30)
        # As often as one looks, which of them it is for stays the same.
        for _run in range(3):
            self._run()
            self.assertEqual((first.outcome, second.kind), ("credited", "new"))
            self.assertEqual((first.cost, second.cost), (30, 0))
            self.assertEqual(self.profile.amount_held, 20)
        self.assertLedgerAddsUp()
        self._pay(self.invoice)
        for _run in range(2):
            self._run()
            self.assertEqual((first.outcome, second.outcome), ("credited", "paid"))
            self.assertEqual((first.cost, second.cost), (30, 0))

    def test_a_credit_note_by_hand_that_is_reset_leaves_the_other_dispute_alone(self):
        first, second = self._dispute(30), self._dispute(20)
        refund = self._credit_by_hand(30)
        self._run()
        self._pay(self.invoice)
        self._run()
        refund.button_draft()
        for _run in range(2):
            self._run()
            self.assertEqual((first.kind, second.outcome), ("review", "paid"))
            self.assertEqual((first.cost, second.cost), (0, 0))
        refund.action_post()
        self._run()
        self.assertEqual((first.outcome, second.outcome), ("credited", "paid"))
        self.assertEqual((first.cost, second.cost), (30, 0))

    def test_an_unmatched_credit_note_opens_the_dispute_again(self):
        dispute = self._dispute(30)
        refund = self._credit(dispute, 30)
        refund.action_post()
        self.profile._redecide()
        refund.button_draft()
        self._receivable(self.invoice).remove_move_reconcile()
        self._run()
        self.assertEqual(dispute.kind, "review")
        self.assertEqual(dispute.amount_credited, 0)
        self.assertEqual(self.profile.amount_held, 30)
        self.assertEqual(self.profile.amount_collectible, 70)

    def test_a_part_credit_that_is_reset_opens_the_dispute_again(self):
        dispute = self._dispute(30)
        refund = self._credit(dispute, 20)
        refund.action_post()
        self.profile._redecide()
        self.assertEqual(dispute.kind, "solved")
        refund.button_draft()
        self._receivable(self.invoice).remove_move_reconcile()
        self._run()
        self.assertEqual(dispute.kind, "review")
        self._run()
        self.assertEqual(self.profile.amount_held, 30)

    def test_a_credit_note_in_draft_settles_nothing_though_it_is_matched(self):
        """Odoo leaves an entry matched that is reset to draft."""
        for amount in (30, 100):
            with self.subTest(amount=amount):
                move = self._invoice(100, days_late=5)
                dispute = self._dispute(amount, move=move)
                refund = self._credit(dispute, amount)
                refund.action_post()
                self.profile._redecide()
                self.assertEqual(dispute.kind, "solved")
                refund.button_draft()
                self.assertTrue(self._receivable(move).matched_credit_ids)
                self.profile._redecide()
                self.assertEqual(dispute.kind, "review")
                self.assertEqual(dispute.amount_credited, 0)
                # Odoo asks for nothing of it, so that nothing is to be held.
                self.assertEqual(self.profile.amount_held, 0)
                self._run()
                self.assertEqual(dispute.kind, "review")
                refund.action_post()
                self.profile._redecide()
                self.assertEqual(dispute.outcome, "credited")
                refund.button_draft()
                self._receivable(move).remove_move_reconcile()
                self._run()
                self.assertEqual(self.profile.amount_held, amount)
                self.assertLedgerAddsUp()
                dispute._solve("explained", "It was right")

    def test_a_credit_note_made_for_one_dispute_leaves_the_other_alone(self):
        first, second = self._dispute(30), self._dispute(20)
        self._credit(second, 20).action_post()
        self.profile._redecide()
        self.assertEqual((first.kind, second.outcome), ("new", "credited"))
        self.assertEqual((first.amount_credited, second.amount_credited), (0, 20))
        self.assertEqual(self.profile.amount_held, 30)
        self.assertEqual(self.profile.amount_collectible, 50)
        self._run()
        self.assertEqual(self.profile.amount_held, 30)
        self.assertLedgerAddsUp()

    def test_a_credit_note_made_for_what_is_solved_is_nobodys(self):
        first, second = self._dispute(30), self._dispute(20)
        # A part: no more of it is measured once it is solved.
        self._credit(second, 15).action_post()
        self.profile._redecide()
        self.assertEqual(second.outcome, "partly_credited")
        self._run()
        self.assertEqual((first.amount_credited, first.amount_received), (0, 0))
        self.assertEqual(self.profile.amount_held, 30)
        self.assertEqual(self.profile.amount_collectible, 55)
        second.with_user(self.collector).action_reopen()
        self._run()
        self.assertEqual(first.line_ids.amount, 30)
        self.assertLedgerAddsUp()

    def test_more_than_is_disputed_is_not_credited(self):
        dispute = self._dispute(30)
        with self.assertRaisesRegex(UserError, "still disputed"):
            self._credit(dispute, 31)
        with self.assertRaisesRegex(UserError, "how much"):
            self._credit(dispute, 0)
        self.assertFalse(dispute.refund_ids)

    def test_who_may_not_make_credit_notes_asks_for_one(self):
        dispute = self._dispute(30, processor_id=self.sales.id)
        refund = dispute.with_user(self.sales)._credit(30, "credited", "They are right")
        self.assertFalse(refund)
        asked = dispute.activity_ids.filtered(lambda a: "credit note" in a.summary)
        self.assertTrue(asked.user_id.has_group("account.group_account_invoice"))
        self.assertFalse(dispute.with_user(self.sales).can_credit)
        with self.assertRaisesRegex(UserError, "No credit note is asked for"):
            dispute.with_user(self.sales).action_make_credit_notes()
        action = dispute.with_user(self.biller).action_make_credit_notes()
        self.assertEqual(action["res_id"], dispute.refund_ids.id)
        self.assertEqual(dispute.refund_ids.amount_total, 30)
        self.assertFalse(dispute.with_user(self.biller).can_credit)

    def test_a_second_decision_takes_the_place_of_the_first(self):
        dispute = self._dispute(30, processor_id=self.sales.id)
        first = self._credit(dispute, 30)
        second = self._credit(dispute, 20)
        self.assertEqual(first.state, "cancel")
        left = dispute.refund_ids.filtered(lambda move: move.state != "cancel")
        self.assertEqual((left, left.amount_total), (second, 20))
        dispute.with_user(self.sales)._solve("explained", "The price was right")
        self.assertEqual(set(dispute.refund_ids.mapped("state")), {"cancel"})
        self.assertEqual(dispute.outcome, "explained")
        self.assertEqual(self.profile.amount_collectible, 100)

    def test_what_is_posted_stays_when_it_is_solved_otherwise(self):
        dispute = self._dispute(30)
        refund = self._credit(dispute, 20)
        refund.action_post()
        dispute._solve("explained", "The rest was right")
        self.assertEqual(refund.state, "posted")

    def test_the_solve_wizard_credits_what_is_still_disputed(self):
        dispute = self._dispute(30)
        wizard = (
            self.env["collections.dispute.solve"]
            .with_user(self.biller)
            .create({"dispute_id": dispute.id, "note": "They are right"})
        )
        self.assertEqual(wizard.amount, 30)
        action = wizard.action_solve()
        self.assertEqual(action["res_id"], dispute.refund_ids.id)

    def test_the_root_cause_is_asked_for(self):
        dispute = self._dispute(
            30, reason=self.env.ref("customer_collections.dispute_reason_other")
        )
        wizard = self.env["collections.dispute.solve"].create(
            {"dispute_id": dispute.id, "outcome": "explained", "note": "All right"}
        )
        with self.assertRaisesRegex(UserError, "really went wrong"):
            wizard.action_solve()
        wizard.cause_id = self.env.ref("customer_collections.dispute_cause_customer")
        wizard.action_solve()
        self.assertEqual(dispute.cause_id, wizard.cause_id)
