from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty, plaintext2html


class CollectionsTouchpointEdit(models.TransientModel):
    _name = "collections.touchpoint.edit"
    _description = "Edit a Message Before It Is Sent"

    touchpoint_id = fields.Many2one(
        comodel_name="collections.touchpoint", string="Message", required=True
    )
    channel = fields.Selection(related="touchpoint_id.channel")
    subject = fields.Char()
    body = fields.Html(sanitize_style=True)
    sms_body = fields.Text(string="Text")
    text_error = fields.Char(string="Why the Text Is Empty", readonly=True)

    @api.model
    def default_get(self, fields):
        """Load the text as it stands now.

        A template that cannot be rendered leaves the text empty: writing it by hand
        is the way out.
        """
        values = super().default_get(fields)
        touchpoint = self.env["collections.touchpoint"].browse(
            values.get("touchpoint_id")
        )
        if touchpoint:
            values.update(self._prepare_texts(touchpoint))
        return values

    @api.model
    def _prepare_texts(self, touchpoint):
        try:
            if touchpoint.channel == "sms":
                return {"sms_body": touchpoint._render_sms()}
            message = touchpoint._render_message()
            return {"subject": message["subject"], "body": message["body"]}
        except UserError as error:
            return {
                "subject": touchpoint.subject,
                "body": touchpoint.body,
                "text_error": str(error),
            }

    def action_save(self):
        """Keep the text; it is sent as it stands."""
        self.ensure_one()
        body = (
            plaintext2html(self.sms_body or "") if self.channel == "sms" else self.body
        )
        if is_html_empty(body):
            raise UserError(
                self.env._("The text is empty. To send nothing, use “Do Not Send”.")
            )
        self.touchpoint_id._edit(self.subject, body)
        return {"type": "ir.actions.act_window_close"}
