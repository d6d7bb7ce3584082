import re
from datetime import timedelta

from odoo import api, fields, models

# A mail server that is away, or says "later", is asked again this often...
RETRY_AFTER = timedelta(hours=1)
MAX_TRIES = 24
# What lay in the mail queue for longer passes the gate anew.
LATE_AFTER = timedelta(hours=2)
# A reply that begins with 4 is for now only (RFC 5321, 4.2.1).
_LATER = re.compile(r"\(4\d\d, b")


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    delivery_tries = fields.Integer(
        readonly=True,
        copy=False,
        help="How often the mail server could not take it for now.",
    )
    email_reference = fields.Char(
        readonly=True,
        copy=False,
        help="The Message-Id of an e-mail that was taken back. A mail server may have "
        "accepted it before it was cut off: sent anew it has the same, by which mail "
        "programs tell that it is the same message.",
    )

    def _is_temporary(self, notification):
        """Tell whether the same e-mail may well get through later.

        :param notification: the ``mail.notification`` that failed
        """
        self.ensure_one()
        if not self._is_automatic() or self.delivery_tries >= MAX_TRIES:
            return False
        return notification.failure_type == "mail_smtp" or bool(
            _LATER.search(notification.failure_reason or "")
        )

    def _try_again(self, reason):
        """Let it leave later, through the gate, as if it had not been sent.

        :param str reason: what the mail server said
        """
        self.ensure_one()
        tries = self.delivery_tries + 1
        self._reopen(
            fields.Datetime.now() + RETRY_AFTER,
            self.env._(
                "The mail server could not take it for now and is asked again: %(why)s",
                why=reason,
            ),
        )
        self.delivery_tries = tries

    def _reopen(self, scheduled_at, note):
        """Take back what was handed to a queue of Odoo's and never left it.

        :param datetime scheduled_at: when it may leave, naive UTC
        :param str note: why, in a sentence
        """
        for touchpoint in self:
            message = touchpoint.mail_message_id
            if touchpoint.channel == "email" and message:
                touchpoint.email_reference = message.message_id
            mails = message.mail_ids
            # Nobody is to press "Retry" on a mail that is written anew.
            mails.write({"state": "cancel", "failure_reason": note})
            touchpoint._take_step_back()
        texts = self.filtered(lambda t: t.channel == "sms")
        if texts:
            # In sudo: whoever takes a text message back need not read the queue.
            self.env["sms.sms"].sudo().search(
                [
                    ("mail_message_id", "in", texts.mail_message_id.ids),
                    ("state", "=", "outgoing"),
                ]
            ).action_set_canceled()
        self.mail_message_id.notification_ids.filtered(
            lambda n: n.notification_status != "sent"
        ).write({"notification_status": "canceled"})
        self.write(
            {
                "state": "scheduled",
                "scheduled_at": scheduled_at,
                "date": scheduled_at,
                "sent_at": False,
                "mail_message_id": False,
                "refusal_note": note,
            }
        )

    def _take_step_back(self):
        """Let the customer stand where they stood before this step."""
        self.ensure_one()
        profile = self.profile_id
        if (
            self.origin == "automatic"
            and self.kind == "overdue"
            and profile.stage_id == self.stage_id
            and profile.episode == self.episode
        ):
            profile.write(
                {
                    "stage_id": self.previous_stage_id.id,
                    "stage_date": self.previous_stage_date,
                }
            )

    @api.model
    def _find_late(self, messages):
        """Return the touchpoints whose messages lay in a queue for too long.

        :param messages: ``mail.message`` of mails or texts that are about to leave
        """
        ours = messages.filtered(lambda m: m.model == "collections.profile")
        if not ours:
            return self.browse()
        return self.search(
            [
                ("mail_message_id", "in", ours.ids),
                ("state", "=", "sent"),
                ("sent_at", "<", fields.Datetime.now() - LATE_AFTER),
            ]
        ).filtered(
            # Not what a colleague's copy of has left already
            lambda t: t._is_automatic()
            and not t.mail_message_id.mail_ids.filtered(lambda m: m.state == "sent")
        )

    @api.model
    def _find_lost(self, messages):
        """Return the touchpoints whose messages failed or came back, and are about to
        be sent again all the same.

        :param messages: as of ``_find_late``
        """
        ours = messages.filtered(lambda m: m.model == "collections.profile")
        if not ours:
            return self.browse()
        return self.search(
            [
                ("mail_message_id", "in", ours.ids),
                ("direction", "=", "out"),
                ("state", "in", ("failed", "bounced")),
            ]
        )

    def _knock_again(self):
        """Ask the gate about what a person sends once more. What the run decided on
        stays: its step is open again, and the run takes it.

        :return: those that may not go
        """
        by_hand = self.filtered(lambda t: not t._is_automatic())
        refusals = by_hand._check_gate()
        refused = by_hand.filtered(lambda t: t.id in refusals)
        for touchpoint in refused:
            touchpoint.refusal_note = touchpoint.profile_id._explain_refusal(
                refusals[touchpoint.id]
            )
        now = fields.Datetime.now()
        (by_hand - refused).write(
            {
                "state": "sent",
                "sent_at": now,
                "date": now,
                "refusal": False,
                "refusal_note": False,
            }
        )
        return self - by_hand | refused

    @api.model
    def _get_delivery_warnings(self, company):
        """Return what the run says of messages that wait for the mail server.

        :rtype: list[str]
        """
        waiting = self.search_count(
            [
                ("company_id", "=", company.id),
                ("state", "=", "scheduled"),
                ("delivery_tries", ">", 0),
            ]
        )
        if not waiting:
            return []
        return [
            self.env._(
                "%(count)s e-mails wait because the mail server could not take them; "
                "they are tried again.",
                count=waiting,
            )
        ]
