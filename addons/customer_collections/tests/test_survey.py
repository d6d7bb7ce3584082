from datetime import timedelta

from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestSurvey(CollectionsCommon):
    """What is known of customers before the first run, and how they pay."""

    def test_a_survey_tells_what_is_owed_and_what_would_come_next(self):
        self._invoice(250, days_late=5)
        self.env["collections.run"]._survey(self.company)
        profile = self._profile()
        self.assertEqual(profile.amount_overdue, 250)
        self.assertEqual(profile.balance_ids.amount_collectible, 250)
        self.assertEqual(profile.segment_id, self.segment)
        self.assertEqual(profile.next_stage_id, self.friendly)
        self.assertEqual(profile.next_code, "due")

    def test_a_survey_plans_nothing(self):
        self._invoice(days_late=5)
        self.env["collections.run"]._survey(self.company)
        self.assertFalse(self._profile().touchpoint_ids)

    def test_the_first_run_plans_what_a_survey_found_due(self):
        self._invoice(days_late=5)
        self.env["collections.run"]._survey(self.company)
        self.assertEqual(self._run().planned_count, 1)
        self.assertEqual(self._profile().next_code, "planned")

    def test_a_survey_leaves_customers_alone_whom_the_desk_knows(self):
        self._invoice(days_late=5)
        self._run()
        self._invoice(days_late=5, partner=self._customer("New Bakery"))
        self.env["collections.run"]._survey(self.company)
        self.assertEqual(self._profile().next_code, "planned")

    def test_who_paid_is_learned_by_the_job_of_the_next_night(self):
        move = self._invoice(days_late=10)
        self._run()
        self._pay(move)
        self._learn(1)
        self.assertEqual(self._profile().paid_count, 1)
        self.assertEqual(self._profile().average_days_late, 10)

    def test_who_paid_is_learned_also_when_somebody_looked_at_them_since(self):
        move = self._invoice(days_late=10)
        self._run()
        self._pay(move)
        self._profile()._refresh()
        self._learn(1)
        self.assertEqual(self._profile().paid_count, 1)

    def test_where_nothing_moved_a_part_is_learned_each_day_and_all_in_a_week(self):
        self._invoice(days_late=10)
        self._run()
        profile = self._profile()
        self._learn(1)
        days = set()
        for day in range(2, 9):
            before = profile.behaviour_date
            self._learn(day)
            if profile.behaviour_date != before:
                days.add(day)
        self.assertEqual(len(days), 1)

    def _learn(self, days):
        profiles = self.env["collections.profile"]
        self.env.flush_all()
        profiles._learn(self.company, self.today + timedelta(days=days))
