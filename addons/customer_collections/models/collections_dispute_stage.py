from odoo import api, fields, models
from odoo.exceptions import UserError

STAGE_KINDS = [
    ("new", "New"),
    ("review", "In review"),
    ("waiting", "Waiting for the customer"),
    ("solved", "Solved"),
]


class CollectionsDisputeStage(models.Model):
    _name = "collections.dispute.stage"
    _description = "Dispute Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    fold = fields.Boolean(string="Folded in the Board")
    kind = fields.Selection(
        selection=STAGE_KINDS,
        required=True,
        default="review",
        help="What the stage means, whatever it is called. A word of the customer "
        "brings what waits for them back to review.",
    )
    stops_clock = fields.Boolean(
        string="The Clock Stands Still",
        compute="_compute_stops_clock",
        store=True,
        readonly=False,
        precompute=True,
        help="Working days in this stage are not counted: the day by which a dispute "
        "is to be solved moves on by them.",
    )

    @api.depends("kind")
    def _compute_stops_clock(self):
        for stage in self:
            stage.stops_clock = stage.kind == "waiting"

    @api.model
    def _get_first(self, kind):
        """Return the first stage of a kind.

        :param str kind: ``new``, ``review``, ``waiting`` or ``solved``
        """
        return self.search([("kind", "=", kind)], limit=1)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last(self):
        self._check_kinds(self)

    def write(self, vals):
        result = super().write(vals)
        if "kind" in vals:
            self._check_kinds(self.browse())
        return result

    @api.model
    def _check_kinds(self, without):
        """Check that there is a stage of each kind left.

        :param without: stages that are about to go
        """
        kinds = set((self.search([("kind", "!=", False)]) - without).mapped("kind"))
        for kind, label in self._fields["kind"]._description_selection(self.env):
            if kind not in kinds:
                raise UserError(
                    self.env._(
                        "Keep a stage that means “%(kind)s”: disputes pass through it.",
                        kind=label,
                    )
                )
