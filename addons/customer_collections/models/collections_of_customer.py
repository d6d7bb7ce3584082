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
        days = self._get_beginnings(vals_list)
        return super().create(
            [{**days.get(vals.get("profile_id"), {}), **vals} for vals in vals_list]
        )

    @api.model
    def _get_beginnings(self, vals_list):
        """Return the values that say when it begins, by customer.

        :rtype: dict[int, dict]
        """
        if not self._begins_on:
            return {}
        ids = {vals["profile_id"] for vals in vals_list if vals.get("profile_id")}
        # Which day it is is no secret to whoever says something.
        profiles = self.env["collections.profile"].sudo().browse(ids)
        return {
            profile.id: {self._begins_on: profile.company_id._collections_today()}
            for profile in profiles
        }

    def action_open(self):
        """Open it in a screen of its own."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
