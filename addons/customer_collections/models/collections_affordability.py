from math import ceil

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CollectionsAffordability(models.Model):
    """What a customer can bear a month: income, essential costs, and our share of what
    is left."""

    _name = "collections.affordability"
    _description = "Affordability"
    _inherit = ["collections.of.customer"]
    _order = "date desc, id desc"
    _check_company_auto = True

    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    income = fields.Monetary(string="Income a Month", required=True)
    line_ids = fields.One2many(
        comodel_name="collections.affordability.line",
        inverse_name="affordability_id",
        string="Essential Costs a Month",
        copy=True,
    )
    amount_costs = fields.Monetary(
        string="Essential Costs", compute="_compute_instalment", store=True
    )
    surplus = fields.Monetary(
        string="What Is Left", compute="_compute_instalment", store=True
    )
    amount_owed = fields.Monetary(
        string="Owed to Us",
        compute="_compute_amount_owed",
        # As the user: whoever fills in a form may name any customer
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    amount_others = fields.Monetary(
        string="Owed to Others",
        help="Others wait as well: of what is left, our part is as large as our part "
        "of all they owe.",
    )
    share_percent = fields.Integer(
        string="Share of What Is Left (%)",
        compute="_compute_share_percent",
        store=True,
        readonly=False,
        precompute=True,
        help="The policy's word: the rest stays with them for what life brings.",
    )
    instalment = fields.Monetary(
        string="They Can Bear a Month", compute="_compute_instalment", store=True
    )
    months = fields.Integer(compute="_compute_instalment", store=True)

    @api.depends("profile_id")
    def _compute_amount_owed(self):
        for form in self:
            form.amount_owed = max(form.profile_id.amount_ledger, 0)

    @api.depends("profile_id")
    def _compute_share_percent(self):
        for form in self:
            form.share_percent = form.profile_id.policy_id.affordable_percent or 50

    @api.depends(
        "income", "line_ids.amount", "amount_owed", "amount_others", "share_percent"
    )
    def _compute_instalment(self):
        for form in self:
            form.amount_costs = sum(form.line_ids.mapped("amount"))
            form.surplus = form.income - form.amount_costs
            debts = form.amount_owed + form.amount_others
            ours = form.amount_owed / debts if debts else 0
            bearable = max(form.surplus, 0) * form.share_percent / 100 * ours
            # Downwards: never a cent more than they can bear.
            currency = form.currency_id or self.env.company.currency_id
            unit = currency.rounding
            form.instalment = currency.round(int(bearable / unit + 1e-6) * unit)
            form.months = (
                ceil(form.amount_owed / form.instalment) if form.instalment else 0
            )

    @api.depends("profile_id", "date")
    def _compute_display_name(self):
        for form in self:
            form.display_name = f"{form.profile_id.partner_id.name or ''} {form.date}"

    @api.constrains("income", "amount_owed", "amount_others", "share_percent")
    def _check_amounts(self):
        for form in self:
            if min(form.income, form.amount_owed, form.amount_others) < 0:
                raise ValidationError(self.env._("Amounts cannot be negative."))
            if not 1 <= form.share_percent <= 100:
                raise ValidationError(
                    self.env._("Our share of what is left is from 1 to 100 percent.")
                )

    def action_plan(self):
        """Open the wizard of payment plans with what they can bear.

        :raise UserError: if nothing is left to pay with, or no plans are known here
        """
        self.ensure_one()
        if not self.instalment:
            raise UserError(
                self.env._(
                    "Nothing is left to pay with. Leave them in peace for a while, and "
                    "tell them where advice is free."
                )
            )
        xmlid = "customer_collections.collections_plan_wizard_action"
        if not self.env.ref(xmlid, raise_if_not_found=False):
            raise UserError(self.env._("There are no payment plans here yet."))
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["context"] = {
            "default_profile_id": self.profile_id.id,
            "default_rhythm": "month",
            "default_instalment_count": self._count_instalments(),
        }
        return action

    def _count_instalments(self):
        """Return over how many months the plan goes that the wizard proposes. It covers
        what is free, which need not be what they owe in all.

        :rtype: int
        """
        plan = self.env["collections.plan.wizard"].new(
            {"profile_id": self.profile_id.id, "rhythm": "month"}
        )
        covered = plan.currency_id._convert(
            plan.amount - plan.deposit_amount,
            self.currency_id,
            self.company_id,
            fields.Date.context_today(self),
        )
        return max(1, ceil(round(covered / self.instalment, 6)))


class CollectionsAffordabilityLine(models.Model):
    _name = "collections.affordability.line"
    _description = "Essential Cost"
    _order = "sequence, id"

    affordability_id = fields.Many2one(
        comodel_name="collections.affordability",
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="For", required=True)
    currency_id = fields.Many2one(related="affordability_id.currency_id")
    amount = fields.Monetary()

    @api.constrains("amount")
    def _check_amount(self):
        if any(line.amount < 0 for line in self):
            raise ValidationError(self.env._("A cost cannot be negative."))
