from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    collections_mode = fields.Selection(
        selection=[
            ("off", "Off"),
            ("preview", "Preview: nothing is sent"),
            ("live", "Live"),
        ],
        required=True,
        default="preview",
        help="Preview shows what would be said; only Live sends it.",
    )
    collections_live_since = fields.Datetime(readonly=True)
    collections_catch_up = fields.Selection(
        selection=[
            ("gentle", "Start every old debt at the gentle end"),
            ("age", "Start at the step its age calls for"),
            ("person", "Leave debts older than the limit to a person"),
        ],
        required=True,
        default="gentle",
    )
    collections_catch_up_days = fields.Integer(
        string="Old Debt Limit (Days)",
        default=180,
    )
    collections_business = fields.Selection(
        selection=[("b2b", "Companies"), ("b2c", "Consumers"), ("both", "Both")],
        required=True,
        default="b2b",
        help="Who your customers mostly are. A customer that is no company "
        "always counts as a consumer.",
    )
    collections_policy_id = fields.Many2one(
        comodel_name="collections.policy",
        string="Default Policy",
        check_company=True,
        help="Used for customers whom no segment claims.",
    )
    collections_sender_id = fields.Many2one(
        comodel_name="res.users",
        string="Default Sender",
        help="Signs what is said to customers who have no collector yet.",
    )
    collections_calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Holidays",
        help="On the public holidays (time off of everybody) of this calendar "
        "no message goes out.",
    )
    collections_hold_unsent = fields.Boolean(
        string="Hold Invoices Never Sent",
        help="Do not chase an invoice that Odoo never sent. Leave this off if you "
        "send your invoices by other means.",
    )
    collections_respect_blacklist = fields.Boolean(
        string="Honour Blacklists",
        default=True,
        help="Treat an address on the e-mail or phone blacklist as opted out.",
    )
    collections_reply_days = fields.Integer(
        string="Days to Answer a Reply",
        default=5,
        help="A customer's reply pauses the reminders for so many days, unless it "
        "is answered before.",
    )
    collections_aging_1 = fields.Integer(string="Ageing Limit 1", default=30)
    collections_aging_2 = fields.Integer(string="Ageing Limit 2", default=60)
    collections_aging_3 = fields.Integer(string="Ageing Limit 3", default=90)
    collections_aging_4 = fields.Integer(string="Ageing Limit 4", default=120)

    @api.constrains(
        "collections_aging_1",
        "collections_aging_2",
        "collections_aging_3",
        "collections_aging_4",
    )
    def _check_collections_aging(self):
        for company in self:
            limits = company._get_collections_aging_limits()
            if limits[0] < 1 or limits != sorted(set(limits)):
                raise ValidationError(
                    self.env._(
                        "The ageing limits must grow: %(limits)s do not.",
                        limits=", ".join(map(str, limits)),
                    )
                )

    @api.constrains("collections_reply_days", "collections_catch_up_days")
    def _check_collections_days(self):
        for company in self:
            if company.collections_reply_days < 1:
                raise ValidationError(
                    self.env._("Give yourselves at least one day to answer a reply.")
                )
            if company.collections_catch_up_days < 1:
                raise ValidationError(
                    self.env._("The limit of an old debt is at least one day.")
                )

    def _get_collections_aging_limits(self):
        """Return the upper limits, in days past due, of the first four buckets.

        :rtype: list[int]
        """
        self.ensure_one()
        return [
            self.collections_aging_1,
            self.collections_aging_2,
            self.collections_aging_3,
            self.collections_aging_4,
        ]
