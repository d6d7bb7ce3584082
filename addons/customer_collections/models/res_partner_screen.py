from odoo import api, fields, models

COLLECTOR = "customer_collections.group_collector"


class ResPartner(models.Model):
    _inherit = "res.partner"

    collections_amount_overdue = fields.Monetary(
        string="Overdue",
        compute="_compute_collections_amount_overdue",
        currency_field="collections_currency_id",
        groups=COLLECTOR,
    )
    collections_currency_id = fields.Many2one(
        comodel_name="res.currency",
        string="Collections Currency",
        compute="_compute_collections_amount_overdue",
        groups=COLLECTOR,
    )

    @api.depends_context("company")
    def _compute_collections_amount_overdue(self):
        for partner in self:
            profile = partner.collections_profile_id
            partner.collections_amount_overdue = profile.amount_overdue
            partner.collections_currency_id = profile.currency_id
