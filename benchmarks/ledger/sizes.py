"""What is made: how many of what, in which places and currencies."""

import re

# Size: customers, open items
SIZES = {"S": (2_000, 10_000), "M": (20_000, 100_000), "L": (100_000, 1_000_000)}
# Items paid in the past for one that is open
PAID_RATIO = 2
# The second company has one customer and one item for so many of the first
OTHER_SHARE = 50
# Rates of all days, so that no payment leaves an exchange difference
RATES = {"EUR": 0.9, "GBP": 0.8}
# Share of documents; "terms" has three instalments, "begun" one of them paid
KINDS = {
    "single": 0.82,
    "terms": 0.03,
    "begun": 0.02,
    "part": 0.06,
    "credit": 0.03,
    "unmatched": 0.04,
}
ITEMS_PER_DOCUMENT = 0.82 + 0.03 * 3 + 0.02 * 2 + 0.06 + 0.03 + 0.04
# Code: city, and what phone numbers begin with before four digits of their own
COUNTRIES = {
    "be": ("Brussels", "+322555"),
    "de": ("Berlin", "+4930555"),
    "fr": ("Paris", "+3315555"),
    "uk": ("London", "+44207946"),
    "es": ("Madrid", "+3491555"),
    "us": ("New York", "+1212555"),
}
TABLES = (
    "res_partner",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_full_reconcile",
    "account_payment",
    "account_move__account_payment",
    "account_bank_statement_line",
)


def parse_size(text):
    """Return customers and open items of ``S``, ``M``, ``L`` or ``20000x100000``."""
    if text.upper() in SIZES:
        return SIZES[text.upper()]
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match:
        raise ValueError(f"{text!r} is no size: S, M, L or CUSTOMERSxITEMS")
    return int(match[1]), int(match[2])
