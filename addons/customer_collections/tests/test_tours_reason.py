from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestToursReason(CollectionsCommon, HttpCase):
    """Why it is late, peace, and an offer, in a browser: three clicks each."""

    # A browser lives in real time.
    freeze_time = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        # So that a tour does not depend on the hour and weekday it runs at.
        cls.env["collections.contact.rule"].search([]).active = False
        cls.policy.offer_approval_amount = 1000
        cls.invoice = cls._invoice(100, days_late=5)
        cls._run()

    def test_a_collector_takes_down_why_it_is_late(self):
        self.start_tour("/odoo/collections", "collections_reason", login="collector")
        entry = self._profile().reason_entry_ids
        self.assertEqual(entry.reason_id.code, "paperwork_order_number")
        self.assertEqual(entry.source, "customer")

    def test_a_collector_leaves_a_customer_in_peace(self):
        self.start_tour("/odoo/collections", "collections_hardship", login="collector")
        self.assertEqual(self._profile().hold_effect, "silence")

    def test_a_collector_makes_an_offer_that_is_accepted(self):
        self.start_tour("/odoo/collections", "collections_offer", login="collector")
        offer = self.env["collections.offer"].search([])
        self.assertEqual(offer.state, "accepted")
        self.assertEqual(offer.amount, 80)
