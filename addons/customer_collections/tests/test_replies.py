from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import NOW
from .hold_common import HoldCommon

REPLY = """From: {sender}
To: {to}
Subject: {subject}
Message-Id: <answer-{number}@customer.example>
In-Reply-To: {message_id}
References: {message_id}
Date: Tue, 10 Mar 2026 09:30:00 +0000
{headers}Content-Type: text/plain; charset=utf-8

{text}
"""


@tagged("post_install", "-at_install")
class TestReplies(HoldCommon):
    def _reply(self, text="We will look into it.", **kwargs):
        return self.profile.with_user(self.env.ref("base.user_root")).message_post(
            body=text,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
            email_from=self.customer.email_formatted,
            **kwargs,
        )

    def test_whoever_was_spoken_with_waits_for_no_answer(self):
        self._reply()
        hold = self.profile.hold_ids
        profile = self.profile.with_user(self.collector)
        profile._log_contact("call", "out", "no_answer", "", False)
        self.assertEqual(hold.state, "active")
        profile._log_contact("call", "out", "reached", "They pay on Friday", True)
        self.assertEqual(hold.state, "ended")
        self.assertIn("Answered by", hold.end_note)

    def test_a_call_is_the_last_contact(self):
        self.assertFalse(self.profile.last_contact_at)
        profile = self.profile.with_user(self.collector)
        profile._log_contact("call", "out", "no_answer", "", False)
        self.assertEqual(self.profile.last_contact_at, fields.Datetime.now())

    def _receive(
        self,
        text,
        subject="Re: Your invoices",
        headers="",
        sender=None,
        to="catchall@company.example",
        answered=None,
    ):
        """Let a mail answer the reminder, or another message, through the gateway."""
        self._dispatch()
        if not answered:
            answered = (
                self._touchpoints()
                .filtered(lambda t: t.direction == "out" and t.mail_message_id)[:1]
                .mail_message_id
            )
        return self.env["mail.thread"].message_process(
            False,
            REPLY.format(
                sender=sender or self.customer.email,
                to=to,
                subject=subject,
                number=len(self.profile.message_ids),
                message_id=answered.message_id,
                headers=headers,
                text=text,
            ).encode(),
        )

    def test_a_reply_pauses_withdraws_and_asks_for_an_answer(self):
        touchpoint = self._open_touchpoints()
        self._reply()
        hold = self.profile.hold_ids
        self.assertEqual((hold.reason, hold.effect), ("reply", "pause"))
        self.assertEqual(hold.date_end, self.today + timedelta(days=5))
        self.assertEqual(touchpoint.state, "cancelled")
        self.assertEqual(touchpoint.refusal, "paused")
        self.assertEqual(self.profile.activity_ids.summary, "The customer replied")
        kept = self._touchpoints().filtered(lambda t: t.direction == "in")
        self.assertIn("look into it", kept.body)

    def test_a_second_reply_holds_once(self):
        self._reply()
        self._reply()
        self.assertEqual(len(self.profile.hold_ids), 1)
        self.assertEqual(len(self.profile.activity_ids), 1)

    def test_a_second_reply_makes_the_pause_longer(self):
        self._reply()
        with freeze_time(fields.Datetime.to_datetime(NOW) + timedelta(days=4)):
            self._reply("And now?")
        hold = self.profile.hold_ids
        self.assertEqual(hold.date_end, self.today + timedelta(days=9))
        self._run(self.today + timedelta(days=9))
        self.assertFalse(self._open_touchpoints())

    def test_a_second_reply_leaves_a_later_end_that_a_person_gave(self):
        self._reply()
        later = self.today + timedelta(days=20)
        self.profile.hold_ids.with_user(self.collector).date_end = later
        self._reply("And now?")
        self.assertEqual(self.profile.hold_ids.date_end, later)

    def test_a_reply_by_mail_comes_back_to_the_profile(self):
        self._receive("We pay tomorrow.")
        self.assertEqual(self.profile.hold_ids.reason, "reply")
        kept = self._touchpoints().filtered(lambda t: t.direction == "in")
        self.assertEqual(kept.partner_id, self.customer)

    def test_an_answer_by_hand_ends_the_hold(self):
        self._reply()
        self.profile.with_user(self.collector)._say("email", "Re", "Thank you")
        self.assertEqual(self.profile.hold_ids.state, "ended")
        self.assertEqual(self.profile.hold_ids.ended_by_id, self.collector)

    def test_an_answer_on_the_thread_ends_the_hold(self):
        self._reply()
        self.profile.with_user(self.collector).message_post(
            body="Thank you",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
        )
        self.assertEqual(self.profile.hold_ids.state, "ended")

    def _get_received(self):
        """Return what the customer wrote."""
        return self._touchpoints().filtered(lambda t: t.direction == "in")

    def test_an_answer_from_the_mail_program_ends_the_hold(self):
        self._receive("We pay tomorrow.")
        # Odoo hands it on to the author of what it answers.
        self._receive(
            "Thank you!",
            sender=self.collector.email,
            answered=self._get_received().mail_message_id,
        )
        self.assertEqual(self.profile.hold_ids.state, "ended")

    def test_an_answer_to_the_customers_own_address_ends_the_hold(self):
        for address in (self.customer.email, "baker.at.home@private.example"):
            self._receive("We pay tomorrow.", sender=address)
            hold = self.profile.hold_ids.filtered(lambda h: h.state == "active")
            self.assertTrue(hold, address)
            self._receive(
                "Thank you!",
                sender=self.collector.email,
                to=f"{address}, catchall@company.example",
            )
            self.assertEqual(hold.state, "ended", address)

    def test_a_colleagues_out_of_office_does_not_end_the_hold(self):
        self._receive("We pay tomorrow.")
        self._receive(
            "I am away",
            sender=self.collector.email,
            headers="Auto-Submitted: auto-replied\n",
            answered=self._get_received().mail_message_id,
        )
        self.assertEqual(self.profile.hold_ids.state, "active")

    def test_a_note_answered_from_the_mail_program_does_not_end_the_hold(self):
        self._receive("We pay tomorrow.")
        note = self.profile.with_user(self.collector).message_post(
            body="What shall we say?",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.manager.partner_id.ids,
        )
        self._receive("Be kind.", sender=self.manager.email, answered=note)
        self.assertEqual(self.profile.hold_ids.state, "active")

    def test_a_note_to_a_colleague_does_not_end_the_hold(self):
        self._reply()
        self.profile.with_user(self.collector).message_post(
            body="What shall we say?",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.manager.partner_id.ids,
        )
        self.assertEqual(self.profile.hold_ids.state, "active")

    def test_an_unanswered_reply_pauses_for_some_days_only(self):
        self._reply()
        self._run(self.today + timedelta(days=5))
        self.assertFalse(self._open_touchpoints())
        self._run(self.today + timedelta(days=6))
        self.assertTrue(self._open_touchpoints())

    def test_stop_opts_out_at_once(self):
        self._receive("STOP")
        self.assertEqual(self.profile.optout_ids.channel, "email")
        self.assertEqual(self.profile.optout_ids.source, "reply")

    def test_a_quoted_stop_opts_nobody_out(self):
        self._receive("We pay tomorrow.\n\nOn Monday you wrote:\n> stop")
        self.assertFalse(self.profile.optout_ids)

    def test_a_reply_that_names_another_channel_is_for_the_collector_to_read(self):
        self._receive("Do not send letters, email is fine.")
        self.assertFalse(self.profile.optout_ids)
        self.assertEqual(self.profile.hold_ids.reason, "reply")
        self.assertIn(
            "The customer replied", self.profile.activity_ids.mapped("summary")
        )

    def test_a_text_message_opts_out_of_text_messages_alone(self):
        for text, channels in (
            ("Bitte keine E-Mails mehr", []),
            ("Please stop the SMS, email is fine", ["sms"]),
        ):
            self.profile.with_user(self.env.ref("base.user_root")).message_post(
                body=text,
                message_type="sms",
                subtype_xmlid="mail.mt_comment",
                author_id=self.customer.id,
            )
            self.assertEqual(self.profile.optout_ids.mapped("channel"), channels)

    def test_an_out_of_office_does_nothing(self):
        self._receive(
            "I am away until Monday.",
            subject="Automatic reply: Your invoices",
            headers="Auto-Submitted: auto-replied\n",
        )
        self.assertFalse(self.profile.hold_ids)
        self.assertFalse(self._touchpoints().filtered(lambda t: t.direction == "in"))
