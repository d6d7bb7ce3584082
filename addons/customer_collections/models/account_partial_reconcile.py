from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def _mark_collections_stale(self):
        (self.debit_move_id | self.credit_move_id)._mark_collections_stale()

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._mark_collections_stale()
        return partials

    def unlink(self):
        if self:
            self._mark_collections_stale()
        return super().unlink()
