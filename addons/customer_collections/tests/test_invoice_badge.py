from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestInvoiceBadge(CollectionsCommon):
    """An overdue invoice says which step was taken, and is found by it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller = new_test_user(
            cls.env,
            "reminding_biller",
            groups="customer_collections.group_collector,account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.late = cls._invoice(100, days_late=5)
        cls.soon = cls._invoice(100, days_late=-40)
        cls.unsaid = cls._invoice(100, days_late=1, partner=cls._customer("Bruno Cars"))
        cls._run()
        cls._dispatch()
        cls.env.invalidate_all()

    def _find(self, operator, value):
        mine = (self.late | self.soon | self.unsaid).with_user(self.biller)
        return mine.search(
            [("id", "in", mine.ids), ("collections_stage_id", operator, value)]
        )

    def test_it_says_the_step_that_was_taken_and_what_comes_next(self):
        late = self.late.with_user(self.biller)
        self.assertEqual(late.collections_stage_id, self.friendly)
        self.assertIn("“Firm” (firm) comes on", late.collections_summary)

    def test_what_is_not_due_says_nothing(self):
        soon = self.soon.with_user(self.biller)
        self.assertFalse(soon.collections_stage_id)
        self.assertFalse(soon.collections_summary)

    def test_one_instalment_that_is_late_is_enough(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Half now, half later",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (10, 90)
                ],
            }
        )
        parts = self._invoice(100, days_late=1, invoice_payment_term_id=terms.id)
        self.assertGreater(parts.invoice_date_due, self.today)
        self.assertEqual(
            parts.with_user(self.biller).collections_stage_id, self.friendly
        )

    def test_it_is_found_by_its_step(self):
        rest = self.soon | self.unsaid
        self.assertEqual(self._find("!=", False), self.late)
        self.assertEqual(self._find("=", False), rest)
        self.assertEqual(self._find("=", self.friendly.id), self.late)
        self.assertEqual(self._find("in", [False, self.friendly.id]), self.late | rest)
        self.assertFalse(self._find("=", self.firm.id))
        self.assertEqual(self._find("!=", self.friendly.id), rest)
        self.assertEqual(self._find("ilike", "frien"), self.late)

    def test_the_search_offers_it_to_collectors_alone(self):
        def offered(user):
            moves = self.env["account.move"].with_user(user)
            view = self.env.ref("account.view_account_invoice_filter")
            return "collections_reminded" in moves.get_view(view.id, "search")["arch"]

        self.assertTrue(offered(self.biller))
        other = new_test_user(
            self.env, "other_biller", groups="account.group_account_invoice"
        )
        self.assertFalse(offered(other))
