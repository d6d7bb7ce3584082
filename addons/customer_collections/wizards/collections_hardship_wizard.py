from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.collections_profile_reason import GENTLE_REASONS


class CollectionsHardshipWizard(models.TransientModel):
    _name = "collections.hardship.wizard"
    _description = "We Cannot Pay Now"
    _inherit = ["collections.customer.wizard"]

    move_ids = fields.Many2many(comodel_name="account.move")
    available_rule_ids = fields.Many2many(
        comodel_name="collections.hold.rule", compute="_compute_available_rule_ids"
    )
    rule_id = fields.Many2one(
        comodel_name="collections.hold.rule", string="What They Need", required=True
    )
    from_treatment = fields.Boolean(related="rule_id.from_treatment")
    individuals_only = fields.Boolean(related="rule_id.individuals_only")
    is_company = fields.Boolean(related="profile_id.partner_id.is_company")
    rule_source = fields.Text(related="rule_id.source", string="Where It Comes From")
    date_start = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company._collections_today(),
    )
    treatment_end = fields.Date(
        string="Treatment Ended On", help="Empty while nobody knows."
    )
    sole_trader = fields.Boolean(string="They Are a Sole Trader")
    why = fields.Char(
        string="Why Again", help="For a manager, where it was granted lately."
    )
    what_follows = fields.Char(compute="_compute_what_follows")
    care_kind = fields.Selection(
        selection=lambda self: self.env["collections.care"]._fields["kind"].selection,
        string="About",
        groups="customer_collections.group_care,customer_collections.group_manager",
    )
    care_needs = fields.Char(
        string="What Helps",
        groups="customer_collections.group_care,customer_collections.group_manager",
    )
    care_consent = fields.Boolean(
        string="They Agree That We Write This Down",
        groups="customer_collections.group_care,customer_collections.group_manager",
    )

    @api.depends("profile_id")
    def _compute_available_rule_ids(self):
        rules = self.env["collections.hold.rule"].search([("active", "=", True)])
        for wizard in self:
            wizard.available_rule_ids = rules._get_applicable(wizard.profile_id)

    @api.depends("rule_id", "date_start", "treatment_end")
    def _compute_what_follows(self):
        for wizard in self:
            wizard.what_follows = wizard._say_what_follows()

    def _say_what_follows(self):
        self.ensure_one()
        rule = self.rule_id
        if not rule or not self.date_start:
            return False
        end = rule._get_end(self.date_start, self.treatment_end)
        until = format_date(self.env, end) if end else False
        if rule.effect == "silence" and end:
            return self.env._(
                "Nothing goes out until %(date)s, not even by hand. Interest and fees "
                "stand still.",
                date=until,
            )
        if rule.effect == "silence":
            return self.env._(
                "Nothing goes out, not even by hand, until somebody knows the end. "
                "Interest and fees stand still."
            )
        return self.env._(
            "Reminders rest until %(date)s; you may still talk. Interest and fees "
            "stand still.",
            date=until or self.env._("somebody knows the end"),
        )

    def action_apply(self):
        """Leave them in peace, as the rule says."""
        self.ensure_one()
        hold = self.rule_id._apply(
            self.profile_id,
            self.date_start,
            treatment_end=self.treatment_end,
            sole_trader=self.sole_trader,
            why=self.why,
        )
        self._give_way(hold)
        self._keep_care()
        return {"type": "ir.actions.act_window_close"}

    def _give_way(self, hold):
        """What the reason held before is held by the rule now."""
        # By this door alone, as it was given.
        entries = self.profile_id.sudo().reason_entry_ids.filtered(
            lambda e: not e.ended_on and e.hold_id.reason in GENTLE_REASONS
        )
        # One rule does not end what another promised.
        replaced = entries.hold_id.filtered(lambda h: not h.rule_id)
        replaced._end(self.env._("Replaced by another hold"))
        entries.hold_id = hold

    def _keep_care(self):
        """Keep what they told us, if they agreed and there is something to keep."""
        care = self.env["collections.care"]
        if not care.has_access("create") or not self.care_kind:
            return
        if not self.care_consent:
            raise UserError(
                self.env._("Write down what they told you only if they agree to it.")
            )
        care.create(
            {
                "profile_id": self.profile_id.id,
                "kind": self.care_kind,
                "needs": self.care_needs,
                "date_consent": fields.Date.context_today(self),
            }
        )
