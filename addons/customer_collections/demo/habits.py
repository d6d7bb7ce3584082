"""How the customers of the demo pay. No database here: dates in, dates out."""

from datetime import timedelta


def spread(rng, today, customer):
    """Return the days on which ``customer`` was invoiced, oldest first.

    :param random.Random rng: the source of chance
    :param date today: nothing is dated after the day before yesterday
    :param Customer customer: who, with ``count`` invoices over ``since`` months
    :rtype: list[date]
    """
    span = customer.since * 30
    # The newest ones are what a customer who pays late owes.
    step = (span - 4) / customer.count
    ages = sorted(
        (
            min(span, max(2, round(4 + step * (number + rng.random()))))
            for number in range(customer.count)
        ),
        reverse=True,
    )
    return [working_day(today - timedelta(days=age)) for age in ages]


def working_day(day):
    """Return ``day``, or the Friday before it at a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def settle(rng, behaviour, invoiced, due, today):
    """Return when an instalment is paid, and how much of it.

    :param str behaviour: a column of ``cast.tsv``
    :param date invoiced: date of the invoice; nothing is paid before it
    :param date due: when the instalment falls due
    :rtype: list[tuple[date, float]]: day and share of the amount. Days after
        ``today`` are left out: that part is open.
    """
    plan = HABITS[behaviour](rng, due, today)
    return [
        (max(day, invoiced), share) for day, share in plan if max(day, invoiced) < today
    ]


def _banking_day(day):
    """Return ``day``, or the Monday after it at a weekend."""
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)


def _once(low, high):
    """Pay all of it, between ``low`` and ``high`` days after the due date."""

    def habit(rng, due, today):
        return [(_banking_day(due + timedelta(days=rng.randint(low, high))), 1.0)]

    return habit


def _prompt(rng, due, today):
    late = rng.random() < 0.12
    days = rng.randint(1, 3) if late else rng.randint(-7, 0)
    return [(_banking_day(due + timedelta(days=days)), 1.0)]


def _weekend(rng, due, today):
    """Do the accounts on the first Saturday or Sunday after the due date."""
    saturday = due + timedelta(days=(5 - due.weekday()) % 7)
    return [(saturday + timedelta(days=rng.randint(0, 1)), 1.0)]


def _part(rng, due, today):
    """Pay a round part near the due date, the rest weeks later."""
    share = rng.choice((0.4, 0.5, 0.6))
    first = _banking_day(due + timedelta(days=rng.randint(1, 8)))
    rest = _banking_day(due + timedelta(days=rng.randint(28, 55)))
    return [(first, share), (rest, 1 - share)]


def _gone(rng, due, today):
    """Paid well once, and nothing in the last half year."""
    day = _banking_day(due + timedelta(days=rng.randint(0, 15)))
    return [(day, 1.0)] if day < today - timedelta(days=170) else []


HABITS = {
    "prompt": _prompt,
    "forgetful": _once(8, 17),
    "weekend": _weekend,
    "steady": _once(12, 30),
    "slow": _once(30, 75),
    "part": _part,
    "instalments": _once(-2, 12),
    "gone": _gone,
    "new": _once(0, 5),
}
