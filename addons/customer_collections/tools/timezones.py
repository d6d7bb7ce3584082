"""In which time zones a customer may be, from their address and phone number.

A zone counts if the address or the number leaves it possible. What is then said to
be permitted must be permitted in all of them: 12 CFR 1006.6(b)(1) speaks of the time
at the consumer's location, and where the information on it conflicts, of a time that
is convenient in every place it points to. The time zone in a user's preferences says
where somebody set up an account, so it is not asked.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timezone
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
import pytz
from phonenumbers import PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

from .local_time import offset_periods
from .populous_zones import POPULOUS_ZONES
from .state_zones import ARMED_FORCES, OTHER_STATES, STATE_ZONES, US_TERRITORIES

# A number of any other kind (toll-free, premium rate, internet telephony, ...) is
# answered wherever its owner likes.
_PLACED_TYPES = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
}

# Where the data of phonenumbers name the first zone, the second one is as likely:
# all of Pernambuco is said to keep the time of its islands, the city of Chihuahua
# that it had until 2022, Xinjiang that of Beijing.
_PHONE_MAY_ALSO_BE = {
    "America/Noronha": "America/Recife",
    "America/Mazatlan": "America/Chihuahua",
    "Asia/Shanghai": "Asia/Urumqi",
}

_RANKS = {zone: rank for rank, zone in enumerate(POPULOUS_ZONES)}


def candidate_zones(
    country_code: str | None,
    state_code: str | None,
    phone: str | None,
    fallback: str,
    as_of: date | None = None,
) -> tuple[str, ...]:
    """Give all time zones a customer may be in.

    The address says where they are. The phone number narrows it down where the
    country or the state has several zones; where it points elsewhere, both count;
    without an address it is all there is.

    :param country_code: ISO 3166-1 alpha-2 code of the postal address.
    :param state_code: code of the state as in `res.country.state`, or ISO 3166-2
        with or without the country; it matters in the countries of `STATE_ZONES`.
    :param phone: in E.164, or as dialled within the country of the address. A number
        that is invalid or bound to no place is ignored.
    :param fallback: IANA name given back if nothing else is known.
    :param as_of: zones that show the same time throughout this year and the next are
        one; today if omitted.
    :return: IANA names, sorted, at least one.
    """
    year = (as_of or datetime.now(timezone.utc)).year
    return _candidate_zones(
        (country_code or "").strip().upper(),
        (state_code or "").strip().upper(),
        (phone or "").strip(),
        fallback,
        year,
    )


def likely_zone(zones: Sequence[str]) -> str:
    """Give the zone where a customer lives most likely: where most people do.

    A phone number that tells the place has left one zone only, see `candidate_zones`.

    :param zones: IANA names, at least one, in any order.
    """
    return min(zones, key=lambda zone: _RANKS.get(zone, len(_RANKS)))


@lru_cache(maxsize=32768)
def _candidate_zones(country, state, phone, fallback, year):
    state = state.removeprefix(f"{country}-")
    if country == "US" and state in US_TERRITORIES:
        country, state = state, ""
    at_address = _distinct(_address_zones(country, state), year)
    phone_country, at_phone = _phone_zones(phone, country, year)
    if country == phone_country:
        zones = _shared(at_address, at_phone, year) or at_address + at_phone
    else:
        zones = at_address + at_phone
    return tuple(sorted(_distinct(zones, year))) or (fallback,)


def _address_zones(country: str, state: str) -> Iterable[str]:
    """Give the zones of a state, or those of the country if it is not known."""
    if country == "US" and state in ARMED_FORCES:
        return ()
    zones = STATE_ZONES.get(country, {}).get(state)
    if not zones and state:
        zones = OTHER_STATES.get(country)
    return zones or _country_zones(country)


def _country_zones(country: str) -> tuple[str, ...]:
    """Give the zones of a country, the well-known name of each one first."""
    well_known = chain.from_iterable(STATE_ZONES.get(country, {}).values())
    return (*well_known, *pytz.country_timezones.get(country, ()))


def _phone_zones(phone: str, country: str, year: int) -> tuple[str, tuple[str, ...]]:
    """Give the country and the zones of a number, or ("", ()) if it tells nothing."""
    try:
        number = phonenumbers.parse(phone, country or None)
    except phonenumbers.NumberParseException:
        return "", ()
    # UNKNOWN is the type of a number that is not valid
    if phonenumbers.number_type(number) not in _PLACED_TYPES:
        return "", ()
    phone_country = phonenumbers.region_code_for_number(number)
    zones = set(time_zones_for_number(number))
    zones.update(_PHONE_MAY_ALSO_BE[z] for z in zones & _PHONE_MAY_ALSO_BE.keys())
    zones = _distinct(sorted(zones), year)
    # Mobile numbers get the zones of all countries with the same calling code
    in_country = _distinct(_country_zones(phone_country), year)
    return phone_country, _shared(in_country, zones, year) or zones


def _distinct(zones: Iterable[str], year: int) -> tuple[str, ...]:
    """Keep the first one of those zones that show the same time."""
    by_clock = {}
    for zone in zones:
        if _is_known(zone):
            by_clock.setdefault(_clock(zone, year), zone)
    return tuple(by_clock.values())


def _shared(zones: Iterable[str], others: Iterable[str], year: int) -> tuple[str, ...]:
    """Keep those zones that show the same time as one of the others."""
    clocks = {_clock(other, year) for other in others}
    return tuple(zone for zone in zones if _clock(zone, year) in clocks)


@lru_cache(maxsize=4096)
def _clock(zone: str, year: int) -> tuple:
    """Give what tells the clocks of two zones apart in a year and the next one."""
    return offset_periods(zone, year) + offset_periods(zone, year + 1)


@lru_cache(maxsize=1024)
def _is_known(zone: str) -> bool:
    """Tell whether the time zone database at hand has a zone, as it may be older
    than the lists of names."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
