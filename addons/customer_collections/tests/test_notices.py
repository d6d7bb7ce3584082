from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .plan_common import PlanCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10 09:00:00")
class TestNotices(PlanCommon):
    """What is said of agreements waits where a reminder would be planned anew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.offer_approval_amount = 30

    def _hold(self, effect="pause", days=5):
        return self.env["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "effect": effect,
                "date_end": self._day(days),
            }
        )

    def _write_to_us(self, body="Can we pay in instalments?"):
        self.profile.message_post(
            body=body,
            author_id=self.customer.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )

    def _said(self, agreement):
        field = "plan_id" if agreement._name == "collections.plan" else "offer_id"
        return self.env["collections.touchpoint"].search([(field, "=", agreement.id)])

    def _accepted_offer(self):
        offer = (
            self.env["collections.offer"]
            .with_user(self.collector)
            ._make(
                self.profile.with_user(self.collector),
                "settlement",
                290,
                self._day(10),
            )
        )
        offer._accept()
        return offer.with_env(self.env)

    def test_a_plan_proposed_while_they_wait_for_an_answer_is_told_afterwards(self):
        self._write_to_us()
        plan = self._plan(agreed=False)
        self._run()
        message = self._said(plan)
        message._dispatch()
        self.assertEqual(message.state, "scheduled")
        self.assertIn("replied", message.refusal_note)
        self.profile._end_reply_holds("Answered")
        with self._at(1):
            self._run(self._day(1))
            self.assertTrue(self._dispatch() & message)
        self.assertRecordValues(
            self._said(plan), [{"state": "sent", "plan_message": "proposal"}]
        )
        self.assertEqual(message.why, f"The proposed plan · {plan.name}")

    def test_a_confirmation_that_waits_is_not_lost_when_they_write(self):
        plan = self._plan()
        self._run()
        message = self._open_touchpoints()
        self._write_to_us("Thank you!")
        self.assertEqual((self._said(plan), message.state), (message, "scheduled"))
        message._dispatch()
        self.assertFalse(message.sent_at)
        self.profile._end_reply_holds("Answered")
        with self._at(1):
            self._dispatch()
        self.assertEqual(message.state, "sent")

    def test_a_confirmed_offer_that_waits_for_the_morning_outlives_the_run(self):
        with self._at(0, hour=20):
            message = self._said(self._accepted_offer())
            self.assertEqual(message.state, "scheduled")
        with self._at(1, hour=3):
            self._run(self._day(1))
        with self._at(1):
            self._dispatch()
        self.assertEqual(message.state, "sent")

    def test_whose_channel_is_not_wanted_any_more_hears_it_by_another(self):
        message = self._said(self._accepted_offer())
        self.profile._opt_out("email", "person")
        self.assertEqual((message.state, message.channel), ("scheduled", "letter"))

    def test_whose_mail_comes_back_meanwhile_hears_it_by_another_channel(self):
        plan = self._plan()
        self._run()
        message = self._said(plan)
        self.customer.message_bounce = 1
        message._dispatch()
        self.assertEqual((message.state, message.channel), ("scheduled", "sms"))
        self._dispatch()
        self.assertEqual(message.state, "sent")

    def test_whose_reader_has_left_meanwhile_goes_to_the_customer(self):
        ann = self.env["res.partner"].create(
            {
                "name": "Ann",
                "parent_id": self.customer.id,
                "type": "invoice",
                "email": "ann@customer.example",
                "lang": "en_US",
            }
        )
        self._run()
        plan = self._plan()
        self._run()
        message = self._said(plan)
        self.assertEqual(message.partner_id, ann)
        ann.active = False
        message._dispatch()
        self.assertRecordValues(
            message, [{"state": "scheduled", "partner_id": self.customer.id}]
        )
        self._dispatch()
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.address, self.customer.email_normalized)

    def test_what_nothing_carries_is_told_to_the_collector(self):
        message = self._said(self._accepted_offer())
        self.customer.street = False
        self.profile._opt_out("email", "person")
        self.assertRecordValues(
            message, [{"state": "cancelled", "refusal": "no_channel"}]
        )
        self.assertIn(message.refusal_note, self.profile.activity_ids.mapped("summary"))

    def test_under_silence_it_waits_as_well_and_leaves_nothing_out(self):
        plan = self._plan()
        self._run()
        hold = self._hold("silence")
        message = self._said(plan)
        message._dispatch()
        self.assertRecordValues(message, [{"state": "scheduled", "sent_at": False}])
        self.assertEqual(
            message.scheduled_at, fields.Datetime.now() + timedelta(days=1)
        )
        hold._end("Over")
        with self._at(1):
            self._dispatch()
        self.assertEqual(message.state, "sent")

    def test_under_breathing_space_it_waits_as_well(self):
        self.customer.country_id = self.env.ref("base.uk")
        plan = self._plan()
        self._run()
        message = self._said(plan)
        rule = self.env.ref("customer_collections.hold_rule_breathing_space")
        hold = rule.with_user(self.collector)._apply(
            self.profile.with_user(self.collector), self.today, sole_trader=True
        )
        self.assertEqual((hold.effect, message.state), ("silence", "scheduled"))
        message._dispatch()
        self.assertFalse(message.sent_at)

    def test_of_merged_contacts_the_one_that_stays_hears_it(self):
        plan = self._plan()
        self._run()
        message = self._said(plan)
        double = self._customer("Alma Backery", email="alma2@customer.example")
        self.env["collections.profile"].sudo().create(
            {"partner_id": double.id, "company_id": self.company.id}
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((self.customer | double).ids, double)
        self.env.invalidate_all()
        self.assertEqual((message.state, message.partner_id), ("scheduled", double))
        self.assertEqual(message.profile_id, self._profile(double))

    def test_what_off_took_back_is_said_once_the_company_is_live_again(self):
        plan = self._plan()
        self._run()
        self.company.sudo()._collections_go_off()
        self.assertEqual(self._said(plan).refusal, "not_live")
        self.company.collections_mode = "live"
        self._run_at(1)
        self.assertEqual(
            self._said(plan).sorted("id").mapped("state"), ["cancelled", "scheduled"]
        )

    def test_a_missed_instalment_is_asked_about_by_a_person_under_a_pause(self):
        plan = self._plan()
        self._run()
        self._dispatch()
        self._hold(days=60)
        self._run_at(9)
        self._run_at(16)
        missed = self._said(plan).filtered(lambda t: t.plan_message == "missed")
        self.assertEqual((missed.state, missed.refusal), ("cancelled", "paused"))
