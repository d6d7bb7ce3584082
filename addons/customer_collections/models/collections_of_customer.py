from odoo import fields, models


class CollectionsOfCustomer(models.AbstractModel):
    """What belongs to one customer in one company, and goes with them."""

    _name = "collections.of.customer"
    _description = "Something of a Customer"

    profile_id = fields.Many2one(
        comodel_name="collections.profile",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, index=True
    )

    def action_open(self):
        """Open it in a screen of its own."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
