from odoo import fields
from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon


class ToursCommon(PayCommon, CollectionsPortalHttpCommon):
    """A customer's people in a browser."""

    # A browser lives in real time.
    freeze_time = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.note = cls._credit_note(20, currency_id=cls.euro.id)


@tagged("post_install", "-at_install")
class TestPayTours(ToursCommon):
    browser_size = "1400x900"

    def test_a_part_is_paid_in_three_steps(self):
        self.start_tour(self._path("pay"), "collections_portal_pay", login="ada")
        self.assertEqual(self.late.amount_residual, 1134.5)

    def test_a_link_pays_too(self):
        self.start_tour(
            f"/my/c/{self._token(purpose='pay')}",
            "collections_portal_pay",
            login=None,
        )
        self.assertEqual(self.late.amount_residual, 1134.5)

    def test_a_promise_is_given_on_one_screen(self):
        self.start_tour(
            self._path("promise"), "collections_portal_promise", login="ada"
        )
        promise = self.env["collections.promise"].search(
            [("profile_id", "=", self.profile.id)]
        )
        self.assertEqual(promise.amount, 50)

    def test_credit_is_used(self):
        self.start_tour(
            self._path("credits"), "collections_portal_credits", login="ada"
        )
        self.assertTrue(self.note.amount_residual < 20)


@tagged("post_install", "-at_install")
class TestPayToursByPhone(TestPayTours):
    browser_size = "390x844"
    touch_enabled = True
