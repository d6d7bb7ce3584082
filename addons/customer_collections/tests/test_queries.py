from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestQueries(CollectionsCommon):
    """Ten times the customers take as many queries."""

    def _grow(self, count, unreachable=0):
        partners = self.env["res.partner"]
        for number in range(count):
            partners |= self._customer(f"Grown{number} Ltd")
        for number in range(unreachable):
            partners |= self._customer(
                f"Hidden{number} Ltd", email=False, phone=False, street=False
            )
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
        self._grow(2, unreachable=2)
        self._run()
        self._grow(3, unreachable=2)
        few = self._count(self._run)
        self._grow(30, unreachable=20)
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

    def _write_to_others(self, count):
        """Have a message ready for somebody else than the recipient of so many
        customers, in as many places."""
        self._grow(count)
        self._run()
        profiles = self.env["collections.profile"].search([], order="id")[-count:]
        people = self.env["res.partner"].create(
            [
                {
                    "name": f"Colleague {number}",
                    "parent_id": profile.partner_id.id,
                    "type": "other",
                    "email": f"colleague{number}@customer.example",
                    "country_id": self.env.ref("base.us").id,
                    "state_id": state.id,
                }
                for number, (profile, state) in enumerate(
                    zip(profiles, self.env.ref("base.us").state_ids, strict=False)
                )
            ]
        )
        return (
            self.env["collections.touchpoint"]
            .sudo()
            .create(
                [
                    {
                        "profile_id": profile.id,
                        "company_id": self.company.id,
                        "partner_id": person.id,
                        "state": "scheduled",
                    }
                    for profile, person in zip(profiles, people, strict=True)
                ]
            )
        )

    def test_the_gate_asks_as_often_for_others_than_the_recipients(self):
        first, few, many = map(self._write_to_others, (2, 5, 15))
        first._check_gate()
        few = self._count(few._check_gate)
        many = self._count(lambda messages=many: messages._check_gate())
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
