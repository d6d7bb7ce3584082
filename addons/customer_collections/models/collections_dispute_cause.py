from odoo import fields, models


class CollectionsDisputeCause(models.Model):
    """What really went wrong: what disputes cost is told by it."""

    _name = "collections.dispute.cause"
    _description = "Root Cause of Disputes"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
