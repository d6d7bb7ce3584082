from odoo import models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _mark_collections_stale(self):
        self.env["collections.stale"]._mark(
            (line.partner_id.id, line.company_id.id) for line in self if line.amount > 0
        )

    def _compute_is_reconciled(self):
        """Override of ``account``: a line that comes in, is matched or unmatched
        passes here, by whichever of Odoo's ways."""
        result = super()._compute_is_reconciled()
        self.filtered("id")._mark_collections_stale()
        return result

    def write(self, vals):
        """Override of ``account``: whose money it was, and whose it is now."""
        moved = vals.keys() & {"amount", "partner_id"}
        if moved:
            self._mark_collections_stale()
        result = super().write(vals)
        if moved:
            self._mark_collections_stale()
        return result

    def unlink(self):
        """Override of ``account``: the money is not there any more."""
        self._mark_collections_stale()
        return super().unlink()
