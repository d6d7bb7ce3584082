from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CollectionsTransactionLine(models.Model):
    """How much of an online payment is meant for which receivable item.

    Without such lines Odoo gives a payment to the oldest items of its invoices.
    """

    _name = "collections.transaction.line"
    _description = "Item of an Online Payment"
    _order = "id"
    _rec_name = "move_line_id"

    transaction_id = fields.Many2one(
        comodel_name="payment.transaction",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="transaction_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="transaction_id.currency_id")
    # Kept when the entry is reset and its lines are made anew.
    move_line_id = fields.Many2one(
        comodel_name="account.move.line",
        string="Item",
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Invoice",
        compute="_compute_move_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="set null",
    )
    amount = fields.Monetary(required=True)
    amount_discount = fields.Monetary(
        string="Early-Payment Discount",
        help="Taken on top of the amount: both together settle the item.",
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Say how much is paid of each invoice."
    )

    @api.depends("move_line_id")
    def _compute_move_id(self):
        for line in self:
            line.move_id = line.move_line_id.move_id or line.move_id

    @api.constrains("transaction_id", "move_line_id", "amount")
    def _check_item(self):
        for line in self:
            item = line.move_line_id
            transaction = line.transaction_id
            customer = transaction.partner_id.commercial_partner_id
            if item.partner_id.commercial_partner_id != customer:
                raise ValidationError(
                    self.env._(
                        "%(invoice)s is of another customer.", invoice=item.move_id.name
                    )
                )
            if item.currency_id != transaction.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(invoice)s is in %(theirs)s and the payment in %(ours)s.",
                        invoice=item.move_id.name,
                        theirs=item.currency_id.name,
                        ours=transaction.currency_id.name,
                    )
                )
        for transaction in self.transaction_id:
            total = sum(transaction.collections_line_ids.mapped("amount"))
            if transaction.currency_id.compare_amounts(total, transaction.amount) > 0:
                raise ValidationError(
                    self.env._("More is given to invoices than is paid.")
                )

    def _get_discount(self, left, paid):
        """Return the early-payment discount that goes with this payment: all of it
        while it settles the item, none once something else was paid meanwhile or only
        a part of it is captured.

        :param float left: what is open of the item, in its currency
        :param float paid: what is paid of it now
        :rtype: float
        """
        self.ensure_one()
        whole = self.amount + self.amount_discount
        fits = (
            self.currency_id.compare_amounts(left, whole) >= 0
            and self.currency_id.compare_amounts(paid, self.amount) >= 0
        )
        return self.amount_discount if fits else 0.0

    def _get_open_item(self):
        """Return the journal item this pays now: the one that was named, or after its
        entry was made anew the oldest one of the same invoice that is open.

        :rtype: account.move.line
        """
        self.ensure_one()
        if self.move_line_id:
            return self.move_line_id.filtered(
                lambda item: item.parent_state == "posted" and not item.reconciled
            )
        return self.move_id.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
            and item.parent_state == "posted"
            and not item.reconciled
        ).sorted(lambda item: (item.date_maturity or item.date, item.id))[:1]
