from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon


@tagged("post_install", "-at_install")
class TestPromise(PayCommon, CollectionsPortalHttpCommon):
    """A promise given on the portal holds its amount at once."""

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")
        self.policy.write({"promise_max_days": 30, "promise_max_open": 2})

    def _promise(self, amount, date, items=(), currency=None):
        return self._post_items(
            "promise",
            currency or self.euro,
            [("amount", amount), ("date", date)]
            + [("item", self._item(move).id) for move in items],
        )

    def _promises(self):
        return self.env["collections.promise"].search(
            [("profile_id", "=", self.profile.id)], order="id"
        )

    def test_it_is_taken_and_held_at_once(self):
        self.profile.sudo().collector_id = self.collector
        self.assertIn("1234.50", self._get("promise").text)
        response = self._promise("1000", "2026-03-20")
        self.assertIn("we rely on it", response.text)
        promise = self._promises()
        self.assertEqual(promise.state, "open")
        self.assertEqual(promise.amount, 1000)
        self.assertEqual(promise.source, "customer")
        self.assertEqual(promise.user_id, self.collector)
        self.assertEqual(promise.line_ids.move_line_id, self._item(self.late))
        self.assertIn("1,000.00", self._told().subject)

    def test_what_is_sent_twice_is_promised_once(self):
        for items in ((), self.late):
            for _twice in range(2):
                response = self._promise("100", "2026-03-20", items)
                self.assertIn("we rely on it", response.text)
        self.assertEqual(self._promises().mapped("any_item"), [True, False])
        self.assertEqual(self._promises().mapped("state"), ["open", "open"])

    def test_it_may_be_for_certain_invoices_in_their_currency(self):
        self._promise("300", "2026-03-20", self.dollars, self.dollar)
        promise = self._promises()
        self.assertEqual(promise.currency_id, self.dollar)
        self.assertEqual(promise.line_ids.move_line_id, self._item(self.dollars))
        self.assertFalse(promise.any_item)

    def test_what_is_refused_is_said_and_nothing_is_lost(self):
        for amount, date, words in (
            ("100", "2026-03-09", "today or a later day"),
            ("100", "", "today or a later day"),
            ("100", "2026-06-01", "reaches until"),
            ("much", "2026-03-20", "Write an amount"),
            ("0", "2026-03-20", "how much you will pay"),
            ("99999", "2026-03-20", "more than is owed"),
        ):
            response = self._promise(amount, date)
            self.assertEqual(response.status_code, 422)
            self.assertIn(words, response.text)
            self.assertIn(f'value="{amount}"', response.text)
        self.assertFalse(self._promises())
        self.assertFalse(self._told())

    def test_no_more_than_the_policy_allows(self):
        self._promise("10", "2026-03-20")
        self._promise("20", "2026-03-21")
        self.assertIn("as many promises", self._get("promise").text)
        self._promise("30", "2026-03-22")
        self.assertEqual(len(self._promises()), 2)

    def test_a_large_one_waits_for_a_manager_and_says_so(self):
        self.policy.promise_approval_amount = 100
        self._promise("500", "2026-03-20")
        self.assertEqual(self._promises().state, "to_agree")
        self.assertIn("We look at it and answer", self._get("promise").text)

    def test_somebody_elses_invoice_cannot_be_promised(self):
        theirs = self._invoice(40, 3, partner=self.stranger, currency_id=self.euro.id)
        self.assertEqual(self._promise("40", "2026-03-20", theirs).status_code, 422)
        self.assertFalse(self._promises())

    def test_who_sees_only_their_own_promises_only_their_own(self):
        mine = self._invoice(12, 5, partner=self.sibling, currency_id=self.euro.id)
        self.company.collections_portal_entity = False
        self.authenticate("sven", "sven")
        response = self._promise("500", "2026-03-20")
        self.assertEqual(response.status_code, 422)
        self.assertIn("at most 12.00", response.text)
        self.assertNotIn("1,326", response.text)
        self.assertFalse(self._promises())
        self._promise("12", "2026-03-20")
        self.assertEqual(self._promises().line_ids.move_line_id, self._item(mine))

    def test_what_of_their_own_is_disputed_is_not_promised(self):
        older = self._invoice(30, 9, partner=self.sibling, currency_id=self.euro.id)
        mine = self._invoice(12, 5, partner=self.sibling, currency_id=self.euro.id)
        self.env["collections.dispute"].sudo()._raise(
            self.profile.sudo(),
            {self._item(older): 30},
            self.env.ref("customer_collections.dispute_reason_price"),
        )
        self.company.collections_portal_entity = False
        self.authenticate("sven", "sven")
        self._promise("12", "2026-03-20")
        self.assertEqual(self._promises().line_ids.move_line_id, self._item(mine))

    def test_a_link_may_promise_and_a_link_to_pay_may_not(self):
        self._open_link()
        self._promise("10", "2026-03-20")
        self.assertEqual(len(self._promises()), 1)
        self._open_link(self._token(purpose="pay"))
        self.assertEqual(self._get("promise").status_code, 404)
