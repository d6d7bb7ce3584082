from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _mark_collections_stale(self):
        self.env["collections.stale"]._mark(
            (line.partner_id.id, line.company_id.id)
            for line in self
            if line.account_type == "asset_receivable"
        )

    def write(self, vals):
        """Override of ``account``: another due date, or out of follow-up."""
        result = super().write(vals)
        if vals.keys() & {"date_maturity", "no_followup"}:
            self._mark_collections_stale()
        return result
