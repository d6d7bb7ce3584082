from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import NOW, CollectionsCommon

SETUP = "odoo.addons.customer_collections.wizards.collections_setup"


@tagged("post_install", "-at_install")
class TestWizards(CollectionsCommon):
    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(100, days_late=5)
        self._run()
        self.profile = self._profile()
        self.touchpoint = self._open_touchpoints()

    def _wizard(self, model, user=None, **defaults):
        model = self.env[model].with_user(user or self.collector)
        return Form(
            model.with_context(
                **{f"default_{name}": value for name, value in defaults.items()}
            )
        )

    # === LOGGING A CONTACT === #

    def _log(self, **values):
        form = self._wizard("collections.contact.wizard", profile_id=self.profile.id)
        for name, value in values.items():
            form[name] = value
        form.save().action_log()
        return self._touchpoints() - self.touchpoint

    def test_a_call_that_reached_the_customer_is_a_conversation(self):
        call = self._log(note="Pays on Friday")
        self.assertEqual(call.channel, "call")
        self.assertEqual(call.state, "delivered")
        self.assertTrue(call.conversation)
        self.assertEqual(call.note, "Pays on Friday")
        self.assertEqual(call.user_id, self.collector)

    def test_a_call_that_nobody_answered_is_none(self):
        call = self._log(outcome="no_answer")
        self.assertFalse(call.conversation)
        self.assertEqual(call.state, "failed")

    def test_an_incoming_letter_has_no_outcome(self):
        letter = self._log(channel="letter", direction="in")
        self.assertEqual(letter.direction, "in")
        self.assertFalse(letter.outcome)
        self.assertFalse(letter.conversation)

    def test_a_reminder_becomes_an_activity_of_the_collector(self):
        self._log(follow_up=True, follow_up_summary="Did the copy arrive?")
        activity = self.profile.activity_ids
        self.assertEqual(activity.summary, "Did the copy arrive?")
        self.assertEqual(activity.user_id, self.collector)
        self.assertEqual(activity.date_deadline, self.today + timedelta(days=3))

    def test_a_reminder_without_a_day_is_asked_for_one(self):
        with self.assertRaisesRegex(UserError, "on which day"):
            self._log(follow_up=True, follow_up_date=False)

    # === WRITING BY HAND === #

    def test_writing_starts_from_the_text_of_the_situation_and_keeps_no_draft(self):
        before = self._touchpoints()
        form = self._wizard("collections.message.wizard", profile_id=self.profile.id)
        self.assertEqual(form.stage_id, self.friendly)
        self.assertEqual(form.partner_id, self.customer)
        self.assertIn(self.invoice.name, form.subject)
        self.assertIn("100.00", form.body)
        self.assertIn("100.00", form.sms_body)
        self.assertEqual(self._touchpoints(), before)

    def test_another_step_lends_its_text(self):
        form = self._wizard("collections.message.wizard", profile_id=self.profile.id)
        friendly = form.body
        form.stage_id = self.final
        wizard = form.save()
        wizard.action_load_text()
        self.assertTrue(wizard.body)
        self.assertNotEqual(wizard.body, friendly)

    def test_what_is_written_goes_out_as_it_stands(self):
        form = self._wizard("collections.message.wizard", profile_id=self.profile.id)
        form.subject = "About your order"
        form.body = "<p>Dear Alma, a word.</p>"
        form.save().action_send()
        said = self._touchpoints() - self.touchpoint
        self.assertEqual(said.state, "sent")
        self.assertEqual(said.subject, "About your order")
        self.assertEqual(said.origin, "person")
        self.assertEqual(said.user_id, self.collector)

    def test_an_empty_text_is_not_sent(self):
        form = self._wizard("collections.message.wizard", profile_id=self.profile.id)
        form.body = "<p><br></p>"
        with self.assertRaisesRegex(UserError, "Write a text first"):
            form.save().action_send()

    @freeze_time("2026-03-10 22:00:00")
    def test_what_the_gate_refuses_is_said_in_words(self):
        form = self._wizard("collections.message.wizard", profile_id=self.profile.id)
        with self.assertRaisesRegex(UserError, "hours"):
            form.save().action_send()

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_a_text_that_cannot_be_made_says_why(self):
        template = self.friendly.email_template_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_template SET body_html = jsonb_build_object('en_US',"
            " '<p t-out=\"object.no_such_field\"/>') WHERE id = %s",
            [template.id],
        )
        template.invalidate_recordset()
        form = self._wizard(
            "collections.touchpoint.edit", touchpoint_id=self.touchpoint.id
        )
        self.assertIn("cannot be put together", form.text_error)
        form = self._wizard("collections.message.wizard", profile_id=self.profile.id)
        form.stage_id = self.friendly
        form = form.save()
        form.action_load_text()
        self.assertIn("cannot be put together", form.text_error)

    # === PINNING === #

    def test_a_pin_keeps_who_and_why(self):
        form = self._wizard("collections.pin.wizard", profile_id=self.profile.id)
        form.kind = "collector"
        form.collector_id = self.manager
        form.reason = "They went to school together"
        form.save().action_pin()
        self._run()
        self.assertEqual(self.profile.collector_id, self.manager)
        pin = self.profile.pin_ids
        self.assertEqual(pin.user_id, self.collector)
        self.assertEqual(pin.reason, "They went to school together")

    def test_a_released_pin_leaves_the_choice_to_the_run(self):
        self.profile.with_user(self.collector)._pin("segment", self.segment, "Why not")
        pin = self.profile.pin_ids
        pin.with_user(self.collector).action_release()
        self.assertFalse(pin.active)

    # === EDITING AND DECIDING === #

    def test_a_message_is_edited_from_the_text_it_would_have(self):
        form = self._wizard(
            "collections.touchpoint.edit", touchpoint_id=self.touchpoint.id
        )
        self.assertIn("100.00", form.body)
        form.body = "<p>Just this.</p>"
        form.save().action_save()
        self.assertTrue(self.touchpoint.edited)
        self.assertEqual(self.touchpoint.preview_body, "<p>Just this.</p>")

    def test_a_message_is_not_edited_into_nothing(self):
        form = self._wizard(
            "collections.touchpoint.edit", touchpoint_id=self.touchpoint.id
        )
        form.body = ""
        with self.assertRaisesRegex(UserError, "Do Not Send"):
            form.save().action_save()

    def _decide(self, touchpoints, **defaults):
        return Form(
            self.env["collections.touchpoint.decide"]
            .with_user(self.collector)
            .with_context(
                active_model="collections.touchpoint",
                active_ids=touchpoints.ids,
                **{f"default_{name}": value for name, value in defaults.items()},
            )
        )

    def test_a_postponed_message_waits(self):
        form = self._decide(self.touchpoint, decision="postpone")
        self.assertEqual(form.touchpoint_count, 1)
        form.save().action_decide()
        self.assertGreaterEqual(
            self.touchpoint.scheduled_at,
            fields.Datetime.to_datetime(NOW) + timedelta(days=2),
        )

    def test_several_messages_are_refused_with_one_reason(self):
        self._invoice(50, days_late=5, partner=self._customer("Bruno Cars"))
        self._run()
        touchpoints = self.env["collections.touchpoint"].search(
            [("state", "=", "scheduled")]
        )
        self.assertEqual(len(touchpoints), 2)
        form = self._decide(touchpoints, decision="refuse")
        form.note = "The manager called them"
        form.save().action_decide()
        self.assertEqual(set(touchpoints.mapped("state")), {"cancelled"})
        self.assertEqual(
            set(touchpoints.mapped("refusal_note")), {"The manager called them"}
        )

    def test_a_message_that_left_is_not_decided_upon(self):
        self._dispatch()
        self.assertEqual(self.touchpoint.state, "sent")
        form = self._decide(self.touchpoint, decision="postpone")
        self.assertEqual(form.touchpoint_count, 0)
        with self.assertRaisesRegex(UserError, "None of these"):
            form.save().action_decide()

    # === RUNNING === #

    def test_a_what_if_shows_another_day_and_keeps_nothing(self):
        self._dispatch()
        runs = self.env["collections.run"].search_count([])
        touchpoints = self._touchpoints()
        form = self._wizard("collections.run.wizard", self.manager, kind="what_if")
        form.date = self.today + timedelta(days=14)
        wizard = form.save()
        wizard.action_simulate()
        self.assertEqual(wizard.planned_count, 1)
        self.assertEqual(wizard.line_ids.stage_id, self.firm)
        self.assertEqual(wizard.total_ids.count, 1)
        self.assertEqual(self.env["collections.run"].search_count([]), runs)
        self.assertEqual(self._touchpoints(), touchpoints)

    def test_a_what_if_names_customers_whom_no_run_has_seen(self):
        newcomer = self._customer("Bruno Cars")
        self._invoice(100, days_late=5, partner=newcomer)
        wizard = self._wizard("collections.run.wizard", self.manager).save()
        wizard.action_simulate()
        self.assertIn(newcomer, wizard.line_ids.profile_id.partner_id)
        self.assertFalse(self._profile(newcomer).touchpoint_ids)

    def test_run_now_leads_to_the_run(self):
        wizard = self._wizard("collections.run.wizard", self.manager).save()
        action = wizard.action_run()
        run = self.env["collections.run"].browse(action["res_id"])
        self.assertEqual(run.state, "done")
        self.assertEqual(run.origin, "person")

    def test_a_collector_starts_no_run(self):
        with self.assertRaises(AccessError):
            self._wizard("collections.run.wizard", self.collector).save()


@tagged("post_install", "-at_install")
class TestGoingLive(CollectionsCommon):
    def setUp(self):
        super().setUp()
        self.company.collections_mode = "preview"
        self._invoice(100, days_late=5)
        self._invoice(900, days_late=300, partner=self._customer("Carla Tiles"))
        self.live = self.env["collections.go.live"].with_user(self.manager)

    def test_the_first_night_is_counted_for_each_choice_and_nothing_is_kept(self):
        wizard = self.live.create({})
        counts = {line.choice: line.planned_count for line in wizard.choice_ids}
        self.assertEqual(counts, {"gentle": 2, "age": 2, "person": 1})
        wizard.catch_up = "age"
        self.assertEqual(
            set(wizard.shown_count_ids.filtered("count").stage_id),
            {self.friendly, self.final},
        )
        self.assertEqual(self.company.collections_mode, "preview")
        self.assertFalse(self.env["collections.touchpoint"].search([]))

    def test_going_live_asks_for_an_explicit_word(self):
        wizard = self.live.create({})
        with self.assertRaisesRegex(UserError, "tick the box"):
            wizard.action_go_live()
        self.assertEqual(self.company.collections_mode, "preview")
        wizard.confirmed = True
        wizard.action_go_live()
        self.assertEqual(self.company.collections_mode, "live")
        self.assertTrue(self.company.collections_live_since)

    def test_the_chosen_way_with_old_debts_is_kept(self):
        wizard = self.live.create({"catch_up": "person", "catch_up_days": 90})
        wizard.confirmed = True
        wizard.action_go_live()
        self.assertEqual(self.company.collections_catch_up, "person")
        self.assertEqual(self.company.collections_catch_up_days, 90)

    def test_another_limit_is_counted_before_it_counts(self):
        wizard = self.live.create({"catch_up": "person"})
        wizard.write({"catch_up_days": 400, "confirmed": True})
        with self.assertRaisesRegex(UserError, "count again"):
            wizard.action_go_live()
        wizard.action_count()
        person = wizard.choice_ids.filtered(lambda line: line.choice == "person")
        self.assertEqual(person.planned_count, 2)
        wizard.action_go_live()
        self.assertEqual(self.company.collections_mode, "live")

    def test_back_to_preview_takes_back_what_has_not_left(self):
        wizard = self.live.create({"confirmed": True})
        wizard.action_go_live()
        wizard.action_preview()
        self.assertEqual(self.company.collections_mode, "preview")
        states = self.env["collections.touchpoint"].search([]).mapped("state")
        self.assertEqual(set(states), {"planned"})

    def test_a_company_that_was_off_is_counted_before_it_goes_live(self):
        self.live.create({}).action_off()
        wizard = self.live.create({})
        counts = {line.choice: line.planned_count for line in wizard.choice_ids}
        self.assertEqual(counts, {"gentle": 2, "age": 2, "person": 1})
        self.assertEqual(self.company.collections_mode, "off")
        wizard.confirmed = True
        wizard.action_go_live()
        self.assertEqual(self.company.collections_mode, "live")

    def test_nobody_goes_live_without_numbers(self):
        self.company.collections_mode = "live"
        wizard = self.live.create({"confirmed": True})
        self.assertFalse(wizard.choice_ids)
        self.company.collections_mode = "preview"
        with self.assertRaisesRegex(UserError, "has not been counted"):
            wizard.action_go_live()
        self.assertEqual(self.company.collections_mode, "preview")

    def test_only_a_manager_goes_live(self):
        with self.assertRaises(AccessError):
            self.env["collections.go.live"].with_user(self.collector).action_open()


