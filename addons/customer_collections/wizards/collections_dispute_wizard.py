from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_amount

from ..const import SOURCES


class CollectionsDisputeWizard(models.TransientModel):
    _name = "collections.dispute.wizard"
    _description = "Open a Dispute"
    _inherit = ["collections.customer.wizard"]

    move_ids = fields.Many2many(comodel_name="account.move")
    reason_id = fields.Many2one(
        comodel_name="collections.dispute.reason",
        string="What Is Wrong?",
        default=lambda self: self.env["collections.dispute.reason"].search([], limit=1),
        required=True,
    )
    line_ids = fields.One2many(
        comodel_name="collections.dispute.wizard.line",
        inverse_name="wizard_id",
        string="Of Which Invoice, and How Much?",
        compute="_compute_line_ids",
        # As the user: whoever fills in a form may name any customer
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    processor_id = fields.Many2one(
        comodel_name="res.users",
        string="Looks Into It",
        compute="_compute_processor_id",
        store=True,
        readonly=False,
        precompute=True,
        domain=lambda self: self.env["collections.dispute"]._get_processor_domain(),
    )
    priority = fields.Selection(
        selection=[("0", "Normal"), ("1", "High"), ("2", "Urgent")], default="0"
    )
    source = fields.Selection(
        selection=SOURCES, string="Said By", required=True, default="customer"
    )
    note = fields.Text(string="What They Say")
    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment", string="Pictures and Papers"
    )
    hint = fields.Char(compute="_compute_hint")

    @api.depends("profile_id", "move_ids")
    def _compute_line_ids(self):
        for wizard in self:
            free = wizard._get_free()
            chosen = wizard.move_ids._origin or (
                free[:1].move_id if len(free) == 1 else free.move_id.browse()
            )
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {"move_line_id": line.id, "chosen": line.move_id in chosen}
                    )
                    for line in free.sorted(
                        lambda line, chosen=chosen: line.move_id not in chosen
                    )
                ),
            ]

    def _get_free(self):
        """Return the items of the customer that can be disputed, the oldest first; in
        every currency.

        :raise AccessError: for a customer who is not the user's to see
        """
        self.ensure_one()
        result = self.env["account.move.line"]
        if not self.profile_id:
            return result
        # What is free is read by a query, which knows no rules.
        self.profile_id._origin.check_access("read")
        for currency in (
            self.profile_id._origin.balance_ids.currency_id | self.move_ids.currency_id
        ):
            dispute = self.env["collections.dispute"].new(
                {"profile_id": self.profile_id.id, "currency_id": currency.id}
            )
            free = dispute._get_free_amounts()
            result |= result.browse(
                [line_id for line_id, amount in free.items() if amount > 0]
            )
        return result

    @api.depends("reason_id", "profile_id")
    def _compute_processor_id(self):
        for wizard in self:
            wizard.processor_id = (
                wizard.reason_id.processor_id
                or wizard.profile_id.collector_id
                or self.env.user
            )

    @api.depends("line_ids.amount")
    def _compute_hint(self):
        for wizard in self:
            totals = {}
            for line in wizard.line_ids:
                if line.amount:
                    totals[line.currency_id] = (
                        totals.get(line.currency_id, 0) + line.amount
                    )
            if not totals:
                wizard.hint = self.env._("Nothing is chosen yet.")
                continue
            wizard.hint = self.env._(
                "%(amount)s is not asked for until this is solved; the rest still is.",
                amount=" + ".join(
                    format_amount(self.env, amount, currency)
                    for currency, amount in totals.items()
                ),
            )

    def action_open(self):
        """Open the dispute, with its papers."""
        self.ensure_one()
        dispute = self.env["collections.dispute"]._raise(
            self.profile_id,
            {line.move_line_id: line.amount for line in self.line_ids if line.amount},
            self.reason_id,
            processor_id=self.processor_id.id or self.env.uid,
            priority=self.priority,
            source=self.source,
            note=self.note,
        )
        dispute._attach(self.attachment_ids)
        return {"type": "ir.actions.act_window_close"}


class CollectionsDisputeWizardLine(models.TransientModel):
    _name = "collections.dispute.wizard.line"
    _description = "Item of a Dispute to Open"

    wizard_id = fields.Many2one(
        comodel_name="collections.dispute.wizard", required=True, ondelete="cascade"
    )
    move_line_id = fields.Many2one(
        comodel_name="account.move.line", required=True, ondelete="cascade"
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    date_due = fields.Date(related="move_line_id.date_maturity", string="Due")
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    amount_free = fields.Monetary(string="Open", compute="_compute_amount_free")
    chosen = fields.Boolean(string="Wrong")
    amount = fields.Monetary(
        string="Disputed",
        compute="_compute_amount",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("move_line_id")
    def _compute_amount_free(self):
        for (profile, currency), lines in self.grouped(
            lambda line: (line.wizard_id.profile_id, line.currency_id)
        ).items():
            profile._origin.check_access("read")
            dispute = self.env["collections.dispute"].new(
                {"profile_id": profile.id, "currency_id": currency.id}
            )
            free = dispute._get_free_amounts() if profile and currency else {}
            for line in lines:
                line.amount_free = free.get(line.move_line_id.id, 0)

    @api.depends("chosen", "amount_free")
    def _compute_amount(self):
        for line in self:
            line.amount = line.chosen and (line.amount or line.amount_free)

    @api.onchange("amount")
    def _onchange_amount(self):
        """Whoever types an amount means the invoice."""
        self.chosen = bool(self.amount)
