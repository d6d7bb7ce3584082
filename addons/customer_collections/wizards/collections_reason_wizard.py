from odoo import fields, models

from ..const import SOURCES


class CollectionsReasonWizard(models.TransientModel):
    _name = "collections.reason.wizard"
    _description = "Why Is It Late?"
    _inherit = ["collections.items.wizard"]

    line_ids = fields.Many2many(help="None: the customer as a whole.")
    reason_id = fields.Many2one(
        comodel_name="collections.reason",
        string="They Say",
        required=True,
        domain=[("child_ids", "=", False)],
    )
    track_summary = fields.Text(related="reason_id.track_summary")
    next_action = fields.Selection(related="reason_id.next_action")
    source = fields.Selection(
        selection=[source for source in SOURCES if source[0] != "inferred"],
        string="Said By",
        required=True,
        default="customer",
    )
    note = fields.Text()

    def action_give(self):
        """Take down the reason, follow its track, and open what to agree upon next."""
        self.ensure_one()
        entry = self.profile_id._give_reason(
            self.reason_id, items=self.line_ids, source=self.source, note=self.note
        )
        return self.reason_id._get_next_action(
            self.profile_id,
            entry.line_ids.move_id if not entry.whole else self.move_ids,
        ) or {"type": "ir.actions.act_window_close"}
