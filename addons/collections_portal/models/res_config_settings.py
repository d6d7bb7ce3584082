from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collections_portal_entity = fields.Boolean(
        related="company_id.root_id.collections_portal_entity", readonly=False
    )
    collections_portal_link_days = fields.Integer(
        related="company_id.root_id.collections_portal_link_days", readonly=False
    )
