from odoo import api, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _mark_collections_stale(self):
        inbound = self.filtered(lambda payment: payment.payment_type == "inbound")
        self.env["collections.stale"]._mark(
            (payment.partner_id.id, payment.company_id.id) for payment in inbound
        )
        # Somebody else may have paid them.
        inbound.invoice_ids._mark_collections_stale()

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments._mark_collections_stale()
        return payments

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"state", "amount", "invoice_ids"}:
            self._mark_collections_stale()
        return result
