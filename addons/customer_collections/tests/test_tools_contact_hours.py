import random
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo.tests import BaseCase, tagged

from ..tools.contact_hours import (
    Window,
    hours_on_clock,
    is_permitted,
    next_permitted,
)

WEEKDAYS = frozenset(range(5))
QUARTER = timedelta(minutes=15)


def at(zone, *local, fold=0):
    """Give naive UTC of a local time."""
    local = datetime(*local, tzinfo=ZoneInfo(zone), fold=fold)
    return local.astimezone(timezone.utc).replace(tzinfo=None)


def permitted_by_the_clock(moment, zones, windows):
    """Say the same as `is_permitted` in the plainest way."""
    for zone in zones:
        local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
        hour = local.hour + local.minute / 60
        for window in windows:
            if (
                local.weekday() not in window.weekdays
                or local.date() in window.holidays
                or not window.hour_from <= hour < window.hour_to
            ):
                return False
    return True


@tagged("post_install", "-at_install")
class TestContactHours(BaseCase):
    def assertNext(self, expected, earliest, zones, windows, **options):
        self.assertEqual(next_permitted(earliest, zones, windows, **options), expected)
        if expected:
            self.assertTrue(is_permitted(expected, zones, windows))

    # === ONE CLOCK === #

    def test_a_permitted_instant_is_kept_to_the_second(self):
        moment = datetime(2025, 1, 15, 12, 34, 56)
        self.assertNext(moment, moment, ("UTC",), [Window(8, 21)])

    def test_the_first_minute_is_in_and_the_last_hour_is_out(self):
        day = (2025, 1, 15)
        windows = [Window(8, 21)]
        for local, expected in (
            ((7, 59, 59), False),
            ((8, 0, 0), True),
            ((20, 59, 59), True),
            ((21, 0, 0), False),
        ):
            with self.subTest(local=local):
                moment = at("America/New_York", *day, *local)
                self.assertIs(
                    is_permitted(moment, ("America/New_York",), windows), expected
                )

    def test_an_evening_waits_for_the_morning(self):
        self.assertNext(
            at("America/New_York", 2025, 1, 16, 8),
            at("America/New_York", 2025, 1, 15, 21),
            ("America/New_York",),
            [Window(8, 21)],
        )

    def test_a_friday_evening_waits_for_monday(self):
        self.assertNext(
            at("Europe/Berlin", 2025, 1, 20, 9),
            at("Europe/Berlin", 2025, 1, 17, 18),
            ("Europe/Berlin",),
            [Window(9, 18, WEEKDAYS)],
        )

    def test_a_holiday_is_that_of_the_customers_calendar_day(self):
        # New Year in Kiritimati is still the old year in UTC
        self.assertNext(
            at("Pacific/Kiritimati", 2026, 1, 2, 8),
            at("Pacific/Kiritimati", 2026, 1, 1, 7),
            ("Pacific/Kiritimati",),
            [Window(8, 18, holidays=frozenset({date(2026, 1, 1)}))],
        )

    def test_hours_may_last_until_the_end_of_the_day(self):
        moment = at("Europe/Berlin", 2025, 1, 15, 23, 59, 59)
        self.assertNext(moment, moment, ("Europe/Berlin",), [Window(8, 24.0)])

    def test_hours_around_the_clock_permit_midnight(self):
        moment = at("Europe/Berlin", 2025, 1, 15)
        self.assertNext(moment, moment, ("Europe/Berlin",), [Window(0, 24)])

    def test_decimal_hours_are_read_to_the_minute(self):
        self.assertNext(
            datetime(2025, 1, 15, 8, 20),
            datetime(2025, 1, 15),
            ("UTC",),
            [Window(8.3333, 17.6667)],
        )
        self.assertFalse(
            is_permitted(
                datetime(2025, 1, 15, 17, 40), ("UTC",), [Window(8.3333, 17.6667)]
            )
        )

    def test_kathmandu_opens_at_a_quarter(self):
        self.assertNext(
            datetime(2025, 1, 15, 2, 15),
            datetime(2025, 1, 15),
            ("Asia/Kathmandu",),
            [Window(8, 21)],
        )

    def test_kiritimati_is_a_day_ahead(self):
        # 18:00 UTC on Sunday is 08:00 on Monday
        self.assertNext(
            datetime(2025, 1, 12, 18),
            datetime(2025, 1, 12),
            ("Pacific/Kiritimati",),
            [Window(8, 18, WEEKDAYS)],
        )

    # === CHANGES OF THE CLOCKS === #

    def test_the_night_of_spring_shortens_the_wait(self):
        # Berlin, 30 March 2025: 02:00 becomes 03:00
        self.assertNext(
            datetime(2025, 3, 30, 6),
            datetime(2025, 3, 29, 20),
            ("Europe/Berlin",),
            [Window(8, 21)],
        )

    def test_the_night_of_autumn_lengthens_the_wait(self):
        # Berlin, 26 October 2025: 03:00 becomes 02:00
        self.assertNext(
            datetime(2025, 10, 26, 7),
            datetime(2025, 10, 25, 20),
            ("Europe/Berlin",),
            [Window(8, 21)],
        )

    def test_an_opening_in_the_skipped_hour_comes_when_it_ends(self):
        # New York, 9 March 2025: 02:00 becomes 03:00
        self.assertNext(
            at("America/New_York", 2025, 3, 9, 3),
            at("America/New_York", 2025, 3, 9, 1),
            ("America/New_York",),
            [Window(2.5, 5)],
        )

    def test_hours_inside_the_skipped_hour_wait_for_the_next_day(self):
        self.assertNext(
            at("America/New_York", 2025, 3, 10, 2, 15),
            at("America/New_York", 2025, 3, 9, 1),
            ("America/New_York",),
            [Window(2.25, 2.75)],
        )

    def test_an_hour_that_comes_twice_is_permitted_twice(self):
        # New York, 2 November 2025: 02:00 becomes 01:00
        zone, windows = "America/New_York", [Window(1, 1.5)]
        first = at(zone, 2025, 11, 2, 1)
        again = at(zone, 2025, 11, 2, 1, fold=1)
        self.assertEqual(again - first, timedelta(hours=1))
        self.assertNext(first, first - timedelta(hours=1), (zone,), windows)
        self.assertNext(again, first + timedelta(minutes=30), (zone,), windows)

    def test_lord_howe_changes_by_half_an_hour(self):
        # 5 April 2026, 15:00 UTC: 02:00 becomes 01:30
        zone, windows = "Australia/Lord_Howe", [Window(1.5, 1.75)]
        self.assertNext(
            datetime(2026, 4, 4, 14, 30), datetime(2026, 4, 4, 14), (zone,), windows
        )
        self.assertNext(
            datetime(2026, 4, 4, 15), datetime(2026, 4, 4, 14, 45), (zone,), windows
        )

    def test_the_turn_of_the_year_is_no_border(self):
        self.assertNext(
            at("Europe/Berlin", 2026, 1, 1, 8),
            at("Europe/Berlin", 2025, 12, 31, 22),
            ("Europe/Berlin",),
            [Window(8, 21)],
        )

    # === SEVERAL RULES, SEVERAL ZONES === #

    def test_the_strictest_of_several_rules_wins(self):
        windows = [
            Window(8, 21),
            Window(6, 17, WEEKDAYS),
            Window(9, 23, holidays=frozenset({date(2025, 1, 20)})),
        ]
        # Friday 17:00, over the weekend and a holiday, to Tuesday 09:00
        self.assertNext(
            datetime(2025, 1, 21, 9), datetime(2025, 1, 17, 17), ("UTC",), windows
        )

    def test_an_hour_must_suit_every_zone(self):
        zones = ("America/Los_Angeles", "America/New_York")
        windows = [Window(8, 21)]
        self.assertNext(
            at("America/Los_Angeles", 2025, 1, 15, 8),
            at("America/New_York", 2025, 1, 15, 8),
            zones,
            windows,
        )
        self.assertFalse(
            is_permitted(at("America/New_York", 2025, 1, 15, 21), zones, windows)
        )

    def test_rules_without_a_common_hour_permit_nothing(self):
        self.assertNext(
            None, datetime(2025, 1, 15), ("UTC",), [Window(8, 12), Window(12, 18)]
        )

    def test_rules_without_a_common_day_permit_nothing(self):
        windows = [Window(8, 18, WEEKDAYS), Window(8, 18, frozenset({5, 6}))]
        self.assertNext(None, datetime(2025, 1, 15), ("UTC",), windows)

    def test_zones_without_a_common_hour_permit_nothing(self):
        zones = ("Pacific/Kiritimati", "America/New_York")
        self.assertNext(None, datetime(2025, 1, 15), zones, [Window(8, 12)])

    def test_a_first_hour_beyond_the_last_day_is_none(self):
        earliest, opening = datetime(2025, 1, 10, 18), datetime(2025, 1, 13, 18)
        windows = [Window(18, 19, frozenset({0}))]
        self.assertNext(opening, earliest, ("UTC",), windows, latest_days=3)
        self.assertNext(
            None, earliest - timedelta(seconds=1), ("UTC",), windows, latest_days=3
        )

    def test_without_rules_every_instant_is_permitted(self):
        self.assertNext(
            datetime(2025, 1, 15, 3), datetime(2025, 1, 15, 3), ("UTC",), []
        )

    # === MISTAKES === #

    def test_hours_that_end_before_they_begin_are_refused(self):
        for hours in ((9, 9), (18, 8), (9.001, 9.002)):
            with (
                self.subTest(hours=hours),
                self.assertRaisesRegex(ValueError, "must come before"),
            ):
                Window(*hours)

    def test_hours_outside_the_day_are_refused(self):
        for hours in ((-1, 8), (8, 24.5)):
            with (
                self.subTest(hours=hours),
                self.assertRaisesRegex(ValueError, "from 0 to 24"),
            ):
                Window(*hours)

    def test_hours_without_a_place_are_refused(self):
        with self.assertRaisesRegex(ValueError, "at least one time zone"):
            next_permitted(datetime(2025, 1, 15), (), [Window(8, 21)])

    # === PROPERTIES === #

    def test_nothing_earlier_is_permitted_in_a_thousand_random_cases(self):
        rng = random.Random(1006)
        all_zones = [
            "America/New_York",
            "America/Phoenix",
            "America/Santiago",
            "America/St_Johns",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",
            "Europe/Berlin",
            "Pacific/Chatham",
            "Pacific/Kiritimati",
        ]
        # weeks in which many of these clocks are changed
        starts = [
            datetime(*day)
            for day in (
                (2025, 3, 7),
                (2025, 3, 28),
                (2025, 4, 4),
                (2025, 9, 5),
                (2025, 9, 26),
                (2025, 10, 24),
                (2025, 10, 31),
                (2025, 12, 30),
            )
        ]
        found = 0
        for case in range(1000):
            zones = tuple(rng.sample(all_zones, rng.choice((1, 1, 2, 3))))
            windows = [_random_window(rng) for _window in range(rng.choice((1, 1, 2)))]
            earliest = rng.choice(starts) + timedelta(seconds=rng.randrange(3 * 86400))
            with self.subTest(
                case=case, zones=zones, windows=windows, earliest=earliest
            ):
                result = next_permitted(earliest, zones, windows, latest_days=5)
                self.assertEqual(
                    result, _first_by_scan(earliest, zones, windows, days=5)
                )
                found += result is not None
        self.assertGreater(found, 500)
        self.assertLess(found, 1000)

    def test_every_minute_that_is_stated_is_permitted_and_none_beside_them(self):
        rng = random.Random(1006)
        all_zones = [
            "America/Los_Angeles",
            "America/New_York",
            "Asia/Kathmandu",
            "Asia/Manila",
            "Asia/Tokyo",
            "Europe/Berlin",
            "Pacific/Kiritimati",
        ]
        stated = 0
        for case in range(100):
            zones = tuple(rng.sample(all_zones, rng.choice((1, 2, 2, 3))))
            windows = [rng.choice((_random_window(rng), Window(0, 24, WEEKDAYS)))]
            if rng.random() < 0.5:
                windows = [Window(8, 21, WEEKDAYS)]
            if rng.random() < 0.3:
                windows += [Window(9, 12, wish=True)]
            # No clock is changed in July
            earliest = datetime(2025, 7, 9) + timedelta(minutes=rng.randrange(10080))
            with self.subTest(
                case=case, zones=zones, windows=windows, earliest=earliest
            ):
                found = hours_on_clock(earliest, zones, windows)
                moment = next_permitted(earliest, zones, windows)
                self.assertEqual(found is None, moment is None)
                if found:
                    self.assertStatedRightly(found, moment, zones, windows)
                    stated += 1
        self.assertGreater(stated, 50)

    def assertStatedRightly(self, found, moment, zones, windows):
        zone, opens, closes = found
        offset = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
        midnight = (moment + offset.utcoffset()).replace(hour=0, minute=0)
        midnight -= offset.utcoffset()
        self.assertLess(opens, closes)
        self.assertTrue(midnight + opens <= moment < midnight + closes)
        minute = timedelta(minutes=1)
        at_minute = midnight + opens
        while at_minute < midnight + closes:
            self.assertTrue(is_permitted(at_minute, zones, windows), at_minute)
            at_minute += minute
        if opens:
            before = midnight + opens - minute
            self.assertFalse(is_permitted(before, zones, windows))
        if closes < timedelta(days=1):
            self.assertFalse(is_permitted(midnight + closes, zones, windows))


def _random_window(rng):
    """Rules begin and end on quarters, as zones do, so that a scan finds them."""
    start = rng.randrange(0, 92)
    return Window(
        start / 4,
        rng.randrange(start + 1, 97) / 4,
        frozenset(rng.sample(range(7), rng.choice((5, 6, 7)))),
        frozenset({date(2025, 10, 26)} if rng.random() < 0.2 else ()),
    )


def _first_by_scan(earliest, zones, windows, days):
    """Try `earliest` and every quarter of an hour after it."""
    latest = earliest + timedelta(days=days)
    moment = earliest
    while moment <= latest:
        if permitted_by_the_clock(moment, zones, windows):
            return moment
        quarter = moment.replace(minute=moment.minute // 15 * 15, second=0)
        moment = quarter + QUARTER
    return None
