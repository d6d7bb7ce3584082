"""Clock arithmetic between naive UTC, as Odoo stores it, and wall clocks.

Only what contact hours, budgets and the search for zones share. Every function
takes IANA names and raises ``zoneinfo.ZoneInfoNotFoundError`` for an unknown one.
"""

from bisect import bisect_right
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def offset_periods(zone: str, year: int) -> tuple[tuple[datetime, timedelta], ...]:
    """Give the stretches of constant UTC offset of a zone within one UTC year.

    Two zones whose periods are equal show the same time all that year.

    :return: pairs (first instant in naive UTC, offset), in order; the first pair
        starts on 1 January, each stretch ends where the next one or the year begins.
    """
    info = ZoneInfo(zone)

    def offset(moment):
        # By subtraction: whoever drops the fold of a local time, as clocks that stand
        # still for a test do, would be wrong in the hour that comes twice
        return info.fromutc(moment.replace(tzinfo=info)).replace(tzinfo=None) - moment

    day, end = datetime(year, 1, 1), datetime(year + 1, 1, 1)
    periods = [(day, offset(day))]
    while day < end:
        old, new = periods[-1][1], offset(day + _DAY)
        if new != old:
            # zoneinfo does not tell its transitions: no zone has two within a day
            before, after = 0, 86400
            while after - before > 1:
                middle = (before + after) // 2
                if offset(day + timedelta(seconds=middle)) == old:
                    before = middle
                else:
                    after = middle
            if (change := day + timedelta(seconds=after)) < end:
                periods.append((change, new))
        day += _DAY
    return tuple(periods)


def offset_at(zone: str, moment: datetime) -> tuple[timedelta, datetime]:
    """Give the UTC offset at a naive UTC instant, and how long it surely lasts.

    :return: (offset, naive UTC instant up to which, exclusive, it holds). The second
        is a change of the clocks or the turn of the UTC year, whichever is first.
    """
    periods = offset_periods(zone, moment.year)
    index = bisect_right(periods, moment, key=itemgetter(0))
    if index < len(periods):
        until = periods[index][0]
    else:
        until = datetime(moment.year + 1, 1, 1)
    return periods[index - 1][1], until


def local_date(zone: str, moment: datetime) -> date:
    """Give the calendar day that a naive UTC instant falls on in a zone."""
    return (moment + offset_at(zone, moment)[0]).date()


def day_start(zone: str, day: date) -> datetime:
    """Give the first instant, in naive UTC, of a calendar day in a zone.

    Where the clocks skip midnight that is the moment after the skip; where midnight
    comes twice it is the first one.
    """
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)
