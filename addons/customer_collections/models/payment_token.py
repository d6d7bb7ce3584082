from odoo import models

from .collections_plan import LIVE_STATES


class PaymentToken(models.Model):
    _inherit = "payment.token"

    def _get_collections_plans(self):
        return self.env["collections.plan"].search(
            [
                ("token_id", "in", self.ids),
                ("autopay", "=", True),
                ("state", "in", LIVE_STATES),
            ]
        )

    def _handle_archiving(self):
        """Override of ``payment`` to stop charging plans and tell their owners."""
        result = super()._handle_archiving()
        self._get_collections_plans()._stop_autopay(
            self.env._("The customer removed the saved payment method.")
        )
        return result

    def get_linked_records_info(self):
        """Override of ``payment`` to name the plans that are paid with it."""
        result = super().get_linked_records_info()
        # A customer asks, who reads no plans.
        for plan in self.sudo()._get_collections_plans():
            result.append(
                {
                    "description": self.env._("Payment Plan"),
                    "id": plan.id,
                    "name": plan.name,
                    "url": plan._get_customer_url(),
                }
            )
        return result
