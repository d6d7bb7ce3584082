from odoo import fields, models


class CollectionsPin(models.Model):
    """A person's choice that the run does not change, with who and why."""

    _name = "collections.pin"
    _description = "Pinned Choice"
    _inherit = ["collections.of.customer"]
    _order = "date desc, id desc"
    _rec_name = "kind"

    kind = fields.Selection(
        selection=[
            ("segment", "Segment"),
            ("collector", "Collector"),
            ("stage", "Stage"),
            ("contact", "Recipient"),
        ],
        required=True,
    )
    value = fields.Char(readonly=True)
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        default=lambda self: self.env.user,
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    active = fields.Boolean(default=True)

    _active_uniq = models.UniqueIndex("(profile_id, kind) WHERE active")
