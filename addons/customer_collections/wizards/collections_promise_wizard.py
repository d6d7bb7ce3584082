from odoo import api, fields, models
from odoo.tools import format_amount

from ..const import SOURCES

# A week is what people usually mean by "soon".
USUAL_DAYS = 7


class CollectionsPromiseWizard(models.TransientModel):
    _name = "collections.promise.wizard"
    _description = "Log a Promise"
    _inherit = ["collections.agreement.wizard"]

    _agreement = "collections.promise"

    line_ids = fields.Many2many(help="None: the oldest, and whatever is paid counts.")
    date_due = fields.Date(
        string="Promised For",
        required=True,
        default=lambda self: fields.Date.add(
            fields.Date.context_today(self), days=USUAL_DAYS
        ),
    )
    source = fields.Selection(
        selection=SOURCES, string="Said By", required=True, default="customer"
    )
    hint = fields.Char(compute="_compute_hint")

    @api.depends("amount", "line_ids", "currency_id", "profile_id")
    def _compute_hint(self):
        for wizard in self:
            free = sum(wizard._get_free().values())
            wizard.hint = self.env._(
                "%(amount)s can be promised: open and not agreed upon otherwise.",
                amount=format_amount(self.env, free, wizard.currency_id),
            )

    def _get_free(self):
        """Override: of everything, what is overdue comes first."""
        free = super()._get_free()
        if self.line_ids:
            return free
        today = fields.Date.context_today(self)
        late = {
            line: amount
            for line, amount in free.items()
            if (line.date_maturity or line.date) < today
        }
        return late or free

    def action_log(self):
        """Take down the promise."""
        self.ensure_one()
        promise = self.env["collections.promise"]._give(
            self.profile_id,
            self.amount,
            self.date_due,
            self.line_ids,
            currency_id=self.currency_id.id,
            source=self.source,
            note=self.note,
            user_id=(self.profile_id.collector_id or self.env.user).id,
        )
        if promise.state != "to_agree":
            return {"type": "ir.actions.act_window_close"}
        return self._close_telling(
            self.env._(
                "A promise of this size waits for a manager; until then its amount "
                "is not chased."
            )
        )
