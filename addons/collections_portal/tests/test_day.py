from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon


@tagged("post_install", "-at_install")
class TestDay(PayCommon, CollectionsPortalHttpCommon):
    """The day is the one where the company works, whoever looks from wherever."""

    def setUp(self):
        super().setUp()
        self.discounted = self._invoice(
            200,
            currency_id=self.euro.id,
            invoice_date=self.today - timedelta(days=10),
            invoice_payment_term_id=self._discount_term().id,
        )
        self.due = self._invoice(50, 0, currency_id=self.euro.id)

    def _choose(self):
        """Return the page to pay, as who holds a link sees it."""
        self._open_link()
        return self._get("pay").text

    # On the evening of the 10th there, it is the 11th by UTC.
    def test_in_an_evening_in_california_the_day_is_not_over(self):
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        with freeze_time("2026-03-11 02:00:00"):
            text = self._choose()
            self.assertNotIn(self._item(self.due).id, self._ticked(text))
            self.assertIn("less if you pay", text)
            self._finish(self._start({self.discounted: "196"}))
            self.assertEqual(self.discounted.amount_residual, 0)
            response = self._post_items(
                "promise", self.euro, [("amount", "100"), ("date", "2026-03-10")]
            )
            self.assertIn("we rely on it", response.text)

    # On the morning of the 11th there, it is the 10th by UTC.
    def test_in_a_morning_in_tokyo_the_day_before_is_over(self):
        self.company.resource_calendar_id.tz = "Asia/Tokyo"
        with freeze_time("2026-03-10 20:00:00"):
            text = self._choose()
            self.assertIn(self._item(self.due).id, self._ticked(text))
            self.assertNotIn("less if you pay", text)
            self.assertIn("2026-03-11", self._get("statement").text)
            self._notify(self._start({self.due: "50"}), "pending")
            pending = self._get("pay").text.split("On its way")[1].split("</ul>")[0]
            self.assertIn("03/11/2026", pending)
