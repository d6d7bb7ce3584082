from odoo import api, fields, models
from odoo.tools import plaintext2html


class CollectionsMessageWizard(models.TransientModel):
    """A message to the customer about a dispute: the same door, and kept with it."""

    _inherit = "collections.message.wizard"

    dispute_id = fields.Many2one(
        comodel_name="collections.dispute", readonly=True, ondelete="cascade"
    )

    @api.model
    def default_get(self, fields):
        """Start with what the dispute is about instead of a reminder's text."""
        values = super().default_get(fields)
        dispute = self.env["collections.dispute"].browse(values.get("dispute_id"))
        if dispute:
            partner = self.env["res.partner"].browse(values.get("partner_id"))
            values.update(self._prepare_dispute_texts(dispute, partner), stage_id=False)
        return values

    @api.model
    def _prepare_dispute_texts(self, dispute, partner):
        """Return subject and body to begin a message about a dispute with, in the
        language of its reader."""
        env = self.with_context(lang=partner.lang or self.env.lang).env
        words = env._(
            "Dear %(name)s,\n\nyou told us about %(invoices)s: %(reason)s. Until we "
            "have solved this we do not ask for this part of it.\n\n",
            name=partner.name or dispute.partner_id.name,
            invoices=dispute.name,
            reason=dispute.with_env(env).reason_id.name,
        )
        return {
            "subject": env._("Your question about %(invoices)s", invoices=dispute.name),
            "body": plaintext2html(words),
            "sms_body": False,
        }

    def action_send(self):
        """Override: keep what was said with the dispute."""
        if not self.dispute_id:
            return super().action_send()
        before = self.profile_id.touchpoint_ids
        result = super().action_send()
        for touchpoint in self.profile_id.touchpoint_ids - before:
            self.dispute_id._keep_touchpoint(touchpoint)
        return result
