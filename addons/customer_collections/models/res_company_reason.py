from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    collections_cash_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Cash Application",
        domain=[("share", "=", False)],
        help="Looks for payments that customers say they made. Without one the "
        "customer's collector does.",
        groups="base.group_user",
    )

    collections_money_cost = fields.Float(
        string="Cost of Money (% a Year)",
        default=5.0,
        help="What borrowing costs the company: an offer of a discount for paying "
        "early is compared with it.",
        groups="base.group_user",
    )

    @api.constrains("collections_money_cost")
    def _check_collections_money_cost(self):
        if any(company.collections_money_cost < 0 for company in self):
            raise ValidationError(self.env._("The cost of money cannot be negative."))
