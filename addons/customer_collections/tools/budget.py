"""How often a customer may be contacted: caps over days, and silence.

The convention, that of Regulation F (12 CFR 1006.14(b)(2)), for everything here:

- Days are calendar days on the customer's clock, not spans of 24 hours: a contact
  at 23:59 and one at 00:01 are on two days.
- "7 contacts within 7 consecutive days" holds for *every* run of 7 calendar days.
  After seven contacts on Monday the next one may be on the Monday after.
- The day of a conversation is day 1 of the silence after it: with 7 days of silence
  after a talk on Monday, Monday to Sunday are silent, the next Monday is not.

Where the customer may be in several zones, what is said must hold in each of them.
All instants are naive UTC, as Odoo stores them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .local_time import day_start, local_date


@dataclass(frozen=True)
class Cap:
    """At most `max_count` contacts within any `days` consecutive calendar days.

    :raise ValueError: if either is below 1; a rule that forbids all contact is not
        a cap, no waiting would ever satisfy it.
    """

    max_count: int
    days: int

    def __post_init__(self):
        if self.max_count < 1 or self.days < 1:
            raise ValueError("A cap allows at least one contact, in at least one day.")


def earliest_within_caps(
    history: Iterable[datetime],
    caps: Iterable[Cap],
    earliest: datetime,
    zones: Sequence[str],
) -> datetime:
    """Give the first instant at which one more contact breaks no cap.

    :param history: the contacts that count, in naive UTC, in any order: those made
        and also those already scheduled after `earliest`.
    :param earliest: naive UTC.
    :param zones: IANA names of all the zones the customer may be in.
    :return: naive UTC; `earliest` itself, or the first instant of a later day.
    """
    history, caps = tuple(history), tuple(caps)
    days_by_zone = {
        zone: sorted(local_date(zone, moment).toordinal() for moment in history)
        for zone in zones
    }
    moment = earliest
    while True:
        full_in = next(
            (
                zone
                for zone, contact_days in days_by_zone.items()
                if _is_full(contact_days, caps, local_date(zone, moment).toordinal())
            ),
            None,
        )
        if full_in is None:
            return moment
        tomorrow = local_date(full_in, moment) + timedelta(days=1)
        moment = day_start(full_in, tomorrow)


def after_conversation(
    last_conversation: datetime, silence_days: int, zones: Sequence[str]
) -> datetime:
    """Give the first instant of the first day after the silence.

    12 CFR 1006.14(b)(2)(i)(B): the day of the conversation is the first one of the
    `silence_days`. With 0 days that is the start of the day of the conversation
    itself, which holds nothing back.

    :param last_conversation: naive UTC.
    :param zones: IANA names of all the zones the customer may be in, at least one.
    :return: naive UTC; the latest over the zones.
    """
    silence = timedelta(days=silence_days)
    return max(
        day_start(zone, local_date(zone, last_conversation) + silence) for zone in zones
    )


def _is_full(contact_days: list[int], caps: tuple[Cap, ...], day: int) -> bool:
    """Tell whether one more contact on a day would break a cap.

    :param contact_days: sorted ordinals of the days of all contacts, one for each.
    """
    for cap in caps:
        first = bisect_left(contact_days, day - cap.days + 1)
        last = bisect_left(contact_days, day + 1)
        # A run of days that holds `day` and the most contacts starts on one of
        # them, or on the day itself.
        for start in (*contact_days[first:last], day):
            end = bisect_left(contact_days, start + cap.days)
            if end - bisect_left(contact_days, start) >= cap.max_count:
                return True
    return False
