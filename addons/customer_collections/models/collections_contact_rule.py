from odoo import fields, models


class CollectionsContactRule(models.Model):
    """Law and courtesy as data. All rules that apply hold: the strictest wins."""

    _name = "collections.contact.rule"
    _description = "Contact Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company", index=True)
    country_ids = fields.Many2many(
        comodel_name="res.country",
        string="Countries",
        help="Of the customer. Empty: every country.",
    )
    applies_to = fields.Selection(
        selection=[
            ("all", "Everybody"),
            ("consumer", "Consumers"),
            ("business", "Companies"),
        ],
        required=True,
        default="all",
    )
    hour_from = fields.Float(
        string="From",
        required=True,
        default=8.0,
        help="In the customer's time zone.",
    )
    hour_to = fields.Float(string="To", required=True, default=18.0)
    monday = fields.Boolean(default=True)
    tuesday = fields.Boolean(default=True)
    wednesday = fields.Boolean(default=True)
    thursday = fields.Boolean(default=True)
    friday = fields.Boolean(default=True)
    saturday = fields.Boolean()
    sunday = fields.Boolean()
    holidays = fields.Boolean(
        string="Rest on Holidays",
        default=True,
        help="Nothing goes out on the holidays of the company's calendar.",
    )
    silence_days = fields.Integer(
        string="Quiet Days After a Conversation",
        help="No message in so many days after somebody spoke with the customer, "
        "the day of the conversation being the first.",
    )
    cap_ids = fields.One2many(
        comodel_name="collections.contact.rule.cap",
        inverse_name="rule_id",
        string="Contact Budget",
    )
    source = fields.Char(
        help="Where the figures come from: a statute, a guideline, your own word."
    )


class CollectionsContactRuleCap(models.Model):
    _name = "collections.contact.rule.cap"
    _description = "Contact Budget"
    _order = "days, id"
    _rec_name = "rule_id"

    rule_id = fields.Many2one(
        comodel_name="collections.contact.rule",
        required=True,
        index=True,
        ondelete="cascade",
    )
    max_count = fields.Integer(
        string="At Most",
        required=True,
        default=1,
        help="Contacts over all channels together.",
    )
    days = fields.Integer(
        string="Within (Days)",
        required=True,
        default=7,
        help="Consecutive days, the day of the contact included.",
    )
    channel = fields.Selection(
        selection=[("call", "Calls only")],
        help="Empty: all channels together.",
    )
    scope = fields.Selection(
        selection=[("customer", "Per customer"), ("person", "Per person")],
        required=True,
        default="customer",
    )
