from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestStale(CollectionsCommon):
    """In the daytime the ledger moves; whoever looks sees it."""

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(100, days_late=5)
        self._run()
        self.profile = self._profile()
        self._forget()

    def _forget(self):
        self.env.cr.flush()
        self.env.cr.execute("DELETE FROM collections_stale")

    def _assert_marked(self, partner=None):
        """One mark, written when the transaction ends."""
        self.assertEqual(self._count(partner), 0)
        self.env.cr.flush()
        self.assertEqual(self._count(partner), 1)
        self._forget()

    def _count(self, partner):
        self.env.cr.execute(
            """SELECT COUNT(*) FROM collections_stale
                WHERE partner_id = %s AND company_id = %s""",
            [(partner or self.customer).id, self.company.id],
        )
        return self.env.cr.fetchone()[0]

    def _draft(self):
        move = self.invoice.copy({"invoice_date": self.today})
        self._forget()
        return move

    def test_posting_marks_once(self):
        move = self._draft()
        move._post(soft=False)
        self._assert_marked()

    def test_many_moves_of_one_transaction_mark_once(self):
        (self._draft() | self._draft())._post(soft=False)
        self.invoice.button_draft()
        self._assert_marked()

    def test_resetting_and_cancelling_mark(self):
        self.invoice.button_draft()
        self._assert_marked()
        self.invoice.button_cancel()
        self._assert_marked()

    def test_paying_and_undoing_it_mark(self):
        self._pay(self.invoice, 40)
        self.env.cr.flush()
        self.assertGreaterEqual(self._count(None), 1)
        self._forget()
        self.invoice.line_ids.remove_move_reconcile()
        self._assert_marked()

    def test_blocking_a_payment_and_undoing_it_mark(self):
        self.invoice.action_toggle_block_payment()
        self._assert_marked()
        self.invoice.action_toggle_block_payment()
        self._assert_marked()

    def test_a_payments_state_marks(self):
        payment = self._pay_without_entry(self.invoice)
        self._forget()
        payment.action_reject()
        self._assert_marked()

    def test_an_online_payments_state_marks(self):
        transaction = self._transaction(self.invoice, 40, "draft")
        self._forget()
        transaction._set_pending()
        self._assert_marked()

    def test_a_payment_by_somebody_else_marks_whose_invoice_it_is(self):
        uncle = self._customer("Uncle Bob")
        transaction = self._transaction(self.invoice, 40, "draft", partner_id=uncle.id)
        self._forget()
        transaction._set_pending()
        self._assert_marked()

    def test_what_is_excluded_from_follow_up_marks(self):
        line = self.invoice.line_ids.filtered(
            lambda li: li.display_type == "payment_term"
        )
        line.no_followup = True
        self._assert_marked()
        line.date_maturity = self.today
        self._assert_marked()

    def test_money_in_the_bank_marks_whose_it_is(self):
        line = self._bank_line(60)
        self._assert_marked()
        line.amount = 50
        self._assert_marked()
        other = self._customer("Bert Butcher")
        line.partner_id = other
        self._assert_marked(other)
        line.partner_id = self.customer
        line.move_id.button_draft()
        self._assert_marked()
        line.unlink()
        self._assert_marked()

    def test_money_that_was_somebody_elses_marks_both(self):
        line = self._bank_line(60)
        self.env.cr.flush()
        self._forget()
        line.partner_id = self._customer("Bert Butcher")
        self._assert_marked()

    def test_matching_with_another_account_and_undoing_it_mark(self):
        line = self._bank_line(60)
        self.env.cr.flush()
        self._forget()
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = self.company_data["default_account_revenue"]
        self._assert_marked()
        line.action_undo_reconciliation()
        self._assert_marked()

    def test_money_that_is_paid_out_or_nobodys_marks_nobody(self):
        self._bank_line(-60)
        self._bank_line(60, partner_id=False)
        self.env.cr.flush()
        self.assertEqual(self._count(None), 0)

    def test_a_vendor_bill_marks_nobody(self):
        self._invoice(50, move_type="in_invoice")
        self.env.cr.flush()
        self.assertEqual(self._count(None), 0)

    def test_a_contact_marks_its_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        self._invoice(10, days_late=5, partner=contact)
        self.env.cr.flush()
        self.assertEqual(self._count(contact), 0)
        self.assertGreaterEqual(self._count(None), 1)

    def test_reading_a_profile_refreshes_it(self):
        self._pay(self.invoice, 40)
        self.assertEqual(self.profile.amount_collectible, 100)
        [values] = self.profile.with_user(self.collector).web_read(
            {"amount_collectible": {}}
        )
        self.assertEqual(values["amount_collectible"], 60)
        self.assertEqual(self._count(None), 0)

    def test_reading_a_profile_tells_what_comes_next(self):
        self._dispatch()
        self._pay(self.invoice)
        [values] = self.profile.with_user(self.collector).web_read(
            {"next_stage_id": {}, "next_summary": {}}
        )
        self.assertEqual(values["next_stage_id"], self.thanks.id)

    def test_a_run_leaves_nothing_marked(self):
        self._pay(self.invoice, 40)
        self._run()
        self.assertEqual(self._count(None), 0)

    def test_who_looked_at_the_items_before_sees_what_was_paid_since(self):
        self.assertEqual(self.profile.item_ids.amount_collectible, 100)
        self._pay(self.invoice, 40)
        self.profile._refresh()
        self.assertEqual(self.profile.item_ids.amount_collectible, 60)
