from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestToursPlan(CollectionsCommon, HttpCase):
    # A browser lives in real time.
    freeze_time = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        # So that a tour does not depend on the hour and weekday it runs at.
        cls.env["collections.contact.rule"].search([]).active = False
        cls.env["collections.plan.template"].create(
            {"name": "Four months", "policy_id": cls.policy.id}
        )
        cls.invoice = cls._invoice(100, days_late=5)

    def test_a_collector_gives_a_customer_time(self):
        self._run()
        self.start_tour("/odoo/collections", "collections_plan", login="collector")
        plan = self._profile().plan_ids
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.instalment_ids.mapped("amount"), [50, 50])
        self.assertEqual(self._profile().amount_collectible, 0)
