from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestTouchpointAbout(CollectionsCommon):
    def test_what_is_planned_shows_its_items_and_writes_no_rows(self):
        invoice = self._invoice(days_late=5)
        self._invoice(50, days_late=-10)
        self._run()
        planned = self._open_touchpoints().with_user(self.collector)
        self.assertFalse(planned.line_ids)
        self.assertEqual(
            planned.about_ids.mapped(lambda line: (line.kind, line.amount)),
            [("overdue", 100), ("coming", 50)],
        )
        self.assertIn(invoice.name, planned.about_html)

    def test_what_was_said_stays_in_rows(self):
        invoice = self._invoice(days_late=5)
        self._run()
        self._dispatch()
        sent = self._touchpoints()
        self.assertEqual(sent.line_ids.move_id, invoice)
        self.assertEqual(sent.about_ids, sent.line_ids)
        self._pay(invoice)
        self.assertEqual(sent.line_ids.amount, 100)

    def test_a_courtesy_that_a_person_refused_is_not_made_again(self):
        self._invoice(days_late=-2)
        self._run()
        courtesy = self._open_touchpoints()
        self.assertEqual(courtesy.kind, "before_due")
        courtesy.with_user(self.collector)._refuse("They know.")
        self.assertEqual(courtesy.line_ids.amount, 100)
        self._run()
        self.assertFalse(self._open_touchpoints())

    def test_what_is_planned_shows_what_the_ledger_has_now(self):
        invoice = self._invoice(days_late=5)
        self._run()
        planned = self._open_touchpoints()
        self._pay(invoice, 60)
        planned.invalidate_recordset()
        self.assertEqual(planned.about_ids.amount, 40)
        self._pay(invoice)
        planned.invalidate_recordset()
        self.assertFalse(planned.about_ids)

    def test_the_items_of_several_customers_are_told_apart(self):
        self._invoice(days_late=5)
        bert = self._customer("Bert Butcher")
        self._invoice(70, partner=bert, days_late=5)
        self._run()
        planned = self._open_touchpoints() | self._open_touchpoints(bert)
        self.assertEqual(
            [t.about_ids.mapped("amount") for t in planned.with_user(self.collector)],
            [[100], [70]],
        )

    def test_a_text_that_was_edited_keeps_the_amounts_that_were_seen(self):
        invoice = self._invoice(days_late=5)
        self._run()
        planned = self._open_touchpoints()
        planned.with_user(self.collector)._edit("Hello", "<p>My own words</p>")
        self._pay(invoice, 60)
        planned.invalidate_recordset()
        self.assertEqual(planned.about_ids.amount, 100)
        self._dispatch()
        self.assertEqual(planned.state, "to_approve")
        self.assertEqual(planned.about_ids.amount, 40)

    def test_a_step_is_not_taken_for_what_fell_due_after_it_was_planned(self):
        first = self._invoice(days_late=5)
        self._invoice(70, days_late=-1)
        self._run()
        planned = self._open_touchpoints()
        self._pay(first)
        with freeze_time(fields.Datetime.now() + timedelta(days=3)):
            self.assertTrue(planned.profile_id.item_ids)
            refusal = planned._check_gate()[planned.id]
        self.assertEqual(refusal.code, "settled")

    def test_a_courtesy_is_not_sent_once_what_fell_due_that_day_is_paid(self):
        first = self._invoice(days_late=-2)
        self._invoice(70, days_late=-4)
        self._run()
        planned = self._open_touchpoints()
        self.assertEqual(planned.about_ids.mapped("amount"), [100, 70])
        self._pay(first)
        self.assertEqual(planned._check_gate()[planned.id].code, "settled")

    def test_an_item_that_is_gone_is_left_out(self):
        invoice = self._invoice(days_late=5)
        self._invoice(50, days_late=5)
        self._run()
        planned = self._open_touchpoints()
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        planned.invalidate_recordset()
        self.assertEqual(planned.about_ids.mapped("amount"), [50])

    def test_the_items_of_one_customer_are_read_without_those_of_others(self):
        self._invoice(days_late=5)
        self._invoice(70, partner=self._customer("Bert Butcher"), days_late=5)
        self._run()
        profile = self._profile()
        [values] = profile.with_user(self.collector).web_read(
            {"item_ids": {"fields": {"amount_collectible": {}}}, "item_count": {}}
        )
        self.assertEqual(values["item_count"], 1)
        self.assertEqual([i["amount_collectible"] for i in values["item_ids"]], [100])
        items = self.env["collections.item"]
        narrowed = items.with_context(collections_items_of=profile.ids)
        self.assertEqual(narrowed.search([]), profile.item_ids)
        self.assertGreater(items.search([]), profile.item_ids)
