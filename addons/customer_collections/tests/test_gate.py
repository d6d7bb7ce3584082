from contextlib import contextmanager
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..tools.contact_hours import is_permitted
from .common import NOW, CollectionsCommon


@tagged("post_install", "-at_install")
class TestGate(CollectionsCommon):
    """The one door out: each reason, when planned, when sent and by hand."""

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.to_datetime(NOW)
        self._invoice(100, days_late=5)
        self._run()
        self.profile = self._profile()
        self.planned = self._open_touchpoints()

    def _refused_by_run(self, partner=None):
        """Forget what was planned, run, and say why nothing is planned now."""
        self._open_touchpoints(partner).sudo().write({"state": "cancelled"})
        self._run()
        self.assertFalse(self._open_touchpoints(partner))
        refused = self._touchpoints(partner).filtered("refusal")
        self.assertEqual(self._profile(partner).next_code, refused[-1:].refusal)
        self.assertTrue(self._profile(partner).next_summary)
        return refused[-1:].refusal

    def _refused_at_dispatch(self):
        """Let the planned message knock at the door and say why it stays."""
        self._dispatch()
        self.assertNotIn(self.planned.state, ("sent", "failed"))
        self.assertTrue(self.planned.refusal_note)
        return self.planned.refusal

    def _assert_put_off(self, until=None):
        self._dispatch()
        self.assertEqual(self.planned.state, "scheduled")
        self.assertTrue(self.planned.refusal_note)
        self.assertGreater(self.planned.scheduled_at, fields.Datetime.now())
        if until:
            self.assertEqual(
                fields.Datetime.to_string(self.planned.scheduled_at), until
            )

    @contextmanager
    def _refusing(self, why):
        """Expect a refusal in these words, and undo what came before it, as every
        request does."""
        with self.assertRaisesRegex(UserError, why), self.cr.savepoint():
            yield

    def _assert_refused_by_hand(self, why, channel="email"):
        profile = self.profile.with_user(self.collector)
        with self._refusing(why):
            profile._say(channel, "Hello", "<p>Hello</p>")
        if channel == "email":
            with self._refusing(why):
                self._post_on_thread()

    def _post_on_thread(self, **values):
        return self.profile.with_user(self.collector).message_post(
            **{
                "body": "Hello",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "partner_ids": self.customer.ids,
                **values,
            }
        )

    def _hold(self, effect):
        return self.env["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "effect": effect,
                "date_end": self.today + timedelta(days=9),
            }
        )

    def _talk(self, days_ago=0):
        with freeze_time(self.now - timedelta(days=days_ago)):
            return self.profile._log_contact(
                "call", "out", "reached", "They will pay", conversation=True
            )

    def _write_to_us(self, body):
        self.profile.message_post(
            body=body,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
        )

    # === SILENCE AND PAUSE === #

    def test_silence_refuses_everything(self):
        self._hold("silence")
        self.assertEqual(self._refused_at_dispatch(), "silenced")
        self.assertEqual(self._refused_by_run(), "silenced")
        self._assert_refused_by_hand("manager's word")

    def test_a_pause_refuses_the_ladder(self):
        self._hold("pause")
        self.assertEqual(self._refused_at_dispatch(), "paused")
        self.assertEqual(self._refused_by_run(), "paused")
        self.assertEqual(self._post_on_thread().model, "collections.profile")

    # === THE LEDGER === #

    def test_a_payment_on_its_way_stops_the_message(self):
        self._transaction(self.planned.about_ids.move_id, 100)
        self.assertEqual(self._refused_at_dispatch(), "held")

    def test_a_credit_stops_the_message(self):
        self._credit_note(100)
        self.assertEqual(self._refused_at_dispatch(), "held")

    # === CHOICE === #

    def test_an_opt_out_of_one_channel_leaves_the_others(self):
        self.profile._opt_out("email", "person")
        self.assertEqual(self._refused_at_dispatch(), "opted_out")
        self._assert_refused_by_hand("opted out of E-mail")
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "sms")

    def test_an_opt_out_of_every_channel_leaves_none(self):
        for channel in ("email", "sms", "letter"):
            self.profile._opt_out(channel, "person")
        self.assertEqual(self._refused_by_run(), "opted_out")
        self._assert_refused_by_hand("opted out of SMS", "sms")
        self._assert_refused_by_hand("opted out of Letter", "letter")

    def test_one_persons_opt_out_is_theirs_alone(self):
        other = self.env["res.partner"].create(
            {"name": "Ben", "parent_id": self.customer.id, "email": "ben@x.example"}
        )
        self.profile._opt_out("email", "link", partner=other)
        self._dispatch()
        self.assertEqual(self.planned.state, "sent")
        with self._refusing("Ben opted out"):
            self._post_on_thread(partner_ids=other.ids)

    def test_an_opt_out_holds_for_the_same_mailbox_under_another_contact(self):
        twin = self.env["res.partner"].create(
            {
                "name": "Secretary",
                "parent_id": self.customer.id,
                "type": "other",
                "email": self.customer.email,
            }
        )
        self.profile._opt_out("email", "reply", partner=twin)
        self.assertEqual(self.planned.refusal, "opted_out")
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "sms")
        self._assert_refused_by_hand("opted out of E-mail")

    def test_an_opt_out_holds_for_the_same_number_under_another_contact(self):
        twin = self.env["res.partner"].create(
            {"name": "Reception", "parent_id": self.customer.id}
        )
        twin.phone = self.customer.phone
        self.profile._opt_out("sms", "person", partner=twin)
        self.customer.email = False
        self.planned.sudo().state = "cancelled"
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "letter")

    def test_who_writes_after_an_opt_out_is_answered(self):
        with freeze_time(self.now - timedelta(days=2)):
            self.profile._opt_out("email", "link", partner=self.customer)
        self._assert_refused_by_hand("opted out of E-mail")
        self._write_to_us("What is this invoice about?")
        self.assertTrue(self._post_on_thread())

    def test_who_says_stop_is_not_answered_by_the_same_channel(self):
        self._write_to_us("STOP")
        self.assertTrue(self.profile.optout_ids)
        self._assert_refused_by_hand("opted out of E-mail")

    def test_a_blacklisted_address_is_an_opt_out(self):
        self.env["mail.blacklist"]._add(self.customer.email)
        self.assertEqual(self._refused_at_dispatch(), "opted_out")
        self._assert_refused_by_hand("blacklist")
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "sms")

    def test_a_blacklisted_number_is_an_opt_out(self):
        self.env["phone.blacklist"].add(self.customer.phone)
        self._assert_refused_by_hand("blacklist", "sms")
        self.profile._opt_out("email", "person")
        self._dispatch()
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "letter")

    def test_a_company_may_not_honour_blacklists(self):
        self.company.collections_respect_blacklist = False
        self.env["mail.blacklist"]._add(self.customer.email)
        self._dispatch()
        self.assertEqual(self.planned.state, "sent")

    # === HOURS === #

    def _planned_for(self, name, **values):
        partner = self._customer(name, **values)
        self._invoice(100, days_late=5, partner=partner)
        self._run()
        touchpoint = self._open_touchpoints(partner)
        self.assertTrue(
            is_permitted(
                touchpoint.scheduled_at,
                touchpoint._get_zones(),
                self.rule._get_windows(frozenset()),
            )
        )
        return touchpoint

    def test_auckland_waits_for_its_morning(self):
        touchpoint = self._planned_for(
            "Kiwi Kitchen",
            country_id=self.env.ref("base.nz").id,
            phone="+64 9 307 9999",
            city="Auckland",
        )
        self.assertIn("Pacific/Auckland", touchpoint.profile_id.timezones)
        # Ten at night there; eight in the morning is 19:00 UTC.
        self.assertEqual(str(touchpoint.scheduled_at), "2026-03-10 19:00:00")
        self.assertFalse(self._dispatch() & touchpoint)

    def test_honolulu_waits_for_its_morning(self):
        touchpoint = self._planned_for(
            "Hula Hardware",
            country_id=self.env.ref("base.us").id,
            state_id=self.env.ref("base.state_us_2").id,
            phone="+1 808 555 0134",
        )
        local = touchpoint.scheduled_at - timedelta(hours=10)
        self.assertGreaterEqual(local.hour, 8)
        self.assertLess(local.hour, 18)

    def test_the_night_puts_a_message_off(self):
        with freeze_time("2026-03-10 22:00:00"):
            self._assert_put_off("2026-03-11 07:00:00")
            self._assert_refused_by_hand("Outside the hours")

    def test_a_weekend_puts_a_message_off(self):
        with freeze_time("2026-03-14 10:00:00"):
            self._assert_put_off("2026-03-16 07:00:00")

    def test_the_hours_of_a_message_are_the_strictest_of_all_rules(self):
        self.env["collections.contact.rule"].create(
            {"name": "Afternoons", "hour_from": 14, "hour_to": 20, "holidays": False}
        )
        self._assert_put_off("2026-03-10 13:00:00")

    def test_holidays_are_kept(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Belgium", "tz": "Europe/Brussels"}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": "2026-03-09 23:00:00",
                "date_to": "2026-03-10 22:59:59",
            }
        )
        self.company.collections_calendar_id = calendar
        self.rule.holidays = True
        self._assert_put_off("2026-03-11 07:00:00")

    def _rest(self, company=None, **values):
        """Make the day of the message a public holiday; a calendar is for ``values``
        to name."""
        # In sudo: who plans the time off need not be who collects.
        leave = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .create(
                {
                    "name": "Holiday",
                    "calendar_id": False,
                    "date_from": "2026-03-09 23:00:00",
                    "date_to": "2026-03-10 22:59:59",
                    **values,
                }
            )
        )
        # Odoo computes it once after it was made.
        leave.flush_recordset()
        leave.company_id = company or self.company
        self.company.resource_calendar_id.tz = "Europe/Brussels"
        self.rule.holidays = True

    def test_a_holiday_of_all_schedules_is_kept(self):
        self._rest()
        self._assert_put_off("2026-03-11 07:00:00")

    def test_a_holiday_of_all_schedules_is_kept_beside_a_calendar_of_holidays(self):
        self.company.collections_calendar_id = self.env["resource.calendar"].create(
            {"name": "Belgium", "tz": "Europe/Brussels"}
        )
        self._rest()
        self._assert_put_off("2026-03-11 07:00:00")

    def test_the_working_hours_say_the_holidays_where_nothing_else_does(self):
        self._rest(calendar_id=self.company.resource_calendar_id.id)
        self.assertFalse(self.company.collections_calendar_id)
        self._assert_put_off("2026-03-11 07:00:00")

    def test_what_is_no_holiday_of_ours_keeps_nothing_back(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self._rest(company=other)
        self._rest(time_type="other")
        resource = self.env["resource.resource"].sudo().create({"name": "One of us"})
        self._rest(resource_id=resource.id)
        self._dispatch()
        self.assertEqual(self.planned.state, "sent")

    def test_a_holiday_lasts_until_it_is_over_where_the_customer_is(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Hawaii", "tz": "Pacific/Honolulu"}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": "2026-03-11 10:00:00",
                "date_to": "2026-03-12 09:59:59",
            }
        )
        self.company.collections_calendar_id = calendar
        self.rule.holidays = True
        self.profile.sudo().timezones = "Pacific/Honolulu"
        # Four in the afternoon of the holiday there, the next day in UTC
        with freeze_time("2026-03-12 02:00:00"):
            self._assert_put_off("2026-03-12 18:00:00")

    def test_rules_that_leave_no_hour_refuse(self):
        self.env["collections.contact.rule"].create(
            {"name": "Nights", "hour_from": 20, "hour_to": 23, "holidays": False}
        )
        self.assertEqual(self._refused_at_dispatch(), "no_hours")
        self.assertEqual(self._refused_by_run(), "no_hours")
        self._assert_refused_by_hand("leave no hour")

    # === BUDGET === #

    def _allow(self, count, days=7, **values):
        self.rule.cap_ids = [
            Command.create({"max_count": count, "days": days, **values})
        ]

    def test_a_budget_counts_all_channels(self):
        self._allow(2)
        self.profile._say("sms", False, "Hello")
        self.profile._say("letter", "Hello", "Hello")
        self._assert_refused_by_hand("budget")
        self._assert_put_off("2026-03-17 07:00:00")
        self.assertEqual(self._refused_by_run(), "budget")

    def test_a_budget_counts_what_leaves_in_the_same_batch(self):
        self._allow(1)
        second = self.planned.sudo().copy(
            {"origin": "person", "stage_id": False, "state": "scheduled"}
        )
        sent = (self.planned | second.sudo(False))._dispatch()
        self.assertEqual(sent, self.planned)
        self.assertNotEqual(second.state, "sent")

    def test_a_budget_for_calls_counts_calls_alone(self):
        self._allow(1, channel="call")
        self._talk()
        self._assert_refused_by_hand("budget", "call")
        self._dispatch()
        self.assertEqual(self.planned.state, "sent")

    def test_a_budget_per_person_counts_that_person(self):
        self._allow(1, scope="person")
        ben = self.env["res.partner"].create(
            {"name": "Ben", "parent_id": self.customer.id, "email": "ben@x.example"}
        )
        self.profile._say("email", "Hello", "Hello", partner=ben)
        with self._refusing("budget"):
            self.profile._say("email", "Hello", "Hello", partner=ben)
        self._dispatch()
        self.assertEqual(self.planned.state, "sent")

    def test_what_is_written_on_the_thread_counts(self):
        self._allow(1)
        self._post_on_thread()
        self._assert_refused_by_hand("budget")

    def test_a_text_message_from_the_thread_counts(self):
        self._allow(1)
        thread = self.profile.with_user(self.collector)
        thread._message_sms("Hello", partner_ids=self.customer.ids, put_in_queue=True)
        self.assertEqual(self._touchpoints()[-1:].channel, "sms")
        with self._refusing("budget"):
            thread._message_sms(
                "Hello", partner_ids=self.customer.ids, put_in_queue=True
            )

    def test_a_customer_who_follows_the_thread_is_spoken_to(self):
        self.profile.sudo().message_subscribe(self.customer.ids)
        self._hold("silence")
        with self._refusing("manager's word"):
            self._post_on_thread(partner_ids=[])
        self._post_on_thread(partner_ids=[], subtype_xmlid="mail.mt_note")

    def test_a_note_among_colleagues_is_no_contact(self):
        self._hold("silence")
        before = len(self._touchpoints())
        self._post_on_thread(partner_ids=self.manager.partner_id.ids)
        self.assertEqual(len(self._touchpoints()), before)

    # === QUIET DAYS === #

    def test_quiet_days_follow_a_conversation(self):
        self.rule.silence_days = 7
        self._talk(days_ago=2)
        self._assert_put_off("2026-03-16 07:00:00")
        self._assert_refused_by_hand("spoke with the customer lately")
        self.assertEqual(self._refused_by_run(), "quiet")

    def test_quiet_days_end(self):
        self.rule.silence_days = 7
        self._talk(days_ago=7)
        self._dispatch()
        self.assertEqual(self.planned.state, "sent")

    def test_an_answer_to_a_customer_who_wrote_may_leave_at_once(self):
        self.rule.silence_days = 7
        self._talk()
        self._write_to_us("When?")
        self.assertTrue(self._post_on_thread())

    # === WHO AND WHERE === #

    def test_an_archived_customer_is_left_to_a_person(self):
        self.customer.active = False
        self.assertEqual(self._refused_at_dispatch(), "archived")
        self.assertEqual(self._refused_by_run(), "archived")

    def test_a_company_that_is_not_live_says_nothing(self):
        self.company.collections_mode = "preview"
        self._assert_refused_by_hand("has not gone live")
        self.assertFalse(self._dispatch())
        with self._refusing("has not gone live"):
            self.planned.with_user(self.collector).action_send_now()

    def test_a_customer_without_any_address_is_told(self):
        hermit = self._customer(
            "Hidden Hermit", email=False, phone=False, street=False, city=False
        )
        self._invoice(100, days_late=5, partner=hermit)
        self.assertEqual(self._refused_by_run(hermit), "no_channel")
        profile = self._profile(hermit)
        self.assertIn("no permitted channel", profile.next_summary)
        self.assertIn("no valid e-mail", profile.activity_ids.summary)
        self._run()
        self.assertEqual(len(profile.activity_ids), 1)

    def test_the_rules_of_both_countries_hold_for_a_contact_abroad(self):
        self.env["collections.contact.rule"].create(
            [
                {
                    "name": name,
                    "country_ids": self.env.ref(country).ids,
                    "hour_from": hour_from,
                    "hour_to": hour_to,
                    "holidays": False,
                }
                for name, country, hour_from, hour_to in (
                    ("Belgium", "base.be", 8, 11),
                    ("The States", "base.us", 10, 20),
                )
            ]
        )
        self.env["res.partner"].create(
            {
                "name": "Nora Newark",
                "parent_id": self.customer.id,
                "type": "invoice",
                "email": "nora@customer.example",
                "phone": "+1 212 555 0100",
                "country_id": self.env.ref("base.us").id,
                "state_id": self.env.ref("base.state_us_27").id,
            }
        )
        self.planned.sudo().write({"state": "cancelled"})
        self._run()
        planned = self._open_touchpoints().sudo()
        self.assertEqual(self.profile.timezones, "America/New_York")
        self.assertEqual(str(planned.scheduled_at), "2026-03-10 14:00:00")
        for moment, refused in (("13:30", True), ("14:30", False), ("15:30", True)):
            with freeze_time(f"2026-03-10 {moment}:00"):
                self.assertEqual(bool(planned._check_gate()), refused, moment)
        self.assertIn("10:00–11:00", self.profile._get_calling_hours_text())

    def test_what_is_written_by_hand_keeps_to_the_readers_clock(self):
        lara = self.env["res.partner"].create(
            {
                "name": "Lara Los Angeles",
                "parent_id": self.customer.id,
                "type": "other",
                "email": "lara@customer.example",
                "phone": "+1 213 555 0100",
                "country_id": self.env.ref("base.us").id,
                "state_id": self.env.ref("base.state_us_5").id,
            }
        )
        self.assertEqual(self.profile.timezones, "Europe/Brussels")
        profile = self.profile.with_user(self.collector)
        with self._refusing("Outside the hours"):
            profile._say("email", "Hello", "Hello", partner=lara)
        with self._refusing("Outside the hours"):
            self._post_on_thread(partner_ids=lara.ids)
        # Half past nine in Los Angeles, half past five in the afternoon in Brussels
        with freeze_time("2026-03-10 16:30:00"):
            said = profile._say("email", "Hello", "Hello", partner=lara)
            self.assertEqual(said.state, "sent")
        # Nine and six
        with freeze_time("2026-03-10 17:30:00"), self._refusing("Outside the hours"):
            profile._say("email", "Hello", "Hello")
        with freeze_time("2026-03-10 17:30:00"):
            said = profile._say("email", "Hello", "Hello", partner=lara)
            self.assertEqual(said.state, "sent")

    def test_somebody_without_an_address_of_their_own_lives_by_the_customers(self):
        ben = self.env["res.partner"].create({"name": "Ben", "email": "b@x.example"})
        ben.parent_id = self.customer
        ben.write({"country_id": False, "state_id": False, "phone": False})
        self.assertEqual(self.profile._get_zones_of(ben), ("Europe/Brussels",))
        self.assertEqual(
            self.profile._get_zones_of(self.customer), self.profile._get_zones()
        )

    def test_a_number_that_is_none_is_no_number(self):
        caller = self._customer("Calling Carl", email=False, phone="ask Mary")
        self._invoice(100, days_late=5, partner=caller)
        self._run()
        self.assertEqual(self._open_touchpoints(caller).channel, "letter")
        with self._refusing("no valid phone number"):
            self._profile(caller)._say("sms", False, "Hello")

    def test_the_customers_preference_comes_first_even_at_the_end(self):
        self.planned.sudo().write({"state": "cancelled"})
        self.profile.with_user(self.collector).preferred_channel = "letter"
        self.profile.sudo().write({"stage_id": self.firm.id})
        self._invoice(100, days_late=50)
        self._run()
        self.assertEqual(self._open_touchpoints().stage_id, self.final)
        self.assertEqual(self._open_touchpoints().channel, "letter")

    # === MAIL THAT COMES BACK === #

    def _bounce(self, touchpoint):
        touchpoint.mail_message_id.sudo().notification_ids.write(
            {"notification_status": "bounce"}
        )

    def test_mail_that_comes_back_takes_the_step_back(self):
        self._dispatch()
        self.assertEqual(self.profile.stage_id, self.friendly)
        self._bounce(self.planned)
        self.assertEqual(self.planned.state, "bounced")
        self.assertFalse(self.profile.stage_id)
        self.assertIn("came back", self.profile.activity_ids.summary)
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "sms")
        self.assertEqual(self._open_touchpoints().stage_id, self.friendly)

    def test_mail_that_came_back_does_not_use_up_the_budget(self):
        self._allow(1)
        self._dispatch()
        self._bounce(self.planned)
        self._run()
        self.assertTrue(self._open_touchpoints())
        self._dispatch()
        self.assertEqual(self._touchpoints()[-1].state, "sent")

    def test_a_mended_address_is_tried_again(self):
        self.friendly.channel_ids.filtered(lambda c: c.channel != "email").unlink()
        self._dispatch()
        self._bounce(self.planned)
        self.assertEqual(self._refused_by_run(), "no_channel")
        self.customer.email = "new@customer.example"
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "email")

    def test_a_contact_whose_mail_comes_back_gets_none(self):
        self.customer.message_bounce = 1
        self.assertEqual(self._refused_at_dispatch(), "no_channel")
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "sms")

    # === A PERSON DECIDES === #

    def test_a_refused_step_is_left_out(self):
        self.planned.with_user(self.collector)._refuse("They are friends")
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self.profile.next_stage_id, self.firm)

    def test_a_message_may_wait(self):
        self.planned.with_user(self.collector)._postpone(self.now + timedelta(days=2))
        self.assertFalse(self._dispatch())
        with self._refusing("still to come"):
            self.planned._postpone(self.now)

    def test_what_was_sent_is_history(self):
        self._dispatch()
        with self._refusing("stays as it is"):
            self.planned.with_user(self.collector)._edit("x", "y")
        with self._refusing("stays as it is"):
            self.planned.with_user(self.collector)._refuse("x")

    def test_a_stage_moved_back_is_not_taken_twice(self):
        self.profile.sudo().write({"stage_id": False})
        self._dispatch()
        self.assertEqual(self.profile.stage_id, self.friendly)
        self.policy.stage_ids.filtered(lambda s: s == self.firm).delay_days = 20
        self.profile.sudo().write({"stage_id": False, "stage_date": False})
        self._run(self.today + timedelta(days=20))
        self.assertEqual(self.profile.next_stage_id, self.firm)
