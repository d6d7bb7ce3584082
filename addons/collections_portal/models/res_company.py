from odoo import api, fields, models
from odoo.exceptions import ValidationError

INTERNAL = "base.group_user"


class ResCompany(models.Model):
    _inherit = "res.company"

    collections_portal_entity = fields.Boolean(
        string="Customers See the Whole Account",
        default=True,
        help="Everybody at a customer sees all that the customer owes. Otherwise each "
        "contact sees their own documents, and the whole only in the role of accounts "
        "payable.",
        groups=INTERNAL,
    )
    collections_portal_link_days = fields.Integer(
        string="Days a Link Works",
        default=30,
        required=True,
        help="The link in a message opens the account without a password for so many "
        "days. Afterwards the customer can ask for a fresh one.",
        groups=INTERNAL,
    )

    @api.constrains("collections_portal_link_days")
    def _check_collections_portal_link_days(self):
        for company in self:
            if not 1 <= company.collections_portal_link_days <= 366:
                raise ValidationError(
                    self.env._("A link works between 1 and 366 days.")
                )
