import errno
import smtplib
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from psycopg2.extras import Json

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.models import ir_actions_report
from odoo.addons.base.models.ir_mail_server import (
    IrMail_Server,
    MailDeliveryException,
)
from odoo.addons.mail.tests.common import MockEmail
from odoo.addons.sms.models.sms_sms import SmsSms
from odoo.addons.sms.tools.sms_api import SmsApi

from ..models.collections_touchpoint_retry import MAX_TRIES
from ..tools import pdf_time_limit
from .common import CollectionsCommon

_NO_CONNECTION = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")


def _refused(code):
    said = smtplib.SMTPRecipientsRefused({"x@customer.example": (code, b"no")})
    return MailDeliveryException(f"Mail Delivery Failed\nRefused: {said}")


class FailuresCommon(CollectionsCommon, MockEmail):
    def _dispatched(self, *names):
        """Return the messages of some customers, handed to the mail queue."""
        partners = [self._customer(name) for name in names] or [self.customer]
        for partner in partners:
            self._invoice(days_late=5, partner=partner)
        self._run()
        self._dispatch()
        return [self._touchpoints(partner) for partner in partners]

    def _get_queue(self):
        return self.env["mail.mail"].search(
            [("state", "=", "outgoing"), ("model", "=", "collections.profile")],
            order="id",
        )

    def _send_queue(self, *fails, connect=None):
        """Empty the mail queue.

        :param fails: what the mail server does with each mail: an error, or None
        :param connect: the error of connecting
        """
        mails = self._get_queue()
        log = "odoo.addons.mail.models.mail_mail"
        with self.mock_mail_gateway(), mute_logger(log):
            if connect:
                server = self.env.registry["ir.mail_server"]
                with patch.object(server, "_connect__", side_effect=connect):
                    mails.send()
                return
            results = [fail or "<id@company.example>" for fail in fails]
            with patch.object(
                IrMail_Server, "send_email", side_effect=results or ["<id@x>"] * 99
            ):
                mails.send()


