from datetime import timedelta
from unittest.mock import patch

from psycopg2.extras import Json

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..models import collections_touchpoint_dispatch
from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestDispatch(CollectionsCommon):
    def _planned(self, name=None, days_late=5):
        partner = self._customer(name) if name else self.customer
        self._invoice(100, days_late=days_late, partner=partner)
        self._run()
        return self._open_touchpoints(partner)

    def _by(self, channel):
        self.friendly.channel_ids = [
            Command.clear(),
            Command.create({"channel": channel}),
        ]

    def _break(self, template):
        """Let a template ask for what is no longer there."""
        template.flush_recordset()
        self.env.cr.execute(
            """UPDATE mail_template
                  SET body_html = '{"en_US": "<p t-out=\\"object.gone\\"/>"}'
                WHERE id = %s""",
            [template.id],
        )
        template.invalidate_recordset()

    # === E-MAIL === #

    def test_a_mail_is_signed_by_the_collector_on_the_customers_thread(self):
        touchpoint = self._planned()
        self._dispatch()
        message = touchpoint.mail_message_id
        self.assertEqual(message.record_name and message.model, "collections.profile")
        self.assertEqual(message.res_id, touchpoint.profile_id.id)
        self.assertEqual(message.author_id, self.collector.partner_id)
        self.assertIn(self.collector.email, message.email_from)
        self.assertEqual(touchpoint.address, self.customer.email_normalized)
        self.assertEqual(touchpoint.subject, message.subject)
        self.assertIn("100", touchpoint.body)
        self.assertTrue(touchpoint.profile_id.last_contact_at)

    def test_the_delivery_of_a_mail_is_tracked(self):
        touchpoint = self._planned()
        self._dispatch()
        notification = touchpoint.mail_message_id.sudo().notification_ids
        self.assertEqual(notification.res_partner_id, self.customer)
        self.assertEqual(notification.notification_type, "email")

    def test_a_mail_can_be_answered_and_unsubscribed_from(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "mail.catchall.domain", "company.example"
        )
        touchpoint = self._planned()
        self._dispatch()
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search([("mail_message_id", "=", touchpoint.mail_message_id.id)])
        )
        self.assertEqual(mail.state, "outgoing")
        self.assertIn("List-Unsubscribe", mail.headers)
        self.assertIn("One-Click", mail.headers)
        self.assertTrue(touchpoint.mail_message_id.reply_to)

    def test_followers_get_no_copy(self):
        touchpoint = self._planned()
        other = self._customer("Bert Butcher")
        touchpoint.profile_id.sudo().message_subscribe(other.ids)
        self._dispatch()
        message = touchpoint.mail_message_id.sudo()
        self.assertEqual(message.notification_ids.res_partner_id, self.customer)

    def test_the_statement_goes_along_when_the_stage_says_so(self):
        self.friendly.attach_statement = True
        self.friendly.attach_invoices = True
        touchpoint = self._planned()
        self._dispatch()
        files = touchpoint.mail_message_id.sudo().attachment_ids
        self.assertEqual(len(files), 2)

    # === OTHER CHANNELS === #

    def test_a_text_message_is_queued_and_tracked(self):
        self._by("sms")
        touchpoint = self._planned()
        self._dispatch()
        self.assertEqual(touchpoint.state, "sent")
        message = touchpoint.mail_message_id.sudo()
        sms = self.env["sms.sms"].sudo().search([("mail_message_id", "=", message.id)])
        self.assertEqual(sms.state, "outgoing")
        self.assertEqual(sms.number, self.customer.phone_sanitized)
        self.assertEqual(message.notification_ids.notification_type, "sms")
        message.notification_ids.write({"notification_status": "sent"})
        self.assertEqual(touchpoint.state, "delivered")

    def test_a_text_message_that_fails_takes_the_step_back(self):
        self._by("sms")
        touchpoint = self._planned()
        self._dispatch()
        touchpoint.mail_message_id.sudo().notification_ids.write(
            {"notification_status": "exception", "failure_reason": "No credit"}
        )
        self.assertEqual(touchpoint.state, "failed")
        self.assertIn("No credit", touchpoint.refusal_note)
        self.assertFalse(touchpoint.profile_id.stage_id)

    def test_a_letter_is_ready_to_post(self):
        self._by("letter")
        touchpoint = self._planned()
        touchpoint.with_context(force_report_rendering=True)._dispatch()
        self.assertEqual(touchpoint.state, "sent", touchpoint.refusal_note)
        self.assertTrue(touchpoint.attachment_ids.raw.startswith(b"%PDF"))
        self.assertEqual(touchpoint.address, "Rue Neuve 1, 1000 Brussels, Belgium")
        self.assertEqual(
            touchpoint.profile_id.activity_ids.summary, "Print and post the letter"
        )

    def test_what_the_step_attaches_is_posted_with_the_letter(self):
        self._by("letter")
        self.friendly.write({"attach_statement": True, "attach_invoices": True})
        touchpoint = self._planned()
        touchpoint.with_context(force_report_rendering=True)._dispatch()
        self.assertEqual(touchpoint.state, "sent", touchpoint.refusal_note)
        self.assertEqual(len(touchpoint.attachment_ids), 3)
        self.assertTrue(
            all(file.raw.startswith(b"%PDF") for file in touchpoint.attachment_ids)
        )
        self.assertEqual(
            touchpoint.profile_id.activity_ids.summary,
            "Print and post the letter with its enclosures",
        )

    def test_a_letter_is_on_the_paper_of_its_company(self):
        self._by("letter")
        touchpoint = self._planned().sudo()
        paper = self.env.ref("base.paperformat_us").copy()
        self.company.sudo().paperformat_id = paper
        other = self.env["res.company"].sudo().create({"name": "Other House"})
        report = self.env.registry["ir.actions.report"]
        taken = []
        get_paperformat = report.get_paperformat

        def keep(record):
            taken.append(get_paperformat(record))
            return taken[-1]

        with patch.object(report, "get_paperformat", keep):
            # The job is at home in one company.
            touchpoint.with_company(other).with_context(
                force_report_rendering=True
            )._dispatch()
        self.assertEqual(touchpoint.state, "sent", touchpoint.refusal_note)
        self.assertEqual(set(taken), {paper})

    def test_a_call_is_asked_of_the_collector(self):
        self._by("call")
        touchpoint = self._planned()
        self._dispatch()
        self.assertEqual(touchpoint.state, "sent")
        activity = touchpoint.profile_id.activity_ids
        self.assertEqual(activity.user_id, self.collector)
        self.assertEqual(
            activity.activity_type_id, self.env.ref("mail.mail_activity_data_call")
        )

    def test_a_call_that_was_made_settles_what_was_asked(self):
        self._by("call")
        touchpoint = self._planned()
        self._dispatch()
        profile = touchpoint.profile_id.with_user(self.collector)
        profile._log_contact("call", "out", "reached", "Friday", conversation=True)
        self.assertEqual(touchpoint.state, "delivered")
        self.assertEqual(touchpoint.outcome, "reached")
        self.assertFalse(profile.activity_ids)

    def test_a_call_that_a_colleague_made_is_not_to_be_made_again(self):
        self._by("call")
        touchpoint = self._planned()
        self._dispatch()
        profile = touchpoint.profile_id
        self.assertEqual(profile.activity_ids.user_id, self.collector)
        profile.with_user(self.manager)._log_contact(
            "call", "out", "reached", "Friday", conversation=True
        )
        self.assertEqual(touchpoint.outcome, "reached")
        self.assertFalse(profile.activity_ids)

    def test_each_call_that_nobody_answers_is_one_of_its_own(self):
        self._by("call")
        touchpoint = self._planned()
        self._dispatch()
        profile = touchpoint.profile_id.with_user(self.collector)
        calls = profile._log_contact("call", "out", "no_answer", "", False)
        self.assertEqual(calls, touchpoint)
        with freeze_time("2026-03-11 09:00:00"):
            calls |= profile._log_contact("call", "out", "no_answer", "", False)
        self.assertEqual(len(calls), 2)
        self.assertEqual(str(touchpoint.sent_at), "2026-03-10 09:00:00")
        self.assertTrue(all(call.sudo()._is_contact() for call in calls))

    def test_a_call_of_an_earlier_time_is_not_the_one_that_was_asked(self):
        self._by("call")
        touchpoint = self._planned()
        self._dispatch()
        profile = touchpoint.profile_id
        profile.sudo().episode += 1
        call = profile.with_user(self.collector)._log_contact(
            "call", "out", "reached", "Friday", conversation=True
        )
        self.assertNotEqual(call, touchpoint)
        self.assertFalse(touchpoint.outcome)

    # === WHAT GOES WRONG === #

    def test_a_text_that_cannot_be_put_together_stops_no_other(self):
        self._invoice(100, days_late=50, partner=self._customer("Bert Butcher"))
        self._run()
        bert = self._customer("Bert")._origin.search([("name", "=", "Bert Butcher")])
        self._profile(bert).sudo().write(
            {"stage_id": self.friendly.id, "stage_date": self.today - timedelta(30)}
        )
        broken = self._planned()
        self.firm.email_template_id = self.friendly.email_template_id.copy()
        self._break(self.friendly.email_template_id)
        self._dispatch()
        self.assertEqual(self._touchpoints(bert)[-1:].stage_id, self.firm)
        self.assertEqual(self._touchpoints(bert)[-1:].state, "sent")
        self.assertEqual(broken.state, "failed")
        self.assertEqual(broken.refusal, "template")
        self.assertIn("cannot be put together", broken.refusal_note)
        self.assertNotIn("Traceback", broken.refusal_note)
        self.assertFalse(broken.profile_id.stage_id)
        self.assertTrue(broken.profile_id.activity_ids)

    def test_a_mended_text_leaves_after_all(self):
        template = self.friendly.email_template_id = (
            self.friendly.email_template_id.copy()
        )
        good = template.body_html
        broken = self._planned()
        self._break(template)
        self._dispatch()
        self.assertEqual(broken.state, "failed")
        template.body_html = good
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "email")
        self._dispatch()
        self.assertEqual(self._touchpoints()[-1].state, "sent")
        # The step has been taken: whoever tries again is told.
        with self.assertRaisesRegex(UserError, "on its way already"):
            broken.with_user(self.collector).action_retry()

    def _write_long_ago(self, *records):
        """The database's clock does not stop with ours."""
        self.env.flush_all()
        for record in records:
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = '2026-03-01' WHERE id = %s",
                    SQL.identifier(record._table),
                    record.id,
                )
            )
            record.invalidate_recordset(["write_date"])

    def test_a_broken_text_fails_once_and_is_told(self):
        template = self.friendly.email_template_id = (
            self.friendly.email_template_id.copy()
        )
        broken = self._planned()
        self._write_long_ago(template, self.friendly)
        self._break(template)
        self._dispatch()
        self.assertEqual(self._profile().next_code, "template")
        for _night in range(2):
            run = self._run()
            self.assertEqual(self._touchpoints(), broken)
            self.assertIn("cannot be put together", run.warnings)
            self.assertIn("1 customers wait", run.warnings)

    def test_a_person_may_try_a_broken_text_again(self):
        template = self.friendly.email_template_id = (
            self.friendly.email_template_id.copy()
        )
        good = template.body_html
        broken = self._planned()
        self._write_long_ago(template, self.friendly)
        self._break(template)
        self._dispatch()
        self.env.cr.execute(
            SQL(
                "UPDATE mail_template SET body_html = %s WHERE id = %s",
                Json({"en_US": good}),
                template.id,
            )
        )
        template.invalidate_recordset()
        self._run()
        self.assertEqual(broken.state, "failed")
        broken.with_user(self.collector).action_retry()
        self._dispatch()
        self.assertEqual(broken.state, "sent")
        self.assertEqual(self._touchpoints(), broken)

    def test_a_broken_text_message_fails_once(self):
        self.friendly.channel_ids.filtered(lambda c: c.channel != "sms").unlink()
        planned = self._planned()
        self.friendly.sms_template_id = False
        self._dispatch()
        self.assertEqual(planned.refusal, "template")

    def test_whatever_goes_wrong_with_one_stops_no_other(self):
        unlucky = self._planned()
        lucky = self._planned("Bert Butcher")
        touchpoints = self.env.registry["collections.touchpoint"]
        attach = touchpoints._get_message_attachments

        def fail(touchpoint):
            if touchpoint == unlucky:
                raise ValueError("no paper")
            return attach(touchpoint)

        with patch.object(touchpoints, "_get_message_attachments", fail):
            self._dispatch()
        self.assertEqual(lucky.state, "sent")
        self.assertEqual(unlucky.state, "failed")
        self.assertIn("no paper", unlucky.refusal_note)
        self.assertFalse(unlucky.mail_message_id)

    # === WORDS OF A PERSON === #

    def test_an_edited_text_goes_as_it_stands(self):
        touchpoint = self._planned()
        touchpoint.with_user(self.collector)._edit("Dear Alma", "<p>Bread?</p>")
        self._dispatch()
        self.assertEqual(touchpoint.state, "sent")
        self.assertEqual(touchpoint.mail_message_id.subject, "Dear Alma")
        self.assertIn("Bread?", touchpoint.mail_message_id.body)

    def test_an_edited_text_waits_when_the_amounts_changed(self):
        touchpoint = self._planned()
        touchpoint.with_user(self.collector)._edit("Dear Alma", "<p>100?</p>")
        self._pay(touchpoint.about_ids.move_id, 60)
        self._dispatch()
        self.assertEqual(touchpoint.state, "to_approve")
        self.assertIn("amounts changed", touchpoint.refusal_note)
        self.assertEqual(touchpoint.line_ids.amount, 40)

    def test_what_was_approved_no_longer_says_why_it_waited(self):
        touchpoint = self._planned()
        touchpoint.with_user(self.collector)._edit("Dear Alma", "<p>100?</p>")
        self._pay(touchpoint.about_ids.move_id, 60)
        self._dispatch()
        touchpoint.with_user(self.manager).action_approve()
        self.assertFalse(touchpoint.why_not)
        self._dispatch()
        self.assertEqual(touchpoint.state, "sent")

    def test_a_text_that_waits_for_its_amounts_waits_after_a_preview_as_well(self):
        touchpoint = self._planned()
        touchpoint.with_user(self.collector)._edit("Dear Alma", "<p>100?</p>")
        self._pay(touchpoint.about_ids.move_id, 60)
        self._dispatch()
        self.assertEqual(touchpoint.state, "to_approve")
        self.company.sudo()._collections_go_preview()
        self.company.sudo()._collections_go_live()
        self.assertFalse(self._dispatch())
        self.assertEqual(touchpoint.state, "to_approve")

    def test_a_collectors_edit_is_approved_again(self):
        self.friendly.approval = True
        touchpoint = self._planned()
        touchpoint.with_user(self.manager).action_approve()
        touchpoint.with_user(self.collector)._edit("Dear Alma", "<p>Bread?</p>")
        self.assertEqual(touchpoint.state, "to_approve")
        with self.assertRaisesRegex(UserError, "Only a collections manager"):
            touchpoint.with_user(self.collector).action_approve()

    def test_one_message_may_be_sent_by_hand(self):
        touchpoint = self._planned()
        touchpoint.with_user(self.collector).action_send_now()
        self.assertEqual(touchpoint.state, "sent")
        self.assertFalse(self._dispatch())

    # === THE SCHEDULED JOB === #

    def test_the_job_sends_in_batches_until_nothing_is_left(self):
        names = ["Ann Abt", "Ben Bee", "Cara Cee"]
        for name in names:
            self._invoice(100, days_late=5, partner=self._customer(name))
        self._run()
        planned = self.env["collections.touchpoint"].search(
            [("state", "=", "scheduled")]
        )
        self.assertEqual(len(planned), 3)
        cron = self.env.ref("customer_collections.ir_cron_dispatch").sudo()
        self.env.flush_all()
        batches = []
        touchpoints = self.env.registry["collections.touchpoint"]
        dispatch = touchpoints._dispatch

        def count(batch):
            batches.append(len(batch))
            return dispatch(batch)

        with (
            patch.object(collections_touchpoint_dispatch, "BATCH_SIZE", 2),
            patch.object(touchpoints, "_dispatch", count),
            self.enter_registry_test_mode(),
        ):
            cron.method_direct_trigger()
        self.assertEqual(batches, [2, 1])
        planned.invalidate_recordset()
        self.assertEqual(set(planned.mapped("state")), {"sent"})
        messages = planned.mail_message_id
        self.assertEqual(len(messages), 3)
        self.assertEqual(len(messages.sudo().notification_ids), 3)

    def test_the_job_leaves_what_is_not_due(self):
        touchpoint = self._planned()
        touchpoint.sudo().scheduled_at = fields.Datetime.now() + timedelta(hours=1)
        cron = self.env.ref("customer_collections.ir_cron_dispatch").sudo()
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(touchpoint.state, "scheduled")
