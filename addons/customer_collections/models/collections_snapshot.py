from odoo import fields, models


class CollectionsSnapshot(models.Model):
    """One row per day, company, segment and collector."""

    _name = "collections.snapshot"
    _description = "Collections Snapshot"
    _order = "date desc, id"
    _rec_name = "date"

    date = fields.Date(required=True)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    segment_id = fields.Many2one(comodel_name="collections.segment", ondelete="cascade")
    collector_id = fields.Many2one(comodel_name="res.users")
    customer_count = fields.Integer(string="Customers")
    overdue_count = fields.Integer(string="Customers Overdue")
    amount_ledger = fields.Monetary(string="Owed")
    amount_collectible = fields.Monetary(string="Collectible")
    amount_held = fields.Monetary(string="Held")
    amount_credit = fields.Monetary(string="Open Credit")
    amount_overdue = fields.Monetary(string="Overdue")
    contact_count = fields.Integer(string="Contacts That Day")

    _day_uniq = models.UniqueIndex(
        "(date, company_id, coalesce(segment_id, 0), coalesce(collector_id, 0))"
    )
