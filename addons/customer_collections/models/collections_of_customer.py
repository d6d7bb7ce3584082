from odoo import api, fields, models


class CollectionsOfCustomer(models.AbstractModel):
    """What belongs to one customer in one company, and goes with them."""

    _name = "collections.of.customer"
    _description = "Something of a Customer"

    # The field that says on which day it begins, if it has one
    _begins_on = None

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

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what nobody gives a day begins today where the company works. For
        who says it, it may be tomorrow already: it would stop nothing until then."""
        return super().create([self._begin_today(vals) for vals in vals_list])

    @api.model
    def _begin_today(self, vals):
        name = self._begins_on
        if not name or name in vals or not vals.get("profile_id"):
            return vals
        # Which day it is is no secret to whoever says something.
        profile = self.env["collections.profile"].sudo().browse(vals["profile_id"])
        return {**vals, name: profile.company_id._collections_today()}

    def action_open(self):
        """Open it in a screen of its own."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
