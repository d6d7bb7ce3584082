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

    def _get_items_now(self):
        """Return the journal items it is about: others than when it was opened, if
        the invoice was reset and posted again with other terms."""
        self.ensure_one()
        line = self.move_line_id
        if line and self.amount_invoice <= line.amount_currency:
            return line
        return self.dispute_id.hold_id._get_move_items(self.move_id)
