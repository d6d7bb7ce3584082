from odoo import models


class CollectionsPin(models.Model):
    _inherit = "collections.pin"

    def action_release(self):
        """Give the choice back to the run."""
        for pin in self.filtered("active"):
            pin.profile_id._unpin(pin.kind)
