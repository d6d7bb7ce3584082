from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _update_state(self, *args, **kwargs):
        """Override of ``payment`` to look at the customer again: a payment on its way
        stops what was to be said."""
        transactions = super()._update_state(*args, **kwargs)
        # Whoever pays: the customer is the one whose invoice it is.
        self.invoice_ids._mark_collections_stale()
        return transactions
