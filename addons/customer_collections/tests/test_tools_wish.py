from datetime import datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..tools.contact_hours import (
    Window,
    hours_on_clock,
    is_permitted,
    next_permitted,
    with_wish,
    zones_of_wish,
)
from ..tools.timezones import candidate_zones, likely_zone

# 12 CFR 1006.6(b)(1)(i): before 8 o'clock and from 21 o'clock on is inconvenient.
LAW = (Window(8, 21),)
OFFICE = (Window(8, 18),)
NEW_YORK, HONOLULU = "America/New_York", "Pacific/Honolulu"
SOMEWHERE = candidate_zones("US", None, None, "UTC")
# A Wednesday at midnight in New York, without and with daylight saving time
WINTER, SUMMER = datetime(2026, 1, 14, 5), datetime(2026, 7, 15, 4)


@tagged("post_install", "-at_install")
class TestWish(BaseCase):
    """The hours a customer wishes for, within those the rules permit everywhere."""

    def assertWish(self, expected, hours, zones, earliest=WINTER, rules=LAW):
        """Check the first hour and the zones in which the wish is met."""
        windows = with_wish(rules, *hours)
        found = next_permitted(earliest, zones, windows)
        met = zones_of_wish(earliest, zones, windows)
        self.assertEqual((found, met), expected)
        if found:
            self.assertTrue(is_permitted(found, zones, windows))
            self.assertTrue(is_permitted(found, zones, rules))

    def test_one_clock_tells_the_hours_of_all_zones(self):
        zones = ("America/Los_Angeles", NEW_YORK)
        self.assertEqual(
            hours_on_clock(SUMMER, zones, LAW),
            (NEW_YORK, timedelta(hours=11), timedelta(hours=21)),
        )
        self.assertEqual(
            hours_on_clock(SUMMER, zones, ()), (NEW_YORK, timedelta(), timedelta(1))
        )
        never = (Window(8, 10), Window(11, 12))
        self.assertIsNone(hours_on_clock(SUMMER, zones, never))

    def test_one_clock_tells_the_hours_of_zones_on_other_sides_of_midnight(self):
        # 8 o'clock of the next day in Tokyo, and in Manila
        for zones, opens in (
            ((NEW_YORK, "Asia/Tokyo"), 19),
            (("America/Los_Angeles", "Asia/Manila"), 17),
        ):
            with self.subTest(zones=zones):
                [clock, *hours] = hours_on_clock(SUMMER, zones, LAW)
                self.assertEqual(clock, zones[0])
                self.assertEqual(hours, [timedelta(hours=h) for h in (opens, 21)])

    def test_the_hours_are_told_alike_whenever_in_them_they_are_asked_for(self):
        zones = (NEW_YORK, "Asia/Tokyo")
        # Half past eight in the evening in New York
        self.assertEqual(
            hours_on_clock(datetime(2026, 7, 16, 0, 30), zones, LAW),
            hours_on_clock(SUMMER, zones, LAW),
        )

    def test_a_wish_narrows_the_rules(self):
        zones = (NEW_YORK,)
        self.assertWish((datetime(2026, 1, 14, 14), zones), (9, 12), zones)

    def test_a_wish_never_widens_the_rules(self):
        zones = (NEW_YORK,)
        self.assertWish((datetime(2026, 1, 14, 13), zones), (6, 12), zones)

    def test_no_wish_is_no_window(self):
        self.assertEqual(with_wish(OFFICE, 0, 0), OFFICE)
        self.assertEqual(with_wish(OFFICE, 9, 8), OFFICE)

    def test_a_wish_outside_the_rules_gives_way(self):
        zones = (NEW_YORK,)
        first = datetime(2026, 1, 14, 13)
        self.assertWish((first, ()), (20, 22), zones, rules=OFFICE)

    def test_a_wish_that_suits_every_zone_is_met_in_all(self):
        # From noon in Honolulu on, which is 17 o'clock in New York
        self.assertWish((datetime(2026, 1, 14, 22), SOMEWHERE), (12, 18), SOMEWHERE)

    def test_a_wish_that_suits_some_zones_is_met_in_the_likely_one(self):
        # Noon in Honolulu is 18 o'clock in New York now: from 8 o'clock in Honolulu
        # on, which is 14 o'clock in New York; on the Aleutians it is 9 o'clock
        first = datetime(2026, 7, 15, 18)
        self.assertWish((first, (NEW_YORK,)), (12, 18), SOMEWHERE, SUMMER)

    def test_a_wish_that_the_rules_forbid_in_some_zone_gives_way(self):
        # 9 to 12 in New York is the night in Honolulu: the first hour of the law.
        # On the Aleutians it is 8 o'clock, and 13 o'clock in New York.
        self.assertWish((datetime(2026, 1, 14, 18), ()), (9, 12), SOMEWHERE)

    def test_a_wish_that_gave_way_stays_away_until_the_law_closes(self):
        windows = with_wish(LAW, 9, 12)
        for hour, expected in ((17, False), (18, True), (23, True)):
            moment = datetime(2026, 1, 14, hour)
            self.assertIs(is_permitted(moment, SOMEWHERE, windows), expected)

    def test_outside_a_wish_that_can_be_met_nothing_is_permitted(self):
        windows = with_wish(LAW, 12, 18)
        # 13 o'clock in New York, where the law would do
        self.assertFalse(is_permitted(datetime(2026, 1, 14, 18), SOMEWHERE, windows))

    def test_days_on_which_nothing_is_permitted_do_not_undo_a_wish(self):
        days = frozenset(datetime(2026, 1, day).date() for day in range(14, 26))
        zones = (NEW_YORK,)
        rules = (Window(8, 21, holidays=days),)
        self.assertWish(
            (datetime(2026, 1, 26, 19), zones), (14, 18), zones, rules=rules
        )

    def test_rules_that_leave_no_hour_leave_none_to_a_wish(self):
        zones = ("Asia/Tokyo", "America/Sao_Paulo")
        self.assertWish((None, ()), (9, 12), zones, rules=(Window(9, 17),))

    def test_the_likely_zone_is_where_most_people_live(self):
        for zones, expected in (
            (SOMEWHERE, NEW_YORK),
            (candidate_zones("US", "TX", None, "UTC"), "America/Chicago"),
            (candidate_zones("AU", None, None, "UTC"), "Australia/Sydney"),
            (candidate_zones("ES", None, None, "UTC"), "Europe/Madrid"),
            (candidate_zones("RU", None, None, "UTC"), "Europe/Moscow"),
            (("Antarctica/Troll",), "Antarctica/Troll"),
            (("Pacific/Majuro", "Pacific/Kwajalein"), "Pacific/Majuro"),
        ):
            with self.subTest(zones=zones):
                self.assertEqual(likely_zone(zones), expected)

    def test_a_phone_number_that_tells_the_place_leaves_one_zone(self):
        zones = candidate_zones("US", None, "+1 808 521 1234", "UTC")
        self.assertEqual(likely_zone(zones), HONOLULU)
        first = datetime(2026, 1, 14, 19)
        self.assertWish((first, zones), (9, 12), zones)
