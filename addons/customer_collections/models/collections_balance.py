from odoo import fields, models


class CollectionsBalance(models.Model):
    """What a customer owes in one currency.

    ``amount_collectible + amount_held + amount_credit = amount_ledger``, to the
    cent; ``amount_credit`` is the rest of the customer's own credit that covers
    nothing yet, hence zero or negative.
    """

    _name = "collections.balance"
    _description = "Collections Balance"
    _order = "amount_collectible desc, id"
    _rec_name = "currency_id"

    profile_id = fields.Many2one(
        comodel_name="collections.profile",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="profile_id.company_id")
    currency_id = fields.Many2one(comodel_name="res.currency", required=True)
    amount_ledger = fields.Monetary(string="Ledger")
    amount_collectible = fields.Monetary(string="Collectible")
    amount_held = fields.Monetary(string="Held or On Its Way")
    amount_credit = fields.Monetary(string="Open Credit")
    amount_overdue = fields.Monetary(string="Overdue")
    credit_applied = fields.Monetary(
        string="Covered by Own Credit",
        help="Invoices that the customer's own open credit covers, oldest first.",
    )
    oldest_due_date = fields.Date()

    _profile_uniq = models.Constraint("UNIQUE (profile_id, currency_id)")
