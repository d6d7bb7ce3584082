from odoo import fields, models


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
