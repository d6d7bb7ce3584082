from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import OPEN_STATES
from ..tools.reply_text import reply_text
from ..tools.stop_words import is_opt_out, strip_quoted


class CollectionsProfile(models.Model):
    """What people say to each other: by hand, and what the customer answers."""

    _inherit = "collections.profile"

    # === BY HAND === #

    def _say(self, channel, subject, body, partner=None, tone=False):
        """Say something to the customer by hand, through the one door.

        :param str channel: ``email``, ``sms``, ``letter`` or ``call``
        :param str subject: of an e-mail or letter
        :param body: the text, HTML for an e-mail or letter
        :param partner: the recipient; the customer's recipient if not given
        :param str tone: of the text it was made from, if it was
        :return: the touchpoint, sent
        :raise UserError: in words, when the gate refuses it
        """
        self.ensure_one()
        self.check_access("read")
        person = partner or self._get_recipient()
        if not self._has_person(person):
            raise UserError(self._say_left(person))
        # A collector writes no touchpoints: this is the door.
        touchpoint = (
            self.env["collections.touchpoint"]
            .sudo()
            .create(
                {
                    "profile_id": self.id,
                    "company_id": self.company_id.id,
                    "partner_id": person.id,
                    "origin": "person",
                    "channel": channel,
                    "state": "scheduled",
                    "subject": subject,
                    "body": body,
                    "edited": True,
                    "tone": tone,
                    "lang": person.lang,
                    "user_id": self.env.uid,
                    "episode": self.episode,
                }
            )
        )
        touchpoint._raise_refusal()
        touchpoint._dispatch()
        if touchpoint.state != "sent":
            raise UserError(
                touchpoint.refusal_note or self.env._("The message could not be sent.")
            )
        self._end_reply_holds(
            self.env._("Answered by %(user)s", user=self.env.user.name)
        )
        # Jobs are the administrator's; that it is time is anybody's to say.
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return touchpoint

    def _log_contact(
        self, channel, direction, outcome, note, conversation, partner=None
    ):
        """Record a contact that took place outside of Odoo, a call for instance.

        An open call that the ladder asked for is settled by it; whoever was spoken with
        waits for no answer any more.

        :param str channel: key of a channel
        :param str direction: ``out`` or ``in``
        :param str outcome: key of the touchpoint's outcome, or False
        :param bool conversation: somebody spoke with the customer: quiet days follow
        :return: the touchpoint
        """
        self.ensure_one()
        self.check_access("read")
        now = fields.Datetime.now()
        if direction == "out" or conversation:
            # In sudo: figures are read only for people; this is the door.
            self.sudo().last_contact_at = now
        if conversation:
            self._end_reply_holds(
                self.env._("Answered by %(user)s", user=self.env.user.name)
            )
        reached = outcome in ("reached", "other_person", False)
        values = {
            "state": "delivered" if reached else "failed",
            "outcome": outcome,
            "note": note,
            "conversation": conversation,
            "date": now,
            "sent_at": now if direction == "out" else False,
            "user_id": self.env.uid,
        }
        # A collector writes no touchpoints: this is the door.
        touchpoints_sudo = self.env["collections.touchpoint"].sudo()
        asked = touchpoints_sudo
        if channel == "call" and direction == "out":
            asked = touchpoints_sudo.search(
                [
                    ("profile_id", "=", self.id),
                    ("channel", "=", "call"),
                    ("state", "=", "sent"),
                    ("episode", "=", self.episode),
                    # Each further call is one of its own
                    ("outcome", "=", False),
                    # Nobody is asked for what was taken back
                    ("refusal_note", "=", False),
                ],
                limit=1,
            )
        if asked:
            # No answer is an attempt made, not a step undone.
            task = asked.activity_id
            asked.write(dict(values, state="delivered" if reached else "sent"))
            self._finish_call_activities(note, task)
            return asked
        return touchpoints_sudo.create(
            {
                **values,
                "profile_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": (partner or self._get_recipient()).id,
                "origin": "person",
                "direction": direction,
                "channel": channel,
                "episode": self.episode,
            }
        )

    def _finish_call_activities(self, note, task):
        """Say done of what the caller meant to do, and of the call that the ladder
        asked for, whoever was to make it.

        :param task: the ``mail.activity`` of that call
        """
        call = self.env.ref("mail.mail_activity_data_call")
        # In sudo: they may not read the activities of colleagues.
        own = self.sudo().activity_ids.filtered(
            lambda a: a.activity_type_id == call and a.user_id == self.env.user
        )
        (own | task.sudo()).action_feedback(feedback=note)

    # === THE THREAD === #

    def _message_post_after_hook(self, message, msg_vals):
        """Override of ``mail``: a customer's reply pauses the ladder until it is
        answered."""
        result = super()._message_post_after_hook(message, msg_vals)
        # Nobody waits for an answer to an out-of-office note.
        if self._has_pass() or self.env.context.get("collections_automatic_reply"):
            return result
        for profile in self:
            if profile._is_from_customer(message):
                profile._receive_reply(message)
        return result

    # === THE CUSTOMER'S ANSWER === #

    def _is_from_customer(self, message):
        """Tell whether a person at the customer wrote this."""
        if message.message_type not in ("email", "comment", "sms"):
            return False
        author = message.author_id
        if author and any(user._is_internal() for user in author.user_ids):
            return False
        # The system's own user is archived and not among them.
        if author == self.env.ref("base.partner_root"):
            return False
        return bool(author) or message.message_type == "email"

    def _receive_reply(self, message):
        """Keep a customer's reply, pause the ladder and ask the collector to answer.

        A reply that asks us to stop opts out of the channel it came by at once; one
        that names others is for the collector to read.
        """
        self.ensure_one()
        # A reply comes by mail: it is kept whoever sent it.
        profile_sudo = self.sudo()
        text = strip_quoted(reply_text(message.body or ""))
        channel = self._get_reply_channel(message)
        author = message.author_id or self._get_recipient()
        # As above.
        self.env["collections.touchpoint"].sudo().create(
            {
                "profile_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": author.id,
                "direction": "in",
                "origin": "person",
                "channel": channel,
                "state": "delivered",
                "date": message.date,
                "subject": message.subject,
                "body": message.body,
                "mail_message_id": message.id,
                "episode": self.episode,
            }
        )
        if channel != "portal" and is_opt_out(text, channel):
            profile_sudo._opt_out(channel, "reply", partner=author)
        profile_sudo._hold_for_reply(message)

    def _get_reply_channel(self, message):
        """Return by which channel the customer's word came.

        An override tells channels of its own; on ``portal`` nobody opts out by word.

        :param record message: a `mail.message`
        :return: key of a channel
        :rtype: str
        """
        return "sms" if message.message_type == "sms" else "email"

    def _hold_for_reply(self, message):
        owner = self.collector_id or self.env["collections.hold"]._get_default_owner(
            self.company_id
        )
        # The mail gateway has the day in UTC.
        date_end = self.company_id._collections_today() + timedelta(
            days=self.company_id.collections_reply_days
        )
        holds = self._get_reply_holds()
        # Who writes again waits anew; a later day that a person gave stands.
        holds.filtered(
            lambda hold: hold.date_end and hold.date_end < date_end
        ).date_end = date_end
        if not holds:
            self.env["collections.hold"].create(
                {
                    "profile_id": self.id,
                    "reason": "reply",
                    "effect": "pause",
                    "scope": "all",
                    "date_end": date_end,
                    "user_id": owner.id,
                    "automatic": True,
                    "origin_model": "mail.message",
                    "origin_id": message.id,
                }
            )
        self._withdraw_open(
            "paused", self.env._("The customer replied and waits for an answer.")
        )
        summary = self.env._("The customer replied")
        if not self.activity_ids.filtered(lambda a: a.summary == summary):
            self.activity_schedule(
                "mail.mail_activity_data_todo", summary=summary, user_id=owner.id
            )

    def _withdraw_open(self, code, note):
        """Cancel what the run planned for these customers.

        :param str code: key of the refusal
        :param str note: why, in words
        """
        self._get_planned_steps()._cancel(code, note)
        self._redecide()

    def _get_planned_steps(self):
        """Return the steps of the ladder that are planned and have not left.

        :rtype: recordset of `collections.touchpoint`
        """
        return self._get_planned().filtered("stage_id")

    def _get_planned_notices(self):
        """Return what is to be said of agreements and has not left. No run plans it
        again: what stands against it makes it wait, or go another way.

        :rtype: recordset of `collections.touchpoint`
        """
        return self._get_planned() - self._get_planned_steps()

    def _get_planned(self):
        return self.touchpoint_ids.filtered(
            lambda t: t.origin == "automatic" and t.state in OPEN_STATES
        )

    def _end_reply_holds(self, note):
        # The hold of a reply is the system's; the answer ends it.
        self.sudo()._get_reply_holds()._end(note, user=self.env.user)

    def _get_reply_holds(self):
        """Return the pauses of customers who wait for an answer.

        :rtype: recordset of `collections.hold`
        """
        return self.hold_ids.filtered(
            lambda hold: hold.reason == "reply" and hold.state == "active"
        )

    def _opt_out(self, channel, source, partner=None, note=None):
        """Record that a channel is not wanted; nothing goes out by it from now on.

        :param str channel: ``email``, ``sms``, ``letter`` or ``call``
        :param str source: ``link``, ``reply``, ``person`` or ``portal``
        :param partner: the person; everybody at the customer if not given
        :return: the opt-out, an earlier one if it stands
        """
        self.ensure_one()
        partner = partner or self.env["res.partner"]
        existing = self.optout_ids.filtered(
            lambda o: o.channel == channel and o.partner_id == partner
        )
        if existing:
            return existing
        return self.env["collections.optout"].create(
            {
                "profile_id": self.id,
                "partner_id": partner.id,
                "channel": channel,
                "source": source,
                "note": note,
            }
        )
