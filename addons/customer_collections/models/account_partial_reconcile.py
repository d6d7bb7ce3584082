from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def _mark_collections_stale(self):
        lines = self.debit_move_id | self.credit_move_id
        self.env["collections.stale"]._mark(
            (line.partner_id.id, line.company_id.id)
            for line in lines
            if line.account_type == "asset_receivable"
        )

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._mark_collections_stale()
        return partials

    def unlink(self):
        if self:
            self._mark_collections_stale()
        return super().unlink()
