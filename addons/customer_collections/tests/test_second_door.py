from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.mail.tests.common import MockEmail

from .common import NOW, CollectionsCommon


@tagged("post_install", "-at_install")
class TestSecondDoor(CollectionsCommon, MockEmail):
    """Whatever of Odoo's own tools sends from a profile passes the one gate."""

    def setUp(self):
        super().setUp()
        self._invoice(100, days_late=5)
        self._run()
        self.profile = self._profile()
        self.thread = self.profile.with_user(self.collector)
        self.before = self._touchpoints()

    def _silence(self, profile=None):
        self.env["collections.hold"].create(
            {
                "profile_id": (profile or self.profile).id,
                "effect": "silence",
                "date_end": self.today + timedelta(days=9),
            }
        )

    def _new(self):
        return self._touchpoints() - self.before

    def _notify(self, partner=None, **values):
        return self.thread.message_notify(
            body="Hello",
            subject="Hello",
            partner_ids=(partner or self.customer).ids,
            **values,
        )

    def _post_to(self, address, **values):
        return self.thread.message_post(
            **{
                "body": "Hello",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "outgoing_email_to": address,
                **values,
            }
        )

    def _compose(self, profiles, user=None, **values):
        return (
            self.env["mail.compose.message"]
            .with_user(user or self.collector)
            .with_context(mail_notify_force_send=False)
            .create(
                {
                    "composition_mode": "mass_mail",
                    "model": "collections.profile",
                    "res_ids": str(profiles.ids),
                    "subject": "Hello",
                    "body": "<p>Hello</p>",
                    "partner_ids": [Command.set(self.customer.ids)],
                    "force_send": False,
                    "auto_delete": False,
                    **values,
                }
            )
        )

    def _mail(self, profiles, **values):
        """Make mails as templates and code do, without a message on the thread."""
        return (
            self.env["mail.mail"]
            .with_user(self.collector)
            .sudo()
            .create(
                [
                    {
                        "model": "collections.profile",
                        "res_id": profile.id,
                        "body_html": "<p>Hello</p>",
                        "recipient_ids": [Command.link(profile.partner_id.id)],
                        **values,
                    }
                    for profile in profiles
                ]
            )
        )

    # === NOTIFICATIONS === #

    def test_a_notification_of_the_customer_is_a_touchpoint(self):
        message = self._notify()
        said = self._new()
        self.assertRecordValues(
            said,
            [
                {
                    "state": "sent",
                    "channel": "email",
                    "partner_id": self.customer.id,
                    "address": "alma@customer.example",
                    "mail_message_id": message.id,
                    "subject": "Hello",
                    "user_id": self.collector.id,
                }
            ],
        )

    def test_a_notification_of_the_customer_heeds_silence(self):
        self._silence()
        with self.assertRaisesRegex(UserError, "manager's word"):
            self._notify()

    def test_a_notification_by_the_bare_mixin_heeds_silence(self):
        self._silence()
        bare = self.env["mail.thread"].with_user(self.collector)
        with self.assertRaisesRegex(UserError, "manager's word"):
            bare.message_notify(
                body="Hello",
                model="collections.profile",
                res_id=self.profile.id,
                partner_ids=self.customer.ids,
            )

    def test_a_colleague_is_notified_freely(self):
        self._silence()
        message = self._notify(self.manager.partner_id)
        self.assertEqual(message.notified_partner_ids, self.manager.partner_id)
        self.assertFalse(self._new())

    def test_a_context_of_the_caller_opens_no_door(self):
        self._silence()
        for key in ("collections_pass", "collections_touchpoint"):
            self.thread = self.thread.with_context(**{key: self.before.id})
        with self.assertRaisesRegex(UserError, "manager's word"):
            self._notify()

    def test_what_the_system_sends_is_left_out_and_told(self):
        self._silence()
        message = self.profile.with_user(self.env.ref("base.user_root")).message_post(
            body="Hello",
            subtype_xmlid="mail.mt_comment",
            partner_ids=(self.customer | self.manager.partner_id).ids,
        )
        self.assertEqual(message.notified_partner_ids, self.manager.partner_id)
        self.assertRecordValues(
            self._new(), [{"state": "cancelled", "refusal": "silenced"}]
        )
        self.assertTrue(
            self.profile.activity_ids.filtered(lambda a: "not sent" in a.summary)
        )

    # === BARE ADDRESSES === #

    def test_an_address_is_a_touchpoint(self):
        self._post_to("foreign@else.example")
        self.assertRecordValues(
            self._new(),
            [{"state": "sent", "partner_id": False, "address": "foreign@else.example"}],
        )

    def test_an_address_of_the_customer_is_theirs(self):
        self._post_to("alma@customer.example")
        self.assertEqual(self._new().partner_id, self.customer)

    def test_an_address_of_a_colleague_is_free(self):
        self._silence()
        self._post_to("marta@company.example")
        self.assertFalse(self._new())

    def test_an_address_heeds_hours(self):
        with (
            freeze_time("2026-03-10 22:00:00"),
            self.assertRaisesRegex(UserError, "Outside the hours.*may go out from"),
        ):
            self._post_to("foreign@else.example")

    def test_an_address_heeds_the_opt_out_of_who_lives_there(self):
        self.profile._opt_out("email", "person", partner=self.customer)
        with self.assertRaisesRegex(UserError, "opted out"):
            self._post_to("alma@customer.example")

    def test_an_address_on_the_blacklist_is_refused(self):
        self.env["mail.blacklist"].sudo()._add("foreign@else.example")
        with self.assertRaisesRegex(UserError, "blacklist"):
            self._post_to("foreign@else.example")

    def test_an_address_counts_against_the_budget(self):
        self.rule.cap_ids = [
            Command.create({"max_count": 1, "days": 7, "scope": "customer"})
        ]
        self._post_to("foreign@else.example")
        with self.assertRaisesRegex(UserError, "budget"):
            self._post_to("foreign@else.example")

    # === THE COMPOSER === #

    def test_a_mass_mail_is_a_touchpoint(self):
        mails, _messages = self._compose(self.profile)._action_send_mail()
        self.assertEqual(mails.state, "outgoing")
        self.assertRecordValues(
            self._new(), [{"state": "sent", "partner_id": self.customer.id}]
        )

    def test_a_mass_mail_that_reaches_nobody_is_refused(self):
        self._silence()
        composer = self._compose(self.profile)
        with self.assertRaisesRegex(UserError, "manager's word"):
            composer._action_send_mail()

    def test_a_mass_mail_leaves_out_who_may_not_be_reached(self):
        other = self._customer("Bertha Mill")
        self._invoice(100, days_late=5, partner=other)
        self._run()
        self._silence()
        both = self.profile | self._profile(other)
        mails = self._mail(both)
        self.assertEqual(mails.mapped("state"), ["cancel", "outgoing"])
        self.assertIn("manager's word", mails[0].failure_reason)
        self.assertEqual(self._new().mapped("refusal"), ["silenced"])
        self.assertIn("sent", self._touchpoints(other).mapped("state"))

    def test_a_mail_for_later_passes_the_gate_as_it_leaves(self):
        later = fields.Datetime.to_datetime(NOW) + timedelta(hours=2)
        mails = self._mail(self.profile, scheduled_date=later)
        self.assertFalse(self._new())
        self._silence()
        with freeze_time(later), self.mock_mail_gateway():
            mails.send()
        self.assertFalse(self._mails)
        self.assertEqual(mails.state, "cancel")
        self.assertEqual(self._new().refusal, "silenced")

    def test_what_passed_once_is_not_asked_again(self):
        message = self._notify()
        with self.mock_mail_gateway():
            message.sudo().mail_ids.send()
        self.assertEqual(len(self._new()), 1)

    # === SCHEDULED MESSAGES === #

    def _schedule(self, **values):
        return (
            self.env["mail.scheduled.message"]
            .with_user(self.collector)
            .create(
                {
                    "model": "collections.profile",
                    "res_id": self.profile.id,
                    "author_id": self.collector.partner_id.id,
                    "body": "<p>See you</p>",
                    "partner_ids": [Command.set(self.customer.ids)],
                    "scheduled_date": "2026-03-10 22:00:00",
                    **values,
                }
            )
        )

    def _post_scheduled(self):
        self.env["mail.scheduled.message"].with_user(
            self.env.ref("base.user_root")
        )._post_messages_cron()

    def test_a_scheduled_message_waits_for_the_morning(self):
        scheduled = self._schedule()
        with freeze_time("2026-03-10 22:30:00"):
            self._post_scheduled()
        self.assertEqual(str(scheduled.scheduled_date), "2026-03-11 07:00:00")
        with freeze_time("2026-03-11 07:30:00"):
            self._post_scheduled()
        self.assertFalse(scheduled.exists())
        self.assertEqual(self._new().state, "sent")

    def test_a_scheduled_message_goes_back_to_its_author(self):
        scheduled = self._schedule()
        self._silence()
        with freeze_time("2026-03-10 22:30:00"):
            self._post_scheduled()
        self.assertFalse(scheduled.exists())
        self.assertFalse(self._new())
        told = (
            self.env["mail.message"]
            .sudo()
            .search([("subject", "=", "A scheduled message was not sent")])
        )
        self.assertEqual(told.partner_ids, self.collector.partner_id)
        self.assertIn("manager's word", told.body)
        self.assertIn("See you", told.body)

    def test_a_scheduled_message_reaches_those_who_may_be_reached(self):
        ada = self._customer("Ada Adler", is_company=False, parent_id=self.customer.id)
        self.profile._opt_out("email", "person", partner=ada)
        readers = self.customer | ada
        scheduled = self._schedule(partner_ids=[Command.set(readers.ids)])
        with freeze_time("2026-03-11 07:30:00"):
            self._post_scheduled()
        self.assertFalse(scheduled.exists())
        said = {touchpoint.partner_id: touchpoint.state for touchpoint in self._new()}
        self.assertEqual(said, {self.customer: "sent", ada: "cancelled"})

    # === TEXT MESSAGES === #

    def test_a_number_that_is_nobodys_heeds_silence(self):
        self._silence()
        with self.assertRaisesRegex(UserError, "manager's word"):
            self.thread._message_sms(
                "Hello", sms_numbers=["+32475000000"], put_in_queue=True
            )

    def test_text_messages_to_many_pass_the_gate(self):
        composer = (
            self.env["sms.composer"]
            .with_user(self.manager)
            .create(
                {
                    "composition_mode": "mass",
                    "res_model": "collections.profile",
                    "res_ids": str(self.profile.ids),
                    "body": "Hello",
                    "mass_force_send": False,
                }
            )
        )
        composer._action_send_sms()
        self.assertRecordValues(self._new(), [{"state": "sent", "channel": "sms"}])
        self._silence()
        with self.assertRaisesRegex(UserError, "manager's word"):
            composer._action_send_sms()

    # === WHAT A CUSTOMER WROTE === #

    def test_a_reply_pauses_from_the_day_of_the_company(self):
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        # Seven in the evening of the tenth
        with freeze_time("2026-03-11 02:00:00"):
            self.profile.with_context(tz="UTC").message_post(
                body="When?",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                author_id=self.customer.id,
            )
            self.assertEqual(self.profile.hold_effect, "pause")
        hold = self.profile.hold_ids
        self.assertEqual(
            (str(hold.date_start), str(hold.date_end)), ("2026-03-10", "2026-03-15")
        )

    # === WHAT A COLLEAGUE WROTE ELSEWHERE === #

    def test_a_colleagues_own_mail_is_kept_and_answers(self):
        self.profile.message_post(
            body="When?",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
        )
        self.assertEqual(self.profile.hold_effect, "pause")
        self.profile.message_post(
            body="On Friday",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.collector.partner_id.id,
            incoming_email_to="Alma <alma@customer.example>",
        )
        self.assertFalse(self.profile.hold_effect)
        answer = self._new().filtered(lambda t: t.direction == "out")
        self.assertEqual(answer.partner_id, self.customer)
        self.assertEqual(answer.state, "sent")
