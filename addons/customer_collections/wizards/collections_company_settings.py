from odoo import api, fields, models
from odoo.exceptions import AccessError


class CollectionsCompanySettings(models.TransientModel):
    """What the guided setup does not ask, for managers who may not open Odoo's
    settings. Its fields are named as those of the company."""

    _name = "collections.company.settings"
    _description = "More Settings"
    _inherit = ["collections.company.wizard"]

    collections_reply_days = fields.Integer(
        string="Days to Answer a Reply",
        help="A customer's reply pauses the reminders for so many days, unless it "
        "is answered before.",
    )
    collections_pending_days = fields.Integer(
        string="Days an Online Payment May Stay Pending",
        help="A payment that is still pending after so many days stops no reminder.",
    )
    collections_respect_blacklist = fields.Boolean(
        string="Honour Blacklists",
        help="Treat an address on the e-mail or phone blacklist as opted out.",
    )
    collections_cash_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Cash Application",
        domain=[("share", "=", False)],
        help="Looks for payments that customers say they made. Without one the "
        "customer's collector does.",
    )
    collections_money_cost = fields.Float(
        string="Cost of Money (% a Year)",
        help="What borrowing costs the company: an offer of a discount for paying "
        "early is compared with it.",
    )
    collections_aging_1 = fields.Integer(string="Ageing Limit 1")
    collections_aging_2 = fields.Integer(string="Ageing Limit 2")
    collections_aging_3 = fields.Integer(string="Ageing Limit 3")
    collections_aging_4 = fields.Integer(string="Ageing Limit 4")

    @api.model
    def _get_setting_names(self):
        """Return the names of the fields that are the company's.

        :rtype: list[str]
        """
        company = self.env["res.company"]._fields
        return [
            name
            for name in self._fields
            if name.startswith("collections_") and name in company
        ]

    @api.model
    def default_get(self, fields):
        """Override to begin with what the company has now."""
        company_sudo = self._get_default_company_sudo()
        [values] = company_sudo.read(self._get_setting_names(), load="")
        values = {name: value for name, value in values.items() if name in fields}
        values.pop("id", None)
        return {**values, **super().default_get(fields)}

    def action_save(self):
        """Write to the company what was set.

        :raise AccessError: for anybody but a collections manager
        :raise ValidationError: in words, for what cannot be
        """
        self.ensure_one()
        if not self.env.user.has_group("customer_collections.group_manager"):
            raise AccessError(
                self.env._("Only a collections manager may set up collections.")
            )
        [values] = self.read(self._get_setting_names(), load="")
        values.pop("id")
        self._get_company_sudo().write(values)
        return {"type": "ir.actions.act_window_close"}
