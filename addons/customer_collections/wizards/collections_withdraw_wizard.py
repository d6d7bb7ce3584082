import json

from odoo import fields, models
from odoo.exceptions import UserError


class CollectionsWithdrawWizard(models.TransientModel):
    """Ask why an agreement ends before its time: the answer is kept."""

    _name = "collections.withdraw.wizard"
    _description = "End an Agreement"

    model = fields.Char(required=True)
    res_ids = fields.Char(required=True)
    note = fields.Char(string="Why", required=True)

    def action_withdraw(self):
        """End the agreements by their own method."""
        self.ensure_one()
        if self.model not in self.env["collections.agreement"]._get_models():
            raise UserError(self.env._("This is no agreement that can be ended."))
        records = self.env[self.model].browse(json.loads(self.res_ids)).exists()
        records.check_access("write")
        records._withdraw(self.note)
        return {"type": "ir.actions.act_window_close"}
