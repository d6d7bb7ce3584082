"""Arithmetic of payment plans: pure functions, no database.

Amounts are floats in one currency; ``rounding`` is its smallest coin. Inside, they are
counted in coins, so that nothing is lost or won.
"""

from calendar import monthrange
from datetime import date as Date
from datetime import timedelta
from typing import NamedTuple

RHYTHMS = ("week", "fortnight", "month", "month_day")
# More than this is a mistake, not a plan: ten years of months.
MAX_COUNT = 120
_DAYS = {"week": 7, "fortnight": 14}
_PER_YEAR = {"week": 52, "fortnight": 26, "month": 12, "month_day": 12}


class Terms(NamedTuple):
    """What is agreed: an amount, a deposit of it on the first day, and instalments.

    ``day`` is the day of the month of the rhythm ``month_day``; ``deposit_date`` is
    when the deposit is due, the instalments begin on ``first``.
    """

    amount: float
    count: int
    rhythm: str
    first: Date
    day: int = 0
    deposit: float = 0.0
    deposit_date: Date | None = None


class Limits(NamedTuple):
    """Inside which terms need nobody's word. 0 means no limit.

    ``days``: from the start to the last instalment; ``first_days``: to the first;
    ``smallest``: of the instalments; ``deposit_min`` and ``deposit_max``: share of the
    amount, in percent.
    """

    days: int = 0
    first_days: int = 0
    smallest: float = 0.0
    deposit_min: float = 0.0
    deposit_max: float = 0.0


class Settled(NamedTuple):
    """What came of one instalment: paid, on which day the last of it, fallen away."""

    paid: float
    paid_on: Date | None
    dropped: float


def _coins(amount, rounding):
    return round(amount / rounding)


def _amount(coins, rounding):
    # As the decimal that people write: 0.07, not 0.07000000000000001
    return round(coins * rounding, 9)


