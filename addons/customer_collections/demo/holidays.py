"""Public holidays of Ireland, where the demo company lives."""

from datetime import date, timedelta

from dateutil.easter import easter


def _monday(year, month, last=False):
    """Return the first, or last, Monday of a month."""
    if last:
        day = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return day - timedelta(days=day.weekday())
    day = date(year, month, 1)
    return day + timedelta(days=-day.weekday() % 7)


def irish_holidays(year):
    """Return the public holidays of a year.

    :rtype: list[tuple[str, date]]
    """
    brigid = date(year, 2, 1)
    return [
        ("New Year's Day", date(year, 1, 1)),
        # On the first itself when it is a Friday, otherwise on the Monday.
        ("Saint Brigid's Day", brigid if brigid.weekday() == 4 else _monday(year, 2)),
        ("Saint Patrick's Day", date(year, 3, 17)),
        ("Easter Monday", easter(year) + timedelta(days=1)),
        ("May Day", _monday(year, 5)),
        ("June Holiday", _monday(year, 6)),
        ("August Holiday", _monday(year, 8)),
        ("October Holiday", _monday(year, 10, last=True)),
        ("Christmas Day", date(year, 12, 25)),
        ("Saint Stephen's Day", date(year, 12, 26)),
    ]
