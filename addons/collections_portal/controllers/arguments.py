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


def number(value):
    """Return the whole number a request brought, None for what is none.

    :param value: a text, or a number out of an address
    :rtype: int or None
    """
    digits = str(value)
    # Other digits than these need not make a number, nor too many of them.
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 10
    return int(digits) if is_number else None


def text(value, length=200):
    """Return a text of one line or more without what no text has, cut to a length."""
    value = value if isinstance(value, str) else ""
    # What is pasted from a table or a web page has gaps of other kinds.
    value = "".join(" " if c.isspace() and c not in "\r\n" else c for c in value)
    return "".join(c for c in value if c == "\n" or c.isprintable()).strip()[:length]
