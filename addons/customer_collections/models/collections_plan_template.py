from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.instalments import RHYTHMS, Limits

RHYTHM_LABELS = [
    ("week", "Every week"),
    ("fortnight", "Every two weeks"),
    ("month", "Every month"),
    ("month_day", "On a fixed day of the month"),
]
assert tuple(key for key, _label in RHYTHM_LABELS) == RHYTHMS


class CollectionsPlanTemplate(models.Model):
    """What a policy offers to who needs time: inside these limits a plan is agreed
    without asking anybody, beyond them a manager decides."""

    _name = "collections.plan.template"
    _description = "Payment Plan Template"
    _order = "policy_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    policy_id = fields.Many2one(
        comodel_name="collections.policy",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    # What is proposed first
    rhythm = fields.Selection(selection=RHYTHM_LABELS, required=True, default="month")
    instalment_count = fields.Integer(string="Instalments", required=True, default=3)
    # Limits
    max_days = fields.Integer(
        string="Longest (Days)",
        default=180,
        help="From the day it is agreed to the last instalment. 0: no limit.",
    )
    first_days = fields.Integer(
        string="Begins Within (Days)",
        default=35,
        help="By when the first payment is due. 0: no limit.",
    )
    min_instalment = fields.Float(
        string="Smallest Instalment",
        digits=0,
        help="In the company's currency. 0: no limit.",
    )
    deposit_min = fields.Float(
        string="Deposit at Least (%)", help="Share of the amount. 0: no deposit asked."
    )
    deposit_max = fields.Float(string="Deposit at Most (%)", help="0: no limit.")
    # What goes with it
    interest_waived = fields.Boolean(
        default=True,
        help="Said in the agreement: no interest for the time of the plan as long as "
        "it is kept.",
    )
    terms = fields.Html(
        translate=True,
        help="Printed in the agreement, above the acceptance.",
    )
    # Its life
    lapse_days = fields.Integer(
        string="Proposal Stands (Days)",
        default=14,
        help="Without an answer the proposal lapses and reminders go on.",
    )
    reminder_days = fields.Integer(
        string="Reminder Before an Instalment (Days)",
        default=3,
        help="0: none.",
    )
    grace_days = fields.Integer(
        string="Grace After an Instalment (Working Days)",
        default=3,
        help="Money needs time to arrive: after so many working days the instalment "
        "counts as missed.",
    )
    patience_days = fields.Integer(
        string="Patience After a Missed One (Working Days)",
        default=5,
        help="The customer is asked first; so many working days later the plan breaks.",
    )
    charge_attempts = fields.Integer(
        string="Attempts to Charge",
        default=3,
        help="How often an instalment is charged when the payment fails.",
    )
    charge_retry_days = fields.Integer(
        string="Days Between Attempts", default=3, help="0: the next run."
    )

    @api.constrains(
        "instalment_count",
        "max_days",
        "first_days",
        "min_instalment",
        "deposit_min",
        "deposit_max",
        "lapse_days",
        "reminder_days",
        "grace_days",
        "patience_days",
        "charge_attempts",
        "charge_retry_days",
    )
    def _check_numbers(self):
        for template in self:
            numbers = (
                template.max_days,
                template.first_days,
                template.min_instalment,
                template.deposit_min,
                template.deposit_max,
                template.reminder_days,
                template.grace_days,
                template.patience_days,
                template.charge_attempts,
                template.charge_retry_days,
            )
            if min(numbers) < 0:
                raise ValidationError(
                    self.env._("Amounts and days of a plan cannot be negative.")
                )
            if template.lapse_days < 1:
                raise ValidationError(
                    self.env._("Give customers at least a day to answer a proposal.")
                )
            if not 1 <= template.instalment_count <= 120:
                raise ValidationError(self.env._("A plan has 1 to 120 instalments."))
            if max(template.deposit_min, template.deposit_max) >= 100:
                raise ValidationError(
                    self.env._("A deposit of everything is no plan: stay below 100%.")
                )
            if template.deposit_max and template.deposit_max < template.deposit_min:
                raise ValidationError(
                    self.env._("The largest deposit cannot be below the smallest.")
                )

    def _get_limits(self, company, currency, day):
        """Return the limits in a currency.

        :param company: whose rates are taken
        :param currency: of the plan
        :param date day: of the rate
        :rtype: Limits
        """
        self.ensure_one()
        return Limits(
            days=self.max_days,
            first_days=self.first_days,
            smallest=company.currency_id._convert(
                self.min_instalment, currency, company, day
            ),
            deposit_min=self.deposit_min,
            deposit_max=self.deposit_max,
        )


class CollectionsPolicy(models.Model):
    _inherit = "collections.policy"

    plan_template_ids = fields.One2many(
        comodel_name="collections.plan.template",
        inverse_name="policy_id",
        string="Payment Plans",
        copy=True,
    )
    plan_broken_stage_id = fields.Many2one(
        comodel_name="collections.stage",
        string="After a Broken Plan Goes On With",
        domain="[('policy_id', '=', id), ('kind', '=', 'overdue')]",
        ondelete="set null",
        # Each ladder goes on with a step of its own, see below
        copy=False,
        help="None: where the customer stood. Nobody is put back to an earlier step.",
    )

    def copy(self, default=None):
        """Override: after a broken plan the copy goes on with the same step of its
        own ladder."""
        copies = super().copy(default)
        for policy, copied in zip(self, copies, strict=True):
            stage = policy.plan_broken_stage_id
            copied.plan_broken_stage_id = copied.stage_ids.filtered(
                lambda s, stage=stage: (s.kind, s.delay_days, s.name)
                == (stage.kind, stage.delay_days, stage.name)
            )[:1]
        return copies

    @api.constrains("plan_broken_stage_id", "stage_ids")
    def _check_plan_broken_stage(self):
        for policy in self:
            stage = policy.plan_broken_stage_id
            if stage and (stage.policy_id != policy or stage.kind != "overdue"):
                raise ValidationError(
                    self.env._(
                        "After a broken plan “%(policy)s” goes on with an overdue step "
                        "of its own.",
                        policy=policy.name,
                    )
                )