@tagged("post_install", "-at_install")
class TestMailServer(FailuresCommon):
    """What the mail server does wrong: seen, tried again by rule, never silent."""

    def test_a_failure_is_a_task_and_not_one_more_email(self):
        [touchpoint] = self._dispatched()
        self._send_queue(MailDeliveryException("no such mailbox"))
        task = touchpoint.profile_id.activity_ids
        self.assertIn("no such mailbox", task.summary)
        self.assertNotEqual(task.user_id, self.env.user)
        self.assertFalse(
            self.env["mail.notification"].search(
                [("res_partner_id", "=", task.user_id.partner_id.id)]
            )
        )

    def test_a_server_that_is_away_is_asked_again_by_the_same_channel(self):
        [touchpoint] = self._dispatched()
        self._send_queue(connect=_NO_CONNECTION)
        self.assertEqual(touchpoint.state, "scheduled")
        self.assertEqual(touchpoint.channel, "email")
        self.assertIn("Connection refused", touchpoint.refusal_note or "")
        self.assertEqual(
            touchpoint.scheduled_at, fields.Datetime.now() + timedelta(hours=1)
        )
        self.assertFalse(self._profile().stage_id)
        self.assertIn("1 e-mails wait", self._run().warnings)

    def test_what_waited_for_the_server_leaves_once(self):
        [touchpoint] = self._dispatched()
        self._send_queue(connect=_NO_CONNECTION)
        with freeze_time("2026-03-10 11:00:00"):
            self._dispatch()
            self.assertEqual(touchpoint.state, "sent")
            self.assertEqual(len(self._get_queue()), 1)
            self._send_queue()
        self.assertEqual(touchpoint.state, "sent")
        self.assertEqual(self._profile().stage_id, self.friendly)

    def test_who_paid_while_the_server_was_away_hears_nothing(self):
        [touchpoint] = self._dispatched()
        self._send_queue(connect=_NO_CONNECTION)
        self._pay(touchpoint.line_ids.move_id)
        with freeze_time("2026-03-10 11:00:00"):
            self._dispatch()
        self.assertEqual(touchpoint.state, "cancelled")
        self.assertEqual(touchpoint.refusal, "settled")

    def test_a_server_that_says_later_is_asked_again(self):
        [touchpoint] = self._dispatched()
        self._send_queue(_refused(451))
        self.assertEqual(touchpoint.state, "scheduled")
        self.assertEqual(touchpoint.delivery_tries, 1)

    def test_a_server_that_says_later_for_ever_is_left_for_another_channel(self):
        [touchpoint] = self._dispatched()
        touchpoint.sudo().delivery_tries = MAX_TRIES
        self._send_queue(_refused(451))
        self.assertEqual(touchpoint.state, "failed")
        self.assertTrue(touchpoint.profile_id.activity_ids)
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "sms")

    def test_an_address_that_is_refused_stops_no_other(self):
        bad, good = self._dispatched("Ann Abt", "Ben Bee")
        self._send_queue(
            *(
                _refused(550) if mail.recipient_ids == bad.partner_id else None
                for mail in self._get_queue()
            )
        )
        self.assertEqual((bad.state, good.state), ("failed", "sent"))
        self.assertIn("550", bad.refusal_note)
        self.assertTrue(bad.profile_id.activity_ids)

    def test_a_server_that_dies_in_the_middle_loses_nothing(self):
        messages = self._dispatched("Ann Abt", "Ben Bee", "Cara Cee")
        mails = self._get_queue()
        try:
            # Not assertRaises, which would undo what it left
            self._send_queue(None, smtplib.SMTPServerDisconnected("died"))
        except smtplib.SMTPServerDisconnected as error:
            self.assertEqual(str(error), "died")
        self.assertEqual(mails.mapped("state"), ["sent", "outgoing", "outgoing"])
        notified = mails[1].mail_message_id.notification_ids
        self.assertEqual(notified.notification_status, "ready")
        self._send_queue()
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assertEqual({t.state for t in messages}, {"sent"})

    def test_what_a_dying_server_may_have_sent_leaves_with_its_message_id(self):
        [touchpoint] = self._dispatched()
        first = touchpoint.mail_message_id.message_id
        try:
            self._send_queue(smtplib.SMTPServerDisconnected("died"))
        except smtplib.SMTPServerDisconnected as error:
            self.assertEqual(str(error), "died")
        self._send_queue(connect=_NO_CONNECTION)
        self.assertEqual(touchpoint.state, "scheduled")
        with freeze_time("2026-03-10 11:00:00"):
            self._dispatch()
            [mail] = self._get_queue()
            self.assertEqual(mail.message_id, first)
            self._send_queue()
        self.assertEqual(touchpoint.state, "sent")

    def test_what_waited_too_long_after_a_cut_leaves_with_its_message_id(self):
        [touchpoint] = self._dispatched()
        first = touchpoint.mail_message_id.message_id
        with freeze_time("2026-03-10 12:30:00"):
            self._send_queue(MailDeliveryException("This must not leave."))
            self.assertEqual(touchpoint.state, "scheduled")
            self._dispatch()
            self.assertEqual(touchpoint.mail_message_id.message_id, first)

    def test_what_lay_in_the_queue_over_night_is_checked_anew(self):
        [touchpoint] = self._dispatched()
        with freeze_time("2026-03-10 23:00:00"):
            self._send_queue(MailDeliveryException("This must not leave."))
            self.assertEqual(touchpoint.state, "scheduled")
            self._dispatch()
            self.assertEqual(touchpoint.state, "scheduled")
            self.assertEqual(str(touchpoint.scheduled_at), "2026-03-11 07:00:00")
        self.assertFalse(self._profile().stage_id)

    def test_what_waits_in_the_queue_is_taken_back_by_the_word_preview(self):
        [touchpoint] = self._dispatched()
        self.company.sudo()._collections_go_preview()
        self._send_queue(MailDeliveryException("This must not leave."))
        self.assertEqual(touchpoint.state, "planned")
        self.assertFalse(self._profile().stage_id)
        self.assertIn("has not gone live", touchpoint.refusal_note)


