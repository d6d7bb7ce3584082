from odoo import fields, models


class CollectionsSegment(models.Model):
    """An ordered rule over profiles that chooses a policy and a team."""

    _name = "collections.segment"
    _description = "Collections Segment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company", index=True)
    description = fields.Text(
        translate=True, help="Shown as the reason why a customer is in this segment."
    )
    domain = fields.Char(
        string="Rule",
        required=True,
        default="[]",
        help="Who belongs here, over the customer's collections profile; fields of "
        "the contact are reached through 'partner_id'.",
    )
    policy_id = fields.Many2one(
        comodel_name="collections.policy", required=True, index=True
    )
    team_id = fields.Many2one(comodel_name="collections.team", index="btree_not_null")
    color = fields.Integer()
    profile_count = fields.Integer(
        string="Customers", compute="_compute_counts"
    )
    matched_count = fields.Integer(
        string="Matching the Rule", compute="_compute_counts"
    )
    note = fields.Char(
        string="Worth Knowing",
        compute="_compute_counts",
        help="Overlaps with segments that come first, or a rule that cannot be read.",
    )
