from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..const import CHANNELS, HOLD_EFFECTS, NEXT_CODES


class CollectionsProfile(models.Model):
    """One customer (commercial partner) in one company: the hub of the desk.

    Figures are written by set-based SQL in ``_sync``; see
    ``collections_profile_sync.py`` and ``collections_profile_decide.py``.
    """

    _name = "collections.profile"
    _description = "Collections Profile"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "amount_overdue desc, id"
    _rec_names_search = ["partner_id"]
    _mail_post_access = "read"

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    # Not archived by hand: what they owe is read from the ledger.
    active = fields.Boolean(default=True, readonly=True)

    # What is owed, in the company's currency at the rate of the day
    amount_ledger = fields.Monetary(string="Owed", readonly=True)
    amount_collectible = fields.Monetary(string="Collectible", readonly=True)
    amount_held = fields.Monetary(string="Held or On Its Way", readonly=True)
    amount_credit = fields.Monetary(string="Open Credit", readonly=True)
    amount_overdue = fields.Monetary(string="Overdue", readonly=True)
    amount_aging_0 = fields.Monetary(string="Not Due", readonly=True)
    amount_aging_1 = fields.Monetary(string="Ageing 1", readonly=True)
    amount_aging_2 = fields.Monetary(string="Ageing 2", readonly=True)
    amount_aging_3 = fields.Monetary(string="Ageing 3", readonly=True)
    amount_aging_4 = fields.Monetary(string="Ageing 4", readonly=True)
    amount_aging_5 = fields.Monetary(string="Ageing 5", readonly=True)
    days_past_due = fields.Integer(
        compute="_compute_days_past_due",
        search="_search_days_past_due",
        help="Of the oldest item that is overdue and collectible.",
    )
    oldest_due_date = fields.Date(
        string="Overdue Since", readonly=True, help="Of what is collectible."
    )
    item_count = fields.Integer(string="Open Items", readonly=True)
    overdue_count = fields.Integer(string="Overdue Items", readonly=True)
    balance_ids = fields.One2many(
        comodel_name="collections.balance",
        inverse_name="profile_id",
        string="Per Currency",
        readonly=True,
    )
    item_ids = fields.One2many(
        comodel_name="collections.item",
        inverse_name="profile_id",
        string="Items",
        readonly=True,
    )

    # How the customer pays: over the last 12 months
    amount_invoiced = fields.Monetary(string="Invoiced (12 Months)", readonly=True)
    volume_percentile = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Share of the company's customers, in percent, who were invoiced "
        "less in the last 12 months.",
    )
    paid_count = fields.Integer(string="Items Paid (12 Months)", readonly=True)
    average_days_late = fields.Float(
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Days from due date to payment, weighted by amount, over items fully "
        "paid in the last 12 months. Negative: pays early.",
    )
    late_share = fields.Float(
        string="Paid Late (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Share of items paid in the last 12 months that were paid late.",
    )
    first_invoice_date = fields.Date(string="Customer Since", readonly=True)

    # Who and how
    # Few values on many customers: an index would be kept up to date and not be read.
    segment_id = fields.Many2one(comodel_name="collections.segment", readonly=True)
    policy_id = fields.Many2one(comodel_name="collections.policy", readonly=True)
    team_id = fields.Many2one(comodel_name="collections.team", readonly=True)
    collector_id = fields.Many2one(
        comodel_name="res.users", index="btree_not_null", readonly=True
    )
    contact_id = fields.Many2one(
        comodel_name="res.partner",
        string="Recipient",
        index="btree_not_null",
        readonly=True,
        help="Who receives what is said: the follow-up or invoice address, or else "
        "the customer.",
    )
    timezones = fields.Char(
        readonly=True,
        help="Where the customer may be, from address and phone number. A message "
        "leaves only when the hour suits every zone.",
    )
    timezone_source = fields.Char(readonly=True)
    preferred_channel = fields.Selection(
        selection=[c for c in CHANNELS if c[0] != "portal"], tracking=True
    )
    contact_hour_from = fields.Float(
        string="Wishes to Be Reached From",
        tracking=True,
        help="On the customer's clock, within what the contact rules permit.",
    )
    contact_hour_to = fields.Float(
        string="Wishes to Be Reached Until",
        tracking=True,
        help="0: no wish.",
    )
    pin_ids = fields.One2many(
        comodel_name="collections.pin",
        inverse_name="profile_id",
        string="Pinned",
    )
    optout_ids = fields.One2many(
        comodel_name="collections.optout",
        inverse_name="profile_id",
        string="Opt-outs",
    )

    # Where on the ladder
    stage_id = fields.Many2one(
        comodel_name="collections.stage",
        string="Last Step",
        falsy_value_label="Not reminded yet",
        readonly=True,
        group_expand="_group_expand_stage_id",
    )
    stage_date = fields.Date(string="Last Step On", readonly=True)
    episode = fields.Integer(default=1, required=True, readonly=True)
    next_stage_id = fields.Many2one(
        comodel_name="collections.stage",
        string="Next Step",
        falsy_value_label="Nothing to do",
        readonly=True,
    )
    next_date = fields.Date(string="Next On", readonly=True)
    next_code = fields.Selection(
        selection=NEXT_CODES, string="Next State", readonly=True
    )
    next_summary = fields.Char(
        string="What Happens Next", compute="_compute_next_summary"
    )
    segment_summary = fields.Char(
        string="Why This Segment", compute="_compute_segment_summary"
    )

    # What stops it
    hold_ids = fields.One2many(
        comodel_name="collections.hold",
        inverse_name="profile_id",
        string="Holds",
    )
    hold_effect = fields.Selection(
        selection=HOLD_EFFECTS, string="Strongest Hold", readonly=True
    )
    promise_ids = fields.One2many(
        comodel_name="collections.promise",
        inverse_name="profile_id",
        string="Promises",
    )
    dispute_ids = fields.One2many(
        comodel_name="collections.dispute",
        inverse_name="profile_id",
        string="Disputes",
    )
    promise_level = fields.Integer(
        string="Broken Promises",
        compute="_compute_promise_level",
        help="In the last 12 months: broken, partly kept or kept late.",
    )

    # What was said
    touchpoint_ids = fields.One2many(
        comodel_name="collections.touchpoint",
        inverse_name="profile_id",
        string="Said and Planned",
    )
    last_contact_at = fields.Datetime(readonly=True)
    refreshed_at = fields.Datetime(readonly=True)

    _partner_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id)",
        "A customer has one collections profile per company.",
    )
    _overdue_idx = models.Index("(company_id, amount_overdue DESC, id)")

    def init(self):
        # Each run writes to many of its rows: beside room for the new version of a row
        # PostgreSQL leaves the indexes alone.
        self.env.cr.execute("ALTER TABLE collections_profile SET (fillfactor = 50)")

    @api.constrains("contact_hour_from", "contact_hour_to")
    def _check_contact_hours(self):
        for profile in self:
            first, last = profile.contact_hour_from, profile.contact_hour_to
            if (first or last) and not 0 <= first < last <= 24:
                raise ValidationError(
                    self.env._(
                        "The hours in which the customer wishes to be reached begin "
                        "before they end, within one day."
                    )
                )

    # === COMPUTE METHODS === #

    @api.depends("partner_id", "company_id")
    @api.depends_context("allowed_company_ids")
    def _compute_display_name(self):
        several = len(self.env.companies) > 1
        for profile in self:
            name = profile.partner_id.display_name or ""
            if several:
                name = f"{name} ({profile.company_id.name})"
            profile.display_name = name

    @api.depends("oldest_due_date")
    def _compute_days_past_due(self):
        today = fields.Date.context_today(self)
        for profile in self:
            due = profile.oldest_due_date
            profile.days_past_due = (today - due).days if due else 0

    def _search_days_past_due(self, operator, value):
        # A run may look from another day.
        today = self.env.context.get("collections_as_of")
        today = today or fields.Date.context_today(self)
        if operator == "in":
            # Not set is 0 here: nothing is overdue, or what is fell due today.
            days = {number or 0 for number in value}
            dates = [today - timedelta(days=number) for number in days]
            return Domain(
                "oldest_due_date", "in", [*dates, False] if 0 in days else dates
            )
        mirrored = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
        if operator not in mirrored or isinstance(value, bool):
            return NotImplemented
        day = today - timedelta(days=value)
        domain = Domain("oldest_due_date", mirrored[operator], day)
        not_late = operator in ("<", "<=") and value >= 0
        if not_late and (operator == "<=" or value > 0):
            domain |= Domain("oldest_due_date", "=", False)
        return domain

    @api.depends("promise_ids.state")
    def _compute_promise_level(self):
        since = fields.Date.subtract(fields.Date.context_today(self), years=1)
        counts = dict(
            self.env["collections.promise"]._read_group(
                [
                    ("profile_id", "in", self.ids),
                    ("state", "in", ("broken", "partly_kept", "kept_late")),
                    ("ended_on", ">=", since),
                ],
                ["profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            profile.promise_level = counts.get(profile, 0)

    @api.depends("segment_id", "pin_ids.active")
    def _compute_segment_summary(self):
        for profile in self:
            pin = profile.pin_ids.filtered(lambda p: p.kind == "segment")
            if pin:
                profile.segment_summary = self.env._(
                    "Pinned by %(user)s: %(reason)s",
                    user=pin[0].user_id.name,
                    reason=pin[0].reason,
                )
            else:
                profile.segment_summary = (
                    profile.segment_id.description
                    or profile.segment_id.name
                    or self.env._("No segment claims this customer.")
                )

    @api.model
    def _group_expand_stage_id(self, stages, domain):
        """Show every overdue step of the ladders in use as a column."""
        policies = (
            self.env["collections.segment"]
            ._get_active_segments(self.env.company.root_id)
            .policy_id
        )
        ladder = policies.stage_ids.filtered(lambda s: s.kind == "overdue")
        return stages | ladder.sorted(lambda s: (s.policy_id.sequence, s.delay_days))

    # === READING REFRESHES === #

    def web_read(self, specification):
        """Look at the ledger again first where it moved."""
        # A list may be read where nothing can be written; a form never is. The marks
        # and the figures they ask for are the system's, whoever reads.
        if not self.env.cr.readonly:
            stale = self.env["collections.stale"].sudo()._take_profiles() & self.sudo()
            if stale:
                stale._redecide()
        if "item_ids" not in specification:
            return super().web_read(specification)
        others = {k: v for k, v in specification.items() if k != "item_ids"}
        narrowed = self.with_context(collections_items_of=self.ids)
        items = super(CollectionsProfile, narrowed).web_read(
            {"item_ids": specification["item_ids"]}
        )
        values = super().web_read(others)
        for row, with_items in zip(values, items, strict=True):
            row["item_ids"] = with_items["item_ids"]
        return values

    # It may write, whatever the web client says of reading.
    web_read._readonly = False

    def action_refresh(self):
        """Read these customers anew from the ledger, and what comes next."""
        self.check_access("read")
        # A collector reads profiles; their figures are the system's.
        self.sudo()._redecide()
        return True