@tagged("post_install", "-at_install")
class TestOtherDoors(FailuresCommon):
    """SMS gateway, PDF engine, disk and templates."""

    def _only_by(self, channel):
        self.friendly.channel_ids.filtered(lambda c: c.channel != channel).unlink()

    def test_a_text_message_in_the_queue_is_taken_back_by_the_word_preview(self):
        self._only_by("sms")
        [touchpoint] = self._dispatched()
        sms = self.env["sms.sms"].search(
            [("mail_message_id", "=", touchpoint.mail_message_id.id)]
        )
        self.assertEqual(sms.state, "outgoing")
        self.company.sudo()._collections_go_preview()
        self.assertEqual(sms.state, "canceled")
        self.assertEqual(touchpoint.state, "planned")
        self.assertFalse(self._profile().stage_id)
        self.assertIn("has not gone live", touchpoint.refusal_note)

    def _send_texts(self):
        """Empty the queue of text messages, as the scheduled job does."""
        with patch.object(self.env.registry["ir.cron"], "_commit_progress"):
            self.env["sms.sms"]._process_queue()

    def _text(self, touchpoint):
        return self.env["sms.sms"].search(
            [("mail_message_id", "=", touchpoint.mail_message_id.id)]
        )

    @contextmanager
    def _gateway(self, error=None):
        """Stand between Odoo and the gateway.

        :param error: what it answers with, None for thanks
        :return: the list of numbers that got a text
        """
        reached = []

        def send(_api, messages, **_kwargs):
            if error:
                raise error
            numbers = [number for m in messages for number in m["numbers"]]
            reached.extend(number["number"] for number in numbers)
            return [{"uuid": n["uuid"], "state": "success"} for n in numbers]

        with (
            patch.object(SmsApi, "_send_sms_batch", send),
            mute_logger("odoo.addons.sms.models.sms_sms"),
        ):
            yield reached

    def test_an_sms_gateway_that_fails_is_seen(self):
        self._only_by("sms")
        [touchpoint] = self._dispatched()
        with self._gateway(ConnectionError("gateway down")):
            self._text(touchpoint).send(unlink_failed=False, unlink_sent=False)
        self.assertEqual(touchpoint.state, "failed")
        self.assertTrue(touchpoint.refusal_note)
        self.assertTrue(touchpoint.profile_id.activity_ids)
        self.assertFalse(touchpoint.profile_id.stage_id)

    def test_a_text_that_lay_in_the_queue_over_night_is_checked_anew(self):
        self._only_by("sms")
        [touchpoint] = self._dispatched()
        sms = self._text(touchpoint)
        with freeze_time("2026-03-10 23:00:00"), self._gateway() as reached:
            self._send_texts()
            self.assertEqual(touchpoint.state, "scheduled")
            self.assertEqual(sms.state, "canceled")
            self._dispatch()
            self.assertEqual(str(touchpoint.scheduled_at), "2026-03-11 07:00:00")
        self.assertFalse(reached)
        self.assertFalse(self._profile().stage_id)

    def test_who_paid_while_a_text_lay_in_the_queue_hears_nothing(self):
        self._only_by("sms")
        [touchpoint] = self._dispatched()
        sms = self._text(touchpoint)
        self._pay(touchpoint.line_ids.move_id)
        with freeze_time("2026-03-10 12:30:00"), self._gateway() as reached:
            sms.send()
            self._dispatch()
        self.assertFalse(reached)
        self.assertEqual(
            (touchpoint.state, touchpoint.refusal), ("cancelled", "settled")
        )

    def test_a_late_text_stops_no_other_and_one_in_time_leaves(self):
        self._only_by("sms")
        [late] = self._dispatched("Ann Abt")
        with freeze_time("2026-03-10 12:30:00"), self._gateway() as reached:
            [in_time] = self._dispatched("Ben Bee")
            self._send_texts()
        self.assertEqual((late.state, in_time.state), ("scheduled", "sent"))
        self.assertEqual(reached, [in_time.address])

    def test_texts_of_two_companies_leave_by_one_queue(self):
        self._only_by("sms")
        ann, ben = self._dispatched("Ann Abt", "Ben Bee")
        self.assertEqual(ann.mail_message_id.record_company_id, self.company)
        other = self.setup_other_company(name="Other House")["company"]
        ben.mail_message_id.record_company_id = other
        # Which account a text is sent by follows from the company.
        companies = {}
        send = SmsSms._send_with_api

        def send_with_api(texts, api, **kwargs):
            companies.update(dict.fromkeys(texts.mail_message_id, api.env.company))
            return send(texts, api, **kwargs)

        with (
            self._gateway() as reached,
            patch.object(SmsSms, "_send_with_api", send_with_api),
        ):
            self._send_texts()
        self.assertCountEqual(reached, [ann.address, ben.address])
        self.assertEqual(companies[ann.mail_message_id], self.company)
        self.assertEqual(companies[ben.mail_message_id], other)

    def test_a_lost_text_of_the_run_is_not_sent_beside_its_next_channel(self):
        self._only_by("sms")
        [touchpoint] = self._dispatched()
        sms = self._text(touchpoint)
        with self._gateway(ConnectionError("gateway down")):
            sms.send()
        with self._gateway() as reached:
            sms.resend_failed()
        self.assertFalse(reached)
        self.assertEqual(sms.state, "canceled")
        self.assertEqual(touchpoint.state, "failed")

    def test_a_lost_text_of_a_person_knocks_again(self):
        self._invoice(days_late=5)
        self._run()
        profile = self._profile().with_user(self.collector)
        touchpoint = profile._say("sms", False, "Hello").sudo()
        sms = self._text(touchpoint)
        for hour, state, number in (("23:00:00", "failed", 0), ("12:00:00", "sent", 1)):
            with self._gateway(ConnectionError("gateway down")):
                sms.send()
            self.assertEqual(touchpoint.state, "failed")
            with freeze_time(f"2026-03-10 {hour}"), self._gateway() as reached:
                sms.resend_failed()
            self.assertEqual((touchpoint.state, len(reached)), (state, number), hour)
            sms.action_set_outgoing()
            touchpoint.state = "sent"

    def test_a_text_leaves_though_another_reader_of_it_was_left_out(self):
        self._invoice(days_late=5)
        self._run()
        profile = self._profile()
        ada = self._customer("Ada Adler", is_company=False, parent_id=self.customer.id)
        ada.phone = "+32 2 555 13 13"
        profile._opt_out("sms", "person", partner=ada)
        message = (
            profile.with_user(self.env.ref("base.user_root"))
            .sudo()
            ._message_sms(
                "Hello", partner_ids=(self.customer | ada).ids, put_in_queue=True
            )
        )
        with self._gateway() as reached:
            self._send_texts()
        said = self._touchpoints().filtered(lambda t: t.mail_message_id == message)
        by_reader = said.grouped("partner_id")
        self.assertEqual(by_reader[self.customer].state, "sent")
        self.assertEqual(by_reader[ada].state, "cancelled")
        self.assertEqual(reached, [by_reader[self.customer].address])
        # Nor is what the system says a customer's reply.
        self.assertFalse(profile.hold_ids)

    def _letters(self):
        self._only_by("letter")
        for name in ("Ann Abt", "Ben Bee"):
            self._invoice(days_late=5, partner=self._customer(name))
        self._run()
        touchpoints = self.env["collections.touchpoint"].search(
            [("state", "=", "scheduled"), ("channel", "=", "letter")], order="id"
        )
        self.assertEqual(len(touchpoints), 2)
        return touchpoints.with_context(force_report_rendering=True)

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_a_pdf_engine_that_hangs_is_ended_and_stops_no_other(self):
        letters = self._letters()
        renders = self.env.registry["collections.touchpoint"]
        render = renders._render_letter

        def hang(touchpoint):
            if touchpoint != letters[0]:
                return render(touchpoint)
            engine = ir_actions_report._wkhtml()
            hanging = engine._replace(state="ok", bin=self._make_slow_engine())
            with patch.object(ir_actions_report, "_wkhtml", lambda: hanging):
                return render(touchpoint)

        with (
            patch.object(renders, "_render_letter", hang),
            patch.object(pdf_time_limit, "PDF_SECONDS", 12),
        ):
            letters._dispatch()
        self.assertEqual(letters.mapped("state"), ["failed", "sent"])
        self.assertIn("failed", letters[0].refusal_note)
        self.assertTrue(letters[0].profile_id.activity_ids)

    def test_a_pdf_engine_that_is_missing_is_seen_and_asked_again(self):
        letters = self._letters()
        missing = ir_actions_report._wkhtml()._replace(state="install", bin="/nowhere")
        with patch.object(ir_actions_report, "_wkhtml", lambda: missing):
            letters._dispatch()
        self.assertEqual(set(letters.mapped("state")), {"failed"})
        for letter in letters:
            self.assertIn("Wkhtmltopdf", letter.refusal_note)
            self.assertTrue(letter.profile_id.activity_ids)
            self.assertFalse(letter.attachment_ids)
        # By rule: the next run plans it again.
        self._run()
        again = self._open_touchpoints(letters[0].partner_id)
        self.assertEqual(again.channel, "letter")

    def _make_slow_engine(self):
        path = Path(self.enterContext(TemporaryDirectory())) / "wkhtmltopdf"
        path.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
        path.chmod(0o700)
        return str(path)

    def test_a_disk_that_is_full_stops_no_other(self):
        letters = self._letters()
        attachments = self.env.registry["ir.attachment"]
        write, full = attachments._file_write, [True]

        def fill(model, *args):
            if full:
                full.pop()
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(model, *args)

        with (
            patch.object(attachments, "_file_write", fill),
            patch.object(
                self.env.registry["collections.touchpoint"],
                "_render_letter",
                lambda touchpoint: f"%PDF {touchpoint.id}".encode(),
            ),
        ):
            self.env["ir.config_parameter"].sudo().set_param(
                "ir_attachment.location", "file"
            )
            letters._dispatch()
        self.assertEqual(letters.mapped("state"), ["failed", "sent"])
        self.assertIn("No space left", letters[0].refusal_note)
        self.assertFalse(letters[0].attachment_ids)
        # By rule: the next run plans it again.
        self._run()
        self.assertEqual(
            self._open_touchpoints(letters[0].partner_id).channel, "letter"
        )


