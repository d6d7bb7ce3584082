"""When a customer may be contacted: hours, weekdays and holidays where they live.

Several rules may apply and a customer may be in one of several time zones: an
instant is permitted only if every rule permits it in every zone. That is what
Regulation F asks for when it is not certain where a consumer is (12 CFR 1006.6(b)(1)
and its commentary on conflicting or ambiguous location information).

Hours are half-open: from 8 to 21 permits 08:00:00 and not 21:00:00.
All instants are naive UTC, as Odoo stores them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from .local_time import offset_at

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """The hours of one contact rule, on the customer's clock.

    :param hour_from: first permitted hour as a decimal number (8.5 is 08:30), read
        to the minute.
    :param hour_to: hour from which contact is no longer permitted; 24.0 is the end
        of the day.
    :param weekdays: permitted days of the week, 0 is Monday.
    :param holidays: local dates without any contact.
    :raise ValueError: if the hours leave nothing or lie outside the day.
    """

    hour_from: float
    hour_to: float
    weekdays: frozenset[int] = frozenset(range(7))
    holidays: frozenset[date] = frozenset()

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
            closed = (
                midnight.weekday() not in self.weekdays
                or midnight.date() in self.holidays
            )
            if not closed and local < midnight + self.closes:
                return max(local, midnight + self.opens)
            midnight += _DAY
        return None


def is_permitted(
    at_utc: datetime, zones: Sequence[str], windows: Sequence[Window]
) -> bool:
    """Tell whether every window permits this instant in every zone.

    :param at_utc: naive UTC.
    :param zones: IANA names of all the zones the customer may be in, at least one.
    :param windows: the rules that apply; without any, every instant is permitted.
    :raise ValueError: if `zones` is empty: hours mean nothing without a place.
    """
    return next_permitted(at_utc, zones, windows, latest_days=0) == at_utc


def next_permitted(
    earliest_utc: datetime,
    zones: Sequence[str],
    windows: Sequence[Window],
    latest_days: int = 31,
) -> datetime | None:
    """Give the first instant from `earliest_utc` on that lies inside every window
    in every zone.

    :param earliest_utc: naive UTC.
    :param zones: IANA names of all the zones the customer may be in, at least one.
    :param windows: the rules that apply; without any, every instant is permitted.
    :param latest_days: how many times 24 hours to look ahead, the end included.
    :return: naive UTC, or None if nothing is permitted in that time, for instance
        because the rules contradict each other.
    :raise ValueError: if `zones` is empty: hours mean nothing without a place.
    """
    if not zones:
        raise ValueError("Permitted hours need at least one time zone.")
    window = _strictest(tuple(windows))
    if window is None:
        return None
    latest = earliest_utc + timedelta(days=latest_days)
    moment = earliest_utc
    agreed = 0
    # Each zone in turn moves the moment on to its own next opening, until all of
    # them in a row leave it where it is.
    while agreed < len(zones):
        for zone in zones:
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
    :return: the windows to meet. A wish that leaves no hour at all is disregarded:
        it would be an opt-out of everything, and is not meant as one.
    """
    windows = tuple(windows)
    try:
        wish = Window(hour_from, hour_to) if hour_to else None
    except ValueError:
        wish = None
    if wish is None or _strictest((*windows, wish)) is None:
        return windows
    return (*windows, wish)


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
