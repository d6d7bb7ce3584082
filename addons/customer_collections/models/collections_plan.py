from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_amount, format_date

from ..tools.instalments import Terms, schedule
from .collections_plan_template import RHYTHM_LABELS

PLAN_STATES = [
    ("draft", "Draft"),
    ("proposed", "Proposed"),
    ("agreed", "Agreed"),
    ("active", "Active"),
    ("kept", "Kept"),
    ("broken", "Broken"),
    ("cancelled", "Cancelled"),
]
LIVE_STATES = ("proposed", "agreed", "active")
# The customer and we gave our word
RUNNING_STATES = ("agreed", "active")


class CollectionsPlan(models.Model):
    """Time for a customer: what is owed, in instalments both sides agreed to.

    The due dates of the ledger stay as they are; the plan has its own. It is judged
    from what was paid on its invoices since it began.
    """

    _name = "collections.plan"
    _description = "Payment Plan"
    _inherit = ["collections.agreement"]
    _order = "date_start desc, id desc"

    _hold_reason = "plan"

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/"
    )
    template_id = fields.Many2one(
        comodel_name="collections.plan.template",
        string="Terms Of",
        ondelete="restrict",
        index="btree_not_null",
    )
    state = fields.Selection(
        selection=PLAN_STATES,
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
    )
    # Terms
    rhythm = fields.Selection(selection=RHYTHM_LABELS, required=True, default="month")
    instalment_count = fields.Integer(string="Instalments", required=True, default=3)
    date_first = fields.Date(string="First Instalment", required=True)
    month_day = fields.Integer(string="Day of the Month")
    deposit_amount = fields.Monetary(string="Deposit")
    deposit_date = fields.Date(string="Deposit Due")
    interest_waived = fields.Boolean(
        compute="_compute_interest_waived",
        store=True,
        readonly=False,
        help="Said in the agreement: no interest as long as the plan is kept.",
    )
    instalment_ids = fields.One2many(
        comodel_name="collections.plan.instalment",
        inverse_name="plan_id",
        string="Schedule",
    )
    amount_left = fields.Monetary(
        string="To Pay", compute="_compute_amount_left", store=True
    )
    date_next = fields.Date(
        string="Next Instalment", compute="_compute_amount_left", store=True
    )
    missed_count = fields.Integer(
        string="Missed", compute="_compute_amount_left", store=True
    )
    date_last = fields.Date(string="Ends", compute="_compute_date_last", store=True)
    # Agreed by whom
    to_approve = fields.Boolean(
        string="Waits for a Manager", readonly=True, copy=False, tracking=True
    )
    approval_note = fields.Char(string="Outside the Limits", readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    date_lapse = fields.Date(string="Answer Until", readonly=True, copy=False)
    accepted_at = fields.Datetime(readonly=True, copy=False)
    accepted_name = fields.Char(string="Accepted By", readonly=True, copy=False)
    accepted_ip = fields.Char(string="From the Address", readonly=True, copy=False)
    fallen_away = fields.Char(
        string="What Became of Its Invoices", readonly=True, copy=False
    )

    @api.depends("template_id")
    def _compute_interest_waived(self):
        for plan in self:
            plan.interest_waived = plan.template_id.interest_waived

    @api.depends("instalment_ids.amount_left", "instalment_ids.state")
    def _compute_amount_left(self):
        for plan in self:
            still_open = plan.instalment_ids.filtered(lambda i: i.amount_left > 0)
            plan.amount_left = sum(still_open.mapped("amount_left"))
            plan.date_next = min(still_open.mapped("date_due"), default=False)
            plan.missed_count = len(still_open.filtered(lambda i: i.state == "missed"))

    @api.depends("instalment_ids.date_due")
    def _compute_date_last(self):
        for plan in self:
            plan.date_last = max(plan.instalment_ids.mapped("date_due"), default=False)

    @api.depends("name", "profile_id")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = f"{plan.name} {plan.profile_id.partner_id.name or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                # Numbers are the system's.
                sequence = self.env["ir.sequence"].sudo()
                vals["name"] = sequence.next_by_code(self._name) or "/"
        return super().create(vals_list)

    def _check_given(self, vals):
        """Override: the terms must be ones that they may read."""
        if vals.get("template_id"):
            template = self.env["collections.plan.template"].browse(vals["template_id"])
            template.check_access("read")
        return super()._check_given(vals)

    # === PROPOSED === #

    @api.model
    def _propose(self, profile, items=None, agreed=False, **values):
        """Put a plan together and hold its amounts, so that nobody is chased while
        it is thought over.

        :param profile: the customer
        :param items: receivable journal items that it covers; the oldest if none
        :param bool agreed: the customer has said yes already
        :param values: ``rhythm``, ``instalment_count``, ``date_first``; ``amount``,
                       ``currency_id``, ``deposit_amount``... as the fields
        :return: the plan: agreed, or proposed when the customer or a manager has yet
                 to say yes
        :raise UserError: in words, when it cannot be
        """
        plan = self.create(
            {
                "profile_id": profile.id,
                "template_id": self._get_template(profile).id,
                "amount": 0,
                **values,
            }
        )
        plan._lock_customer()
        chosen = plan._choose_items(items)
        plan.amount = plan.currency_id.round(sum(chosen.values()))
        plan._start(chosen)
        if agreed and not plan.to_approve:
            plan._agree()
        elif agreed:
            plan.accepted_at = fields.Datetime.now()
        return plan

    def _start(self, items):
        """Make the schedule, hold the items, ask whoever must say yes."""
        self.ensure_one()
        self._check_terms()
        self._make_instalments()
        total = sum(self.instalment_ids.mapped("amount"))
        if self.currency_id.compare_amounts(total, sum(items.values())):
            raise UserError(
                self.env._("The instalments must add up to what they are for.")
            )
        self._begin(items, order_date=min(self.instalment_ids.mapped("date_due")))
        self.state = "proposed"
        self._renew_lapse()
        self._check_limits()

    @api.model
    def _get_template(self, profile):
        """Return what the customer's policy offers first.

        :rtype: collections.plan.template
        """
        return profile.policy_id.plan_template_ids[:1]

    def _choose_items(self, items):
        """Return which items the plan covers, with how much of each."""
        self.ensure_one()
        wanted = self.amount or None
        if not items:
            chosen = self._get_oldest_items(wanted)
        else:
            free = self._get_free_amounts()
            rest = wanted
            chosen = {}
            for line in items.sorted(lambda x: (x.date_maturity or x.date, x.id)):
                # A paid or foreign one is named by the check that follows.
                part = free.get(line.id) or line.amount_residual_currency or 1
                part = part if rest is None else min(part, rest)
                if rest is None or part > 0:
                    chosen[line] = part
                if rest is not None:
                    rest = self.currency_id.round(rest - part)
        total = sum(chosen.values())
        if self.currency_id.compare_amounts(total, 0) <= 0:
            raise UserError(
                self.env._("Nothing is open that no other agreement covers.")
            )
        if wanted and self.currency_id.compare_amounts(wanted, total) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is more than is owed and free: a plan can cover at "
                    "most %(total)s.",
                    amount=format_amount(self.env, wanted, self.currency_id),
                    total=format_amount(self.env, total, self.currency_id),
                )
            )
        return chosen

    def _get_terms(self):
        """Return the terms as ``tools.instalments`` takes them.

        :rtype: Terms
        """
        self.ensure_one()
        return Terms(
            amount=self.amount,
            count=self.instalment_count,
            rhythm=self.rhythm,
            first=self.date_first,
            day=self.month_day if self.rhythm == "month_day" else 0,
            deposit=self.deposit_amount,
            deposit_date=self.deposit_date or fields.Date.context_today(self),
        )

    def _check_terms(self):
        """Check that the terms make sense.

        :raise UserError: in the words of who entered them
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        compare = self.currency_id.compare_amounts
        if not self.date_first:
            raise UserError(self.env._("Say when the first instalment is due."))
        for day in (self.date_first, self.deposit_amount and self.deposit_date):
            if day and day < today:
                raise UserError(
                    self.env._(
                        "%(date)s is past. A plan begins today or later.",
                        date=format_date(self.env, day),
                    )
                )
        if not 1 <= self.instalment_count <= 120:
            raise UserError(self.env._("A plan has 1 to 120 instalments."))
        if self.rhythm == "month_day" and not 1 <= self.month_day <= 31:
            raise UserError(self.env._("Choose a day of the month from 1 to 31."))
        if compare(self.deposit_amount, 0) < 0:
            raise UserError(self.env._("A deposit cannot be negative."))
        if self.deposit_amount and compare(self.deposit_amount, self.amount) >= 0:
            raise UserError(
                self.env._(
                    "The deposit would pay all of it; then no plan is needed. Log a "
                    "promise instead."
                )
            )
        if (
            self.deposit_amount
            and self.deposit_date
            and (self.deposit_date > self.date_first)
        ):
            raise UserError(self.env._("The deposit comes before the instalments."))
        try:
            schedule(self._get_terms(), self.currency_id.rounding)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "%(amount)s cannot be split into %(count)s instalments.",
                    amount=format_amount(self.env, self.amount, self.currency_id),
                    count=self.instalment_count,
                )
            ) from error

    def _make_instalments(self):
        """Write down when how much is due."""
        self.ensure_one()
        rows = schedule(self._get_terms(), self.currency_id.rounding)
        offset = 0 if self.deposit_amount else 1
        # The schedule is the plan's, not a list that people edit.
        self.sudo().instalment_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "number": number,
                        "date_due": day,
                        "date_limit": self._get_date_limit(day),
                        "amount": amount,
                    }
                )
                for number, (day, amount) in enumerate(rows, offset)
            ),
        ]

    def _get_date_limit(self, day):
        """Return until when an instalment that is due on a day is not missed."""
        self.ensure_one()
        return self.company_id._collections_add_working_days(
            day, self._get_rule("grace_days")
        )

    def _get_rule(self, name):
        """Return a number of the template, or its default where there is none."""
        self.ensure_one()
        # The terms of a plan bind whoever reads it, templates readable or not.
        template = self.template_id.sudo()
        if template:
            return template[name]
        return template.default_get([name]).get(name, 0)

    def _renew_lapse(self):
        self.date_lapse = fields.Date.add(
            fields.Date.context_today(self), days=self._get_rule("lapse_days")
        )
