from odoo import fields, models

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
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True)

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
        string="Open Items",
        readonly=True,
    )

    # How the customer pays: over the last 12 months
    amount_invoiced = fields.Monetary(
        string="Invoiced (12 Months)", readonly=True
    )
    volume_percentile = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Share of the company's customers, in percent, who were invoiced "
        "less in the last 12 months.",
    )
    paid_count = fields.Integer(
        string="Items Paid (12 Months)", readonly=True
    )
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
    segment_id = fields.Many2one(
        comodel_name="collections.segment", index="btree_not_null", readonly=True
    )
    policy_id = fields.Many2one(
        comodel_name="collections.policy", index="btree_not_null", readonly=True
    )
    team_id = fields.Many2one(
        comodel_name="collections.team", index="btree_not_null", readonly=True
    )
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
        index="btree_not_null",
        readonly=True,
        group_expand="_group_expand_stage_id",
    )
    stage_date = fields.Date(string="Last Step On", readonly=True)
    episode = fields.Integer(default=1, required=True, readonly=True)
    next_stage_id = fields.Many2one(
        comodel_name="collections.stage",
        string="Next Step",
        index="btree_not_null",
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

    # What was said
    touchpoint_ids = fields.One2many(
        comodel_name="collections.touchpoint",
        inverse_name="profile_id",
        string="Messages",
    )
    last_contact_at = fields.Datetime(readonly=True)
    refreshed_at = fields.Datetime(readonly=True)

    _partner_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id)",
        "A customer has one collections profile per company.",
    )
    _overdue_idx = models.Index("(company_id, amount_overdue DESC, id)")
    _next_idx = models.Index("(company_id, next_code, next_date)")
