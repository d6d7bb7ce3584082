from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..const import OPEN_STATES


class CollectionsTouchpoint(models.Model):
    """The message as the customer will read it, and why it may not go out."""

    _inherit = "collections.touchpoint"

    company_mode = fields.Selection(related="company_id.collections_mode")
    preview_subject = fields.Char(compute="_compute_preview")
    preview_body = fields.Html(compute="_compute_preview", sanitize=False)
    preview_error = fields.Char(compute="_compute_preview")
    why_not = fields.Char(
        compute="_compute_why_not",
        help="Why it was not sent, or not yet.",
    )
    about_html = fields.Html(
        # A label of its own: two fields of one label make Odoo warn.
        string="What It Is About",
        compute="_compute_about_html",
        compute_sudo=True,
        sanitize=False,
    )

    @api.depends("stage_id", "channel", "profile_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for touchpoint in self:
            what = touchpoint.stage_id.name or channels.get(touchpoint.channel, "")
            customer = touchpoint.profile_id.partner_id.display_name
            touchpoint.display_name = f"{what}: {customer}"

    @api.depends("state", "subject", "body", "edited", "channel", "stage_id", "lang")
    def _compute_preview(self):
        """What was said stays as it was; what is still to be said is rendered."""
        for touchpoint in self:
            subject, body, error = touchpoint.subject, touchpoint.body, False
            if touchpoint._is_rendered_later():
                try:
                    subject, body = touchpoint._render_preview()
                except UserError as exc:
                    error = str(exc)
            touchpoint.preview_subject = subject
            touchpoint.preview_body = body
            touchpoint.preview_error = error

    @api.depends("refusal", "refusal_note")
    @api.depends_context("lang")
    def _compute_why_not(self):
        """The words kept for this message, or else what the refusal means."""
        reasons = dict(self._fields["refusal"]._description_selection(self.env))
        for touchpoint in self:
            touchpoint.why_not = touchpoint.refusal_note or reasons.get(
                touchpoint.refusal
            )

    @api.depends("about_ids")
    @api.depends_context("lang")
    def _compute_about_html(self):
        """What is still to be said has no lines of its own to show."""
        nowhere = self.env["payment.provider"]
        for touchpoint in self:
            touchpoint.about_html = not touchpoint.line_ids and (
                touchpoint._render_text_view(
                    "touchpoint_items", tables=touchpoint._get_items(nowhere)
                )
            )

    def _is_rendered_later(self):
        """Return whether the text is still made from the template when it is sent.

        :rtype: bool
        """
        self.ensure_one()
        return self.state in OPEN_STATES and self.direction == "out" and not self.edited

    def _render_preview(self):
        """Return the subject and the body as they would be sent this minute.

        An override for another channel returns the same pair.

        :return: subject, body in HTML
        :rtype: tuple[str, Markup]
        :raise UserError: in plain words, when the template cannot be rendered
        """
        self.ensure_one()
        if self.channel == "sms":
            return False, plaintext2html(self._render_sms())
        if self.channel == "call":
            return False, self._render_call_script()
        message = self._render_message()
        return message["subject"], message["body"]

    def action_open(self):
        """Open the message in a screen of its own."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
