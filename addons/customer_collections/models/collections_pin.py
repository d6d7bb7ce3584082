from odoo import api, fields, models
from odoo.tools import SQL


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

    @api.model
    def _end_outdated(self, company):
        """Give back to the run what nobody can keep: a collector who has left, a
        segment that was deleted. Pinned to nobody stays.

        :param company: a root company
        """
        self.flush_model()
        self.env["collections.profile"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_pin pin
                   SET active = FALSE
                  FROM collections_profile p
                 WHERE p.id = pin.profile_id
                   AND p.company_id = %(company)s
                   AND pin.active
                   AND pin.value <> ''
                   AND CASE pin.kind
                       WHEN 'segment' THEN p.segment_id IS NULL
                       WHEN 'collector' THEN p.collector_id IS NULL
                            OR p.collector_id NOT IN (%(colleagues)s)
                       END
                """,
                company=company.id,
                colleagues=self.env["collections.team"]._get_colleagues_sql(company),
            )
        )
        self.invalidate_model(["active"])
