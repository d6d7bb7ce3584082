from odoo import api, fields, models
from odoo.tools import format_amount

from ..const import SOURCES

# A week is what people usually mean by "soon".
USUAL_DAYS = 7


class CollectionsPromiseWizard(models.TransientModel):
    _name = "collections.promise.wizard"
    _description = "Log a Promise"

    profile_id = fields.Many2one(
        comodel_name="collections.profile", string="Customer", required=True
    )
    commercial_partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Commercial Partner"
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    line_ids = fields.Many2many(
        comodel_name="account.move.line",
        string="Invoices",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
        help="None: the oldest, and whatever is paid counts.",
    )
    move_ids = fields.Many2many(comodel_name="account.move")
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    date_due = fields.Date(
        string="Promised For",
        required=True,
        default=lambda self: fields.Date.add(
            fields.Date.context_today(self), days=USUAL_DAYS
        ),
    )
    source = fields.Selection(
        selection=SOURCES, string="Said By", required=True, default="customer"
    )
    note = fields.Text()
    hint = fields.Char(compute="_compute_hint")

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

    @api.depends("move_ids")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = wizard.line_ids or wizard.move_ids.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
                and not line.reconciled
            )

    @api.depends("line_ids", "currency_id", "profile_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = sum(wizard._get_free().values())

    @api.depends("amount", "line_ids", "currency_id", "profile_id")
    def _compute_hint(self):
        for wizard in self:
            free = sum(wizard._get_free().values())
            wizard.hint = self.env._(
                "%(amount)s can be promised: open and not agreed upon otherwise.",
                amount=format_amount(self.env, free, wizard.currency_id),
            )

    def _get_free(self):
        """Return what can be promised of the chosen items, else of what is overdue
        first and of everything open when nothing is."""
        self.ensure_one()
        if not self.profile_id or not self.currency_id:
            return {}
        promise = self.env["collections.promise"].new(
            {"profile_id": self.profile_id.id, "currency_id": self.currency_id.id}
        )
        free = promise._get_free_amounts()
        if self.line_ids:
            return {i: a for i, a in free.items() if i in self.line_ids._origin._ids}
        lines = self.env["account.move.line"].browse(free)
        today = fields.Date.context_today(self)
        late = {
            line.id: free[line.id]
            for line in lines
            if (line.date_maturity or line.date) < today
        }
        return late or free

    def action_log(self):
        """Take down the promise."""
        self.ensure_one()
        promise = self.env["collections.promise"]._give(
            self.profile_id,
            self.amount,
            self.date_due,
            self.line_ids,
            currency_id=self.currency_id.id,
            source=self.source,
            note=self.note,
            user_id=(self.profile_id.collector_id or self.env.user).id,
        )
        if promise.state != "to_agree":
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "A promise of this size waits for a manager; until then its amount "
                    "is not chased."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
