from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import HOLD_EFFECTS, HOLD_REASONS


class CollectionsHold(models.Model):
    """Everything that stops or softens a reminder; nothing else does."""

    _name = "collections.hold"
    _description = "Collections Hold"
    _inherit = ["mail.thread"]
    _order = "state, date_end, id"
    _check_company_auto = True

    profile_id = fields.Many2one(
        comodel_name="collections.profile",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="profile_id.partner_id")
    reason = fields.Selection(
        selection=HOLD_REASONS,
        required=True,
        default="manual",
        tracking=True,
    )
    effect = fields.Selection(
        selection=HOLD_EFFECTS,
        required=True,
        default="pause",
        tracking=True,
        help="Not chased: these amounts are left out. Paused: the ladder stands "
        "still, people may still call. Silence: nothing goes out, not even by hand.",
    )
    scope = fields.Selection(
        selection=[
            ("all", "The whole customer"),
            ("items", "Chosen items"),
            ("amount", "An amount, oldest items first"),
        ],
        required=True,
        default="all",
        tracking=True,
    )
    line_ids = fields.One2many(
        comodel_name="collections.hold.line",
        inverse_name="hold_id",
        string="Items",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount = fields.Monetary(help="For the scope 'An amount'.", tracking=True)
    date_start = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self),
        tracking=True,
    )
    date_end = fields.Date(
        string="Until",
        help="The last day of the hold. Only a manager may leave it open, "
        "with a day to look at it again.",
        tracking=True,
    )
    date_review = fields.Date(string="Look Again On", tracking=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
    )
    note = fields.Text(help="For the team; the customer never sees it.")
    automatic = fields.Boolean(readonly=True, copy=False)
    # What wrote the hold, if it was a record: an invoice, a bank line, a dispute...
    origin_model = fields.Char(readonly=True, copy=False)
    origin_id = fields.Many2oneReference(
        model_field="origin_model", readonly=True, copy=False
    )
    state = fields.Selection(
        selection=[("active", "Active"), ("ended", "Ended")],
        required=True,
        default="active",
        readonly=True,
        copy=False,
        tracking=True,
    )
    ended_on = fields.Date(readonly=True, copy=False)
    end_note = fields.Char(string="Why It Ended", readonly=True, copy=False)

    _active_idx = models.Index("(profile_id, effect) WHERE state = 'active'")
    _end_idx = models.Index("(date_end) WHERE state = 'active'")
    # A second run cannot write the same automatic hold again.
    _origin_uniq = models.UniqueIndex(
        "(profile_id, reason, origin_model, origin_id) "
        "WHERE state = 'active' AND automatic"
    )

    @api.depends("profile_id")
    def _compute_currency_id(self):
        for hold in self:
            hold.currency_id = hold.currency_id or hold.profile_id.currency_id


class CollectionsHoldLine(models.Model):
    _name = "collections.hold.line"
    _description = "Item of a Collections Hold"
    _rec_name = "move_line_id"

    hold_id = fields.Many2one(
        comodel_name="collections.hold",
        required=True,
        index=True,
        ondelete="cascade",
    )
    move_line_id = fields.Many2one(
        comodel_name="account.move.line",
        string="Receivable Item",
        required=True,
        index=True,
        ondelete="cascade",
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    date_maturity = fields.Date(related="move_line_id.date_maturity")
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    amount = fields.Monetary(
        help="The part of the item that is held, in its currency. Zero holds all of it.",
    )
    amount_residual_currency = fields.Monetary(
        related="move_line_id.amount_residual_currency", string="Open"
    )
