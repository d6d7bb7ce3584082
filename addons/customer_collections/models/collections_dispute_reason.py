from odoo import fields, models


class CollectionsDisputeReason(models.Model):
    """What the customer says is wrong: how fast we answer, and who."""

    _name = "collections.dispute.reason"
    _description = "Dispute Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    sla_days = fields.Integer(
        string="Days to Solve",
        required=True,
        default=5,
        help="Working days in which such a dispute is to be solved; after them it is "
        "brought to the team leader.",
    )
    processor_id = fields.Many2one(
        comodel_name="res.users",
        string="Worked On By",
        domain=lambda self: self.env["collections.dispute"]._get_processor_domain(),
        help="Who looks into such a dispute, in sales, operations or finance. Nobody: "
        "whoever looks after the customer.",
    )
    cause_id = fields.Many2one(
        comodel_name="collections.dispute.cause",
        string="Usual Root Cause",
        help="Filled in when such a dispute is opened; whoever solves it knows better.",
    )

    _sla_positive = models.Constraint(
        "CHECK(sla_days > 0)", "Give yourselves at least one day to solve a dispute."
    )
