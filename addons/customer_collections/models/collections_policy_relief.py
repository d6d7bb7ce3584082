from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CollectionsPolicy(models.Model):
    """How far a policy goes to meet a customer: instalments and offers."""

    _inherit = "collections.policy"

    affordable_percent = fields.Integer(
        string="Share of What Is Left (%)",
        default=50,
        help="Of what a customer in hardship has left after essential costs, so much "
        "may go into instalments for all creditors.",
    )

    @api.constrains("affordable_percent")
    def _check_affordable_percent(self):
        if any(not 1 <= policy.affordable_percent <= 100 for policy in self):
            raise ValidationError(
                self.env._("The share of what is left is from 1 to 100 percent.")
            )

    offer_approval_amount = fields.Float(
        string="A Manager Approves Offers Above",
        digits=0,
        help="What is given up, in the company's currency. 0: every offer.",
    )

    @api.constrains("offer_approval_amount")
    def _check_offer_approval_amount(self):
        if any(policy.offer_approval_amount < 0 for policy in self):
            raise ValidationError(self.env._("Amounts cannot be negative."))
