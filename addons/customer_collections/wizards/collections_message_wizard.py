from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty, plaintext2html


class CollectionsMessageWizard(models.TransientModel):
    _name = "collections.message.wizard"
    _description = "Write to a Customer"
    _inherit = ["collections.customer.wizard"]

    policy_id = fields.Many2one(related="profile_id.policy_id")
    company_mode = fields.Selection(related="profile_id.company_id.collections_mode")
    channel = fields.Selection(
        selection=[("email", "E-mail"), ("sms", "SMS"), ("letter", "Letter")],
        required=True,
        default="email",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Recipient", required=True
    )
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(compute="_compute_phone")
    stage_id = fields.Many2one(
        comodel_name="collections.stage", string="Start From the Text Of"
    )
    subject = fields.Char()
    body = fields.Html(sanitize_style=True)
    sms_body = fields.Text(string="Text")
    text_error = fields.Char(string="Why the Text Is Empty", readonly=True)

    @api.depends("partner_id")
    def _compute_phone(self):
        for wizard in self:
            wizard.phone = wizard.partner_id._get_phone_partner().phone

    @api.model
    def default_get(self, fields):
        """Start with whom and what the customer's situation suggests."""
        values = super().default_get(fields)
        profile = self.env["collections.profile"].browse(values.get("profile_id"))
        if profile:
            stage = profile._get_suited_stage(profile.next_stage_id or profile.stage_id)
            values.setdefault("stage_id", stage.id)
            values.setdefault("partner_id", profile._get_recipient().id)
            if profile.preferred_channel in ("email", "sms", "letter"):
                values["channel"] = profile.preferred_channel
            values.update(self._prepare_texts(profile, stage))
        return values

    @api.model
    def _prepare_texts(self, profile, stage):
        """Return the stage's texts as they would read to this customer today.

        They are made from a message that is never kept, so that what is filled in
        is the same as in a planned one.

        :param profile: a `collections.profile`
        :param stage: a `collections.stage`, may be empty
        :return: values of ``subject``, ``body`` and ``sms_body``; a text that
            cannot be made is left empty, and ``text_error`` says why
        :rtype: dict
        """
        values = dict.fromkeys(("subject", "body", "sms_body", "text_error"), False)
        if not stage:
            return values
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            # In sudo: people keep no touchpoints, and this one is not kept.
            draft = (
                self.env["collections.touchpoint"]
                .sudo()
                .create(self._prepare_draft_values(profile, stage))
            )
            draft.profile_id._refresh()
            draft._insert_current_lines()
            try:
                values.update(draft._render_message())
            except UserError as error:
                values.update(subject=stage.name, text_error=str(error))
            try:
                values["sms_body"] = draft._render_sms()
            except UserError as error:
                values["text_error"] = values["text_error"] or str(error)
        finally:
            savepoint.rollback()
            savepoint.close()
            self.env.invalidate_all(flush=False)
        return values

    @api.model
    def _prepare_draft_values(self, profile, stage):
        partner = profile._get_recipient()
        return {
            "profile_id": profile.id,
            "company_id": profile.company_id.id,
            "partner_id": partner.id,
            "stage_id": stage.id,
            "kind": stage.kind,
            "tone": stage.tone,
            "channel": "email",
            "lang": partner.lang,
            "user_id": self.env.uid,
        }

    def action_load_text(self):
        """Put the text of the chosen step in place of what is written."""
        self.ensure_one()
        self.write(self._prepare_texts(self.profile_id, self.stage_id))
        return self._reopen(self.env._("Write"))

    def action_send(self):
        """Say it, through the gate like everything else.

        :raise UserError: in words, when it may not go out
        """
        self.ensure_one()
        body = (
            plaintext2html(self.sms_body or "") if self.channel == "sms" else self.body
        )
        if is_html_empty(body):
            raise UserError(self.env._("Write a text first."))
        if self.channel != "sms" and not self.subject:
            raise UserError(self.env._("Give the message a subject."))
        self.profile_id._say(
            self.channel,
            self.subject,
            body,
            partner=self.partner_id,
            tone=self.stage_id.tone,
        )
        return {"type": "ir.actions.act_window_close"}