def _month_day(day, months, wanted):
    """Return the wanted day so many months later, or the last day there is.

    >>> _month_day(Date(2026, 1, 31), 1, 31)
    datetime.date(2026, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    return Date(year, month, min(wanted, monthrange(year, month)[1]))


def due_dates(first, count, rhythm, day=0):
    """Return when instalments fall due.

    Months are counted from the first one, so that the 31st comes back after a
    February; a fixed day of the month begins with the first one not before ``first``.

    >>> [str(d) for d in due_dates(Date(2026, 1, 31), 3, "month")]
    ['2026-01-31', '2026-02-28', '2026-03-31']
    >>> [str(d) for d in due_dates(Date(2026, 1, 20), 2, "month_day", 15)]
    ['2026-02-15', '2026-03-15']
    >>> [str(d) for d in due_dates(Date(2026, 1, 20), 2, "fortnight")]
    ['2026-01-20', '2026-02-03']
    """
    if rhythm in _DAYS:
        return [first + timedelta(days=_DAYS[rhythm] * i) for i in range(count)]
    wanted = day if rhythm == "month_day" and day else first.day
    begin = 0 if _month_day(first, 0, wanted) >= first else 1
    return [_month_day(first, begin + i, wanted) for i in range(count)]


def split(amount, count, rounding=0.01):
    """Split an amount into equal instalments; the last one takes the rounding.

    >>> split(100, 3)
    [33.33, 33.33, 33.34]
    >>> split(100, 3, 1)
    [33.0, 33.0, 34.0]
    >>> split(0.02, 3)
    Traceback (most recent call last):
    ...
    ValueError: an instalment would be nothing
    """
    if not 1 <= count <= MAX_COUNT:
        raise ValueError("a plan has 1 to 120 instalments")
    coins = _coins(amount, rounding)
    each = coins // count
    if each < 1:
        raise ValueError("an instalment would be nothing")
    parts = [each] * (count - 1) + [coins - each * (count - 1)]
    return [float(_amount(part, rounding)) for part in parts]


def schedule(terms, rounding=0.01):
    """Return the deposit, if any, and the instalments: a list of (day, amount).

    Their sum is the amount, to the cent.

    >>> schedule(Terms(100, 2, "month", Date(2026, 2, 1), deposit=20,
    ...                deposit_date=Date(2026, 1, 5)))
    [(datetime.date(2026, 1, 5), 20.0), (datetime.date(2026, 2, 1), 40.0), \
(datetime.date(2026, 3, 1), 40.0)]
    """
    days = due_dates(terms.first, terms.count, terms.rhythm, terms.day)
    deposit = _coins(terms.deposit, rounding)
    rest = _amount(_coins(terms.amount, rounding) - deposit, rounding)
    rows = list(zip(days, split(rest, terms.count, rounding), strict=True))
    if deposit:
        first = (terms.deposit_date or terms.first, float(_amount(deposit, rounding)))
        rows.insert(0, first)
    return rows


def affordable(surplus, rhythm, share=100.0, rounding=0.01):
    """Return the instalment that somebody can bear, rounded down.

    :param float surplus: what is left of an income in a month
    :param float share: how much of it may go to the plan, in percent

    >>> affordable(120, "month", 50)
    60.0
    >>> affordable(130, "week")
    30.0
    """
    year = max(0.0, surplus) * share / 100 * 12
    coins = int(year / _PER_YEAR[rhythm] / rounding + 1e-6)
    return float(_amount(coins, rounding))


def count_for(amount, instalment, rounding=0.01):
    """Return how many instalments of at most this size pay an amount.

    >>> count_for(100, 30)
    4
    """
    each = _coins(instalment, rounding)
    if each < 1:
        raise ValueError("an instalment would be nothing")
    return -(-_coins(amount, rounding) // each)


def breaches(terms, limits, start, rounding=0.01):
    """Return which limits the terms go beyond: names of the fields of ``Limits``.

    >>> breaches(Terms(100, 12, "month", Date(2026, 2, 1)),
    ...          Limits(days=90, smallest=20), Date(2026, 1, 1))
    ['days', 'smallest']
    """
    rows = schedule(terms, rounding)
    result = []
    if limits.days and (rows[-1][0] - start).days > limits.days:
        result.append("days")
    if limits.first_days and (rows[0][0] - start).days > limits.first_days:
        result.append("first_days")
    parts = [amount for _day, amount in rows[-terms.count :]]
    if limits.smallest and terms.count > 1 and min(parts) < limits.smallest - 1e-9:
        result.append("smallest")
    low, high = _deposit_range(terms.amount, limits, rounding)
    deposit = _coins(terms.deposit, rounding)
    if deposit < low:
        result.append("deposit_min")
    if high is not None and deposit > high:
        result.append("deposit_max")
    return result


def smallest_deposit(amount, share, rounding=0.01):
    """Return the least deposit that is no less than a share of the amount.

    :param float share: in percent

    >>> smallest_deposit(1234.56, 20)
    246.92
    >>> smallest_deposit(300, 10)
    30.0
    """
    return float(_amount(_smallest_deposit(amount, share, rounding), rounding))


def _smallest_deposit(amount, share, rounding):
    return -int(-(_coins(amount, rounding) * share / 100 - 1e-6) // 1)


def _deposit_range(amount, limits, rounding):
    coins = _coins(amount, rounding)
    low = _smallest_deposit(amount, limits.deposit_min, rounding)
    high = int(coins * limits.deposit_max / 100) if limits.deposit_max else None
    return low, high if high is None else max(low, high)


def counter_offer(terms, limits, start, rounding=0.01):
    """Return the terms nearest to what was asked for that stay inside the limits.

    Begins no later than allowed and not before ``start``, pays the deposit that is
    asked for, and has as many of the wished instalments as fit; fewer and larger ones
    where there is no room.

    :param date start: from when days are counted

    >>> wish = Terms(1000, 24, "month", Date(2026, 2, 1))
    >>> offer = counter_offer(wish, Limits(180, 0, 50, 20), Date(2026, 1, 1))
    >>> offer.count, offer.deposit
    (5, 200.0)
    >>> breaches(offer, Limits(180, 0, 50, 20), Date(2026, 1, 1))
    []
    """
    low, high = _deposit_range(terms.amount, limits, rounding)
    deposit = max(low, _coins(terms.deposit, rounding))
    deposit = deposit if high is None else min(deposit, high)
    coins = _coins(terms.amount, rounding)
    rest = coins - deposit
    if rest < 1:
        deposit, rest = 0, coins
    first, day = max(terms.first, start), terms.day
    deposit_date = max(terms.deposit_date or start, start)
    if limits.first_days:
        latest = start + timedelta(days=limits.first_days)
        deposit_date = min(deposit_date, latest)
        if not deposit and due_dates(first, 1, terms.rhythm, day)[0] > latest:
            first, day = latest, latest.day if day else 0
    if limits.days:
        end = start + timedelta(days=limits.days)
        if due_dates(first, 1, terms.rhythm, day)[0] > end:
            first, day = end, end.day if day else 0
    count = min(terms.count, MAX_COUNT, rest)
    if limits.smallest:
        count = min(count, rest // max(1, _coins(limits.smallest, rounding)))
    if limits.days:
        days = due_dates(first, max(1, count), terms.rhythm, day)
        count = min(count, sum(due <= end for due in days))
    return terms._replace(
        count=max(1, count),
        first=first,
        day=day,
        deposit=float(_amount(deposit, rounding)),
        # The deposit comes before the instalments.
        deposit_date=min(deposit_date, first) if deposit else None,
    )


def settle(amounts, receipts, dropped=0.0, rounding=0.01):
    """Share what was received over the instalments, the oldest first.

    What is owed no more, because its invoice was cancelled, falls away from the end.

    :param list amounts: of the instalments, in the order in which they fall due
    :param list receipts: pairs of (day, amount), in any order
    :param float dropped: what is owed no more
    :return: list of :class:`Settled`; never more than an instalment's amount

    >>> settle([50, 50], [(Date(2026, 1, 1), 70)], 10)
    [Settled(paid=50.0, paid_on=datetime.date(2026, 1, 1), dropped=0.0), \
Settled(paid=20.0, paid_on=datetime.date(2026, 1, 1), dropped=10.0)]
    """
    wanting = [_coins(amount, rounding) for amount in amounts]
    paid = [0] * len(wanting)
    paid_on = [None] * len(wanting)
    # To the coin in all, whatever the fractions of each receipt
    total, before = 0.0, 0
    index = 0
    for day, amount in sorted(receipts):
        total += amount
        rest = _coins(total, rounding) - before
        before += rest
        while rest > 0 and index < len(wanting):
            taken = min(rest, wanting[index])
            if taken:
                paid[index] += taken
                paid_on[index] = day
            wanting[index] -= taken
            rest -= taken
            index += not wanting[index]
    away = _coins(dropped, rounding)
    lost = [0] * len(wanting)
    for index in reversed(range(len(wanting))):
        lost[index] = min(away, wanting[index])
        away -= lost[index]
    return [
        Settled(float(_amount(p, rounding)), day, float(_amount(d, rounding)))
        for p, day, d in zip(paid, paid_on, lost, strict=True)
    ]
