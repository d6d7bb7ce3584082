from odoo import models


class CollectionsHold(models.Model):
    _inherit = "collections.hold"

    def action_open(self):
        """Open the hold in a screen of its own."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
