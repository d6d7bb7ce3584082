import logging
from contextlib import contextmanager

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.pdf_time_limit import pdf_time_limit
from .collections_profile_door import Pass
from .collections_touchpoint_template import BrokenTextError

_logger = logging.getLogger(__name__)


class CollectionsTouchpoint(models.Model):
    """By e-mail, SMS, letter or call; what became of it at once."""

    _inherit = "collections.touchpoint"

    def _send_by_email(self):
        messages = self._render_messages()
        senders = self._prepare_senders()
        for touchpoint in self:
            message = messages[touchpoint.id]
            if message.get("error"):
                touchpoint._fail(message["error"], refusal="template")
                continue
            with touchpoint._failing_softly():
                touchpoint._post_email(
                    message["subject"], message["body"], senders[touchpoint.id]
                )
        self._keep_bodies()

    def _keep_bodies(self):
        """Keep what was said as Odoo's messages have it: made safe already, and for
        all of them in one statement."""
        sent = self.filtered(lambda t: t.state == "sent")
        sent.flush_recordset(["mail_message_id"])
        sent.mail_message_id.flush_recordset(["body"])
        self.env.cr.execute(
            SQL(
                """UPDATE collections_touchpoint t SET body = m.body
                     FROM mail_message m
                    WHERE m.id = t.mail_message_id AND t.id IN %s""",
                sent._ids or (0,),
            )
        )
        sent.invalidate_recordset(["body"])
        sent.modified(["body"])

    def _prepare_senders(self):
        """Return from whom each e-mail is and where its reply goes, asked of Odoo for
        all of them at once.

        :return: for each id the values that ``message_post`` would look up
        :rtype: dict[int, dict]
        """
        senders = {}
        for (author, company), touchpoints in self.grouped(
            lambda t: (t._get_signer().partner_id, t.company_id)
        ).items():
            email_from = author.email_formatted or company.email_formatted
            profiles = touchpoints.profile_id.sudo()
            replies = profiles._notify_get_reply_to(
                default=email_from, author_id=author.id
            )
            domains = profiles._mail_get_alias_domains(default_company=company)
            for touchpoint in touchpoints:
                profile_id = touchpoint.profile_id.id
                senders[touchpoint.id] = {
                    "author_id": author.id,
                    "email_from": email_from,
                    "reply_to": replies[profile_id],
                    "record_alias_domain_id": domains[profile_id].id,
                }
        return senders

    def _post_email(self, subject, body, sender):
        """Post on the profile's thread, signed by the known person: delivery is
        tracked for the recipient and the reply comes back to the thread.

        :param dict sender: see ``_prepare_senders``
        """
        self.ensure_one()
        # Whoever runs the loop speaks for the collector.
        profile = self.profile_id.sudo().with_context(
            lang=self.lang, collections_pass=Pass(self.id)
        )
        message = profile.message_post(
            body=body,
            subject=subject,
            partner_ids=(self.partner_id | self._get_copied_partners()).ids,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            attachments=self._get_message_attachments(),
            email_layout_xmlid="mail.mail_notification_light",
            email_add_signature=False,
            force_email_lang=self.lang,
            force_send=False,
            mail_auto_delete=False,
            mail_headers=self._get_mail_headers(),
            notify_skip_followers=True,
            **sender,
        )
        self._mark_sent(
            address=self.partner_id.email_normalized,
            subject=subject,
            message=message,
        )

    def _get_copied_partners(self):
        """Return colleagues who get the same e-mail. Override to add some.

        :rtype: res.partner
        """
        self.ensure_one()
        return self.env["res.partner"]

    def _send_by_sms(self):
        for touchpoint in self:
            with touchpoint._failing_softly():
                body = touchpoint._render_sms()
                message = (
                    touchpoint.profile_id.sudo()
                    .with_context(collections_pass=Pass(touchpoint.id))
                    ._message_sms(
                        body,
                        partner_ids=touchpoint.partner_id.ids,
                        put_in_queue=True,
                    )
                )
                touchpoint._mark_sent(
                    address=touchpoint.partner_id.phone_sanitized,
                    body=body,
                    message=message,
                )

    def _send_by_letter(self):
        for touchpoint in self:
            with touchpoint._failing_softly():
                message = touchpoint._render_message()
                attachment = self.env["ir.attachment"].create(
                    {
                        "name": touchpoint._get_letter_filename(),
                        "raw": touchpoint._render_letter(),
                        "mimetype": "application/pdf",
                        "res_model": touchpoint._name,
                        "res_id": touchpoint.id,
                    }
                )
                touchpoint.attachment_ids += attachment
                touchpoint._mark_sent(
                    address=touchpoint.partner_id._display_address(
                        without_company=True
                    ).replace("\n", ", "),
                    subject=message["subject"],
                    body=message["body"],
                )
                touchpoint._ask_collector(
                    "mail.mail_activity_data_todo",
                    self.env._("Print and post the letter"),
                )

    def _send_by_call(self):
        for touchpoint in self:
            with touchpoint._failing_softly():
                touchpoint._ask_collector(
                    "mail.mail_activity_data_call",
                    touchpoint.stage_id.name or self.env._("Call the customer"),
                    note=touchpoint._render_call_script(),
                )
                touchpoint._mark_sent(address=touchpoint.partner_id.phone_sanitized)

    # === SENT, OR NOT === #

    def _mark_sent(self, address=None, subject=None, body=None, message=None):
        """Freeze what was said. From here on the touchpoint is history."""
        self.ensure_one()
        now = fields.Datetime.now()
        self.write(
            {
                "state": "sent",
                "sent_at": now,
                "date": now,
                "address": address,
                "subject": subject or self.subject,
                "body": body or self.body,
                "mail_message_id": message.id if message else False,
                "refusal_note": False,
                "previous_stage_id": self.profile_id.stage_id.id,
                "previous_stage_date": self.profile_id.stage_date,
            }
        )

    @contextmanager
    def _failing_softly(self):
        """Keep the error of one touchpoint from stopping the others.

        Whatever a template, an address or a provider gets wrong is undone, written
        to the touchpoint and shown to a person. Errors of the database go through,
        so that the whole batch is tried again.
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint(), pdf_time_limit():
                yield
        except psycopg2.Error:
            raise
        except Exception as error:
            self.invalidate_recordset()
            note = str(error)
            if not isinstance(error, UserError):
                _logger.info("Touchpoint %s failed", self.id, exc_info=error)
                note = self.env._("It could not be sent: %(error)s", error=error)
            broken = isinstance(error, BrokenTextError)
            self._fail(note, refusal="template" if broken else None)

    def _fail(self, note, refusal=None):
        """Keep the failure and tell a person; the others go on."""
        self.ensure_one()
        self.write(
            {
                "state": "failed",
                "date": fields.Datetime.now(),
                "refusal": refusal,
                "refusal_note": note,
            }
        )
        self._ask_collector(
            "mail.mail_activity_data_warning",
            self.env._("A message could not be sent: %(why)s", why=note),
        )
