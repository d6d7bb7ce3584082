from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon


@tagged("post_install", "-at_install")
class TestOffer(PayCommon, CollectionsPortalHttpCommon):
    """An offer is seen with its saving, and accepted with one click."""

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")

    def test_it_is_seen_accepted_and_paid(self):
        offer = self._offer(1000, self.late)
        text = self._get("offers").text
        self.assertIn("1,000.00", text)
        self.assertIn("234.50", text)
        response = self._post(f"offers/{offer.id}/accept")
        self.assertIn("it is agreed", response.text)
        self.assertEqual(offer.state, "accepted")
        self.assertIn("Offer accepted", self._told().subject)
        self.assertIn('value="1000.00"', self._get(f"pay?offer={offer.id}").text)

    def test_what_was_agreed_is_what_the_first_button_pays(self):
        offer = self._offer()
        self._post(f"offers/{offer.id}/accept")
        text = self._get(f"pay?offer={offer.id}").text
        form = self._main_part(text).split("</form>")[0]
        self.assertEqual(self._ticked(form), {self._item(self.dollars).id})

    def test_what_was_paid_of_it_is_not_asked_for_again(self):
        offer = self._offer(1000, self.late)
        self._post(f"offers/{offer.id}/accept")
        self._pay(self.late, 400)
        self.profile._redecide()
        self.assertEqual(offer.amount_received, 400)
        self.assertIn('value="600.00"', self._get(f"pay?offer={offer.id}").text)

    def test_somebody_elses_is_closed(self):
        offer = self._offer(1000, self.late)
        self.authenticate("other", "other")
        response = self._post(
            f"offers/{offer.id}/accept", profile=self.stranger_profile
        )
        self.assertEqual(response.status_code, 404)
        self.assertEqual(offer.state, "open")
