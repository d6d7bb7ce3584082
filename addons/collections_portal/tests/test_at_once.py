from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon


@tagged("post_install", "-at_install")
class TestAtOnce(PayCommon, CollectionsPortalHttpCommon):
    """What a customer does on a page is on the collector's screen at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._allow_plans()
        cls.note = cls._give_credit()
        cls._run()

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")
        self.before = self._collectible()
        self.assertFalse(self._holds())

    def _screen(self):
        """Return what the collector's screen shows, as it asks for it."""
        self.env.invalidate_all()
        profile = self.profile.with_user(self.collector)
        hold = {"reason": {}, "effect": {}, "state": {}}
        names = {"hold_effect": {}, "preferred_channel": {}}
        return profile.web_read({**names, "hold_ids": {"fields": hold}})[0]

    def _holds(self):
        return {
            hold["reason"]: hold["effect"]
            for hold in self._screen()["hold_ids"]
            if hold["state"] == "active"
        }

    def _collectible(self, currency=None):
        self._screen()
        balances = self.env["collections.balance"].with_user(self.collector)
        domain = [
            ("profile_id", "=", self.profile.id),
            ("currency_id", "=", (currency or self.euro).id),
        ]
        return balances.search(domain).amount_collectible

    def _assert_held(self, reason, amount):
        self.assertEqual(self._holds(), {reason: "exclude"})
        self.assertAlmostEqual(self.before - self._collectible(), amount)

    def test_a_promise(self):
        self._post_items(
            "promise", self.euro, [("amount", "100"), ("date", "2026-03-20")]
        )
        self._assert_held("promise", 100)

    def test_an_objection_and_its_end(self):
        item = self._item(self.late)
        reason = self.env.ref("customer_collections.dispute_reason_price")
        fields = [("item", item.id), (f"amount_{item.id}", "200")]
        self._post_items("disputes/new", self.euro, [*fields, ("reason", reason.id)])
        self._assert_held("dispute", 200)
        self._post(f"disputes/{self.profile.dispute_ids.id}/withdraw")
        self.assertFalse(self._holds())
        self.assertAlmostEqual(self._collectible(), self.before)

    def test_a_plan(self):
        terms = {"count": "4", "rhythm": "month", "first": "2026-03-24"}
        accepted = {"name": "Ada Adler", "agree": "1"}
        self._post_items("plan/agree", self.euro, list({**terms, **accepted}.items()))
        self.assertEqual(self._holds(), {"plan": "exclude"})
        self.assertLess(self._collectible(), self.before - 1000)

    def test_an_offer(self):
        offer = self._offer()
        self.assertEqual(self._collectible(self.dollar), 300)
        self._post(f"offers/{offer.id}/accept")
        self.assertEqual(self._holds(), {"offer": "exclude"})
        self.assertEqual(self._collectible(self.dollar), 0)

    def test_hardship(self):
        self._post("problem/tell", reason="hardship")
        self.assertEqual(self._holds(), {"hardship": "pause"})
        self.assertEqual(self._screen()["hold_effect"], "pause")

    def test_a_message_and_a_wish_to_be_called(self):
        self._post("problem/tell", message="Our order number is missing")
        self.assertEqual(self._screen()["hold_effect"], "pause")
        self._post("problem/call", slot="2026-03-11-am", phone="+32 2 555 77 77")
        self.assertEqual(list(self._holds().values()), ["pause"])

    def test_a_payment_on_its_way_and_there(self):
        tx = self._start({self.late: "100"})
        self._notify(tx, "pending")
        self.assertAlmostEqual(self.before - self._collectible(), 100)
        self._finish(tx)
        self.assertAlmostEqual(self.before - self._collectible(), 100)
        self.assertEqual(self.late.amount_residual, 1134.5)

    def test_a_credit(self):
        self._post_items(
            "credits/apply",
            self.euro,
            [("credit", self._item(self.note).id), ("item", self._item(self.late).id)],
        )
        self.assertEqual(self.late.amount_residual, 1214.5)
        # It counted before; now it is matched.
        self.assertAlmostEqual(self._collectible(), self.before)

    def test_preferences(self):
        self._post("preferences/save", channel="letter", no_sms="1")
        self.assertEqual(self._screen()["preferred_channel"], "letter")
        self.assertEqual(self.profile.optout_ids.channel, "sms")
