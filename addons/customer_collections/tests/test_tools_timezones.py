from datetime import date

import pytz

from odoo.tests import BaseCase, tagged

from ..tools.state_zones import OTHER_STATES, STATE_ZONES
from ..tools.timezones import candidate_zones

AS_OF = date(2025, 1, 1)
NOTHING_KNOWN = ("Asia/Tokyo",)


@tagged("post_install", "-at_install")
class TestCandidateZones(BaseCase):
    def assertZones(self, expected, country=None, state=None, phone=None):
        zones = candidate_zones(country, state, phone, *NOTHING_KNOWN, as_of=AS_OF)
        self.assertEqual(zones, expected)

    # === ADDRESS ALONE === #

    def test_a_country_with_one_time_needs_nothing_else(self):
        for country, zone in (
            ("DE", "Europe/Berlin"),
            ("NP", "Asia/Kathmandu"),
            ("IN", "Asia/Kolkata"),
            ("AR", "America/Argentina/Buenos_Aires"),
        ):
            with self.subTest(country=country):
                self.assertZones((zone,), country)

    def test_an_address_in_arizona_ignores_daylight_saving(self):
        self.assertZones(("America/Phoenix",), "US", "AZ")

    def test_a_state_with_two_times_has_both(self):
        self.assertZones(("America/Chicago", "America/Denver"), "US", "TX")

    def test_a_state_in_iso_notation_is_understood(self):
        self.assertZones(("America/New_York",), "us", "us-ny")

    def test_a_country_without_its_state_has_all_its_times(self):
        self.assertZones(
            (
                "America/Adak",
                "America/Anchorage",
                "America/Chicago",
                "America/Denver",
                "America/Los_Angeles",
                "America/New_York",
                "America/Phoenix",
                "Pacific/Honolulu",
            ),
            "US",
        )

    def test_an_unknown_state_is_as_good_as_none(self):
        self.assertZones(
            candidate_zones("MX", None, None, *NOTHING_KNOWN, as_of=AS_OF), "MX", "???"
        )

    def test_a_territory_has_its_own_time_as_state_and_as_country(self):
        self.assertZones(("America/Puerto_Rico",), "US", "PR", "+1 787 234 5678")
        self.assertZones(("America/Puerto_Rico",), "PR", None, "+1 787 234 5678")

    def test_military_mail_says_nothing_about_the_place(self):
        self.assertZones(NOTHING_KNOWN, "US", "AE")
        self.assertZones(("Europe/Berlin",), "US", "AE", "+49 30 901820")

    def test_spain_is_its_mainland_but_for_the_canary_islands(self):
        self.assertZones(("Europe/Madrid",), "ES", "M")
        self.assertZones(("Atlantic/Canary",), "ES", "TF")
        self.assertZones(("Atlantic/Canary", "Europe/Madrid"), "ES")

    def test_xinjiang_has_the_time_of_beijing_and_its_own(self):
        for state in ("XJ", "新"):
            with self.subTest(state=state):
                self.assertZones(
                    ("Asia/Shanghai", "Asia/Urumqi"), "CN", state, "+86 991 234 5678"
                )
        self.assertZones(("Asia/Shanghai",), "CN", "京")

    def test_every_zone_of_a_state_belongs_to_its_country(self):
        for country, states in STATE_ZONES.items():
            zones = {zone for state in states.values() for zone in state}
            zones.update(OTHER_STATES.get(country, ()))
            with self.subTest(country=country):
                self.assertLessEqual(zones, set(pytz.country_timezones[country]))

    # === ADDRESS AND PHONE === #

    def test_the_phone_narrows_a_state_down(self):
        self.assertZones(("America/Chicago",), "US", "TX", "+1 512 555 0123")
        self.assertZones(("America/Denver",), "US", "TX", "+1 915 555 0123")

    def test_the_phone_narrows_a_country_down(self):
        self.assertZones(("Atlantic/Canary",), "ES", None, "928 123 456")

    def test_a_number_is_read_as_dialled_in_the_country(self):
        self.assertZones(("Australia/Sydney",), "AU", "NSW", "(02) 9212 3456")

    def test_an_area_code_of_another_state_adds_its_time(self):
        self.assertZones(
            ("America/Chicago", "America/New_York"), "US", "IL", "+1 212 555 0123"
        )

    def test_a_number_of_another_country_adds_its_time(self):
        self.assertZones(
            ("America/New_York", "Europe/Berlin"), "DE", "BY", "+1 212 555 0123"
        )

    def test_a_number_of_another_country_does_not_narrow(self):
        # Ontario has three times, New York shares one of them
        self.assertZones(
            ("America/Atikokan", "America/Toronto", "America/Winnipeg"),
            "CA",
            "ON",
            "+1 212 555 0123",
        )

    def test_a_neighbour_with_the_same_time_adds_nothing(self):
        self.assertZones(("Europe/Berlin",), "DE", None, "+43 1 51444")

    def test_a_mobile_number_of_the_country_leaves_the_state_as_it_is(self):
        self.assertZones(
            ("Australia/Broken_Hill", "Australia/Lord_Howe", "Australia/Sydney"),
            "AU",
            "NSW",
            "0412 345 678",
        )

    def test_recife_is_not_taken_for_its_islands(self):
        zones = candidate_zones("BR", "PE", "81 3222 1234", *NOTHING_KNOWN, as_of=AS_OF)
        self.assertIn("America/Recife", zones)

    def test_chihuahua_has_the_time_it_has_had_since_2022(self):
        self.assertZones(("America/Chihuahua",), "MX", "CHH", "614 123 4567")

    # === PHONE ALONE === #

    def test_without_an_address_the_phone_is_asked(self):
        self.assertZones(("America/New_York",), None, None, "+1 212 555 0123")
        self.assertZones(("Asia/Kathmandu",), "", "", "+977 1 4200000")

    def test_a_mobile_number_has_no_zones_of_other_countries(self):
        self.assertZones(("Asia/Almaty",), None, None, "+7 701 123 4567")

    def test_a_national_number_without_a_country_is_ignored(self):
        self.assertZones(NOTHING_KNOWN, None, None, "030 901820")

    def test_numbers_that_tell_no_place_are_ignored(self):
        for phone in (
            "+1 800 555 0123",
            "+1 000",
            "+999 123",
            "extension 12",
            "+",
            " ",
            "9" * 300,
        ):
            with self.subTest(phone=phone):
                self.assertZones(("America/New_York",), "US", "NY", phone)

    def test_nothing_known_gives_the_fallback(self):
        self.assertZones(NOTHING_KNOWN)
        self.assertZones(NOTHING_KNOWN, "XK", "01", "no phone")

    def test_every_country_has_a_zone_and_none_fails(self):
        for country, name in pytz.country_names.items():
            with self.subTest(country=name):
                zones = candidate_zones(
                    country, "1", "12345678", *NOTHING_KNOWN, as_of=AS_OF
                )
                self.assertTrue(zones)
                self.assertEqual(list(zones), sorted(set(zones)))
