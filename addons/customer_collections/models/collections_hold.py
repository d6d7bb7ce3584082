from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import AGREEMENT_REASONS, HOLD_EFFECTS, HOLD_REASONS

MANAGER_GROUP = "customer_collections.group_manager"
# What changes what is collectible or whether the ladder stands still.
TRUTH_FIELDS = {
    "effect",
    "scope",
    "amount",
    "currency_id",
    "date_start",
    "date_end",
    "state",
    "line_ids",
}


class CollectionsHold(models.Model):
    """Everything that stops or softens a reminder; nothing else does."""

    _name = "collections.hold"
    _description = "Collections Hold"
    _inherit = ["collections.of.customer", "mail.thread"]
    _order = "state, date_end, id"
    _check_company_auto = True
    _begins_on = "date_start"

    partner_id = fields.Many2one(related="profile_id.partner_id", string="Contact")
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
        default=lambda self: self.env.company._collections_today(),
        tracking=True,
    )
    date_end = fields.Date(
        string="Until",
        help="The last day of the hold. Only a manager may leave it open, "
        "with a day to look at it again.",
        tracking=True,
    )
    date_review = fields.Date(string="Look Again On", tracking=True)
    # When the owner was asked to look again, on that day or later
    asked_on = fields.Date(readonly=True, copy=False)
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
        selection=[
            ("draft", "Not Begun"),
            ("active", "Active"),
            ("ended", "Ended"),
        ],
        required=True,
        default="active",
        readonly=True,
        copy=False,
        tracking=True,
    )
    ended_on = fields.Date(readonly=True, copy=False)
    ended_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        help="Empty when the run ended it.",
    )
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

    @api.depends("reason", "profile_id")
    def _compute_display_name(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for hold in self:
            hold.display_name = (
                f"{hold.profile_id.partner_id.display_name}: {reasons[hold.reason]}"
            )

    @api.constrains("date_start", "date_end", "date_review", "state")
    def _check_dates(self):
        for hold in self:
            if hold.date_end and hold.date_end < hold.date_start:
                raise ValidationError(
                    self.env._(
                        "A hold cannot end on %(end)s before it begins on %(start)s.",
                        end=hold.date_end,
                        start=hold.date_start,
                    )
                )
            if hold.state != "active" or hold.date_end or hold.automatic:
                continue
            if not hold.date_review:
                raise ValidationError(
                    self.env._("A hold without an end needs a day to look at it again.")
                )

    @api.constrains("scope", "amount", "line_ids")
    def _check_scope(self):
        for hold in self:
            if hold.scope == "amount" and hold.amount <= 0:
                raise ValidationError(self.env._("Say how much is held."))
            if hold.scope == "items" and not hold.line_ids:
                raise ValidationError(self.env._("Choose the items that are held."))
            foreign = hold.line_ids.move_line_id.partner_id.commercial_partner_id
            if foreign - hold.profile_id.partner_id:
                raise ValidationError(
                    self.env._(
                        "The hold names items of another customer: %(names)s.",
                        names=", ".join(
                            (foreign - hold.profile_id.partner_id).mapped("name")
                        ),
                    )
                )

    @api.constrains("line_ids", "profile_id")
    def _check_companies(self):
        """What one company holds is nothing to another that has the same customer."""
        for hold in self:
            company = hold.profile_id.company_id
            foreign = hold.line_ids.move_line_id.filtered(
                lambda item, company=company: item.company_id.root_id != company
            )
            if foreign:
                raise ValidationError(
                    self.env._(
                        "The hold names items of another company: %(names)s.",
                        names=", ".join(foreign.move_id.mapped("name")),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds._check_open_ended()
        holds._tell_profiles()
        return holds

    def write(self, vals):
        if "date_review" in vals:
            vals = {**vals, "asked_on": False}
        result = super().write(vals)
        if "date_end" in vals:
            self._check_open_ended()
        if vals.keys() & TRUTH_FIELDS:
            self._tell_profiles()
        return result

    def _tell_profiles(self):
        """Find what comes next for the customers of these holds, now."""
        # An agreement that is being judged does it itself, once for all.
        if not self.env.context.get("collections_judging"):
            self.profile_id._redecide()

    def _check_open_ended(self):
        # No constraint: those run as the system, whoever writes.
        if self.env.su or self.env.user.has_group(MANAGER_GROUP):
            return
        if any(h.state == "active" and not h.date_end for h in self):
            raise ValidationError(
                self.env._("Give the hold an end; only a manager may leave it open.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise AccessError(
            self.env._("A hold is ended, not deleted: it is part of the record.")
        )

    # === ENDING === #

    def action_end(self):
        """End the hold today: reminders go on with the next run.

        :raise UserError: for the hold of an agreement, which ends with it
        """
        for hold in self.filtered(lambda h: h.reason in AGREEMENT_REASONS):
            if hold.state == "active" and hold.origin_model:
                raise UserError(
                    self.env._(
                        "This hold belongs to “%(agreement)s” and ends with it.",
                        agreement=self.env[hold.origin_model]
                        .browse(hold.origin_id)
                        .display_name,
                    )
                )
        self._end(self.env._("Ended by hand"), user=self.env.user)
        return True

    def _end(self, note, user=None):
        """End active holds.

        :param str note: why, kept with the hold
        :param user: the person who ended it, if it was one: an automatic hold that a
                     person ended does not come back
        """
        self.filtered(lambda hold: hold.state != "ended").write(
            {
                "state": "ended",
                "ended_on": fields.Date.context_today(self),
                "end_note": note,
                "ended_by_id": user.id if user else False,
            }
        )


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
        index=True,
        ondelete="set null",
        help="Empty while its invoice is written anew.",
    )
    # Kept when the entry is reset and its items are made anew
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Invoice",
        compute="_compute_move_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="set null",
    )
    date_maturity = fields.Date(related="move_line_id.date_maturity")
    currency_id = fields.Many2one(
        comodel_name="res.currency", compute="_compute_currency_id"
    )
    amount = fields.Monetary(
        help="The part of the item that is held, in its currency. "
        "Zero holds all of it.",
    )
    amount_agreed = fields.Monetary(
        readonly=True,
        help="What an agreement covered of the item when it began. What is held of it "
        "shrinks as it is paid.",
    )
    amount_base = fields.Monetary(
        readonly=True, help="What was open of the item when the agreement began."
    )
    amount_residual_currency = fields.Monetary(
        related="move_line_id.amount_residual_currency", string="Open"
    )

    @api.depends("move_line_id")
    def _compute_move_id(self):
        for line in self:
            line.move_id = line.move_line_id.move_id or line.move_id

    @api.depends("move_line_id", "hold_id")
    def _compute_currency_id(self):
        for line in self:
            line.currency_id = line.move_line_id.currency_id or line.hold_id.currency_id

    @api.constrains("move_line_id")
    def _check_item(self):
        plain = self.filtered(lambda line: not line.amount_agreed)
        if any(not line.move_line_id and not line.move_id for line in plain):
            raise ValidationError(self.env._("Choose the items that are held."))

    @api.constrains("amount")
    def _check_amount(self):
        if any(line.amount < 0 for line in self):
            raise ValidationError(self.env._("A held amount cannot be negative."))
