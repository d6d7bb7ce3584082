from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestPins(CollectionsCommon):
    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(100, days_late=5)
        self._run()
        self.profile = self._profile().with_user(self.collector)

    def _pin(self, kind, value, reason="Because I know them"):
        self.profile._pin(kind, value, reason)

    def test_a_pin_keeps_who_and_why(self):
        self._pin("collector", self.manager)
        pin = self.profile.pin_ids
        self.assertEqual(pin.user_id, self.collector)
        self.assertEqual(pin.reason, "Because I know them")
        self.assertEqual(pin.value, self.manager.name)
        self.assertTrue(pin.date)

    def test_a_pin_needs_a_reason(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self._pin("collector", self.manager, "  ")

    def test_a_pinned_segment_stays_and_brings_its_ladder(self):
        other = self.policy.copy({"name": "Other"})
        segment = self.env["collections.segment"].create(
            {
                "name": "Friends",
                "domain": "[('id', '=', 0)]",
                "policy_id": other.id,
                "sequence": 99,
            }
        )
        self._pin("segment", segment)
        self.assertEqual(self.profile.policy_id, other)
        self._run()
        self.assertEqual(self.profile.segment_id, segment)
        self.assertEqual(self.profile.policy_id, other)
        self.assertIn("Pinned by Camille", self.profile.segment_summary)
        self.assertEqual(self._open_touchpoints().stage_id.policy_id, other)

    def test_a_pinned_segment_that_was_deleted_is_pinned_no_more(self):
        usual = self.profile.segment_id
        segment = self.env["collections.segment"].create(
            {
                "name": "Friends",
                "domain": "[('id', '=', 0)]",
                "policy_id": self.policy.id,
            }
        )
        self._pin("segment", segment)
        segment.unlink()
        self._run()
        self.assertEqual(self.profile.segment_id, usual)
        self.assertFalse(self.profile.pin_ids)

    def test_a_segment_of_another_company_cannot_be_pinned(self):
        other = self.setup_other_company(name="Other House")["company"]
        self.collector.company_ids |= other
        theirs = self.env["collections.segment"].create(
            {"name": "Theirs", "policy_id": self.policy.id, "company_id": other.id}
        )
        wizards = self.env["collections.pin.wizard"].with_user(self.collector)
        with self.assertRaisesRegex(UserError, "company crossover"):
            wizards.with_context(
                allowed_company_ids=[self.company.id, other.id]
            ).create(
                {
                    "profile_id": self.profile.id,
                    "kind": "segment",
                    "segment_id": theirs.id,
                    "reason": "Because I know them",
                }
            )

    def test_a_pinned_collector_stays(self):
        self._pin("collector", self.manager)
        self._run()
        self.assertEqual(self.profile.collector_id, self.manager)

    def test_a_collector_pinned_to_nobody_stays_nobody(self):
        self.segment.team_id = self.env["collections.team"].create(
            {"name": "Team", "member_ids": [(0, 0, {"user_id": self.collector.id})]}
        )
        self._pin("collector", self.env["res.users"])
        self._run()
        self.assertFalse(self.profile.collector_id)

    def test_a_pinned_stage_stands_still(self):
        self._pin("stage", self.friendly)
        self._run(self.today + timedelta(days=40))
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self.profile.stage_id, self.friendly)
        self.assertEqual(self.profile.next_code, "pinned")

    def test_the_dialog_says_that_a_pinned_stage_stands_still(self):
        wizards = self.env["collections.pin.wizard"].with_user(self.collector)
        said = wizards.fields_get(["stage_id"])["stage_id"]["help"]
        self.assertIn("stands still", said)

    def test_a_pinned_contact_receives_what_is_said(self):
        ann = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id, "email": "ann@x.example"}
        )
        self._pin("contact", ann)
        self._open_touchpoints().sudo().write({"state": "cancelled"})
        self._run()
        self.assertEqual(self._open_touchpoints().partner_id, ann)

    def test_a_second_pin_takes_the_place_of_the_first(self):
        self._pin("collector", self.manager)
        self._pin("collector", self.collector)
        self.assertEqual(self.profile.collector_id, self.collector)
        self.assertEqual(len(self.profile.pin_ids), 1)
        history = self.profile.with_context(active_test=False).pin_ids
        self.assertEqual(len(history), 2)

    def test_an_unpinned_choice_is_the_runs_again(self):
        self._pin("stage", self.friendly)
        self.profile._unpin("stage")
        self._run(self.today + timedelta(days=40))
        self.assertEqual(self._open_touchpoints().stage_id, self.firm)
