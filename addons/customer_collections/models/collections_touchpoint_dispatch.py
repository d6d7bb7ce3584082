import logging
from contextlib import contextmanager

import psycopg2
import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import OPEN_STATES
from ..tools.pdf_time_limit import pdf_time_limit
from .collections_profile_door import Pass
from .collections_touchpoint_template import BrokenTextError

_logger = logging.getLogger(__name__)

# Touchpoints sent between two commits: what a killed worker has to do again.
BATCH_SIZE = 50
# Turns in which a worker may find that another was quicker.
LOCK_ATTEMPTS = 5


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    # === SCHEDULED JOB === #

    @api.model
    def _cron_dispatch(self):
        """Send what is due, a batch at a time, and commit after each.

        Safe with any number of workers: a batch is locked, and the rows of another
        worker are skipped. A worker that is killed loses an uncommitted batch, whose
        messages nobody got.
        """
        locked = self._lock_due()
        locked._dispatch()
        remaining = self.search_count(self._get_dispatch_domain()) if locked else 0
        self.env["ir.cron"]._commit_progress(len(locked), remaining=remaining)
        if not remaining:
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    @api.model
    def _lock_due(self):
        """Lock the next batch that nobody else is sending.

        One statement finds and locks, so that a second worker takes the batch behind
        the first one's. A worker whose transaction began before another's ended sees
        rows that have left already: it begins anew.

        :return: the batch, empty when nothing is due or all is being sent
        """
        for _attempt in range(LOCK_ATTEMPTS):
            try:
                return self._lock_batch()
            except psycopg2.errors.SerializationFailure:
                # Nothing was written yet in this turn.
                self.env.cr.rollback()
        return self.browse()

    @api.model
    def _lock_batch(self):
        """Find and lock the next batch, see ``_lock_due``.

        :raise SerializationFailure: when it saw rows that have left already
        """
        query = self._search(
            self._get_dispatch_domain(), limit=BATCH_SIZE, order="scheduled_at, id"
        )
        lock = SQL(
            "%s FOR UPDATE OF %s SKIP LOCKED",
            query.select(),
            SQL.identifier(self._table),
        )
        self.env.cr.execute(lock, log_exceptions=False)
        batch = self.browse([row[0] for row in self.env.cr.fetchall()])
        batch.invalidate_recordset()
        return batch

    @api.model
    def _get_dispatch_domain(self):
        """Return what may leave now. Override to hold something back."""
        return [
            ("state", "=", "scheduled"),
            ("scheduled_at", "<=", fields.Datetime.now()),
            ("company_id.collections_mode", "=", "live"),
        ]

    def _dispatch(self):
        """Send these touchpoints through the gate.

        :return: those that were sent
        """
        sent = self.browse()
        # The one door: whoever knocks, the system opens or refuses.
        for touchpoints in self.sudo().grouped("company_id").values():
            refusals = touchpoints._check_gate()
            touchpoints._apply_refusals(refusals)
            ready = touchpoints.filtered(lambda t, r=refusals: t.id not in r)
            ready = ready._renew_lines()
            for channel, of_channel in ready.grouped("channel").items():
                getattr(of_channel, f"_send_by_{channel}")()
            done = ready.filtered(lambda t: t.state == "sent")
            done._advance_profiles()
            done._ask_to_mend_addresses()
            touchpoints.profile_id._redecide()
            sent |= done
        return sent.sudo(self.env.su)

    # === CHANNELS === #

    def _send_by_email(self):
        messages = self._render_messages()
        for touchpoint in self:
            message = messages[touchpoint.id]
            if message.get("error"):
                touchpoint._fail(message["error"], refusal="template")
                continue
            with touchpoint._failing_softly():
                touchpoint._post_email(message["subject"], message["body"])

    def _post_email(self, subject, body):
        """Post on the profile's thread, signed by the known person: delivery is
        tracked for the recipient and the reply comes back to the thread."""
        self.ensure_one()
        # Whoever runs the loop speaks for the collector.
        profile = self.profile_id.sudo().with_context(
            lang=self.lang, collections_pass=Pass(self.id)
        )
        author = self._get_signer().partner_id
        message = profile.message_post(
            body=body,
            subject=subject,
            author_id=author.id,
            email_from=author.email_formatted or self.company_id.email_formatted,
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
        )
        self._mark_sent(
            address=self.partner_id.email_normalized,
            subject=subject,
            body=body,
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

    # === RESULTS === #

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

    def _advance_profiles(self):
        """Move each customer to the step that was taken."""
        today = fields.Date.context_today(self)
        for touchpoint in self.filtered(lambda t: t.origin == "automatic"):
            profile = touchpoint.profile_id
            if touchpoint.kind == "overdue":
                profile.write({"stage_id": touchpoint.stage_id.id, "stage_date": today})
            elif touchpoint.kind == "after_paid":
                profile.write(
                    {
                        "stage_id": False,
                        "stage_date": False,
                        "episode": profile.episode + 1,
                    }
                )
        self.profile_id.write({"last_contact_at": fields.Datetime.now()})

    def _take_back(self, state, note):
        """It never arrived: the step is open again, for the next channel."""
        for touchpoint in self:
            touchpoint.write(
                {"state": state, "refusal": "no_channel", "refusal_note": note}
            )
            touchpoint._take_step_back()
            touchpoint._ask_collector("mail.mail_activity_data_warning", note)
        # What the profile says of its next step is true at once.
        self.profile_id._redecide()

    def _receive_delivery(self, notifications, status):
        """Learn what became of messages from Odoo's delivery tracking.

        :param notifications: the ``mail.notification`` rows that changed
        :param str status: their new ``notification_status``
        """
        for touchpoint in self.filtered(lambda t: t.state in ("sent", "delivered")):
            # A colleague's copy says nothing of the customer's.
            copied = touchpoint._get_copied_partners() - touchpoint.partner_id
            notification = notifications.filtered(
                lambda n, t=touchpoint, copied=copied: n.mail_message_id
                == t.mail_message_id
                and n.res_partner_id not in copied
            )[:1]
            if not notification:
                continue
            reason = touchpoint._get_failure_reason(notification)
            if status == "bounce":
                touchpoint._take_back(
                    "bounced",
                    touchpoint.env._(
                        "The message to %(address)s came back: mend the address.",
                        address=touchpoint.address,
                    ),
                )
            elif status == "exception" and touchpoint._is_temporary(notification):
                touchpoint._try_again(reason)
            elif status == "exception":
                touchpoint._take_back(
                    "failed",
                    touchpoint.env._(
                        "The message to %(address)s could not be delivered: %(why)s",
                        address=touchpoint.address,
                        why=reason,
                    ),
                )
            elif status == "sent" and touchpoint.channel == "sms":
                # For an SMS, Odoo's "sent" is the operator's word of delivery.
                touchpoint.state = "delivered"

    def _get_failure_reason(self, notification):
        field = notification._fields["failure_type"]
        kinds = dict(field._description_selection(self.env))
        return (
            notification.failure_reason
            or notification.mail_mail_id.failure_reason
            or kinds.get(notification.failure_type)
            or self.env._("no reason given")
        )

    # === PEOPLE === #

    def _get_signer(self):
        """Return the user who signs: the known person, or the company's sender."""
        self.ensure_one()
        return (
            self.user_id
            or self.profile_id.collector_id
            or self.company_id.collections_sender_id
            or self.env.ref("base.user_admin")
        )

    def _ask_collector(self, activity_type, summary, note=None):
        """Give the customer's collector something to do, once."""
        self.ensure_one()
        profile = self.profile_id.sudo()
        user = profile.collector_id or self._get_signer()
        if profile.activity_ids.filtered(
            lambda a: a.summary == summary and a.user_id == user
        ):
            return
        profile.activity_schedule(
            activity_type, summary=summary, note=note, user_id=user.id
        )

    def _ask_to_mend_addresses(self):
        """Ask for the data that made a message take another way, or none at all."""
        for touchpoint in self.filtered(lambda t: t.origin == "automatic"):
            wanted = touchpoint.stage_id.channel_ids[:1].channel
            if touchpoint.profile_id.preferred_channel:
                wanted = touchpoint.profile_id.preferred_channel
            if wanted == touchpoint.channel and touchpoint.state != "cancelled":
                continue
            lack = touchpoint._get_lack(wanted)
            if lack:
                touchpoint._ask_collector("mail.mail_activity_data_todo", lack)

    # === BUTTONS === #

    def action_approve(self):
        """Let messages go that wait for a manager's word."""
        if not self.env.user.has_group("customer_collections.group_manager"):
            raise UserError(self.env._("Only a collections manager may approve."))
        self.check_access("read")
        # People write no touchpoints: the buttons are their doors.
        waiting = self.sudo().filtered(lambda t: t.state == "to_approve")
        waiting.write({"state": "scheduled"})
        return True

    def action_send_now(self):
        """Send one message now; the gate says in words why it may not."""
        self.ensure_one()
        if self.state != "scheduled":
            raise UserError(
                self.env._("Only a scheduled message can be sent; approve it first.")
            )
        self._raise_refusal()
        self.sudo()._dispatch()
        if self.state == "failed":
            # Raising would undo the note of what went wrong.
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {"type": "danger", "message": self.refusal_note},
            }
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return True

    def _postpone(self, until):
        """Let it wait until then.

        :param datetime until: naive UTC
        :raise UserError: if it has left already, or the day is past
        """
        self._check_open()
        if until <= fields.Datetime.now():
            raise UserError(self.env._("Choose a day that is still to come."))
        self.sudo().write({"scheduled_at": until, "date": until})

    def _refuse(self, note):
        """A person's word that this is not said; the ladder goes on without it.

        :param str note: why, kept with the message
        """
        self._check_open()
        self.sudo()._keep_lines()
        self.sudo()._cancel("refused", note)
        self.sudo().profile_id._redecide()

    def _edit(self, subject, body):
        """Replace the text by a person's own; it is sent as it stands."""
        self._check_open()
        self.sudo().write({"subject": subject, "body": body, "edited": True})
        if not self.env.user.has_group("customer_collections.group_manager"):
            # A manager approved another text.
            self.sudo().filtered(
                lambda t: t.state == "scheduled" and t.stage_id.approval
            ).state = "to_approve"

    def _check_open(self):
        self.check_access("read")
        if any(t.state not in OPEN_STATES for t in self):
            raise UserError(
                self.env._("What was sent or cancelled is history and stays as it is.")
            )
        return self

    def _as_door(self):
        """Return these touchpoints for a person to change through a button: nobody
        writes them directly, whoever may see them may use the buttons."""
        self.check_access("read")
        return self.sudo()
