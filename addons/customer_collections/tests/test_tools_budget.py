import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo.tests import BaseCase, tagged

from ..tools.budget import Cap, after_conversation, earliest_within_caps

NEW_YORK = "America/New_York"
SEVEN_IN_SEVEN = Cap(max_count=7, days=7)


def at(zone, *local):
    """Give naive UTC of a local time."""
    local = datetime(*local, tzinfo=ZoneInfo(zone))
    return local.astimezone(timezone.utc).replace(tzinfo=None)


def day_of(zone, moment):
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).date()


@tagged("post_install", "-at_install")
class TestCaps(BaseCase):
    def assertEarliest(self, expected, history, caps, earliest, zones=("UTC",)):
        self.assertEqual(earliest_within_caps(history, caps, earliest, zones), expected)

    def test_a_customer_never_contacted_may_be_at_once(self):
        now = datetime(2025, 1, 15, 10, 30)
        self.assertEarliest(now, [], [SEVEN_IN_SEVEN], now)

    def test_without_caps_nothing_waits(self):
        now = datetime(2025, 1, 15, 10)
        self.assertEarliest(now, [now] * 50, [], now)

    def test_the_seventh_contact_of_a_day_is_permitted(self):
        now = datetime(2025, 1, 6, 18)
        self.assertEarliest(now, [datetime(2025, 1, 6, 9)] * 6, [SEVEN_IN_SEVEN], now)

    def test_the_eighth_waits_for_the_seventh_day_after(self):
        # Monday to Sunday are the seven consecutive days
        history = [datetime(2025, 1, 6, 9)] * 7
        for now in (datetime(2025, 1, 6, 18), datetime(2025, 1, 12, 23, 59, 59)):
            with self.subTest(now=now):
                self.assertEarliest(
                    datetime(2025, 1, 13), history, [SEVEN_IN_SEVEN], now
                )
        monday = datetime(2025, 1, 13, 7)
        self.assertEarliest(monday, history, [SEVEN_IN_SEVEN], monday)

    def test_one_contact_a_day_never_exhausts_seven_in_seven(self):
        history = [datetime(2025, 1, day, 9) for day in range(1, 8)]
        now = datetime(2025, 1, 8)
        self.assertEarliest(now, history, [SEVEN_IN_SEVEN], now)

    def test_a_cap_of_one_day_counts_calendar_days_not_hours(self):
        now = datetime(2025, 1, 7, 0, 1)
        self.assertEarliest(now, [datetime(2025, 1, 6, 23, 59)], [Cap(1, 1)], now)

    def test_the_days_are_those_of_the_customers_clock(self):
        # 22:00 on Monday in New York is Tuesday in UTC
        history = [at(NEW_YORK, 2025, 1, 6, 22)]
        self.assertEarliest(
            at(NEW_YORK, 2025, 1, 7),
            history,
            [Cap(1, 1)],
            at(NEW_YORK, 2025, 1, 6, 23),
            zones=(NEW_YORK,),
        )

    def test_a_week_with_a_change_of_the_clocks_has_seven_days_too(self):
        self.assertEarliest(
            at(NEW_YORK, 2025, 3, 13),
            [at(NEW_YORK, 2025, 3, 6, 9)],
            [Cap(1, 7)],
            at(NEW_YORK, 2025, 3, 12, 23),
            zones=(NEW_YORK,),
        )

    def test_a_day_without_a_midnight_begins_after_the_gap(self):
        # Santiago, 7 September 2025: 00:00 becomes 01:00
        self.assertEarliest(
            at("America/Santiago", 2025, 9, 7, 1),
            [at("America/Santiago", 2025, 9, 6, 9)],
            [Cap(1, 1)],
            at("America/Santiago", 2025, 9, 6, 9),
            zones=("America/Santiago",),
        )

    def test_every_one_of_several_caps_holds(self):
        history = [datetime(2025, 1, day, 9) for day in (1, 8, 15)]
        caps = [Cap(1, 7), Cap(3, 30)]
        self.assertEarliest(datetime(2025, 1, 31), history, caps, history[-1])

    def test_a_contact_already_scheduled_counts(self):
        # one on Friday: Monday to Thursday lie in a run of seven days with it
        scheduled = [datetime(2025, 1, 10, 9)]
        self.assertEarliest(
            datetime(2025, 1, 17), scheduled, [Cap(1, 7)], datetime(2025, 1, 6)
        )
        self.assertEarliest(
            datetime(2025, 1, 3, 12), scheduled, [Cap(1, 7)], datetime(2025, 1, 3, 12)
        )

    def test_a_cap_holds_in_every_zone(self):
        # Wednesday 07:00 UTC is still Tuesday in Los Angeles, so a contact then is
        # of the same day as the one before in Los Angeles, of another in New York
        zones = (NEW_YORK, "America/Los_Angeles")
        self.assertEarliest(
            datetime(2025, 1, 8, 8),
            [datetime(2025, 1, 8, 4)],
            [Cap(1, 1)],
            datetime(2025, 1, 8, 7),
            zones=zones,
        )

    def test_the_order_of_the_history_does_not_matter(self):
        rng = random.Random(7)
        history = [datetime(2025, 1, day, 9) for day in (1, 2, 2, 3, 5, 6, 7)]
        expected = datetime(2025, 1, 8)
        for _time in range(5):
            rng.shuffle(history)
            self.assertEarliest(
                expected, history, [SEVEN_IN_SEVEN], datetime(2025, 1, 7, 10)
            )

    def test_a_cap_that_allows_nothing_is_refused(self):
        for figures in ((0, 7), (1, 0)):
            with (
                self.subTest(figures=figures),
                self.assertRaisesRegex(ValueError, "at least one contact"),
            ):
                Cap(*figures)

    def test_no_run_of_days_is_overfull_in_a_thousand_random_cases(self):
        rng = random.Random(14)
        for case in range(1000):
            zones = tuple(
                rng.sample([NEW_YORK, "Asia/Kathmandu", "Pacific/Chatham"], 2)
            )
            caps = [
                Cap(rng.randint(1, 4), rng.randint(1, 9))
                for _cap in range(rng.choice((1, 2)))
            ]
            earliest = datetime(2025, 3, 9) + timedelta(hours=rng.randrange(300))
            history = [
                earliest + timedelta(hours=rng.randrange(-300, 100))
                for _contact in range(rng.randint(0, 9))
            ]
            with self.subTest(case=case):
                result = earliest_within_caps(history, caps, earliest, zones)
                self.assertGreaterEqual(result, earliest)
                self.assertFalse(_breaks(history, result, caps, zones))
                # a day is free or full as a whole
                moment = result - timedelta(minutes=15)
                while moment >= earliest:
                    self.assertTrue(_breaks(history, moment, caps, zones))
                    moment -= timedelta(hours=12)


