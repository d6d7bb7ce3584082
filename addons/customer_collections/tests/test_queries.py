from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestQueries(CollectionsCommon):
    """Ten times the customers take as many queries."""

    def _grow(self, count):
        partners = self.env["res.partner"]
        for number in range(count):
            partners |= self._customer(f"Grown{number} Ltd")
        move = self._invoice(100, days_late=5)
        for partner in partners:
            copied = move.copy(
                {
                    "partner_id": partner.id,
                    "invoice_date": move.invoice_date,
                    "invoice_date_due": move.invoice_date_due,
                }
            )
            copied.action_post()

    def _count(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_a_first_run_asks_as_often_for_ten_times_as_many(self):
        # What is asked once and then remembered does not count.
        self._grow(2)
        self._run()
        self._grow(3)
        few = self._count(self._run)
        self._grow(30)
        many = self._count(self._run)
        # One or two that fill a cache anew come and go.
        self.assertLessEqual(many, few + 3)

    def test_sending_asks_as_often_for_three_times_as_many(self):
        self._grow(2)
        self._run()
        self._dispatch()
        self._grow(5)
        self._run()
        few = self._count(lambda: self.assertEqual(len(self._dispatch()), 5))
        self._grow(15)
        self._run()
        many = self._count(lambda: self.assertEqual(len(self._dispatch()), 15))
        self.assertLessEqual(many, few + 3)

    def test_the_list_asks_as_often_for_ten_times_as_many(self):
        self._grow(3)
        self._run()
        profiles = self.env["collections.profile"].with_user(self.collector)
        specification = {
            "display_name": {},
            "amount_overdue": {},
            "days_past_due": {},
            "next_summary": {},
            "segment_id": {"fields": {"display_name": {}}},
            "collector_id": {"fields": {"display_name": {}}},
            "stage_id": {"fields": {"display_name": {}}},
        }

        def read():
            found = profiles.web_search_read(
                [("company_id", "=", self.company.id)], specification, limit=80
            )
            return found["length"]

        read()
        few = self._count(read)
        self._grow(30)
        self._run()
        read()
        many = self._count(read)
        self.assertGreater(read(), 30)
        self.assertLessEqual(many, few)
