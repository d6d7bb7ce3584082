from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestDisputeTour(CollectionsCommon, HttpCase):
    # A browser lives in real time.
    freeze_time = None

    def test_a_collector_opens_a_dispute_about_a_part(self):
        type(self).today = fields.Date.today()
        invoice = self._invoice(100, days_late=5)
        self._run()
        self.start_tour("/odoo/collections", "collections_dispute", login="collector")
        dispute = self._profile().dispute_ids
        self.assertEqual(dispute.amount, 30)
        self.assertEqual(dispute.item_ids.move_id, invoice)
        self.assertEqual(
            dispute.reason_id,
            self.env.ref("customer_collections.dispute_reason_quantity"),
        )
