from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestTours(CollectionsCommon, HttpCase):
    """A day at the desk, in a browser."""

    # A browser lives in real time.
    freeze_time = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        # So that a tour does not depend on the hour and weekday it runs at.
        cls.env["collections.contact.rule"].search([]).active = False
        cls.invoice = cls._invoice(100, days_late=5)

    def test_a_collector_finds_a_customer_reads_the_sentence_and_logs_a_call(self):
        self._run()
        self.start_tour("/odoo/collections", "collections_collector", login="collector")
        call = self._touchpoints().filtered(lambda t: t.channel == "call")
        self.assertEqual(call.note, "Pays on Friday")
        self.assertEqual(call.user_id, self.collector)
        self.assertTrue(call.conversation)
        activity = self._profile().activity_ids
        self.assertEqual(activity.date_deadline, self.today + timedelta(days=3))

    def test_a_collector_holds_a_customer(self):
        self._run()
        self.start_tour("/odoo/collections", "collections_hold", login="collector")
        hold = self._profile().hold_ids
        self.assertEqual(hold.effect, "silence")
        self.assertEqual(hold.date_end, self.today + timedelta(days=14))

    def test_a_collector_takes_down_a_promise(self):
        self._run()
        self.start_tour("/odoo/collections", "collections_promise", login="collector")
        promise = self._profile().promise_ids
        self.assertEqual(promise.amount, 60)
        self.assertEqual(promise.date_due, self.today + timedelta(days=7))

    def test_a_promise_is_taken_down_on_the_invoice(self):
        self._run()
        self.start_tour(
            f"/odoo/customer-invoices/{self.invoice.id}",
            "collections_promise_invoice",
            login="collector",
        )
        promise = self._profile().promise_ids
        self.assertEqual(promise.line_ids.move_line_id.move_id, self.invoice)
        self.assertFalse(promise.any_item)

    def test_a_collector_withdraws_a_promise_and_says_why(self):
        self._run()
        promise = self.env["collections.promise"]._give(
            self._profile(), 100, self.today + timedelta(days=7)
        )
        self.start_tour(
            f"/odoo/collections-promises/{promise.id}",
            "collections_withdraw",
            login="collector",
        )
        self.assertEqual(promise.end_note, "They called: not before June")
        self.assertEqual(self._profile().amount_collectible, 100)

    def test_a_manager_sets_up_previews_and_goes_live(self):
        self.company.collections_mode = "preview"
        self.start_tour("/odoo/collections", "collections_go_live", login="manager")
        self.assertEqual(self.company.collections_mode, "live")
        self.assertEqual(self.company.collections_business, "both")
        self.assertEqual(self._open_touchpoints().state, "scheduled")

    def test_a_manager_edits_approves_and_refuses_messages(self):
        self.friendly.approval = True
        self._invoice(300, days_late=5, partner=self._customer("Bruno Cars"))
        self._run()
        self.start_tour(
            "/odoo/collections-to-approve", "collections_approve", login="manager"
        )
        approved = self._touchpoints()
        self.assertEqual(approved.state, "scheduled")
        self.assertEqual(approved.subject, "A word about your invoice")
        refused = self.env["collections.touchpoint"].search(
            [("refusal", "=", "refused")]
        )
        self.assertEqual(refused.profile_id.partner_id.name, "Bruno Cars")
        self.assertEqual(refused.refusal_note, "They called this morning")
