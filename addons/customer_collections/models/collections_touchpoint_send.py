import logging
from contextlib import contextmanager

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.pdf_time_limit import pdf_time_limit
from .collections_profile_door import Pass
from .collections_touchpoint_template import BrokenTextError

_logger = logging.getLogger(__name__)


class CollectionsTouchpoint(models.Model):
    """By SMS, letter or call; what became of it at once."""

    _inherit = "collections.touchpoint"

    def _send_by_sms(self):
        """Put text messages into Odoo's SMS queue, see ``_dispatch_turn``."""
        for touchpoint in self:
            with touchpoint._failing_softly():
                body = touchpoint._render_sms()
                person = touchpoint.partner_id
                number = person._get_phone_partner().phone_sanitized
                message = (
                    # In sudo: whoever runs the loop speaks for the collector.
                    touchpoint.profile_id.sudo()
                    .with_context(collections_pass=Pass(touchpoint.id))
                    ._message_sms(
                        body,
                        partner_ids=person.ids,
                        sms_pid_to_number={person.id: number},
                        put_in_queue=True,
                    )
                )
                touchpoint._mark_sent(
                    address=number,
                    body=body,
                    message=message,
                )

    def _send_by_letter(self):
        """Make letters and ask the collector to post them, see ``_dispatch_turn``."""
        for touchpoint in self:
            with touchpoint._failing_softly():
                message = touchpoint._render_message()
                letter = (
                    touchpoint._get_letter_filename(),
                    touchpoint._render_letter(),
                )
                enclosures = touchpoint._get_message_attachments()
                touchpoint.attachment_ids += self.env["ir.attachment"].create(
                    [
                        {
                            "name": name,
                            "raw": content,
                            "mimetype": "application/pdf",
                            "res_model": touchpoint._name,
                            "res_id": touchpoint.id,
                        }
                        for name, content in (letter, *enclosures)
                    ]
                )
                lines = (
                    touchpoint._get_postal_partner()
                    ._display_address(without_company=True)
                    .splitlines()
                )
                touchpoint._mark_sent(
                    # A format has a line for what an address may not have.
                    address=", ".join(filter(None, map(str.strip, lines))),
                    subject=message["subject"],
                    body=message["body"],
                )
                touchpoint.activity_id = touchpoint._ask_collector(
                    "mail.mail_activity_data_todo",
                    self.env._("Print and post the letter with its enclosures")
                    if enclosures
                    else self.env._("Print and post the letter"),
                )

    def _send_by_call(self):
        """Ask the collector to call, with what to say, see ``_dispatch_turn``."""
        for touchpoint in self:
            with touchpoint._failing_softly():
                touchpoint.activity_id = touchpoint._ask_collector(
                    "mail.mail_activity_data_call",
                    touchpoint.stage_id.name or self.env._("Call the customer"),
                    note=touchpoint._render_call_script(),
                )
                whose = touchpoint.partner_id._get_phone_partner()
                touchpoint._mark_sent(address=whose.phone_sanitized)

    # === SENT, OR NOT === #

    def _mark_sent(
        self, address=None, subject=None, body=None, message=None, signer=None
    ):
        """Freeze what was said. From here on the touchpoint is history.

        Every ``_send_by_<channel>`` ends here for what it has handed over. The step is
        taken after it; call it within ``_failing_softly``, once.

        :param str address: where it went, as it was then
        :param str subject: what it said; kept from before if not given
        :param Markup body: as ``subject``
        :param message: the ``mail.message`` whose delivery Odoo tracks, if there is one
        :param record signer: the user who wrote it; who signs its text if not given
        """
        self.ensure_one()
        now = fields.Datetime.now()
        self.write(
            {
                "state": "sent",
                "sent_at": now,
                "date": now,
                "address": address,
                "user_id": (self._get_signer() if signer is None else signer).id,
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
