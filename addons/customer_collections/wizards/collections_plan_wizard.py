from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.collections_plan_template import RHYTHM_LABELS
from ..tools.instalments import schedule, smallest_deposit

TERMS = (
    "rhythm",
    "instalment_count",
    "date_first",
    "month_day",
    "deposit_amount",
    "deposit_date",
)


class CollectionsPlanWizard(models.TransientModel):
    _name = "collections.plan.wizard"
    _description = "Propose a Payment Plan"
    _inherit = ["collections.agreement.wizard"]

    _agreement = "collections.plan"

    company_id = fields.Many2one(related="profile_id.company_id")
    line_ids = fields.Many2many(help="None: the oldest ones that are open.")
    amount = fields.Monetary(string="Covers")
    template_id = fields.Many2one(
        comodel_name="collections.plan.template",
        string="Terms Of",
        compute="_compute_template_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    policy_id = fields.Many2one(related="profile_id.policy_id")
    rhythm = fields.Selection(
        selection=RHYTHM_LABELS,
        compute="_compute_usual_terms",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    instalment_count = fields.Integer(
        string="Instalments",
        compute="_compute_usual_terms",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    date_first = fields.Date(
        string="First Instalment",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), months=1),
    )
    month_day = fields.Integer(string="Day of the Month", default=1)
    deposit_amount = fields.Monetary(
        string="Deposit",
        compute="_compute_deposit_amount",
        store=True,
        readonly=False,
        precompute=True,
    )
    deposit_date = fields.Date(
        string="Deposit Due",
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=7),
    )
    answer = fields.Selection(
        selection=[
            ("agreed", "They agreed"),
            ("asked", "They are thinking about it"),
        ],
        required=True,
        default="agreed",
    )
    preview_ids = fields.One2many(
        comodel_name="collections.plan.wizard.line",
        inverse_name="wizard_id",
        string="Schedule",
        compute="_compute_preview",
    )
    trouble = fields.Char(compute="_compute_preview")
    excess = fields.Char(compute="_compute_preview")
    offer = fields.Char(compute="_compute_preview")

    @api.depends("profile_id")
    def _compute_template_id(self):
        for wizard in self:
            wizard.template_id = wizard.policy_id.plan_template_ids[:1]

    @api.depends("template_id")
    def _compute_usual_terms(self):
        for wizard in self:
            wizard.rhythm = wizard.template_id.rhythm or "month"
            wizard.instalment_count = wizard.template_id.instalment_count or 3

    @api.depends("template_id", "amount")
    def _compute_deposit_amount(self):
        for wizard in self:
            share = wizard.template_id.deposit_min
            wizard.deposit_amount = share and smallest_deposit(
                wizard.amount, share, wizard.currency_id.rounding
            )

    @api.depends(*TERMS, "amount", "template_id", "currency_id", "profile_id")
    def _compute_preview(self):
        for wizard in self:
            plan = wizard._get_draft()
            wizard.preview_ids = False
            wizard.trouble = wizard.excess = wizard.offer = False
            if not plan.currency_id or not plan.amount:
                continue
            try:
                plan._check_terms()
            except UserError as error:
                wizard.trouble = str(error)
                continue
            offset = 0 if plan.deposit_amount else 1
            wizard.preview_ids = [
                Command.create({"number": number, "date_due": day, "amount": amount})
                for number, (day, amount) in enumerate(
                    schedule(plan._get_terms(), plan.currency_id.rounding), offset
                )
            ]
            wizard.excess = plan._get_excess()
            offer = plan._get_counter_offer()
            wizard.offer = offer and plan._describe(offer)

    def _get_draft(self):
        """Return the plan as it would be, never saved."""
        self.ensure_one()
        return self.env["collections.plan"].new(
            {
                "profile_id": self.profile_id.id,
                "company_id": self.company_id.id,
                "currency_id": self.currency_id.id,
                "template_id": self.template_id.id,
                "amount": self.amount,
                **{name: self[name] for name in TERMS},
            }
        )

    def action_take_offer(self):
        """Put the nearest terms that fit in place of those entered."""
        self.ensure_one()
        self.write(self._get_draft()._get_counter_offer())
        return self._reopen(self.env._("Propose a Payment Plan"))

    def action_propose(self):
        """Take down the plan: agreed, or proposed when somebody has yet to say yes."""
        self.ensure_one()
        plan = self.env["collections.plan"]._propose(
            self.profile_id,
            self.line_ids,
            agreed=self.answer == "agreed",
            amount=self.amount,
            currency_id=self.currency_id.id,
            template_id=self.template_id.id,
            source="customer",
            note=self.note,
            user_id=(self.profile_id.collector_id or self.env.user).id,
            **{name: self[name] for name in TERMS},
        )
        # The system's part: planned at once, sent when the gate lets it.
        plan.sudo()._plan_messages(plan.company_id, fields.Date.context_today(self))
        return {
            "type": "ir.actions.act_window",
            "res_model": "collections.plan",
            "res_id": plan.id,
            "views": [(False, "form")],
        }


class CollectionsPlanWizardLine(models.TransientModel):
    _name = "collections.plan.wizard.line"
    _description = "Instalment of a Proposed Plan"
    _order = "number, id"

    wizard_id = fields.Many2one(
        comodel_name="collections.plan.wizard", required=True, ondelete="cascade"
    )
    number = fields.Integer()
    title = fields.Char(string="Payment", compute="_compute_title")
    date_due = fields.Date(string="Due")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    amount = fields.Monetary()

    @api.depends("number")
    def _compute_title(self):
        for line in self:
            line.title = (
                self.env._("Instalment %(number)s", number=line.number)
                if line.number
                else self.env._("Deposit")
            )
