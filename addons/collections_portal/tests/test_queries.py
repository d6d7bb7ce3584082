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

    def setUp(self):
        super().setUp()
        self.reason = self.env.ref("customer_collections.dispute_reason_price")
        self.authenticate("ada", "ada")

    def _post_moves(self, *kinds):
        """Post a document with these values for each of the kinds."""
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
            ]
        )
        moves.action_post()
        # What a test wrote is never committed. Where the database looked at such a
        # table meanwhile, it takes it for empty, and Odoo's own look for the payments
        # of an invoice lasts minutes.
        self.env.flush_all()
        self.env.cr.execute(
            "ANALYZE account_move, account_move_line, account_partial_reconcile"
        )
        return moves

    def _add(self, number):
        """Add documents of each kind: late ones, coming ones, with a discount, and
        credits; and as many colleagues, objections, offers and messages."""
        moves = self._post_moves(
            *[{"invoice_date_due": self.today - relativedelta(days=20)}] * number,
            *[{"invoice_date_due": self.today + relativedelta(days=20)}] * number,
            *[{"invoice_payment_term_id": self._discount_term().id}] * number,
            *[{"move_type": "out_refund"}] * number,
        )
        half = number // 2
        for move in moves[:half]:
            self.env["collections.dispute"]._raise(
                self.profile.sudo(),
                {self._item(move): 10},
                self.reason,
                source="customer",
            )
        for move in moves[half:number]:
            self._offer(40, move)
        for colleague in range(number):
            message = self._message(self.firm).sudo()
            message.write({"state": "sent", "sent_at": message.scheduled_at})
            self.person.copy({"email": f"colleague{colleague}@customer.example"})

    def _agree(self, number):
        """Return the pages of an objection, a plan, an offer and a payment, each of so
        many documents."""
        late = {"invoice_date_due": self.today - relativedelta(days=20)}
        moves = self._post_moves(*[late] * number * 4)
        disputed, planned, offered, paid = (moves[i::4] for i in range(4))
        dispute = self.env["collections.dispute"]._raise(
            self.profile.sudo(),
            {self._item(move): 10 for move in disputed},
            self.reason,
            source="customer",
        )
        for _number in range(number):
            files = [("photo.txt", b"Look")]
            dispute._log_customer_message("Look at this", files, self.person)
        plan = self.env["collections.plan"]._propose(
            self.profile,
            self._item(planned),
            currency_id=self.euro.id,
            instalment_count=number,
            rhythm="week",
            date_first=self.today,
        )
        plan._accept("Ada Adler", None)
        offer = self._offer(number * 40, offered)
        tx = self._start({move: "50" for move in paid})
        self._finish(tx)
        return {
            "an objection": f"disputes/{dispute.id}",
            "a plan": f"plan/{plan.id}",
            "to pay of a plan": f"pay?plan={plan.id}",
            "an offer among others": "offers?done=1",
            "to pay an offer": f"pay?offer={offer.id}",
            "thanks": f"pay/done/{tx.id}",
            "all that was said": "history",
        }

    def _count_all(self, pages):
        counts = {}
        for name, path in pages.items():
            self._get(path)
            counts[name] = self._count_queries(path)
        return counts

    def _assert_no_more(self, few, many):
        more = {
            page: (few[page], many[page])
            for page in few
            # A second batch of the same query may read ahead.
            if many[page] > few[page] + 3
        }
        self.assertFalse(more)

    def test_as_many_queries_for_ten_times_as_much(self):
        pages = {page: page for page in PAGES}
        self._add(2)
        few = self._count_all(pages)
        self._add(18)
        self._assert_no_more(few, self._count_all(pages))

    def test_as_many_queries_for_something_ten_times_as_large(self):
        few = self._count_all(self._agree(2))
        self._assert_no_more(few, self._count_all(self._agree(20)))
