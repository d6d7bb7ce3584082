from odoo import models


class CollectionsItem(models.Model):
    _inherit = "collections.item"

    def action_open(self):
        """Open the document the item belongs to."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }
