from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10 09:00:00")
class TestHardship(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carer = new_test_user(
            cls.env, "carer", groups="customer_collections.group_care"
        )
        cls.customer.write(
            {"is_company": False, "country_id": cls.env.ref("base.uk").id}
        )
        cls.invoice = cls._invoice(100, days_late=5)
        cls._run()
        cls.profile = cls._profile()

    def _day(self, days):
        return fields.Date.add(self.today, days=days)

    def _rule(self, name):
        return self.env.ref(f"customer_collections.hold_rule_{name}")

    def _apply(self, name="breathing_space", user=None, start=None, **values):
        user = user or self.collector
        return (
            self._rule(name)
            .with_user(user)
            ._apply(self.profile.with_user(user), start or self.today, **values)
        )

    # === THE STATUTE === #

    def test_breathing_space_is_silence_for_60_days(self):
        hold = self._apply()
        self.assertEqual(hold.effect, "silence")
        # The first day counts: 10 March to 8 May
        self.assertEqual(hold.date_end, fields.Date.to_date("2026-05-08"))
        self._run(self._day(59))
        self.assertEqual(self.profile.next_code, "silenced")
        self._run(self._day(60))
        self.assertNotEqual(self.profile.next_code, "silenced")

    def test_breathing_space_comes_once_in_12_months_unless_a_manager_says_why(self):
        self._apply()._end("They asked us to")
        with freeze_time("2027-03-09 09:00:00"):
            later = fields.Date.to_date("2027-03-09")
            with self.assertRaisesRegex(UserError, "once in 12 months"):
                self._apply(start=later, why="Please")
            with self.assertRaisesRegex(UserError, "once in 12 months"):
                self._apply(start=later, user=self.manager)
            hold = self._apply(start=later, user=self.manager, why="The adviser asks")
            self.assertEqual(hold.sudo().exception_note, "The adviser asks")

    def test_a_year_later_nobody_asks_why(self):
        self._apply()
        with freeze_time("2027-03-10 09:00:00"):
            self.assertTrue(self._apply(start=fields.Date.to_date("2027-03-10")))

    def test_breathing_space_is_for_individuals_and_sole_traders(self):
        self.customer.is_company = True
        with self.assertRaisesRegex(UserError, "sole traders"):
            self._apply()
        self.assertTrue(self._apply(sole_trader=True))

    def test_breathing_space_is_not_for_another_country(self):
        self.customer.country_id = self.env.ref("base.be")
        with self.assertRaisesRegex(UserError, "Belgium"):
            self._apply()

    def test_a_crisis_lasts_until_30_days_after_the_treatment(self):
        hold = self._apply("crisis")
        self.assertFalse(hold.date_end)
        self.assertTrue(hold.date_review)
        hold._end("The day is known")
        hold = self._apply("crisis", treatment_end=self._day(10))
        self.assertEqual(hold.date_end, self._day(40))

    def test_days_that_are_over_are_refused(self):
        with self.assertRaisesRegex(UserError, "ended on"):
            self._apply(start=self._day(-90))

    # === NOTHING GOES OUT === #

    def test_what_was_planned_is_withdrawn_at_once(self):
        self.assertTrue(self._open_touchpoints())
        self._apply()
        self.assertFalse(self._open_touchpoints())

    def test_nobody_is_asked_to_call_under_silence(self):
        self.profile.with_user(self.collector)._give_reason(
            self.env.ref("customer_collections.reason_hardship")
        )
        self.assertTrue(self.profile.activity_ids)
        self._apply()
        self.assertFalse(self.profile.activity_ids)

    def test_a_call_that_a_person_planned_is_dropped_under_silence(self):
        # As the web client schedules it: nothing says that a machine did
        call, task = (
            self.env["mail.activity"]
            .with_user(self.collector)
            .create(
                [
                    {
                        "res_model_id": self.env["ir.model"]._get_id(
                            "collections.profile"
                        ),
                        "res_id": self.profile.id,
                        "activity_type_id": self.env.ref(kind).id,
                        "user_id": self.collector.id,
                    }
                    for kind in (
                        "mail.mail_activity_data_call",
                        "mail.mail_activity_data_todo",
                    )
                ]
            )
        )
        self.assertFalse(call.automated)
        self._apply()
        self.assertFalse(call.exists())
        self.assertTrue(task.exists())

    def test_under_silence_no_wizard_writes(self):
        self._apply()
        wizard = (
            self.env["collections.message.wizard"]
            .with_user(self.manager)
            .with_context(default_profile_id=self.profile.id)
            .create({"subject": "Hello", "body": "<p>Hello</p>", "stage_id": False})
        )
        with self.assertRaisesRegex(UserError, "Breathing space"):
            wizard.action_send()

    def test_under_silence_no_button_sends(self):
        touchpoint = self._open_touchpoints()
        self._apply()
        touchpoint.sudo().write({"state": "scheduled"})
        with self.assertRaisesRegex(UserError, "Breathing space"):
            touchpoint.with_user(self.manager).action_send_now()

    def test_under_silence_no_chatter_writes_to_the_customer(self):
        self._apply()
        with self.assertRaisesRegex(UserError, "Breathing space"):
            self.profile.with_user(self.collector).message_post(
                body="Hello",
                partner_ids=self.customer.ids,
                subtype_xmlid="mail.mt_comment",
                message_type="comment",
            )

    def test_under_silence_no_mass_mail_leaves(self):
        self._apply()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.collector)
            .create(
                {
                    "composition_mode": "mass_mail",
                    "model": "collections.profile",
                    "res_ids": str(self.profile.ids),
                    "subject": "Hello",
                    "body": "<p>Hello</p>",
                    "partner_ids": [Command.set(self.customer.ids)],
                    "force_send": False,
                }
            )
        )
        with self.assertRaisesRegex(UserError, "Breathing space"):
            composer._action_send_mail()

    def test_interest_and_fees_stand_still_and_go_on_afterwards(self):
        self.assertFalse(self.profile._is_interest_frozen())
        self._apply()
        self.assertTrue(self.profile._is_interest_frozen())
        self.assertTrue(self.profile._is_interest_frozen(self._day(59)))
        self.assertFalse(self.profile._is_interest_frozen(self._day(60)))
        self.assertFalse(self.profile._is_interest_frozen(self._day(-1)))

    def test_under_a_hardship_hold_nothing_firm_is_said_by_hand(self):
        self._apply("hardship")
        with self.assertRaisesRegex(UserError, "gentler"):
            self.profile.with_user(self.manager)._say(
                "email", "Pay", "<p>Now</p>", tone="firm"
            )

    # === CARE NOTES === #

    def _care(self):
        return (
            self.env["collections.care"]
            .with_user(self.carer)
            .create(
                {
                    "profile_id": self.profile.id,
                    "kind": "health",
                    "needs": "Write, do not call",
                    "note": "In treatment",
                    "date_consent": self.today,
                }
            )
        )

    def test_care_notes_are_for_care_and_managers(self):
        care = self._care()
        salesperson = new_test_user(
            self.env, "sales", groups="account.group_account_invoice"
        )
        portal = new_test_user(self.env, "port", groups="base.group_portal")
        for user in (self.carer, self.manager):
            self.assertEqual(care.with_user(user).note, "In treatment")
        for user in (self.collector, salesperson, portal):
            with self.assertRaises(AccessError):
                care.with_user(user).read(["note"])
            with self.assertRaises(AccessError):
                self.env["collections.care"].with_user(user).search([])
        with self.assertRaises(AccessError):
            self.profile.with_user(self.collector).read(["care_ids"])

    def test_a_collector_sees_the_silence_and_its_end_and_nothing_of_why(self):
        hold = self._apply("crisis", treatment_end=self._day(10))
        seen = hold.with_user(self.collector)
        self.assertEqual(seen.reason, "breathing_space")
        self.assertIn("Breathing space, until", self.profile.next_summary)
        with self.assertRaises(AccessError):
            seen.read(["rule_id"])

    def test_a_care_note_is_neither_exported_nor_in_a_thread(self):
        care = self._care()
        with self.assertRaisesRegex(AccessError, "do not leave"):
            care.export_data(["note"])
        self.assertNotIn("message_ids", care._fields)
        self.assertNotIn("treatment", care.display_name)
        notes = self.profile.message_ids.mapped("body")
        self.assertFalse([note for note in notes if "treatment" in note])

    def test_a_care_note_of_another_company_is_not_seen(self):
        care = self._care()
        other = self.setup_other_company()["company"]
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="customer_collections.group_care",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            care.with_user(stranger).read(["note"])

    def test_without_their_consent_nothing_is_written_down(self):
        wizard = (
            self.env["collections.hardship.wizard"]
            .with_user(self.carer)
            .create(
                {
                    "profile_id": self.profile.id,
                    "rule_id": self._rule("hardship").id,
                    "care_kind": "health",
                }
            )
        )
        with self.assertRaisesRegex(UserError, "agree"):
            wizard.action_apply()
        wizard.care_consent = True
        wizard.action_apply()
        self.assertEqual(self.profile.sudo().care_ids.kind, "health")

    def test_the_rule_takes_the_place_of_the_reasons_own_hold(self):
        entry = self.profile.with_user(self.collector)._give_reason(
            self.env.ref("customer_collections.reason_hardship")
        )
        first = entry.sudo().hold_id
        form = Form(
            self.env["collections.hardship.wizard"]
            .with_user(self.collector)
            .with_context(default_profile_id=self.profile.id)
        )
        form.rule_id = self._rule("vulnerability").with_user(self.collector)
        form.save().action_apply()
        self.assertEqual(first.state, "ended")
        self.assertEqual(entry.sudo().hold_id.reason, "vulnerability")

    def _grant(self, name, **reason):
        """Apply a rule to a customer who told of hardship.

        :return: the entry of the reason and the hold of the rule
        """
        hardship = self.env.ref("customer_collections.reason_hardship")
        hardship.write(reason)
        entry = self.profile.with_user(self.collector)._give_reason(hardship)
        self._apply_by_wizard(name)
        return entry.sudo(), entry.sudo().hold_id

    def _apply_by_wizard(self, name):
        form = Form(
            self.env["collections.hardship.wizard"]
            .with_user(self.collector)
            .with_context(default_profile_id=self.profile.id)
        )
        form.rule_id = self._rule(name).with_user(self.collector)
        form.save().action_apply()

    def test_breathing_space_outlives_the_payment_of_what_was_late(self):
        self._invoice(50)
        entry, hold = self._grant("breathing_space")
        self._pay(self.invoice)
        self._run()
        self.assertEqual(entry.end_note, "Settled")
        self.assertEqual((hold.state, hold.reason), ("active", "breathing_space"))
        self.assertEqual(self.profile.hold_effect, "silence")

    def test_breathing_space_outlives_the_reason_it_was_asked_with(self):
        entry, hold = self._grant("breathing_space")
        profile = self.profile.with_user(self.collector)
        later = profile._give_reason(
            self.env.ref("customer_collections.reason_cannot"), source="customer"
        )
        self.assertEqual(entry.ended_on, self.today)
        self.assertEqual(hold.state, "active")
        later.action_end()
        self.assertEqual(hold.state, "active")
        self.assertEqual(self.profile.next_code, "silenced")

    def test_breathing_space_outlives_the_end_of_its_reason(self):
        entry, hold = self._grant("breathing_space")
        entry.with_user(self.collector).action_end()
        self.assertEqual(entry.ended_on, self.today)
        self.assertEqual(hold.state, "active")

    def test_breathing_space_outlives_what_is_agreed(self):
        _entry, hold = self._grant("breathing_space", next_action="promise")
        self.env["collections.promise"].with_user(self.collector)._give(
            self.profile.with_user(self.collector), 100, self._day(7)
        )
        self.assertEqual(hold.state, "active")

    def test_breathing_space_outlives_a_gentler_rule(self):
        _entry, hold = self._grant("breathing_space")
        self._apply_by_wizard("hardship")
        self.assertEqual(hold.state, "active")
        self.assertEqual(self.profile.next_code, "silenced")

    # === WHAT THEY CAN BEAR === #

    def test_an_empty_form_of_what_they_can_bear_opens(self):
        form = Form(self.env["collections.affordability"].with_user(self.collector))
        self.assertFalse(form.instalment)
        form.profile_id = self.profile
        self.assertEqual(form.amount_owed, 100)

    def _affordability(self, **values):
        return (
            self.env["collections.affordability"]
            .with_user(self.collector)
            .create(
                {
                    "profile_id": self.profile.id,
                    "income": 1500,
                    "line_ids": [
                        Command.create({"name": "Housing", "amount": 900}),
                        Command.create({"name": "Food", "amount": 480}),
                    ],
                    **values,
                }
            )
        )

    def test_the_instalment_is_our_part_of_a_share_of_what_is_left(self):
        form = self._affordability(amount_others=300)
        self.assertEqual(form.surplus, 120)
        # Half of 120, and a quarter of that: 100 of 400 are ours
        self.assertEqual(form.instalment, 15)
        self.assertEqual(form.months, 7)

    def test_where_nothing_is_left_no_plan_is_proposed(self):
        form = self._affordability(income=1000)
        self.assertEqual(form.instalment, 0)
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            form.action_plan()

    def test_what_they_can_bear_opens_the_plan_prefilled(self):
        form = self._affordability()
        action = form.action_plan()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.collector)
            .with_context(**action["context"])
        )
        self.assertEqual(wizard.profile_id, self.profile)
        self.assertEqual(wizard.rhythm, "month")
        self.assertEqual(wizard.instalment_count, form.months)
        self.assertEqual(wizard.amount, form.amount_owed)
        amounts = [row["amount"] for row in wizard.preview_ids._records]
        self.assertEqual(sum(amounts), form.amount_owed)
        self.assertLessEqual(max(amounts), form.instalment)

    def test_the_plan_goes_over_what_it_covers(self):
        self._credit_note(40)
        self._run()
        form = self._affordability(income=1420)
        self.assertEqual((form.amount_owed, form.instalment, form.months), (60, 20, 3))
        action = form.action_plan()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.collector)
            .with_context(**action["context"])
        )
        self.assertEqual((wizard.amount, wizard.instalment_count), (100, 5))

    def test_the_policy_says_which_share(self):
        self.policy.affordable_percent = 25
        self.assertEqual(self._affordability().instalment, 30)
        with self.assertRaises(ValidationError):
            self.policy.affordable_percent = 0

    # === FREE ADVICE === #

    def test_advice_is_of_the_customers_country_and_kind(self):
        self.assertIn(
            "StepChange Debt Charity", self.profile._get_advice().mapped("name")
        )
        self.customer.is_company = True
        self.assertEqual(self.profile._get_advice().name, "Business Debtline")
        self.customer.country_id = self.env.ref("base.es")
        self.assertEqual(self.profile._get_advice().name, "Plataforma PYME")