def _breaks(history, moment, caps, zones):
    """Tell whether a new contact makes any run of days with it overfull."""
    for zone in zones:
        today = day_of(zone, moment)
        days = [day_of(zone, other) for other in history] + [today]
        for cap in caps:
            for back in range(cap.days):
                first = today - timedelta(days=back)
                last = first + timedelta(days=cap.days - 1)
                if sum(first <= day <= last for day in days) > cap.max_count:
                    return True
    return False


@tagged("post_install", "-at_install")
class TestSilence(BaseCase):
    def test_the_day_of_the_conversation_is_the_first_of_the_silence(self):
        # 12 CFR 1006.14(b)(2)(i)(B): Monday to Sunday are silent
        for talk in (
            at(NEW_YORK, 2025, 1, 6, 0, 0),
            at(NEW_YORK, 2025, 1, 6, 23, 59),
        ):
            with self.subTest(talk=talk):
                self.assertEqual(
                    after_conversation(talk, 7, (NEW_YORK,)),
                    at(NEW_YORK, 2025, 1, 13),
                )

    def test_one_day_of_silence_ends_at_midnight(self):
        self.assertEqual(
            after_conversation(datetime(2025, 1, 6, 15), 1, ("UTC",)),
            datetime(2025, 1, 7),
        )

    def test_no_silence_holds_nothing_back(self):
        talk = datetime(2025, 1, 6, 15)
        self.assertLessEqual(after_conversation(talk, 0, ("UTC",)), talk)

    def test_silence_over_a_change_of_the_clocks_ends_at_local_midnight(self):
        self.assertEqual(
            after_conversation(at(NEW_YORK, 2025, 3, 6, 9), 7, (NEW_YORK,)),
            datetime(2025, 3, 13, 4),
        )

    def test_silence_lasts_until_it_is_over_in_every_zone(self):
        self.assertEqual(
            after_conversation(
                datetime(2025, 1, 6, 20), 7, (NEW_YORK, "America/Los_Angeles")
            ),
            at("America/Los_Angeles", 2025, 1, 13),
        )