@tagged("post_install", "-at_install")
class TestClockChange(FailuresCommon):
    """The nights on which the clocks are set."""

    NIGHTS = {
        # At two it is three; at three it is two again
        "Europe/Berlin": ("DE", "Berlin", ["2026-03-28", "2026-10-24"]),
        "America/New_York": ("US", "New York", ["2026-03-07", "2026-10-31"]),
    }

    def _live_through(self, zone, country, city, day):
        """Look every half hour through two days, as the job does.

        :return: the local hours at which something left
        """
        state = self.env.ref("base.state_us_27") if country == "US" else None
        partner = self._customer(
            f"Clock {zone} {day}",
            country_id=self.env.ref(f"base.{country.lower()}").id,
            state_id=state.id if state else False,
            city=city,
            phone=False,
        )
        start = datetime.fromisoformat(f"{day} 12:00:00")
        self._invoice(partner=partner, invoice_date_due=start - timedelta(days=5))
        with freeze_time(start) as clock:
            self._run(start.date())
            # Due in the middle of the night, by somebody's hand
            open_one = self._open_touchpoints(partner)
            open_one.sudo().scheduled_at = start + timedelta(hours=8)
            self.assertEqual(self._profile(partner).timezones, zone)
            for _half_hour in range(96):
                clock.tick(timedelta(minutes=30))
                self._dispatch()
                if clock().minute == 0 and clock().hour == 1:
                    self._run(clock().date())
        sent = self._touchpoints(partner).filtered("sent_at")
        return sent.mapped(
            lambda t: fields.Datetime.context_timestamp(
                t.with_context(tz=zone), t.sent_at
            )
        )

    def test_nothing_leaves_outside_the_hours_and_nothing_twice(self):
        # The clocks are set on Sundays.
        self.rule.write({"saturday": True, "sunday": True})
        for zone, (country, city, days) in self.NIGHTS.items():
            for day in days:
                moments = self._live_through(zone, country, city, day)
                self.assertEqual(len(moments), 1, (zone, day, moments))
                self.assertTrue(8 <= moments[0].hour < 18, (zone, day, moments))


@tagged("post_install", "-at_install")
class TestOneInAThousand(FailuresCommon):
    def test_one_text_that_cannot_be_put_together_stops_no_other(self):
        names = [f"Cust{number} Ltd" for number in range(30)]
        for name in names:
            self._invoice(days_late=5, partner=self._customer(name))
        unlucky = self.env["res.partner"].search([("name", "=", names[17])])
        template = self.friendly.email_template_id
        # As nobody could save it: the text meets something it cannot put together
        body = f'<p t-out="1 / (object.partner_id.id - {unlucky.id})"/>'
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE mail_template SET body_html = %s WHERE id = %s",
                Json({"en_US": body}),
                template.id,
            )
        )
        template.invalidate_recordset()
        self._run()
        self._dispatch()
        touchpoints = self.env["collections.touchpoint"].search(
            [("profile_id.partner_id.name", "in", names)]
        )
        failed = touchpoints.filtered(lambda t: t.state == "failed")
        self.assertEqual(failed.partner_id, unlucky)
        self.assertEqual(len(touchpoints.filtered(lambda t: t.state == "sent")), 29)
        self.assertIn("cannot be put together", failed.refusal_note)
        self.assertTrue(failed.profile_id.activity_ids)
