from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, CollectionsCommon


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestAllocation(CollectionsCommon):
    """An online payment of several invoices pays what the customer said of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._invoice(100, days_late=20)
        cls.second = cls._invoice(200, days_late=10)
        journal = cls.env["account.journal"].create(
            {"name": "Online", "code": "ONL", "type": "bank"}
        )
        cls.provider = cls.env["payment.provider"].create(
            {
                "name": "Provider",
                "code": "none",
                "company_id": cls.company.id,
                "journal_id": journal.id,
            }
        )
        journal.inbound_payment_method_line_ids.payment_provider_id = cls.provider

    def _item(self, move):
        return move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")

    def _tx(self, amount, parts, currency=None):
        return (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": self.provider.id,
                    "payment_method_id": self.env.ref(
                        "payment.payment_method_unknown"
                    ).id,
                    "reference": f"TX{amount}",
                    "amount": amount,
                    "currency_id": (currency or self.company.currency_id).id,
                    "partner_id": self.customer.id,
                    "operation": "online_direct",
                    "collections_line_ids": [
                        Command.create({"move_line_id": self._item(m).id, "amount": a})
                        for m, a in parts
                    ],
                }
            )
        )

    def _done(self, tx):
        tx._set_done()
        tx._post_process()
        return tx.payment_id

    def test_each_invoice_gets_what_was_meant_for_it(self):
        tx = self._tx(120, [(self.first, 30), (self.second, 90)])
        self.assertEqual(tx.invoice_ids, self.first | self.second)
        payment = self._done(tx)
        self.assertEqual(self.first.amount_residual, 70)
        self.assertEqual(self.second.amount_residual, 110)
        self.assertEqual(payment.amount, 120)
        self.assertEqual(payment.reconciled_invoice_ids, self.first | self.second)
        tx._post_process()
        self.assertEqual(self.second.amount_residual, 110)

    def test_a_currency_of_its_own_loses_no_cent(self):
        currency = self.setup_other_currency("CHF", rates=[("2020-01-01", 1.37)])
        moves = [
            self._invoice(33.33, days_late=9, currency_id=currency.id)
            for _index in range(3)
        ]
        payment = self._done(
            self._tx(60.01, zip(moves, (20.0, 20.0, 20.01), strict=True), currency)
        )
        self.assertEqual([m.amount_residual for m in moves], [13.33, 13.33, 13.32])
        self.assertAlmostEqual(sum(payment.move_id.line_ids.mapped("balance")), 0)
        self.assertEqual(payment.move_id.state, "posted")

    def test_an_invoice_paid_meanwhile_leaves_the_rest_as_credit(self):
        tx = self._tx(120, [(self.first, 30), (self.second, 90)])
        self._pay(self.first)
        payment = self._done(tx)
        self.assertEqual(self.second.amount_residual, 110)
        loose = payment.move_id.line_ids.filtered(
            lambda x: x.account_type == "asset_receivable" and not x.reconciled
        )
        self.assertEqual(loose.amount_residual, -30)

    def test_an_invoice_reset_meanwhile_keeps_the_money_with_the_customer(self):
        tx = self._tx(90, [(self.second, 90)])
        self.second.button_draft()
        self.second.button_cancel()
        payment = self._done(tx)
        self.assertFalse(payment.move_id.line_ids.filtered("reconciled"))
        self.assertEqual(payment.partner_id, self.customer)

    def test_a_payment_of_several_items_can_be_reset_and_edited(self):
        payment = self._done(self._tx(120, [(self.first, 30), (self.second, 90)]))
        payment.action_draft()
        payment.amount = 100
        payment.action_post()
        [line] = payment.move_id.line_ids.filtered(
            lambda x: x.account_type == "asset_receivable"
        )
        self.assertEqual(line.balance, -100)
        self.assertEqual(sum(payment.move_id.line_ids.mapped("balance")), 0)
        # Whoever edited it says what it is for.
        self.assertEqual(self.first.amount_residual, 100)
        self.assertEqual(self.second.amount_residual, 200)

    def test_a_payment_of_several_items_posted_again_as_it_was_stays_matched(self):
        payment = self._done(self._tx(120, [(self.first, 30), (self.second, 90)]))
        payment.action_draft()
        payment.action_post()
        self.assertEqual(self.first.amount_residual, 70)
        self.assertEqual(self.second.amount_residual, 110)

    def test_what_is_on_its_way_is_counted_for_the_invoice_it_names(self):
        self._run()
        tx = self._tx(90, [(self.second, 90)])
        tx._set_pending()
        self.env.flush_all()
        items = self.env["collections.item"].search(
            [("partner_id", "=", self.customer.id)]
        )
        pending = {item.move_id: item.amount_pending for item in items}
        self.assertEqual(pending, {self.first: 0, self.second: 90})
        tx._set_canceled()
        tx = self._tx(60, [(self.first, 10), (self.second, 50)])
        tx._set_pending()
        self.env.flush_all()
        items.invalidate_recordset()
        pending = {item.move_id: item.amount_pending for item in items}
        self.assertEqual(pending, {self.first: 10, self.second: 50})

    def test_a_chargeback_opens_both_again(self):
        tx = self._tx(120, [(self.first, 30), (self.second, 90)])
        self._done(tx)
        tx._set_canceled(state_message="Charged back", extra_allowed_states=("done",))
        tx._post_process()
        self.assertEqual(self.first.amount_residual, 100)
        self.assertEqual(self.second.amount_residual, 200)

    def test_another_customers_invoice_is_refused(self):
        other = self._invoice(50, partner=self._customer("Bruno Butcher"))
        with self.assertRaisesRegex(ValidationError, "another customer"):
            self._tx(50, [(other, 50)])

    def test_more_than_is_paid_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "More is given"):
            self._tx(50, [(self.first, 50), (self.second, 1)])
