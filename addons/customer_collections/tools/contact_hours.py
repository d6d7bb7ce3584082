"""When a customer may be contacted: hours, weekdays and holidays where they live.

Several rules may apply and a customer may be in one of several time zones: an
instant is permitted only if every rule permits it in every zone. That is what
Regulation F asks for when it is not certain where a consumer is (12 CFR 1006.6(b)(1)
and its commentary on conflicting or ambiguous location information).

What a customer wishes narrows that further, and is a wish: where no hour suits it in
every zone, it is met in the zone they live in most likely; where that leaves no hour
that the rules permit in every zone, it gives way. The rules never do.

Hours are half-open: from 8 to 21 permits 08:00:00 and not 21:00:00.
All instants are naive UTC, as Odoo stores them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from .local_time import offset_at
from .timezones import likely_zone

_DAY = timedelta(days=1)
# A wish may put a message off for so long after the first hour the rules permit.
_WISH_DAYS = 7


@dataclass(frozen=True)
class Window:
    """The hours of one contact rule, on the customer's clock.

    :param hour_from: first permitted hour as a decimal number (8.5 is 08:30), read
        to the minute.
    :param hour_to: hour from which contact is no longer permitted; 24.0 is the end
        of the day.
    :param weekdays: permitted days of the week, 0 is Monday.
    :param holidays: local dates without any contact.
    :param wish: whether it is what the customer wishes, and no rule.
    :raise ValueError: if the hours leave nothing or lie outside the day.
    """

    hour_from: float
    hour_to: float
    weekdays: frozenset[int] = frozenset(range(7))
    holidays: frozenset[date] = frozenset()
    wish: bool = False

    def __post_init__(self):
        if not 0 <= self.hour_from <= 24 or not 0 <= self.hour_to <= 24:
            raise ValueError("The hours of a day run from 0 to 24.")
        if self.opens >= self.closes:
            raise ValueError("The first permitted hour must come before the last one.")

    @property
    def opens(self) -> timedelta:
        """Time after midnight of the first permitted minute."""
        # 8.3333 is meant as 08:20, not as 08:19:59.88
        return timedelta(minutes=round(self.hour_from * 60))

    @property
    def closes(self) -> timedelta:
        """Time after midnight of the first minute that is not permitted any more."""
        return timedelta(minutes=round(self.hour_to * 60))

    def opening(self, local: datetime, within_days: int) -> datetime | None:
        """Give the first permitted time on a clock that is never changed.

        :param local: naive local time to start from.
        :param within_days: how many days after that of `local` are looked at.
        :return: naive local time, `local` itself if permitted; None if all those
            days are closed.
        """
        midnight = datetime.combine(local.date(), time())
        for _day in range(within_days + 1):
            if self._is_open_on(midnight) and local < midnight + self.closes:
                return max(local, midnight + self.opens)
            midnight += _DAY
        return None

    def hours_around(self, local: datetime) -> tuple[datetime, datetime]:
        """Give the hours that a permitted time lies in, on a clock that is never
        changed.

        Whole days follow each other: as far as the day before and the day after, they
        are told as one.

        :return: naive local times, the first permitted minute and the first one that
            is not permitted any more.
        """
        midnight = datetime.combine(local.date(), time())
        opens, closes = midnight + self.opens, midnight + self.closes
        whole_day = closes - opens == _DAY
        if whole_day and self._is_open_on(midnight - _DAY):
            opens -= _DAY
        if whole_day and self._is_open_on(midnight + _DAY):
            closes += _DAY
        return opens, closes

    def _is_open_on(self, day: datetime) -> bool:
        return day.weekday() in self.weekdays and day.date() not in self.holidays


def is_permitted(
    at_utc: datetime, zones: Sequence[str], windows: Sequence[Window]
) -> bool:
    """Tell whether every rule permits this instant in every zone, and a wish does as
    far as it can be met.

    :param at_utc: naive UTC.
    :param zones: IANA names of all the zones the customer may be in, at least one.
    :param windows: the rules that apply; without any, every instant is permitted.
    :raise ValueError: if `zones` is empty: hours mean nothing without a place.
    """
    return next_permitted(at_utc, zones, windows) == at_utc


def next_permitted(
    earliest_utc: datetime,
    zones: Sequence[str],
    windows: Sequence[Window],
    latest_days: int = 31,
) -> datetime | None:
    """Give the first instant from `earliest_utc` on that every rule permits in every
    zone, and that meets a wish as far as it can be met.

    :param earliest_utc: naive UTC.
    :param zones: IANA names of all the zones the customer may be in, at least one.
    :param windows: the rules that apply; without any, every instant is permitted.
    :param latest_days: how many times 24 hours to look ahead, the end included.
    :return: naive UTC, or None if nothing is permitted in that time, for instance
        because the rules contradict each other.
    :raise ValueError: if `zones` is empty: hours mean nothing without a place.
    """
    return _find_hour(earliest_utc, zones, windows, latest_days)[0]


def zones_of_wish(
    earliest_utc: datetime, zones: Sequence[str], windows: Sequence[Window]
) -> tuple[str, ...]:
    """Tell where the wish among the windows is met.

    :param earliest_utc: naive UTC, from when on.
    :param zones: IANA names of all the zones the customer may be in, at least one.
    :param windows: the rules that apply, and the wish.
    :return: all the zones; only the most likely one; or none, if the wish gives way
        or there is none.
    """
    return _find_hour(earliest_utc, zones, windows)[1]


def hours_on_clock(
    earliest_utc: datetime, zones: Sequence[str], windows: Sequence[Window]
) -> tuple[str, timedelta, timedelta] | None:
    """Tell the first hours in which something is permitted, from their beginning, for
    a person who reads one clock: that of the zone where the customer lives most likely.
    Other zones may be in another day then; all clocks are read as they stand then.

    :param earliest_utc: naive UTC, from when on.
    :param zones: IANA names of all the zones the customer may be in, at least one.
    :param windows: the rules that apply, and the wish.
    :return: the zone of the clock, time after midnight of the first permitted minute
        and of the first one that is not permitted any more; None if nothing is.
    """
    moment, met = _find_hour(earliest_utc, zones, windows)
    if moment is None:
        return None
    rule = _strictest(tuple(window for window in windows if not window.wish))
    both = _strictest(tuple(windows))
    clock = likely_zone(zones)
    offset = offset_at(clock, moment)[0]
    midnight = datetime.combine((moment + offset).date(), time())
    opens, closes = midnight, midnight + _DAY
    for zone in zones:
        window = both if zone in met else rule
        ahead = offset - offset_at(zone, moment)[0]
        first, last = window.hours_around(moment + offset - ahead)
        opens, closes = max(opens, first + ahead), min(closes, last + ahead)
    return clock, opens - midnight, closes - midnight


def _find_hour(earliest, zones, windows, latest_days=31):
    """Give the first hour, or None, and the zones in which it meets the wish."""
    if not zones:
        raise ValueError("Permitted hours need at least one time zone.")
    rule = _strictest(tuple(window for window in windows if not window.wish))
    if rule is None:
        return None, ()
    latest = earliest + timedelta(days=latest_days)
    first = _first_common(earliest, dict.fromkeys(zones, rule), latest)
    if first is None or not any(window.wish for window in windows):
        return first, ()
    both = _strictest(tuple(windows))
    latest = min(latest, first + timedelta(days=_WISH_DAYS))
    for met in dict.fromkeys([tuple(zones), (likely_zone(zones),)]):
        by_zone = {zone: both if zone in met else rule for zone in zones}
        moment = both and _first_common(first, by_zone, latest)
        if moment is not None:
            return moment, met
    return first, ()


def _first_common(earliest, by_zone, latest):
    """Give the first instant that lies inside the window of each zone on its clock,
    None if there is none. All instants are naive UTC."""
    moment = earliest
    agreed = 0
    # Each zone in turn moves the moment on to its own next opening, until all of
    # them in a row leave it where it is.
    while agreed < len(by_zone):
        for zone, window in by_zone.items():
            opening = _opening_in_zone(moment, zone, window, latest)
            if opening is None:
                return None
            agreed = agreed + 1 if opening == moment else 1
            moment = opening
    return moment


def with_wish(
    windows: Sequence[Window], hour_from: float, hour_to: float
) -> tuple[Window, ...]:
    """Add the hours a customer wishes to be contacted in to those that apply.

    :param windows: the rules that apply.
    :param hour_from: first hour wished for.
    :param hour_to: hour from which contact is not wished any more; 0 for no wish.
    :return: the windows to meet. A wish that leaves no hour at all gives way to the
        rules: it would be an opt-out of everything, and is not meant as one.
    """
    try:
        wish = (Window(hour_from, hour_to, wish=True),) if hour_to else ()
    except ValueError:
        wish = ()
    return (*windows, *wish)


@lru_cache(maxsize=1024)
def _strictest(windows: tuple[Window, ...]) -> Window | None:
    """Give the one window that permits what all of them do, None if they exclude
    each other by their hours."""
    hour_from = max((window.hour_from for window in windows), default=0.0)
    hour_to = min((window.hour_to for window in windows), default=24.0)
    try:
        return Window(
            hour_from,
            hour_to,
            frozenset(range(7)).intersection(*(w.weekdays for w in windows)),
            frozenset().union(*(w.holidays for w in windows)),
        )
    except ValueError:
        return None


def _opening_in_zone(moment, zone, window, latest):
    """Give the first instant from `moment` to `latest` inside the window on one
    zone's clock, None if there is none. All instants are naive UTC."""
    while moment <= latest:
        offset, until = offset_at(zone, moment)
        local = moment + offset
        days = (latest + offset).date() - local.date()
        opening = window.opening(local, days.days)
        if opening is not None and opening - offset < until:
            return opening - offset if opening - offset <= latest else None
        # the clocks change before it opens: go on from there with the new offset
        moment = until
    return None