@tagged("post_install", "-at_install")
class TestSetup(CollectionsCommon):
    def setUp(self):
        super().setUp()
        self.company.collections_mode = "preview"
        self._invoice(100, days_late=5)

    def _setup(self):
        return self.env["collections.setup"].with_user(self.manager).create({})

    def test_the_setup_leads_step_by_step_to_the_first_night(self):
        setup = self._setup()
        setup.business = "both"
        setup.action_next()
        self.assertEqual(setup.step, "segments")
        self.assertEqual(self.company.collections_business, "both")
        self.assertIn(self.segment, setup.segment_ids)
        self.assertEqual(self.segment.profile_count, 1)
        setup.action_next()
        self.assertEqual(setup.step, "ladder")
        self.assertIn(self.friendly, setup.stage_ids)
        setup.action_next()
        setup.sender_id = self.manager
        setup.action_next()
        self.assertEqual(setup.step, "preview")
        self.assertEqual(self.company.collections_sender_id, self.manager)
        self.assertEqual(setup.planned_count, 1)
        setup.action_next()
        self.assertEqual(setup.step, "live")
        action = setup.action_go_live()
        self.assertEqual(action["res_model"], "collections.go.live")
        self.assertEqual(self.company.collections_mode, "preview")
        self.assertEqual(self._open_touchpoints().state, "planned")

    def test_the_preview_lists_what_is_held_back_and_why(self):
        mute = {"email": False, "phone": False, "street": False}
        for name, amount in (("Silent House", 300), ("Silent Partner", 400)):
            self._invoice(amount, days_late=5, partner=self._customer(name, **mute))
        setup = self._setup()
        # Looked at twice on the way: what is refused is written down once.
        for _step in range(4):
            setup.action_next()
        self.assertEqual(setup.step, "preview")
        self.assertEqual(setup.touchpoint_ids.why, "Overdue for 5 days")
        self.assertEqual(setup.touchpoint_ids.amount_asked, 100)
        self.assertEqual(
            setup.held_back_ids.profile_id.partner_id.mapped("name"),
            ["Silent Partner", "Silent House"],
        )
        self.assertEqual(
            set(setup.held_back_ids.mapped("why")),
            {"No permitted channel reaches the customer"},
        )

    def test_the_preview_lists_few_of_those_held_back_and_counts_all(self):
        mute = {"email": False, "phone": False, "street": False}
        for name in ("One", "Two", "Three"):
            self._invoice(100, days_late=5, partner=self._customer(name, **mute))
        setup = self._setup()
        with patch(f"{SETUP}.HELD_BACK_SHOWN", 2):
            setup.action_next()
            self.assertEqual(len(setup.held_back_ids), 2)
            self.assertEqual(setup.held_back_count, 3)

    def test_one_may_go_back(self):
        setup = self._setup()
        setup.action_next()
        setup.action_back()
        self.assertEqual(setup.step, "customers")

    def test_a_live_company_is_not_run_just_to_be_looked_at(self):
        self.company.collections_mode = "live"
        setup = self._setup()
        setup.action_next()
        self.assertFalse(self.env["collections.run"].search([]))

    def test_a_rule_switched_off_is_shown_to_be_switched_on(self):
        asleep = self.env["collections.contact.rule"].create(
            {"name": "Sleeping pack", "active": False}
        )
        self.assertIn(asleep, self._setup().with_context(active_test=False).rule_ids)

    def test_only_a_manager_sets_up(self):
        with self.assertRaises(AccessError):
            self.env["collections.setup"].with_user(self.collector).create({})


