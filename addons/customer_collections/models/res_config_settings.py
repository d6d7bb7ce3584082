from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collections_mode = fields.Selection(related="company_id.root_id.collections_mode")
    collections_live_since = fields.Datetime(
        related="company_id.root_id.collections_live_since"
    )
    collections_business = fields.Selection(
        related="company_id.root_id.collections_business", readonly=False
    )
    collections_policy_id = fields.Many2one(
        related="company_id.root_id.collections_policy_id", readonly=False
    )
    collections_sender_id = fields.Many2one(
        related="company_id.root_id.collections_sender_id", readonly=False
    )
    collections_money_cost = fields.Float(
        related="company_id.root_id.collections_money_cost", readonly=False
    )
    collections_cash_user_id = fields.Many2one(
        related="company_id.root_id.collections_cash_user_id", readonly=False
    )
    collections_calendar_id = fields.Many2one(
        related="company_id.root_id.collections_calendar_id", readonly=False
    )
    collections_hold_unsent = fields.Boolean(
        related="company_id.root_id.collections_hold_unsent", readonly=False
    )
    collections_respect_blacklist = fields.Boolean(
        related="company_id.root_id.collections_respect_blacklist", readonly=False
    )
    collections_reply_days = fields.Integer(
        related="company_id.root_id.collections_reply_days", readonly=False
    )
    collections_pending_days = fields.Integer(
        related="company_id.root_id.collections_pending_days", readonly=False
    )
    collections_aging_1 = fields.Integer(
        related="company_id.root_id.collections_aging_1", readonly=False
    )
    collections_aging_2 = fields.Integer(
        related="company_id.root_id.collections_aging_2", readonly=False
    )
    collections_aging_3 = fields.Integer(
        related="company_id.root_id.collections_aging_3", readonly=False
    )
    collections_aging_4 = fields.Integer(
        related="company_id.root_id.collections_aging_4", readonly=False
    )
