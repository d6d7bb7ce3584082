from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestGoLive(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.collections_mode = "preview"
        cls._invoice(100, days_late=20)

    def _go(self, catch_up="gentle", days=180):
        # The wizard asks for the right and acts as the system.
        run = self.company.sudo()._collections_go_live(catch_up, days)
        self.assertEqual(self.company.collections_mode, "live")
        return run

    def test_preview_plans_and_live_releases(self):
        self._run()
        touchpoint = self._touchpoints()
        self.assertEqual(touchpoint.state, "planned")
        self._go()
        self.assertEqual(touchpoint.state, "scheduled")
        self.assertEqual(self._touchpoints(), touchpoint)
        self.assertEqual(self._dispatch(), touchpoint)

    def test_who_goes_live_is_asked_where_nobody_else_is_there(self):
        self.company.collections_sender_id = False
        self.friendly.channel_ids = [
            Command.clear(),
            Command.create({"channel": "call"}),
        ]
        hermit = self._customer("Hidden Hermit", phone=False)
        self._invoice(100, days_late=20, partner=hermit)
        wizard = self.env["collections.go.live"].with_user(self.manager).create({})
        self.assertFalse(self.company.collections_sender_id)
        wizard.confirmed = True
        wizard.action_go_live()
        self.assertEqual(self.company.collections_sender_id, self.manager)
        self._dispatch()
        for partner in (self.customer, hermit):
            self.assertEqual(self._profile(partner).activity_ids.user_id, self.manager)

    def test_a_task_of_a_company_without_a_sender_is_a_managers(self):
        self.company.write({"collections_sender_id": False, "collections_mode": "live"})
        self.customer.write({"email": False, "phone": False, "street": False})
        self._run()
        asked = self._profile().activity_ids
        self.assertTrue(asked.user_id.has_group("customer_collections.group_manager"))

    def test_what_needs_approval_waits_for_it(self):
        self.friendly.approval = True
        self._run()
        self._go()
        self.assertEqual(self._touchpoints().state, "to_approve")

    def test_old_debts_start_at_the_gentle_end(self):
        self._invoice(100, days_late=300)
        self._go()
        self.assertEqual(self._open_touchpoints().stage_id, self.friendly)

    def test_old_debts_may_start_where_their_age_calls_for(self):
        self._run()
        self._go("age")
        self.assertEqual(self._open_touchpoints().stage_id, self.firm)
        self.assertEqual(self._touchpoints()[0].state, "cancelled")

    def test_a_company_that_never_previewed_may_start_by_age(self):
        self._go("age")
        self.assertEqual(self._open_touchpoints().stage_id, self.firm)

    def test_the_age_of_a_debt_is_that_where_the_company_works(self):
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        bruno = self._customer("Bruno Cars")
        self._invoice(100, days_late=15, partner=bruno)
        # In the evening of the ninth there, fourteen days after the due date
        with freeze_time("2026-03-10 05:00:00"):
            self._go("age")
        profile = self._profile(bruno)
        self.assertFalse(profile.stage_id)
        self.assertEqual(profile.next_stage_id, self.friendly)

    def test_who_was_never_reminded_is_not_thanked(self):
        self._go("age")
        self.assertEqual(self._profile().stage_id, self.friendly)
        self._pay(self.env["account.move"].search([("amount_residual", "=", 100)]))
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertFalse(self._profile().stage_id)
        self.assertEqual(self._profile().next_code, "nothing_owed")

    def test_debts_older_than_the_limit_may_be_left_to_a_person(self):
        old = self._customer("Old Oak")
        self._invoice(100, days_late=200, partner=old)
        self._go("person", 180)
        self.assertFalse(self._open_touchpoints(old))
        hold = self._profile(old).hold_ids
        self.assertEqual(hold.effect, "pause")
        self.assertTrue(hold.date_review)
        self.assertTrue(self._open_touchpoints())
        self.assertEqual(self._profile(old).next_code, "paused")

    def test_going_live_twice_leaves_a_debt_to_a_person_once(self):
        self._invoice(100, days_late=200)
        self._go("person")
        self.company.sudo()._collections_go_preview()
        self._go("person")
        self.assertEqual(len(self._profile().hold_ids), 1)

    def test_back_to_preview_nothing_leaves(self):
        self._go()
        self.company.sudo()._collections_go_preview()
        self.assertEqual(self.company.collections_mode, "preview")
        self.assertEqual(self._touchpoints().state, "planned")
        self.assertFalse(self._dispatch())

    def _copied(self):
        """Return a message in the mail queue and its copy, for Ada, beside it."""
        ada = self.env["res.partner"].create(
            {
                "name": "Ada Adler",
                "parent_id": self.customer.id,
                "email": "ada@customer.example",
            }
        )
        self._go()
        with patch.object(
            self.env.registry["collections.touchpoint"],
            "_get_copy_readers",
            lambda touchpoint: ada,
        ):
            self._dispatch()
        touchpoints = self._touchpoints()
        self.assertEqual(touchpoints.mapped("state"), ["sent", "sent"])
        copy = touchpoints.filtered("copy_of_id")
        return touchpoints - copy, copy

    def test_back_to_preview_a_copy_in_the_queue_does_not_leave(self):
        said, copy = self._copied()
        mail = copy.mail_message_id.sudo().mail_ids
        self.company.sudo()._collections_go_preview()
        self.assertEqual((said.state, copy.state), ("planned", "cancelled"))
        self.assertEqual(mail.state, "cancel")

    def test_what_waits_for_its_hour_is_taken_back_by_the_word_off(self):
        said, copy = self._copied()
        said.mail_message_id.sudo().mail_ids.state = "sent"
        copy.sudo()._reopen("2026-03-11 08:00:00", "Later")
        self.assertEqual(copy.state, "scheduled")
        self.company.sudo()._collections_go_off()
        self.assertEqual(said.state, "sent")
        self.assertEqual((copy.state, copy.refusal), ("cancelled", "not_live"))

    def test_switched_off_takes_back_what_is_planned_and_runs_no_more(self):
        self._go()
        planned = self._open_touchpoints()
        self.assertTrue(planned)
        wizard = self.env["collections.go.live"].with_user(self.manager).create({})
        wizard.action_off()
        self.assertEqual(self.company.collections_mode, "off")
        self.assertEqual((planned.state, planned.refusal), ("cancelled", "not_live"))
        self.assertFalse(self._dispatch())
        with self.assertRaisesRegex(UserError, "is off"):
            self._run()
        self.assertFalse(self._open_touchpoints())

    def test_a_trial_of_going_live_leaves_nothing(self):
        result = self.company.sudo()._collections_simulate_go_live("age")
        self.assertEqual(len(result["planned"]), 1)
        self.assertEqual(result["planned"][0]["stage_id"], self.firm.id)
        self.assertEqual(self.company.collections_mode, "preview")
        self.assertFalse(self.company.collections_live_since)
        self.assertFalse(self._profile())
        self.assertFalse(self._touchpoints())
        self.assertFalse(self.env["collections.run"].search([]))

    def test_a_trial_says_why_not(self):
        self.customer.write({"email": False, "phone": False, "street": False})
        result = self.env["collections.run"]._simulate(self.company, mode="live")
        self.assertFalse(result["planned"])
        self.assertEqual(result["refused"][0]["refusal"], "no_channel")
        self.assertFalse(
            self.env["mail.activity"].search(
                [("res_model", "=", "collections.profile")]
            )
        )

    def test_a_trial_keeps_what_was_marked_before(self):
        self._run()
        self._invoice(50, days_late=5)
        self.env["collections.run"]._simulate(self.company)
        self.env["collections.profile"]._refresh_stale(self.company)
        self.assertEqual(self._profile().amount_collectible, 150)
