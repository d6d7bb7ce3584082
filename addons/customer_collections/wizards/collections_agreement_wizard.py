from odoo import api, fields, models


class CollectionsItemsWizard(models.AbstractModel):
    """A dialog about a customer's invoices, or about all of them."""

    _name = "collections.items.wizard"
    _description = "Dialog About Invoices of a Customer"
    _inherit = ["collections.customer.wizard"]

    move_ids = fields.Many2many(comodel_name="account.move")
    line_ids = fields.Many2many(
        comodel_name="account.move.line",
        string="Invoices",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("move_ids")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = wizard.line_ids or wizard.move_ids.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
                and not line.reconciled
            )


class CollectionsAgreementWizard(models.AbstractModel):
    """A dialog that ends in an agreement about an amount.

    A model that inherits this sets ``_agreement``.
    """

    _name = "collections.agreement.wizard"
    _description = "Dialog to Agree With a Customer"
    _inherit = ["collections.items.wizard"]

    # The name of the model of what is agreed
    _agreement = None

    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_currency_id",
        # As the user: whoever fills in a form may name any customer
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    note = fields.Text()

    @api.depends("profile_id", "move_ids")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = (
                wizard.currency_id
                or wizard.move_ids[:1].currency_id
                or wizard.profile_id.balance_ids.filtered(
                    lambda b: b.amount_collectible > 0
                )[:1].currency_id
                or wizard.profile_id.currency_id
            )

    @api.depends("line_ids", "currency_id", "profile_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = sum(wizard._get_free().values())

    def _get_free(self):
        """Return what can be agreed upon: of the chosen items, else of all that is
        open and no other agreement covers.

        :return: receivable journal item to an amount in the currency, the oldest first
        :rtype: dict
        :raise AccessError: for a customer who is not the user's to see
        """
        self.ensure_one()
        if not self.profile_id or not self.currency_id:
            return {}
        # What is free is read by a query, which knows no rules.
        self.profile_id._origin.check_access("read")
        # Without the terms, some of which are computed from it
        agreement = self.env[self._agreement].new(
            {"profile_id": self.profile_id.id, "currency_id": self.currency_id.id}
        )
        chosen = self.line_ids._origin
        return {
            line: amount
            for line, amount in agreement._get_oldest_items().items()
            if not chosen or line in chosen
        }
