from odoo import api, fields, models
from odoo.tools import format_amount

INSTALMENT_STATES = [
    ("coming", "Coming"),
    ("due", "Due"),
    ("part_paid", "Part Paid"),
    ("paid", "Paid"),
    ("missed", "Missed"),
    ("dropped", "Not Owed Any More"),
]
# Something is still to be paid on it
OPEN_INSTALMENTS = ("coming", "due", "part_paid", "missed")


class CollectionsPlanInstalment(models.Model):
    """One payment of a plan. What is paid of it is read from the ledger."""

    _name = "collections.plan.instalment"
    _description = "Instalment of a Payment Plan"
    _order = "date_due, number, id"
    _rec_names_search = ["plan_id"]

    plan_id = fields.Many2one(
        comodel_name="collections.plan",
        required=True,
        index=True,
        ondelete="cascade",
    )
    profile_id = fields.Many2one(
        related="plan_id.profile_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id", store=True)
    user_id = fields.Many2one(related="plan_id.user_id", store=True)
    plan_state = fields.Selection(
        related="plan_id.state", string="Plan State", store=True
    )
    number = fields.Integer(readonly=True, help="0 is the deposit.")
    title = fields.Char(string="Payment", compute="_compute_title")
    date_due = fields.Date(string="Due", required=True, index=True)
    date_limit = fields.Date(
        string="Missed After",
        readonly=True,
        help="The due date and the working days of grace.",
    )
    amount = fields.Monetary(required=True)
    amount_paid = fields.Monetary(string="Paid", readonly=True)
    amount_dropped = fields.Monetary(
        string="Not Owed Any More",
        readonly=True,
        help="Of an invoice that was cancelled, reset or moved to another account.",
    )
    amount_left = fields.Monetary(
        string="To Pay", compute="_compute_amount_left", store=True
    )
    paid_on = fields.Date(readonly=True)
    state = fields.Selection(
        selection=INSTALMENT_STATES,
        required=True,
        readonly=True,
        default="coming",
        index=True,
    )
    amount_unmatched = fields.Monetary(
        string="Waits to Be Matched",
        readonly=True,
        help="Of what is to be paid, money that came and waits to be matched.",
    )
    covered = fields.Boolean(
        readonly=True, help="Money that waits to be matched pays the rest of it."
    )
    missed_on = fields.Date(
        string="Missed Since",
        readonly=True,
        help="Missed once more, because a payment came to nothing, it is another day: "
        "the customer is asked anew.",
    )
    asked_on = fields.Date(
        readonly=True, help="When the customer was asked why it did not come."
    )
    charge_ids = fields.One2many(
        comodel_name="collections.plan.charge",
        inverse_name="instalment_id",
        string="Attempts to Charge",
    )

    _number_uniq = models.Constraint(
        "UNIQUE (plan_id, number)", "A plan has each instalment once."
    )

    @api.depends("amount", "amount_paid", "amount_dropped")
    def _compute_amount_left(self):
        for instalment in self:
            instalment.amount_left = instalment.currency_id.round(
                instalment.amount - instalment.amount_paid - instalment.amount_dropped
            )

    @api.depends("number", "plan_id.instalment_count")
    @api.depends_context("lang")
    def _compute_title(self):
        for instalment in self:
            title = instalment._get_title()
            instalment.title = title[:1].upper() + title[1:]

    @api.depends("number", "plan_id", "amount")
    def _compute_display_name(self):
        for instalment in self:
            instalment.display_name = self.env._(
                "%(customer)s: %(name)s, %(amount)s",
                customer=instalment.plan_id.profile_id.partner_id.name or "",
                name=instalment._get_title(),
                amount=format_amount(
                    self.env, instalment.amount, instalment.currency_id
                ),
            )

    def _get_title(self):
        """Return what this payment is called: the deposit, or the 2nd of 6.

        :rtype: str
        """
        self.ensure_one()
        if not self.number:
            return self.env._("deposit")
        return self.env._(
            "instalment %(number)s of %(count)s",
            number=self.number,
            count=self.plan_id.instalment_count,
        )

    def _move(self, day, today):
        """Let it be due on another day; nobody was late with it."""
        self.ensure_one()
        self.write(
            {
                "date_due": day,
                "date_limit": self.plan_id._get_date_limit(day),
                "asked_on": False,
            }
        )
        self.state = self._get_state(
            self.amount_left, self.amount_paid, self.covered, today
        )
        self.missed_on = today if self.state == "missed" else False

    def _get_missed_occurrence(self):
        """Return by which number the question about this miss is told from the one
        about an earlier miss of the same instalment.

        :rtype: int
        """
        self.ensure_one()
        return int(f"{self.missed_on or self.date_due:%Y%m%d}")

    def _get_to_charge(self):
        """Return what is left to be charged: without the money that came and waits to
        be matched.

        :return: in the currency of the plan
        :rtype: float
        """
        self.ensure_one()
        return self.currency_id.round(self.amount_left - self.amount_unmatched)

    def _prepare_judged(self, settled, unmatched, as_of):
        """Return what the ledger says of this instalment, where it differs.

        :param settled: a ``Settled`` of ``tools.instalments``
        :param float unmatched: what of the rest is paid by money that nobody has
                                matched yet
        :param date as_of: the day it is looked from
        """
        self.ensure_one()
        currency = self.currency_id
        left = currency.round(self.amount - settled.paid - settled.dropped)
        covered = currency.compare_amounts(unmatched, left) >= 0
        values = {
            "amount_paid": settled.paid,
            "amount_dropped": settled.dropped,
            "amount_unmatched": unmatched,
            "covered": covered and not currency.is_zero(left),
            "paid_on": settled.paid_on if currency.is_zero(left) else False,
            "state": self._get_state(left, settled.paid, covered, as_of),
        }
        if values["state"] != "missed":
            values.update(missed_on=False, asked_on=False)
        elif self.state != "missed":
            values["missed_on"] = as_of
        return {
            name: value
            for name, value in values.items()
            if (
                currency.compare_amounts(self[name], value)
                if name.startswith("amount")
                else self[name] != value
            )
        }

    def _get_state(self, left, paid, covered, as_of):
        self.ensure_one()
        if self.currency_id.is_zero(left):
            return "paid" if paid else "dropped"
        if as_of > self.date_limit and not covered:
            return "missed"
        if paid:
            return "part_paid"
        return "coming" if as_of < self.date_due else "due"