@tagged("post_install", "-at_install")
class TestSettings(CollectionsCommon):
    """A manager sets what the guided setup does not ask, without Odoo's settings."""

    def _settings(self, user=None):
        return Form(
            self.env["collections.company.settings"].with_user(user or self.manager)
        )

    def test_a_manager_changes_the_company(self):
        self.assertFalse(self.manager.has_group("base.group_system"))
        self.company.write({"collections_reply_days": 3, "collections_aging_1": 15})
        form = self._settings()
        self.assertEqual(form.collections_reply_days, 3)
        self.assertEqual(form.collections_aging_1, 15)
        form.collections_reply_days = 7
        form.collections_pending_days = 4
        form.collections_respect_blacklist = False
        form.collections_cash_user_id = self.collector
        form.save().action_save()
        self.assertEqual(self.company.collections_reply_days, 7)
        self.assertEqual(self.company.collections_pending_days, 4)
        self.assertFalse(self.company.collections_respect_blacklist)
        self.assertEqual(self.company.collections_cash_user_id, self.collector)
        self.assertEqual(self.company.collections_aging_1, 15)

    def test_what_cannot_be_is_said_in_words(self):
        for name, value, words in (
            ("collections_reply_days", 0, "at least one day"),
            ("collections_pending_days", -1, "pending"),
            ("collections_aging_2", 10, "must grow"),
        ):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(ValidationError, words),
                self.cr.savepoint(),
            ):
                form = self._settings()
                form[name] = value
                form.save().action_save()

    def test_a_collector_changes_nothing(self):
        with self.assertRaises(AccessError):
            self._settings(self.collector).save()

    def test_odoos_settings_have_the_days_of_a_pending_payment(self):
        settings = self.env["res.config.settings"].sudo().create({})
        settings.collections_pending_days = 9
        self.assertEqual(self.company.collections_pending_days, 9)


