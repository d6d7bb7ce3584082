"""What a request brings, made safe: no argument is trusted, none raises."""

from datetime import date

from odoo import fields


def choose(value, options, default):
    """Return a value if it is one of the options, else the default."""
    return value if isinstance(value, str) and value in options else default


def day(value, default):
    """Return the date a form brought, or the default for what is none.

    :param str value: ``YYYY-MM-DD``
    :param date default: used for nothing, nonsense and days out of this world
    """
    try:
        found = fields.Date.to_date((value or "").strip()[:10])
    except (ValueError, TypeError, AttributeError):
        found = None
    return found if found and date(1990, 1, 1) <= found <= date(2200, 1, 1) else default


def text(value, length=200):
    """Return a text of one line or more without what no text has, cut to a length."""
    value = value if isinstance(value, str) else ""
    return "".join(c for c in value if c == "\n" or c.isprintable()).strip()[:length]
