from datetime import timedelta

from lxml import etree

from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestWhy(CollectionsCommon):
    """A planned message says why it is due and what it would ask for."""

    def _planned(self, partner=None):
        self.env.invalidate_all()
        return self._open_touchpoints(partner).with_user(self.collector)

    def test_a_reminder_says_for_how_long_and_how_much_is_overdue(self):
        self._invoice(100, days_late=8)
        self._invoice(50, days_late=4)
        self._run()
        planned = self._planned()
        self.assertEqual(planned.why, "Overdue for 8 days")
        self.assertEqual(planned.amount_asked, 150)
        self.assertEqual(planned.currency_id, self.company.currency_id)

    def test_one_day_is_called_yesterday(self):
        self.friendly.delay_days = 1
        self._invoice(100, days_late=1)
        self._run()
        self.assertEqual(self._planned().why, "Overdue since yesterday")

    def test_the_next_step_names_the_one_before(self):
        self._invoice(100, days_late=20)
        self._run()
        self._dispatch()
        self._run(self.today + timedelta(days=7))
        planned = self._planned()
        self.assertEqual(planned.stage_id, self.firm)
        self.assertEqual(
            planned.why, "Overdue for 20 days · “Friendly” was on 03/10/2026"
        )

    def test_a_courtesy_says_when_and_how_much_falls_due(self):
        self._invoice(70, days_late=-2)
        self._run()
        planned = self._planned()
        self.assertEqual(planned.stage_id, self.courtesy)
        self.assertEqual(planned.why, "Falls due on 03/12/2026")
        self.assertEqual(planned.amount_asked, 70)

    def test_the_amount_is_in_the_companys_currency(self):
        currency = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        self._invoice(70, days_late=-2, currency_id=currency.id)
        self._run()
        self.assertEqual(self._planned().amount_asked, 35)

    def test_a_thank_you_asks_for_nothing(self):
        invoice = self._invoice(100, days_late=5)
        self._run()
        self._dispatch()
        self._pay(invoice)
        self._run(self.today + timedelta(days=1))
        planned = self._planned()
        self.assertEqual(planned.why, "Everything that was overdue is settled")
        self.assertFalse(planned.amount_asked)

    def test_what_was_paid_since_is_not_called_overdue(self):
        invoice = self._invoice(100, days_late=5)
        self._run()
        self._pay(invoice)
        self.env["collections.profile"]._refresh_stale(self.company)
        planned = self._planned()
        self.assertEqual(planned.why, "Nothing is overdue any more")
        self.assertFalse(planned.amount_asked)

    def test_what_a_person_should_know_stands_beside_the_reason(self):
        self._invoice(100, days_late=8)
        self._run()
        self._open_touchpoints().sudo().refusal_note = "Tried again"
        self.assertEqual(self._planned().why, "Overdue for 8 days · Tried again")

    def test_what_was_refused_says_why_not_in_the_same_place(self):
        self.customer.write({"email": False, "phone": False, "street": False})
        self._invoice(100, days_late=5)
        refused = self._run().touchpoint_ids.with_user(self.collector)
        self.assertEqual(refused.why, "No permitted channel reaches the customer")
        self.assertFalse(refused.amount_asked)

    def test_the_lists_of_what_is_planned_show_both(self):
        for name in ("planned", "approve"):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                f"customer_collections.collections_touchpoint_action_{name}"
            )
            view = self.env["collections.touchpoint"].get_view(
                action["view_id"][0], "list"
            )
            arch = etree.fromstring(view["arch"])
            for field in ("why", "amount_asked"):
                [column] = arch.iterfind(f"field[@name='{field}']")
                self.assertEqual(column.get("optional"), "show")
                self.assertFalse(column.get("column_invisible"))

    def test_they_cannot_be_sorted_by(self):
        found = self.env["collections.touchpoint"].fields_get(["why", "amount_asked"])
        self.assertFalse(any(field["sortable"] for field in found.values()))

    def test_ten_times_the_messages_ask_the_database_as_often(self):
        def grow(count):
            for number in range(count):
                late = self._customer(f"Late{count}x{number} Ltd")
                self._invoice(100, days_late=5, partner=late)
                soon = self._customer(f"Soon{count}x{number} Ltd")
                self._invoice(70, days_late=-2, partner=soon)
            self._run()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            found = touchpoints.web_search_read([], {"why": {}, "amount_asked": {}})
            self.assertTrue(all(row["why"] for row in found["records"]))
            self.assertTrue(all(row["amount_asked"] for row in found["records"]))
            return self.cr.sql_log_count - before

        touchpoints = self.env["collections.touchpoint"].with_user(self.collector)
        grow(2)
        count()
        few = count()
        grow(20)
        self.assertLessEqual(count(), few)
