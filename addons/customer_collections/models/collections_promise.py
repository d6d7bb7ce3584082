from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

PROMISE_STATES = [
    ("to_agree", "Waits for a Manager"),
    ("open", "Open"),
    ("kept", "Kept"),
    ("kept_late", "Kept Late"),
    ("partly_kept", "Partly Kept"),
    ("broken", "Broken"),
    ("withdrawn", "Withdrawn"),
]
LIVE_STATES = ("to_agree", "open")
# Paid in full after all, such a promise is kept late.
NOT_KEPT_STATES = ("broken", "partly_kept")


class CollectionsPromise(models.Model):
    """A customer's word to pay an amount by a day.

    Open, it holds exactly that amount. The states, and the level that counts what was
    not kept, follow the promise to pay of SAP Collections Management.
    """

    _name = "collections.promise"
    _description = "Promise to Pay"
    _inherit = ["collections.agreement"]
    _order = "date_due desc, id desc"

    _hold_reason = "promise"

    date_due = fields.Date(string="Promised For", required=True, tracking=True)
    date_limit = fields.Date(
        string="Judged After",
        compute="_compute_date_limit",
        store=True,
        help="The promised day and the working days of grace that the policy gives.",
    )
    any_item = fields.Boolean(
        string="Whatever Is Paid Counts",
        help="The customer promised a sum and no particular invoices: payments of "
        "other items count as well.",
    )
    state = fields.Selection(
        selection=PROMISE_STATES,
        required=True,
        readonly=True,
        default="open",
        index=True,
        copy=False,
        tracking=True,
    )
    kept_on = fields.Date(readonly=True, copy=False)
    level = fields.Integer(
        readonly=True,
        copy=False,
        default=1,
        aggregator="max",
        help="1 and the promises about the same items that were not kept in the last "
        "12 months.",
    )
    replaced_by_id = fields.Many2one(
        comodel_name="collections.promise",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    @api.depends("date_due", "profile_id")
    def _compute_date_limit(self):
        for promise in self:
            promise.date_limit = promise.date_due and (
                promise.profile_id.company_id._collections_add_working_days(
                    promise.date_due,
                    promise.profile_id.policy_id.promise_grace_days,
                )
            )

    @api.depends("amount", "date_due", "profile_id")
    def _compute_display_name(self):
        for promise in self:
            promise.display_name = promise._say_by_day()

    # === GIVEN === #

    @api.model
    def _give(self, profile, amount, date_due, items=None, **values):
        """Take down a promise and hold its amount.

        A new promise about items of an open one takes its place.

        :param profile: the customer
        :param float amount: in ``currency_id`` of the values, else the company's
        :param date date_due: the promised day, today or later
        :param items: receivable journal items; the oldest if none are named
        :return: the promise; it waits for a manager where the policy says so
        :raise UserError: if the day is past or too far off, the amount above what is
                          owed, or there are too many promises
        """
        promise = self.create(
            {
                "profile_id": profile.id,
                "amount": amount,
                "date_due": date_due,
                "any_item": not items,
                **values,
            }
        )
        promise._check_date()
        promise._lock_customer()
        promise._replace_earlier(items)
        chosen = promise._choose_items(items)
        promise._check_limits()
        promise._begin(chosen, date_end=promise.date_limit, order_date=date_due)
        promise.level = promise._get_level()
        return promise

    def _choose_items(self, items):
        """Return which items the promise holds, with how much of each."""
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount, 0) <= 0:
            raise UserError(self.env._("Say how much is promised."))
        chosen = self._get_oldest_items(None if items else self.amount)
        if items:
            rest = self.amount
            picked = {}
            for line in items.sorted(lambda x: (x.date_maturity or x.date, x.id)):
                # A paid or foreign one is named by the check that follows.
                free = chosen.get(line, rest)
                part = self.currency_id.round(min(free, rest))
                if part > 0:
                    picked[line] = part
                    rest = self.currency_id.round(rest - part)
            chosen = picked
        total = sum(chosen.values())
        if self.currency_id.compare_amounts(self.amount, total) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is more than is owed and free: at most %(total)s can "
                    "be promised.",
                    amount=format_amount(self.env, self.amount, self.currency_id),
                    total=format_amount(self.env, total, self.currency_id),
                )
            )
        return chosen

    def _replace_earlier(self, items):
        """Let this promise take the place of earlier ones about the same items.

        Not of an open one where both have room: an invoice may be promised in parts.
        """
        self.ensure_one()
        if not items:
            return
        earlier = self.search(
            [
                ("profile_id", "=", self.profile_id.id),
                ("state", "in", (*LIVE_STATES, *NOT_KEPT_STATES)),
                ("replaced_by_id", "=", False),
                ("id", "!=", self.id),
            ]
        ).filtered(lambda p: p.line_ids.move_line_id & items)
        earlier.filtered(lambda p: p.state in NOT_KEPT_STATES).replaced_by_id = self
        room = sum(max(0, part) for part in self._get_free_amounts(items).values())
        if self.currency_id.compare_amounts(self.amount, room) > 0:
            earlier._withdraw(
                self.env._("Replaced by %(promise)s", promise=self.display_name),
                replaced_by=self,
            )

    def _check_date(self):
        self.ensure_one()
        today = fields.Date.context_today(self)
        # Where the company works it may be tomorrow: then its grace may be over, too.
        over = self.date_limit < self.company_id._collections_today()
        if self.date_due < today or over:
            raise UserError(
                self.env._(
                    "%(date)s is past. A promise is for today or a later day.",
                    date=format_date(self.env, self.date_due),
                )
            )

    def _check_limits(self):
        """Check what the policy allows.

        :raise UserError: where nobody may agree to it
        """
        self.ensure_one()
        policy = self.profile_id.policy_id
        today = fields.Date.context_today(self)
        ahead = (self.date_due - today).days
        if policy.promise_max_days and ahead > policy.promise_max_days:
            raise UserError(
                self.env._(
                    "%(date)s is %(days)s days away; a promise reaches at most "
                    "%(limit)s days ahead. Propose a payment plan instead.",
                    date=format_date(self.env, self.date_due),
                    days=ahead,
                    limit=policy.promise_max_days,
                )
            )
        standing = self.search_count(
            [
                ("profile_id", "=", self.profile_id.id),
                ("state", "in", LIVE_STATES),
                ("id", "!=", self.id),
            ]
        )
        if policy.promise_max_open and standing >= policy.promise_max_open:
            raise UserError(
                self.env._(
                    "%(customer)s has %(count)s open promises already, as many as the "
                    "policy allows.",
                    customer=self.profile_id.partner_id.name,
                    count=standing,
                )
            )
        if self._needs_manager():
            self.state = "to_agree"
            self._ask_manager()

    def _needs_manager(self):
        """Tell whether a manager must agree: above the policy's amount, unless a
        manager took it down. Extend it to ask for more."""
        self.ensure_one()
        limit = self.profile_id.policy_id.promise_approval_amount
        return bool(limit) and self._is_above(self.amount, limit)

    def _get_question(self):
        return self.env._("Agree to the promise, or talk to the customer"), ""

    def _get_level(self):
        """Return 1 and how many promises about these items were not kept in the last
        12 months: broken, partly kept, withdrawn or replaced."""
        self.ensure_one()
        earlier = self.search(
            [
                ("profile_id", "=", self.profile_id.id),
                ("id", "!=", self.id),
                ("state", "in", ("broken", "partly_kept", "withdrawn", "kept_late")),
                ("date_start", ">=", fields.Date.subtract(self.date_start, years=1)),
            ]
        )
        mine = self.line_ids
        return 1 + len(
            earlier.filtered(
                lambda p: (p.line_ids.move_line_id & mine.move_line_id)
                # An ended one does not follow an invoice that was written anew
                or p.line_ids.filtered(lambda x: not x.move_line_id).move_id
                & mine.move_id
            )
        )

    # === AGREED, WITHDRAWN === #

    def action_agree(self):
        """Agree to a promise above what a collector may accept."""
        self._check_manager(self.env._("A manager agrees to a promise of this size."))
        waiting = self.filtered(lambda p: p.state == "to_agree")
        waiting.state = "open"
        waiting.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def action_withdraw(self):
        """Ask why the promise is withdrawn."""
        return self._ask_why()

    def _withdraw(self, note, replaced_by=None):
        """End open promises before their day; what they held is chased again.

        :param str note: why, kept for ever
        :raise UserError: without a reason
        """
        self._check_why(note)
        live = self.filtered(lambda p: p.state in LIVE_STATES)
        live.write(
            {
                "state": "withdrawn",
                "end_note": note,
                "ended_on": fields.Date.context_today(self),
                "replaced_by_id": replaced_by.id if replaced_by else False,
            }
        )
        live._end_hold(note)
        live.activity_unlink(["mail.mail_activity_data_todo"])
        # What follows for the customer is the system's to work out.
        live.sudo().profile_id._redecide()

    # === JUDGED === #

    def _judge(self, measures, as_of):
        """Kept once all of it came, broken when the day and its grace are over."""
        result = super()._judge(measures, as_of)
        self.filtered(lambda p: p.state in LIVE_STATES)._tell_gone()
        for promise in self:
            measure = measures[promise.id]
            if promise.any_item:
                measure = measure.counting("loose", "elsewhere")
            elif as_of > promise.date_limit:
                # Paid is paid, matched or not, before anybody is told of a broken word
                measure = measure.counting("loose")
            promise._judge_one(measure, as_of)
        return result

    def _judge_one(self, measure, as_of):
        self.ensure_one()
        currency = self.currency_id
        days = sorted(day for day, _amount in measure.received)
        total = measure.received_by(as_of)
        in_time = measure.received_by(self.date_limit)
        # Nobody pays what an invoice no longer asks for
        wanted = min(self.amount, measure.agreed)
        if currency.compare_amounts(total, wanted) >= 0 and days:
            late = currency.compare_amounts(in_time, wanted) < 0
            self._close("kept_late" if late else "kept", days[-1])
        elif self._is_void():
            if self.state in LIVE_STATES:
                self._close(
                    "withdrawn", as_of, self.env._("Its invoices were cancelled")
                )
        elif as_of > self.date_limit and self.state in LIVE_STATES:
            partly = currency.compare_amounts(total, 0) > 0
            self._close("partly_kept" if partly else "broken", as_of)

    def _close(self, state, day, note=None):
        """End a promise by what the ledger says."""
        self.ensure_one()
        if self.state == "to_agree":
            # There is nothing left for a manager to say yes to.
            self.activity_unlink(["mail.mail_activity_data_todo"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        self.write(
            {
                "state": state,
                "ended_on": day,
                "kept_on": day if state in ("kept", "kept_late") else False,
                "end_note": note or labels[state],
            }
        )
        self._end_hold(note or labels[state])
        if state in NOT_KEPT_STATES:
            self._tell_owner()

    def _tell_owner(self):
        """Ask the owner to find out why, before any ladder goes on by itself."""
        self.profile_id.activity_schedule(
            "mail.mail_activity_data_call",
            summary=self.env._("A promise was not kept: ask what happened"),
            note=self.display_name,
            user_id=self.user_id.id,
        )
