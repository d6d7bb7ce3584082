from odoo import fields, models


class CollectionsDisputeLine(models.Model):
    """What was disputed of one item, as it was then: the hold shrinks, this stays."""

    _name = "collections.dispute.line"
    _description = "Disputed Item"
    _rec_name = "name"

    dispute_id = fields.Many2one(
        comodel_name="collections.dispute",
        required=True,
        index=True,
        ondelete="cascade",
    )
    # Kept when the entry is reset and its lines are made anew.
    move_line_id = fields.Many2one(
        comodel_name="account.move.line",
        string="Receivable Item",
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Invoice",
        index="btree_not_null",
        ondelete="set null",
    )
    name = fields.Char(string="Document", required=True)
    date_due = fields.Date(string="Due")
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    amount_invoice = fields.Monetary(
        string="Open Then", help="What was open of it when the dispute began."
    )
    amount = fields.Monetary(string="Disputed", required=True)
