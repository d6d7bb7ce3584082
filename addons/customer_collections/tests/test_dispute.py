from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDispute(DisputeCommon):
    # === WHAT IT HOLDS === #

    def test_only_the_disputed_part_is_held(self):
        self._dispute(30)
        self.assertEqual(self.profile.amount_held, 30)
        self.assertEqual(self.profile.amount_collectible, 70)
        self.assertLedgerAddsUp()

    def test_the_undisputed_part_is_still_asked_for(self):
        self._dispute(30)
        self._dispatch()
        said = self._touchpoints().filtered(lambda t: t.state == "sent")
        self.assertEqual(said.line_ids.amount, 70)
        self.assertNotIn("100.00", said.body)

    def test_nothing_is_said_while_all_of_it_is_disputed(self):
        self._dispute(100)
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self.profile.next_code, "held")

    def test_parts_of_several_invoices_are_disputed_in_one(self):
        other = self._invoice(50, days_late=2)
        dispute = self.env["collections.dispute"]._raise(
            self.profile,
            {self._receivable(self.invoice): 30, self._receivable(other): 20},
            self.price,
        )
        self.assertEqual(dispute.amount, 50)
        self.assertEqual(dispute.name, f"{self.invoice.name}, {other.name}")
        self.assertEqual(dispute.item_ids.mapped("amount"), [30, 20])
        self.assertEqual(self.profile.amount_collectible, 100)

    def test_what_was_disputed_stays_when_it_is_paid(self):
        dispute = self._dispute(30)
        self._pay(self.invoice)
        self.profile._redecide()
        self.assertEqual(dispute.item_ids.amount, 30)
        self.assertEqual(dispute.line_ids.amount, 0)

    # === CLOSED BY THE LEDGER === #

    def test_paying_the_rest_leaves_the_dispute_open(self):
        dispute = self._dispute(30)
        self._pay(self.invoice, 70)
        self.profile._redecide()
        self.assertEqual(dispute.kind, "new")
        self.assertEqual(self.profile.amount_held, 30)
        self.assertEqual(self.profile.amount_collectible, 0)

    def test_paying_all_of_it_closes_the_dispute(self):
        dispute = self._dispute(30)
        self._pay(self.invoice)
        self.profile._redecide()
        self.assertEqual(dispute.kind, "solved")
        self.assertEqual(dispute.outcome, "paid")
        self.assertEqual(dispute.hold_id.state, "ended")
        self.assertEqual(dispute.cost, 0)
        self.assertFalse(dispute.activity_ids)

    def test_an_undone_payment_opens_it_again(self):
        dispute = self._dispute(30)
        payment = self._pay(self.invoice)
        self.profile._redecide()
        payment.action_cancel()
        self.profile._redecide()
        self.assertEqual(dispute.kind, "review")
        self.assertFalse(dispute.outcome)
        self.assertEqual(dispute.hold_id.state, "active")
        self.assertEqual(self.profile.amount_held, 30)
        self.assertEqual(self.profile.amount_collectible, 70)
        self.assertIn("undone", dispute.activity_ids.summary)
        self.assertLedgerAddsUp()

    def test_unmatched_money_opens_it_again_and_nothing_is_asked_for(self):
        dispute = self._dispute(30)
        self._pay(self.invoice)
        self.profile._redecide()
        self._receivable(self.invoice).remove_move_reconcile()
        self.profile._redecide()
        self.assertEqual(dispute.kind, "review")
        self.assertEqual(self.profile.amount_held, 30)
        self.assertEqual(self.profile.amount_collectible, 0)
        self.assertLedgerAddsUp()

    def test_opened_again_and_paid_again_it_closes_again(self):
        dispute = self._dispute(30)
        self._pay(self.invoice)
        self.profile._redecide()
        self._receivable(self.invoice).remove_move_reconcile()
        self._run()
        self._pay(self.invoice, 100)
        self._run()
        self.assertEqual(dispute.outcome, "paid")

    def test_what_a_person_solved_is_not_opened_by_an_undone_payment(self):
        dispute = self._dispute(30)
        dispute._solve("explained", "The price list says so")
        payment = self._pay(self.invoice)
        self.profile._redecide()
        payment.action_cancel()
        self._run()
        self.assertEqual(dispute.outcome, "explained")
        self.assertEqual(self.profile.amount_collectible, 100)

    # === SOLVED BY A PERSON === #

    def test_explained_gives_the_amount_back_to_the_ladder(self):
        dispute = self._dispute(30)
        dispute._solve("explained", "The price list says so")
        self.assertEqual(dispute.kind, "solved")
        self.assertEqual(dispute.end_note, "The price list says so")
        self.assertEqual(self.profile.amount_held, 0)
        self.assertEqual(self.profile.amount_collectible, 100)

    def test_the_customer_takes_it_back(self):
        dispute = self._dispute(30)
        self.env["collections.withdraw.wizard"].with_user(self.collector).create(
            {
                "model": dispute._name,
                "res_ids": str(dispute.ids),
                "note": "They found the delivery note",
            }
        ).action_withdraw()
        self.assertEqual(dispute.outcome, "withdrawn")
        self.assertEqual(self.profile.amount_collectible, 100)

    def test_solving_needs_a_word(self):
        with self.assertRaisesRegex(UserError, "Say how"):
            self._dispute(30)._solve("explained", " ")

    def test_what_is_solved_is_not_solved_again(self):
        dispute = self._dispute(30)
        dispute._solve("explained", "The price list says so")
        with self.assertRaisesRegex(UserError, "solved already"):
            dispute._solve("withdrawn", "They called")

    def test_a_person_opens_it_again_for_what_is_still_open(self):
        dispute = self._dispute(30)
        dispute._solve("explained", "The price list says so")
        self._pay(self.invoice, 80)
        dispute.action_reopen()
        self.assertEqual(dispute.kind, "review")
        self.assertEqual(dispute.amount, 20)
        self.assertEqual(self.profile.amount_held, 20)

    def test_opened_again_the_old_credit_closes_it_no_more(self):
        dispute = self._dispute(100)
        refund = dispute.with_user(self.biller)._credit(40, "credited", "Too dear")
        refund.action_post()
        self.profile._redecide()
        self.assertEqual(dispute.outcome, "partly_credited")
        dispute.with_user(self.collector).action_reopen()
        for _run in range(2):
            self._run()
            self.assertEqual(dispute.kind, "review")
            self.assertEqual((dispute.amount, dispute.amount_credited), (60, 0))
            self.assertEqual(self.profile.amount_held, 60)
        # It is part of the record, and of what the dispute cost.
        self.assertEqual((dispute.refund_ids, dispute.cost), (refund, 40))
        self.assertLedgerAddsUp()

    def test_opened_again_it_is_about_what_was_not_credited(self):
        invoice = self._invoice(200, days_late=5)
        dispute = self._dispute(100, move=invoice)
        dispute.with_user(self.biller)._credit(40, "credited", "x").action_post()
        self.profile._redecide()
        dispute.with_user(self.collector).action_reopen()
        self.assertEqual(dispute.amount, 60)
        self.assertEqual(self.profile.amount_held, 60)

    def test_opened_again_it_is_credited_again(self):
        dispute = self._dispute(100)
        biller = dispute.with_user(self.biller)
        first = biller._credit(40, "credited", "Too dear")
        first.action_post()
        self.profile._redecide()
        dispute.with_user(self.collector).action_reopen()
        second = biller._credit(25, "credited", "Still too dear")
        self.assertEqual(second.amount_total, 25)
        self.assertFalse(biller.can_credit)
        second.action_post()
        self.profile._redecide()
        self.assertEqual(dispute.outcome, "partly_credited")
        self.assertEqual((dispute.amount_credited, dispute.cost), (25, 65))
        self.assertEqual(dispute.refund_ids, first | second)
        self.assertEqual(self.profile.amount_collectible, 35)
        row = self.env["collections.dispute.report"].with_user(self.collector)
        self.assertEqual(row.search([]).cost, 65)
        # The new one alone is what it hangs on.
        second.button_draft()
        self._receivable(self.invoice).matched_credit_ids.filtered(
            lambda r: r.credit_move_id.move_id == second
        ).unlink()
        for _run in range(2):
            self._run()
        self.assertEqual((dispute.kind, dispute.amount_credited), ("review", 0))
        self.assertEqual(self.profile.amount_held, 60)

    def test_paid_meanwhile_it_is_not_opened_again(self):
        dispute = self._dispute(30)
        dispute._solve("explained", "The price list says so")
        self._pay(self.invoice)
        with self.assertRaisesRegex(UserError, "nothing to open again"):
            dispute.action_reopen()

    def test_it_moves_to_solved_by_an_answer_only(self):
        dispute = self._dispute(30)
        solved = self.env.ref("customer_collections.dispute_stage_solved")
        with self.assertRaisesRegex(UserError, "Press Solve"):
            dispute.stage_id = solved
        dispute._solve("explained", "The price list says so")
        with self.assertRaisesRegex(UserError, "Open Again"):
            dispute.stage_id = self.env.ref("customer_collections.dispute_stage_review")

    def test_money_dated_before_the_dispute_makes_no_day_less_than_none(self):
        dispute = self._dispute(30)
        with freeze_time(self.today + relativedelta(days=2)):
            payment_date = self.today - relativedelta(days=4)
            self._pay(self.invoice, payment_date=payment_date)
            self._run(self.today + relativedelta(days=2))
        self.assertEqual(dispute.outcome, "paid")
        self.assertEqual((dispute.ended_on, dispute.days_open), (self.today, 0))

    def test_days_and_cost_are_kept_for_the_reports(self):
        dispute = self._dispute(30)
        # Friday: three working days, of three
        with freeze_time(self.today + relativedelta(days=3)):
            self._run(self.today + relativedelta(days=3))
            self.assertEqual(dispute.days_open, 3)
        # Monday, with a weekend between
        with freeze_time(self.today + relativedelta(days=6)):
            dispute._solve("explained", "The price list says so")
        self.assertEqual((dispute.days_open, dispute.working_days_open), (6, 4))
        self.assertEqual((dispute.amount_company, dispute.cost), (30, 0))
        self.assertEqual(
            dispute.cause_id, self.env.ref("customer_collections.dispute_cause_pricing")
        )

    # === BAD INPUT === #

    def test_a_paid_invoice_is_not_disputed(self):
        self._pay(self.invoice)
        with self.assertRaisesRegex(UserError, "paid already"):
            self._dispute(30)

    def test_more_than_is_open_is_not_disputed(self):
        with self.assertRaisesRegex(UserError, "too much"):
            self._dispute(101)

    def test_nothing_is_not_disputed(self):
        with self.assertRaisesRegex(UserError, "how much"):
            self._dispute(0)
        with self.assertRaisesRegex(UserError, "which invoice"):
            self.env["collections.dispute"]._raise(self.profile, {}, self.price)

    def test_two_disputes_do_not_hold_the_same_amount(self):
        self._dispute(80)
        with self.assertRaisesRegex(UserError, "Only .*20.00 of"):
            self._dispute(30)
        self._dispute(20)
        self.assertEqual(self.profile.amount_collectible, 0)
        with self.assertRaisesRegex(UserError, "another promise, dispute or plan"):
            self._dispute(1)

    def test_a_promised_amount_is_not_disputed_as_well(self):
        self.env["collections.promise"]._give(
            self.profile, 80, self.today, self._receivable(self.invoice)
        )
        with self.assertRaisesRegex(UserError, "Only .*20.00 of"):
            self._dispute(30)
        self._dispute(20)

    def test_another_customers_invoice_is_refused(self):
        other = self._invoice(100, partner=self._customer("Bela Motors"))
        with self.assertRaisesRegex(UserError, "another customer"):
            self._dispute(30, move=other)

    def test_each_currency_is_disputed_apart(self):
        foreign = self.setup_other_currency("CAD")
        other = self._invoice(200, days_late=5, currency_id=foreign.id)
        with self.assertRaisesRegex(UserError, "each currency apart"):
            self.env["collections.dispute"]._raise(
                self.profile,
                {self._receivable(self.invoice): 30, self._receivable(other): 20},
                self.price,
            )
        dispute = self._dispute(200, move=other)
        self.assertEqual(dispute.currency_id, foreign)
        self.assertEqual(dispute.amount_company, 100)
        self.assertLedgerAddsUp()

    def test_an_invoice_that_is_reset_is_told_of_once(self):
        dispute = self._dispute(30)
        self.invoice.button_draft()
        for _run in range(2):
            self._run()
        told = dispute.activity_ids.filtered(lambda a: "reset" in a.summary)
        self.assertEqual(len(told), 1)
        self.assertEqual(told.user_id, dispute.user_id)
        self.assertEqual(dispute.kind, "new")
        self.invoice.action_post()
        self._run()
        self.assertEqual(self.profile.amount_held, 30)

    def test_an_invoice_that_is_cancelled_is_told_of(self):
        dispute = self._dispute(30)
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self._run()
        self.assertTrue(dispute.invoice_gone)

    def test_a_dispute_is_never_deleted(self):
        with self.assertRaises(AccessError):
            self._dispute(30).sudo().unlink()

    def test_amounts_and_outcomes_are_not_written_by_hand(self):
        dispute = self._dispute(30)
        for values in (
            {"amount": 1},
            {"outcome": "paid"},
            {"closed_in_full": True},
            {"hold_id": False},
        ):
            with self.assertRaisesRegex(AccessError, "by hand"):
                dispute.write(values)

    def test_its_hold_ends_with_it_and_not_before(self):
        with self.assertRaisesRegex(UserError, "ends with it"):
            self._dispute(30).hold_id.with_user(self.manager).action_end()

    def test_a_merge_of_contacts_takes_disputes_along(self):
        twin = self._customer("Alma Backery")
        dispute = self._dispute(30)
        self.env["collections.profile"].sudo()._merge_partners(self.customer, twin)
        self.assertEqual(dispute.profile_id.partner_id, twin)

    # === THE WIZARD === #

    def _wizard(self, **values):
        return (
            self.env["collections.dispute.wizard"]
            .with_user(self.collector)
            .create({"profile_id": self.profile.id, **values})
        )

    def test_the_wizard_from_an_invoice_means_all_that_is_free_of_it(self):
        self._invoice(50, days_late=9)
        action = self.invoice.with_user(self.collector).action_collections_dispute()
        wizard = (
            self.env["collections.dispute.wizard"]
            .with_user(self.collector)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.line_ids.mapped("amount"), [100, 0])
        wizard.action_open()
        self.assertEqual(self.profile.dispute_ids.amount, 100)

    def test_the_wizard_from_a_customer_lets_choose(self):
        self._invoice(50, days_late=9)
        wizard = self._wizard()
        self.assertEqual(wizard.line_ids.mapped("amount_free"), [50, 100])
        self.assertEqual(wizard.line_ids.mapped("amount"), [0, 0])
        wizard.line_ids[1].amount = 25
        wizard.action_open()
        self.assertEqual(self.profile.dispute_ids.item_ids.move_id, self.invoice)
        self.assertEqual(self.profile.dispute_ids.amount, 25)

    def test_the_wizard_with_nothing_chosen_says_so(self):
        self._invoice(50, days_late=9)
        with self.assertRaisesRegex(UserError, "which invoice"):
            self._wizard().action_open()

    def test_papers_are_kept_with_the_dispute_and_never_public(self):
        paper = (
            self.env["ir.attachment"]
            .with_user(self.collector)
            .create({"name": "photo.png", "raw": b"broken", "public": True})
        )
        self._wizard(attachment_ids=[Command.set(paper.ids)]).action_open()
        dispute = self.profile.dispute_ids
        self.assertEqual((paper.res_model, paper.res_id), (dispute._name, dispute.id))
        self.assertFalse(paper.public)

    def test_invoices_of_two_customers_are_not_disputed_together(self):
        other = self._invoice(100, partner=self._customer("Bela Motors"))
        with self.assertRaisesRegex(UserError, "one customer"):
            (self.invoice | other).action_collections_dispute()
