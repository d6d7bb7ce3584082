from odoo import fields, models


class CollectionsPolicy(models.Model):
    """A ladder of stages and what holds for all of them."""

    _name = "collections.policy"
    _description = "Collections Policy"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company", index=True)
    description = fields.Text(translate=True)
    stage_ids = fields.One2many(
        comodel_name="collections.stage",
        inverse_name="policy_id",
        string="Stages",
        copy=True,
    )
    segment_ids = fields.One2many(
        comodel_name="collections.segment",
        inverse_name="policy_id",
        string="Segments",
    )
    minimum_amount = fields.Float(
        digits=0,
        help="Overdue below this, in the company's currency, is not chased and "
        "counts as settled.",
    )
    coming_days = fields.Integer(
        string="Mention What Is Due Within (Days)",
        default=14,
        help="A reminder also lists what falls due in so many days.",
    )
