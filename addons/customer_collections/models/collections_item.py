from odoo import fields, models


class CollectionsItem(models.Model):
    """An open receivable item and what of it is collectible: read only.

    The id is that of the journal item. ``residual = collectible + held +
    pending + covered`` holds for every item.
    """

    _name = "collections.item"
    _description = "Open Receivable Item"
    _auto = False
    _order = "date_due, id"
    _rec_name = "move_line_id"

    profile_id = fields.Many2one(comodel_name="collections.profile", string="Customer")
    partner_id = fields.Many2one(comodel_name="res.partner")
    company_id = fields.Many2one(comodel_name="res.company")
    move_line_id = fields.Many2one(comodel_name="account.move.line")
    move_id = fields.Many2one(comodel_name="account.move", string="Document")
    currency_id = fields.Many2one(comodel_name="res.currency")
    date_due = fields.Date()
    days_past_due = fields.Integer()
    amount_residual = fields.Monetary(string="Open")
    amount_pending = fields.Monetary(
        string="On Its Way", help="Payments in process that have no entry yet."
    )
    amount_held = fields.Monetary(string="Held")
    amount_covered = fields.Monetary(string="Covered by Own Credit")
    amount_collectible = fields.Monetary(string="Collectible")
    no_followup = fields.Boolean(string="Excluded from Follow-up")
