from dateutil.relativedelta import relativedelta

from odoo.fields import Command
from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon

PAGES = (
    *("", "history", "invoices", "invoices?filterby=all", "statement", "credits"),
    *("pay", "pay?choose=all", "promise", "disputes", "plan", "offers", "problem"),
    "preferences",
)


@tagged("post_install", "-at_install")
class TestQueries(PayCommon, CollectionsPortalHttpCommon):
    """However much there is, a page asks the database as often."""

    def _add(self, number):
        """Add documents of each kind: late ones, coming ones, with a discount, and
        credits; and as many objections, offers and messages."""
        term = self.env["account.payment.term"].create(
            {
                "name": "2% within 10 days",
                "early_discount": True,
                "discount_days": 10,
                "discount_percentage": 2,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        kinds = (
            {"invoice_date_due": self.today - relativedelta(days=20)},
            {"invoice_date_due": self.today + relativedelta(days=20)},
            {"invoice_payment_term_id": term.id},
            {"move_type": "out_refund"},
        )
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "currency_id": self.euro.id,
                    "invoice_date": self.today - relativedelta(days=5),
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Flour", "price_unit": 50, "tax_ids": []}
                        )
                    ],
                    **kind,
                }
                for kind in kinds
                for _number in range(number)
            ]
        )
        moves.action_post()
        reason = self.env.ref("customer_collections.dispute_reason_price")
        for move in moves[: number // 2]:
            self.env["collections.dispute"]._raise(
                self.profile.sudo(), {self._item(move): 10}, reason, source="customer"
            )
        for _number in range(number):
            message = self._message(self.firm).sudo()
            message.write({"state": "sent", "sent_at": message.scheduled_at})

    def _count_all(self):
        counts = {}
        for page in PAGES:
            self._get(page)
            counts[page] = self._count_queries(page)
        return counts

    def test_as_many_queries_for_ten_times_as_much(self):
        self.authenticate("ada", "ada")
        self._add(2)
        few = self._count_all()
        self._add(18)
        many = self._count_all()
        more = {
            page: (few[page], many[page])
            for page in PAGES
            # A second batch of the same query may read ahead.
            if many[page] > few[page] + 3
        }
        self.assertFalse(more)
