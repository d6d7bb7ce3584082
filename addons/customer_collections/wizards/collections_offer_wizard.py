from odoo import api, fields, models
from odoo.tools import format_amount

from ..tools.offers import annual_rate

# Long enough to arrange it, short enough to be worth it.
USUAL_DAYS = 10
USUAL_PERCENT = {"early": 2.0, "settlement": 20.0}


class CollectionsOfferWizard(models.TransientModel):
    _name = "collections.offer.wizard"
    _description = "Make an Offer"
    _inherit = ["collections.agreement.wizard"]

    _agreement = "collections.offer"

    line_ids = fields.Many2many(help="None: everything that is open.")
    kind = fields.Selection(
        selection=[
            ("early", "Less for paying early"),
            ("settlement", "A part, and the rest is forgiven"),
        ],
        required=True,
        default="early",
    )
    amount_covered = fields.Monetary(
        string="Instead Of", compute="_compute_amount_covered"
    )
    percent = fields.Float(
        string="We Give Up (%)",
        compute="_compute_percent",
        store=True,
        readonly=False,
        precompute=True,
        digits=(16, 2),
    )
    amount = fields.Monetary(string="They Pay")
    date_due = fields.Date(
        string="If Paid By",
        required=True,
        default=lambda self: fields.Date.add(
            fields.Date.context_today(self), days=USUAL_DAYS
        ),
    )
    cost = fields.Char(string="What It Costs", compute="_compute_cost")

    @api.depends("kind")
    def _compute_percent(self):
        for wizard in self:
            wizard.percent = USUAL_PERCENT.get(wizard.kind, 0)

    @api.depends("profile_id", "currency_id", "line_ids")
    def _compute_amount_covered(self):
        for wizard in self:
            wizard.amount_covered = sum(wizard._get_free().values())

    @api.depends("amount_covered", "percent")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.currency_id.round(
                wizard.amount_covered * (1 - wizard.percent / 100)
            )

    @api.depends("amount", "amount_covered", "date_due", "kind", "line_ids")
    def _compute_cost(self):
        for wizard in self:
            wizard.cost = wizard._say_cost()

    def _say_cost(self):
        """Return what the offer costs, in a sentence."""
        self.ensure_one()
        covered = self._get_free()
        if not covered or not self.date_due or not self.amount_covered:
            return self.env._(
                "Nothing is open there that is not agreed upon otherwise."
            )
        given = self.amount_covered - self.amount
        amount = format_amount(self.env, given, self.currency_id)
        if self.kind == "settlement":
            return self.env._(
                "You give up %(amount)s for good; once they have paid, the rest is "
                "credited.",
                amount=amount,
            )
        offer = self.env["collections.offer"].new(
            {"profile_id": self.profile_id.id, "date_due": self.date_due}
        )
        days = offer._get_days_gained(covered)
        if not days:
            return self.env._(
                "You give up %(amount)s. It is due already, so that it buys certainty "
                "and no time that could be counted.",
                amount=amount,
            )
        return self.env._(
            "You give up %(amount)s to have the money %(days)s days earlier: that is "
            "%(rate).1f%% a year; your money costs %(money).1f%%.",
            amount=amount,
            days=days,
            rate=100 * annual_rate(given / self.amount_covered, days),
            money=self.profile_id.company_id.collections_money_cost,
        )

    def action_make(self):
        """Make the offer."""
        self.ensure_one()
        offer = self.env["collections.offer"]._make(
            self.profile_id,
            self.kind,
            self.amount,
            self.date_due,
            self.line_ids,
            currency_id=self.currency_id.id,
            note=self.note,
        )
        return offer.action_open()
