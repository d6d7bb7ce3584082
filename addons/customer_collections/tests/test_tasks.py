from odoo import Command
from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestTasks(CollectionsCommon):
    """What people were asked to do: whose it is, and what takes it back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(100, days_late=5)

    def _ask(self, channel="call"):
        self.friendly.channel_ids = [
            Command.clear(),
            Command.create({"channel": channel}),
        ]
        self._run()
        touchpoint = self._open_touchpoints()
        self._dispatch()
        self.assertEqual(touchpoint.state, "sent", touchpoint.refusal_note)
        self.assertTrue(touchpoint.activity_id)
        self.profile = self._profile()
        return touchpoint

    def _hold(self, effect="pause", **values):
        return self.env["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "reason": "manual",
                "effect": effect,
                "scope": "all",
                "user_id": self.manager.id,
                "date_review": self.today,
                **values,
            }
        )

    def _assert_taken_back(self, touchpoint, why):
        self.assertFalse(touchpoint.activity_id)
        self.assertFalse(
            self.profile.activity_ids.filtered(lambda a: "replied" not in a.summary)
        )
        self.assertIn("Taken back", touchpoint.refusal_note)
        self.assertIn(why, touchpoint.refusal_note)
        # It was asked for: the ladder stands where it stood.
        self.assertEqual(touchpoint.state, "sent")
        self.assertEqual(self.profile.stage_id, self.friendly)

    def test_a_payment_takes_the_call_back_at_once(self):
        call = self._ask()
        self._pay(self.invoice)
        self.profile.with_user(self.collector).action_refresh()
        self._assert_taken_back(call, "has been settled")

    def test_the_nightly_run_takes_the_call_back(self):
        call = self._ask()
        self._invoice(50, days_late=-10)
        self._pay_without_entry(self.invoice)
        self._run()
        self._assert_taken_back(call, "on its way")

    def test_a_part_payment_leaves_the_call(self):
        call = self._ask()
        self._pay(self.invoice, 60)
        self.profile._redecide()
        self._run()
        self.assertTrue(call.activity_id)
        self.assertFalse(call.refusal_note)

    def test_an_invoice_posted_anew_leaves_the_call(self):
        call = self._ask()
        self.invoice.button_draft()
        self.invoice.invoice_line_ids.price_unit = 90
        self.invoice.action_post()
        self.profile._redecide()
        self.assertTrue(call.activity_id)

    def test_a_pause_takes_the_call_back(self):
        call = self._ask()
        self._hold()
        self._assert_taken_back(call, "to be looked at again")

    def test_a_call_that_was_taken_back_is_not_the_one_that_is_made_later(self):
        call = self._ask()
        self._hold()._end("They may be called again", user=self.manager)
        later = self.profile.with_user(self.collector)._log_contact(
            "call", "out", "reached", "Friday", conversation=True
        )
        self.assertNotEqual(later, call)
        self.assertFalse(call.outcome)

    def test_a_reply_takes_the_call_back(self):
        call = self._ask()
        self.profile.with_user(self.env.ref("base.user_root")).message_post(
            body="We will look into it.",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
            email_from=self.customer.email_formatted,
        )
        self._assert_taken_back(call, "until")
        self.assertEqual(self.profile.activity_ids.summary, "The customer replied")

    def test_a_letter_that_was_not_posted_is_taken_back(self):
        letter = self._ask("letter")
        self._pay(self.invoice)
        self.profile._redecide()
        self._assert_taken_back(letter, "has been settled")

    def test_one_task_for_two_letters_stays_as_long_as_one_stands(self):
        letter = self._ask("letter")
        profile = self.profile.with_user(self.collector)
        by_hand = profile._say("letter", "Hello", "<p>Bread?</p>")
        self.assertEqual(by_hand.activity_id, letter.activity_id)
        self._pay(self.invoice)
        self.profile._redecide()
        self.assertTrue(letter.activity_id)

    def test_a_call_that_a_colleague_means_to_make_is_theirs(self):
        self._ask()
        own = self.profile.activity_schedule(
            "mail.mail_activity_data_call", summary="Ask for the new address"
        )
        self._pay(self.invoice)
        self.profile._redecide()
        self.assertEqual(self.profile.activity_ids, own)

    def test_a_call_to_thank_is_not_taken_back_by_the_payment(self):
        self.thanks.channel_ids = [
            Command.clear(),
            Command.create({"channel": "call"}),
        ]
        self._run()
        self._dispatch()
        self._pay(self.invoice)
        self._run()
        self._dispatch()
        thanks = self._touchpoints()[-1]
        self.assertEqual((thanks.kind, thanks.state), ("after_paid", "sent"))
        self._run()
        self.assertTrue(thanks.activity_id)
