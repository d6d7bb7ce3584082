from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestPolicy(CollectionsCommon):
    def test_a_policy_without_stages_is_told_and_the_others_go_on(self):
        empty = self.env["collections.policy"].create({"name": "Empty"})
        self.segment.domain = "[('partner_id.name', '=', 'Alma Bakery')]"
        self.env["collections.segment"].create(
            {"name": "The rest", "policy_id": empty.id, "sequence": 90}
        )
        bert = self._customer("Bert Butcher")
        self._invoice(days_late=5)
        self._invoice(days_late=5, partner=bert)
        run = self._run()
        self.assertIn("“Empty” has no stages", run.warnings)
        self.assertIn("no stages", empty.note)
        self.assertEqual(self._profile(bert).next_code, "no_stages")
        self.assertIn("no stages", self._profile(bert).next_summary)
        self.assertEqual(len(self._open_touchpoints()), 1)

    def test_a_stage_without_channel_is_told(self):
        self.friendly.channel_ids.unlink()
        self._invoice(days_late=5)
        self.assertIn("names no channel", self._run().warnings)
        self.assertEqual(self._profile().next_code, "no_channel")

    def test_an_archived_policy_is_used_no_more(self):
        self._invoice(days_late=5)
        self._run()
        self.policy.active = False
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self._profile().next_code, "no_policy")

    def test_a_step_archived_since_it_was_planned_does_not_leave(self):
        self._invoice(days_late=5)
        self._run()
        touchpoint = self._open_touchpoints()
        self.friendly.with_user(self.manager).active = False
        self.env.flush_all()
        self._dispatch()
        self.assertEqual(
            (touchpoint.state, touchpoint.refusal), ("cancelled", "superseded")
        )
        self.assertEqual(self._profile().next_stage_id, self.firm)

    def test_a_step_of_a_policy_archived_since_does_not_leave(self):
        self._invoice(days_late=5)
        self._run()
        touchpoint = self._open_touchpoints()
        self.policy.with_user(self.manager).active = False
        self._dispatch()
        self.assertEqual(
            (touchpoint.state, touchpoint.refusal), ("cancelled", "no_policy")
        )

    def test_a_stage_is_archived_and_taken_back_where_the_ladder_is_edited(self):
        policy = self.policy.with_user(self.manager)
        with Form(policy) as form, form.stage_ids.edit(0) as line:
            line.active = False
        self.assertFalse(self.courtesy.active)
        self.env.invalidate_all()
        self.assertEqual(policy.archived_stage_ids, self.courtesy)
        self.assertNotIn(self.courtesy, policy.stage_ids)
        with Form(policy) as form, form.archived_stage_ids.edit(0) as line:
            line.active = True
        self.assertTrue(self.courtesy.active)

    def test_a_copied_ladder_goes_on_with_its_own_step_after_a_broken_plan(self):
        self.policy.plan_broken_stage_id = self.firm
        copied = self.policy.with_user(self.manager).copy()
        stage = copied.plan_broken_stage_id
        self.assertEqual((stage.name, stage.policy_id), ("Firm", copied))

    def test_a_later_stage_cannot_be_gentler(self):
        with self.assertRaisesRegex(ValidationError, "cannot be gentler"):
            self.final.tone = "helpful"

    def test_a_stage_that_comes_back_cannot_be_gentler(self):
        stage = self.final.with_user(self.manager)
        stage.active = False
        self.firm.tone = "final"
        stage.tone = "firm"
        with self.assertRaisesRegex(ValidationError, "cannot be gentler"):
            stage.active = True

    def test_a_stage_keeps_to_its_side_of_the_due_date(self):
        with self.assertRaisesRegex(ValidationError, "negative number"):
            self.courtesy.delay_days = 3
        with self.assertRaisesRegex(ValidationError, "at least one day"):
            self.friendly.delay_days = 0

    def test_days_and_amounts_are_not_negative(self):
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self.friendly.interval_days = -1
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self.policy.minimum_amount = -1

    def test_a_stage_that_spoke_is_kept(self):
        self._invoice(days_late=5)
        self._run()
        with self.assertRaisesRegex(UserError, "archive it instead"):
            self.friendly.unlink()

    def test_a_changed_policy_does_not_change_what_was_said(self):
        self._invoice(days_late=5)
        self._run()
        touchpoint = self._open_touchpoints()
        self._dispatch()
        self.friendly.write({"tone": "helpful", "delay_days": 4})
        self.assertEqual(touchpoint.tone, "friendly")

    def test_small_amounts_are_not_chased(self):
        self.policy.minimum_amount = 100
        self._invoice(100, days_late=5)
        self._run()
        self.assertEqual(self._profile().next_code, "below_minimum")
        self.assertFalse(self._open_touchpoints())
        self._invoice(1, days_late=4)
        self._run()
        self.assertTrue(self._open_touchpoints())

    def test_a_minimum_is_met_in_the_companys_currency(self):
        currency = self.setup_other_currency("CHF", rates=[("2020-01-01", 4.0)])
        self.policy.minimum_amount = 50
        self._invoice(100, days_late=5, currency_id=currency.id)
        self._run()
        self.assertEqual(self._profile().next_code, "below_minimum")

    def test_a_step_with_a_minimum_waits_for_it(self):
        self.friendly.minimum_amount = 200
        self._invoice(100, days_late=5)
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self._profile().next_stage_id, self.friendly)

    def test_the_ladder_ends_with_a_person(self):
        self._invoice(days_late=100)
        self._run()
        self._profile().sudo().write(
            {"stage_id": self.final.id, "stage_date": self.today - timedelta(days=30)}
        )
        self._open_touchpoints().sudo().write({"state": "cancelled"})
        self._run()
        self.assertEqual(self._profile().next_code, "ladder_done")
        self.assertIn("a person decides", self._profile().next_summary)

    def test_another_ladder_goes_on_where_the_customer_stands(self):
        self._invoice(days_late=50)
        self._run()
        self._dispatch()
        other = self.policy.copy({"name": "Other"})
        other.stage_ids.filtered(lambda s: s.tone == "friendly").channel_ids = [
            Command.clear(),
            Command.create({"channel": "call"}),
        ]
        self.segment.policy_id = other
        self._run(self.today + timedelta(days=7))
        touchpoint = self._open_touchpoints()
        self.assertEqual(touchpoint.tone, "firm")
        self.assertEqual(touchpoint.stage_id.policy_id, other)

    def test_the_shipped_ladders_lack_nothing(self):
        segments = self.env["collections.segment"].with_context(active_test=False)
        shipped = segments.search([]) - self.segment
        self.assertEqual(len(shipped), 3)
        for policy in shipped.policy_id:
            self.assertFalse(policy._get_lack())
            kinds = set(policy.stage_ids.mapped("kind"))
            self.assertEqual(kinds, {"before_due", "overdue", "after_paid"})
