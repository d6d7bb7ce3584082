from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestSnapshot(CollectionsCommon):
    def _rows(self):
        return self.env["collections.snapshot"].search(
            [("company_id", "=", self.company.id)]
        )

    def test_a_day_has_one_row_per_segment_and_collector(self):
        self._invoice(100, days_late=5)
        self._run()
        self._run()
        row = self._rows()
        self.assertEqual(len(row), 1)
        self.assertEqual(row.date, self.today)
        self.assertEqual((row.customer_count, row.overdue_count), (1, 1))
        self.assertEqual(row.amount_overdue, 100)

    def test_a_second_run_of_the_day_writes_what_is_new(self):
        self._invoice(100, days_late=5)
        self._run()
        self._invoice(50, days_late=5)
        self._run()
        self.assertEqual(self._rows().amount_overdue, 150)

    def test_a_customer_who_moves_is_counted_once(self):
        self._invoice(100, days_late=5)
        self._run()
        other = self.segment.copy({"sequence": 1, "name": "Other"})
        self._run()
        self.assertEqual(self._rows().segment_id, other)
        self.assertEqual(sum(self._rows().mapped("amount_overdue")), 100)

    def test_contacts_of_the_day_are_counted(self):
        self._invoice(100, days_late=5)
        self._run()
        self._dispatch()
        self._run()
        self.assertEqual(self._rows().contact_count, 1)

    def test_contacts_after_the_last_run_of_a_day_are_counted_by_the_next(self):
        self._invoice(100, days_late=5)
        self._run()
        self._dispatch()
        self.assertEqual(self._rows().contact_count, 0)
        self._run(self.today + timedelta(days=1))
        after, before = self._rows().sorted("date", reverse=True)
        self.assertEqual((before.contact_count, after.contact_count), (1, 0))

    def test_days_that_are_put_together_are_not_added_up(self):
        first = self._customer("First")
        self._invoice(100, days_late=5, partner=first)
        self.segment.copy(
            {
                "sequence": 1,
                "name": "Others",
                "domain": f"[('partner_id', '!=', {first.id})]",
            }
        )
        self._run()
        self._invoice(50, days_late=5, partner=first)
        self._invoice(30, days_late=5)
        self._run(self.today + timedelta(days=1))
        rows = self.env["collections.snapshot"].with_user(self.manager)

        def add_up(*groupby):
            return rows._read_group(
                [("company_id", "=", self.company.id)],
                groupby,
                ["amount_overdue:sum", "overdue_count:sum"],
            )

        self.assertEqual([row[1:] for row in add_up("date:day")], [(100, 1), (180, 2)])
        of_segments = {row[1:] for row in add_up("segment_id")}
        self.assertEqual(of_segments, {(125, 1), (30, 1)})
        self.assertEqual(add_up(), [(140, 2)])

    def test_a_segment_with_history_is_kept(self):
        self._invoice(100, days_late=5)
        self._run()
        segments = self.env["collections.segment"].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "archive it instead"):
            self.segment.with_user(self.manager).unlink()
        self.assertEqual(self._rows().segment_id, self.segment)
        segments.create({"name": "Nobody", "policy_id": self.policy.id}).unlink()
