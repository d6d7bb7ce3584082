from pytz import UTC

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import OPEN_STATES


class CollectionsTouchpointDecide(models.TransientModel):
    _name = "collections.touchpoint.decide"
    _description = "Postpone or Refuse Messages"

    decision = fields.Selection(
        selection=[("postpone", "Postpone"), ("refuse", "Do not send")],
        required=True,
        default="postpone",
    )
    touchpoint_ids = fields.Many2many(
        comodel_name="collections.touchpoint",
        string="Messages",
        default=lambda self: self._default_touchpoint_ids(),
    )
    touchpoint_count = fields.Integer(compute="_compute_touchpoint_count")
    until = fields.Datetime(
        string="Not Before",
        default=lambda self: self._default_until(),
        help="It goes out at the next permitted hour after that.",
    )
    note = fields.Char(string="Why")

    @api.model
    def _default_touchpoint_ids(self):
        """Take those of the chosen messages that can still be decided upon."""
        if self.env.context.get("active_model") != "collections.touchpoint":
            return self.env["collections.touchpoint"]
        return (
            self.env["collections.touchpoint"]
            .browse(self.env.context.get("active_ids", []))
            .filtered(lambda t: t.state in OPEN_STATES)
        )

    @api.model
    def _default_until(self):
        """Propose a morning of the user's, three days from now, in UTC."""
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        morning = now.replace(hour=8, minute=0, second=0, microsecond=0)
        later = fields.Datetime.add(morning.astimezone(UTC), days=3)
        return later.replace(tzinfo=None)

    @api.depends("touchpoint_ids")
    def _compute_touchpoint_count(self):
        for wizard in self:
            wizard.touchpoint_count = len(wizard.touchpoint_ids)

    def action_decide(self):
        """Postpone or refuse all of them."""
        self.ensure_one()
        if not self.touchpoint_ids:
            raise UserError(self.env._("None of these messages can still be changed."))
        if self.decision == "postpone":
            if not self.until:
                raise UserError(self.env._("Say until when the messages wait."))
            self.touchpoint_ids._postpone(self.until)
        else:
            if not self.note:
                raise UserError(self.env._("Say why; it is kept with the message."))
            self.touchpoint_ids._refuse(self.note)
        return {"type": "ir.actions.act_window_close"}