@tagged("post_install", "-at_install")
class TestCompanyWizards(CollectionsCommon):
    """Who decides for one company does not decide for another."""

    WIZARDS = (
        "collections.go.live",
        "collections.setup",
        "collections.run.wizard",
        "collections.company.settings",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.collections_mode = "preview"
        cls._invoice(100, days_late=5)
        cls.other = cls.setup_other_company(name="Other House")["company"]
        cls.other.collections_mode = "preview"
        cls.company.write({"child_ids": [Command.create({"name": "Branch"})]})
        cls.brancher = new_test_user(
            cls.env,
            "brancher",
            groups="customer_collections.group_manager",
            company_id=cls.company.child_ids.id,
            company_ids=[Command.set(cls.company.child_ids.ids)],
        )

    def test_a_manager_opens_no_dialog_about_another_company(self):
        for name in self.WIZARDS:
            wizards = self.env[name].with_user(self.manager)
            with self.assertRaisesRegex(AccessError, "not one of yours"):
                wizards.create({"company_id": self.other.id})
            wizard = wizards.create({})
            with self.assertRaisesRegex(AccessError, "not one of yours"):
                wizard.company_id = self.other
        self.assertEqual(self.other.collections_mode, "preview")

    def test_no_button_acts_on_another_company(self):
        live, setup, _run, settings = wizards = [
            self.env[name].with_user(self.manager).create({}) for name in self.WIZARDS
        ]
        live.confirmed = True
        for wizard in wizards:
            # In sudo: dialogs about a company that the user left meanwhile.
            wizard.sudo().company_id = self.other
        for act in (
            live.action_count,
            live.action_go_live,
            live.action_preview,
            live.action_off,
            setup.action_next,
            settings.action_save,
        ):
            with self.assertRaisesRegex(AccessError, "not one of yours"):
                act()
        self.assertEqual(self.other.collections_mode, "preview")
        self.assertFalse(self.other.collections_live_since)

    def test_the_default_policy_is_not_one_of_another_company(self):
        self.manager.company_ids |= self.other
        theirs = self.env["collections.policy"].create(
            {"name": "Theirs", "company_id": self.other.id}
        )
        setup = self.env["collections.setup"].with_user(self.manager).create({})
        with self.assertRaisesRegex(UserError, "company crossover"):
            setup.policy_id = theirs
        settings = self.env["res.config.settings"].create({})
        with self.assertRaisesRegex(UserError, "company crossover"):
            settings.collections_policy_id = theirs

    def test_a_manager_of_a_branch_opens_each_dialog(self):
        self.company.collections_sender_id = self.manager
        for name in self.WIZARDS:
            # What was read before would be known to whoever asks next.
            self.env.invalidate_all()
            form = Form(self.env[name].with_user(self.brancher))
            self.assertTrue(form.save(), name)

    def test_a_manager_of_a_branch_runs_the_whole_company(self):
        wizard = self.env["collections.run.wizard"].with_user(self.brancher).create({})
        self.env.invalidate_all()
        wizard.action_simulate()
        self.env.invalidate_all()
        action = wizard.action_run()
        run = self.env["collections.run"].browse(action["res_id"])
        self.assertEqual(run.company_id, self.company)

    def test_a_manager_of_a_branch_decides_for_the_whole_company(self):
        setup = self.env["collections.setup"].with_user(self.brancher).create({})
        self.env.invalidate_all()
        setup.business = "both"
        setup.action_next()
        self.assertEqual(self.company.collections_business, "both")
        live = self.env["collections.go.live"].with_user(self.brancher).create({})
        self.env.invalidate_all()
        self.assertTrue(live.choice_ids)
        live.confirmed = True
        live.action_go_live()
        self.assertEqual(self.company.collections_mode, "live")
        self.env.invalidate_all()
        live.action_preview()
        live.action_off()
        self.assertEqual(self.company.collections_mode, "off")
