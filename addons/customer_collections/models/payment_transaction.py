from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _update_state(self, *args, **kwargs):
        """Override of ``payment`` to look at the customer again: a payment on its way
        stops what was to be said."""
        transactions = super()._update_state(*args, **kwargs)
        self.env["collections.stale"]._mark(
            (tx.partner_id.id, tx.company_id.id) for tx in self
        )
        return transactions
