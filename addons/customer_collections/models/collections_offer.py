from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..tools.offers import annual_rate

OFFER_STATES = [
    ("to_approve", "Waits for a Manager"),
    ("open", "Open"),
    ("accepted", "Accepted"),
    ("kept", "Kept"),
    ("expired", "Expired"),
    ("withdrawn", "Withdrawn"),
]
# Not yet judged: an offer in one of these ends on its day.
LIVE_STATES = ("to_approve", "open", "accepted")


class CollectionsOffer(models.Model):
    """Less for paying by a day: an early payment, or a settlement of a debt.

    Accepted, it holds its items until its day. Paid, the rest is credited by a person
    with that right.
    """

    _name = "collections.offer"
    _description = "Offer"
    _inherit = ["collections.agreement"]
    _order = "date_due desc, id desc"

    _hold_reason = "offer"

    kind = fields.Selection(
        selection=[
            ("early", "Early payment"),
            ("settlement", "Settlement"),
        ],
        required=True,
        default="early",
        readonly=True,
    )
    state = fields.Selection(
        selection=OFFER_STATES,
        required=True,
        readonly=True,
        default="open",
        index=True,
        copy=False,
        tracking=True,
    )
    amount = fields.Monetary(string="They Pay")
    amount_covered = fields.Monetary(string="Instead Of", required=True, readonly=True)
    amount_given = fields.Monetary(
        string="We Give Up", compute="_compute_amount_given", store=True
    )
    percent = fields.Float(
        string="Discount (%)",
        compute="_compute_amount_given",
        store=True,
        digits=(16, 2),
        aggregator="avg",
    )
    date_due = fields.Date(string="If Paid By", required=True, tracking=True)
    days_gained = fields.Integer(
        string="Days Earlier",
        readonly=True,
        help="Than the due dates, weighted by amount; of what is overdue, than this "
        "customer usually pays.",
    )
    annual_rate = fields.Float(
        string="Costs a Year (%)",
        compute="_compute_annual_rate",
        store=True,
        digits=(16, 1),
        aggregator="avg",
        help="The discount as interest: d / (1 - d) × 365 / days earlier.",
    )
    money_cost = fields.Float(
        related="company_id.collections_money_cost", string="Our Money Costs (%)"
    )
    offered_line_ids = fields.Many2many(
        comodel_name="account.move.line", string="Offered For", readonly=True
    )
    accepted_on = fields.Date(readonly=True, copy=False)
    credit_ids = fields.One2many(
        comodel_name="account.move",
        inverse_name="collections_offer_id",
        string="Credit Notes",
        readonly=True,
    )

    @api.depends("amount", "amount_covered")
    def _compute_amount_given(self):
        for offer in self:
            offer.amount_given = offer.amount_covered - offer.amount
            offer.percent = (
                100 * offer.amount_given / offer.amount_covered
                if offer.amount_covered
                else 0
            )

    @api.depends("percent", "days_gained", "kind")
    def _compute_annual_rate(self):
        for offer in self:
            offer.annual_rate = (
                100 * annual_rate(offer.percent / 100, offer.days_gained)
                if offer.kind == "early"
                else 0
            )

    @api.depends("amount", "date_due", "profile_id")
    def _compute_display_name(self):
        for offer in self:
            offer.display_name = offer._say_by_day()

    # === MADE === #

    @api.model
    def _make(self, profile, kind, amount, date_due, items=None, **values):
        """Make an offer to a customer. It holds nothing until they accept it.

        :param profile: the customer
        :param str kind: ``early`` or ``settlement``
        :param float amount: what they pay, in ``currency_id`` of the values
        :param date date_due: the last day
        :param items: receivable journal items; everything that is free if none
        :return: the offer; it waits for a manager where the policy says so
        :raise UserError: if the day is past, or it is no less than what is owed
        """
        offer = self.new({"profile_id": profile.id, **values})
        free = offer._get_oldest_items()
        chosen = {
            line: part for line, part in free.items() if not items or line in items
        }
        covered = sum(chosen.values())
        offer = self.create(
            {
                "profile_id": profile.id,
                "kind": kind,
                "amount": amount,
                "amount_covered": covered,
                "date_due": date_due,
                "offered_line_ids": [line.id for line in chosen],
                **values,
            }
        )
        offer._check_offer()
        offer.days_gained = offer._get_days_gained(chosen)
        if offer._needs_manager():
            offer.state = "to_approve"
            offer._ask_manager()
        return offer

    def _check_offer(self):
        """Check that an offer is one.

        :raise UserError: in the words of who made it
        """
        self.ensure_one()
        currency = self.currency_id
        if self.date_due < fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%(date)s is past. Give them a day that is still to come.",
                    date=format_date(self.env, self.date_due),
                )
            )
        if currency.compare_amounts(self.amount_covered, 0) <= 0:
            raise UserError(
                self.env._(
                    "Nothing is open there that is not agreed upon otherwise; there is "
                    "nothing to offer."
                )
            )
        if currency.compare_amounts(self.amount, 0) <= 0:
            raise UserError(self.env._("Say how much they pay."))
        if currency.compare_amounts(self.amount, self.amount_covered) >= 0:
            raise UserError(
                self.env._(
                    "%(amount)s is no less than the %(owed)s they owe; that is no "
                    "offer.",
                    amount=format_amount(self.env, self.amount, currency),
                    owed=format_amount(self.env, self.amount_covered, currency),
                )
            )

    def _get_days_gained(self, chosen):
        """Return how many days earlier the money comes; 0 where nobody can tell, for
        it is late already.

        :param dict chosen: journal item to the amount of it
        """
        self.ensure_one()
        late = max(self.profile_id.average_days_late, 0)
        days = sum(
            ((line.date_maturity or line.date) - self.date_due).days * part
            for line, part in chosen.items()
        ) / sum(chosen.values())
        return max(round(days + late), 0)

    def _needs_manager(self):
        """Tell whether a manager must approve: above what the policy lets a collector
        give up. Extend it to ask for more."""
        self.ensure_one()
        limit = self.profile_id.policy_id.offer_approval_amount
        return self._is_above(self.amount_given, limit)

    def _get_question(self):
        return self.env._("Approve the offer, or talk about another"), ""

    # === ITS LIFE === #

    def action_approve(self):
        """Approve an offer above what a collector may give up."""
        self._check_manager(self.env._("A manager approves an offer of this size."))
        waiting = self.filtered(lambda o: o.state == "to_approve")
        waiting.state = "open"
        waiting.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def action_accept(self):
        """The customer accepts: until its day nothing of it is chased."""
        for offer in self:
            offer._accept()
        return True

    def _accept(self):
        """Take down that the customer accepts, and hold what it covers.

        :raise UserError: if it is not open any more, or its items changed meanwhile
        """
        self.ensure_one()
        if self.state != "open":
            raise UserError(
                self.env._(
                    "Only an open offer can be accepted; this one is: %(state)s.",
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        self.state
                    ],
                )
            )
        if self.date_due < fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "The offer ended on %(date)s; make a new one.",
                    date=format_date(self.env, self.date_due),
                )
            )
        free = {
            line: part
            for line, part in self._get_oldest_items().items()
            if line in self.offered_line_ids
        }
        if self.currency_id.compare_amounts(sum(free.values()), self.amount_covered):
            raise UserError(
                self.env._(
                    "What it covers changed since it was made: %(now)s is open and "
                    "free, not %(then)s. Make a new offer.",
                    now=format_amount(self.env, sum(free.values()), self.currency_id),
                    then=format_amount(self.env, self.amount_covered, self.currency_id),
                )
            )
        today = fields.Date.context_today(self)
        # Set first: the ledger is looked at again as soon as it is held.
        self.write({"state": "accepted", "accepted_on": today})
        self._begin(free, order_date=self.date_due)

    def action_withdraw(self):
        """Ask why the offer is withdrawn."""
        return self._ask_why()

    def _withdraw(self, note):
        """End offers before their day; what they held is chased again.

        :param str note: why, kept
        """
        self._check_why(note)
        self._close("withdrawn", note, fields.Date.context_today(self))
        # What follows for the customer is the system's to work out.
        self.sudo().profile_id._redecide()

    def _close(self, state, note, day):
        live = self.filtered(lambda o: o.state in LIVE_STATES)
        live.write({"state": state, "end_note": note, "ended_on": day})
        live._end_hold(note)
        live.activity_unlink(["mail.mail_activity_data_todo"])
