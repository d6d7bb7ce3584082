"""Amounts as people type them."""

import re

_SEPARATORS = re.compile(r"[.,]")


def parse_amount(text, thousands_sep=""):
    """Return the number somebody typed, whatever their habit of separators.

    The last of two kinds of separators is the decimal one; a single one is, unless
    it stands where the language of the page puts the one of thousands.

    :param str text: such as ``1.234,50``, ``1,234.50``, ``1 234,5`` or ``80``
    :param str thousands_sep: of the language of the page
    :raise ValueError: when it is no amount

    >>> parse_amount("1.234,50"), parse_amount("1,234.50"), parse_amount("80")
    (1234.5, 1234.5, 80.0)
    >>> parse_amount("1,234", ","), parse_amount("1,234", ".")
    (1234.0, 1.234)
    >>> parse_amount("1,23", ",")
    1.23
    """
    digits = re.sub(r"[\s'’\u00a0\u202f]", "", text or "")
    if not re.fullmatch(r"\d[\d.,]{0,20}", digits):
        raise ValueError(text)
    kinds = set(_SEPARATORS.findall(digits))
    last = max(digits.rfind("."), digits.rfind(","))
    if not kinds:
        return float(digits)
    is_grouping = len(kinds) == 1 and (
        digits.count(digits[last]) > 1
        or (digits[last] == thousands_sep and len(digits) - last == 4)
    )
    whole, decimals = (
        (digits, "") if is_grouping else (digits[:last], digits[last + 1 :])
    )
    if not decimals.isdigit() and decimals:
        raise ValueError(text)
    return float(f"{_SEPARATORS.sub('', whole) or '0'}.{decimals or '0'}")
