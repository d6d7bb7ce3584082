import doctest
from datetime import date, timedelta
from unittest import TestCase

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..tools import instalments
from ..tools.instalments import (
    RHYTHMS,
    Limits,
    Terms,
    affordable,
    breaches,
    count_for,
    counter_offer,
    due_dates,
    schedule,
    settle,
    split,
)

START = date(2026, 1, 31)

roundings = st.sampled_from([0.01, 0.05, 1, 0.001])
days = st.integers(0, 400).map(lambda n: START + timedelta(days=n))


@st.composite
def wishes(draw):
    rounding = draw(roundings)
    coins = draw(st.integers(200, 10**7))
    deposit = draw(st.integers(0, coins // 2))
    rhythm = draw(st.sampled_from(RHYTHMS))
    return rounding, Terms(
        amount=coins * rounding,
        count=draw(st.integers(1, 60)),
        rhythm=rhythm,
        first=draw(days),
        day=draw(st.integers(1, 31)) if rhythm == "month_day" else 0,
        deposit=deposit * rounding,
        deposit_date=draw(days),
    )


@st.composite
def limits(draw):
    low = draw(st.integers(0, 60))
    return Limits(
        days=draw(st.sampled_from([0, 40, 90, 400])),
        first_days=draw(st.sampled_from([0, 10, 32])),
        smallest=draw(st.sampled_from([0, 1, 25, 10**5])),
        deposit_min=low,
        deposit_max=draw(st.sampled_from([0, low + 1, 90])),
    )


# A busy machine is no reason to fail.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class TestInstalments(TestCase):
    def test_the_examples_of_the_texts(self):
        result = doctest.testmod(instalments)
        self.assertGreater(result.attempted, 10)
        self.assertFalse(result.failed)

    def test_the_rounding_goes_to_the_last(self):
        self.assertEqual(split(1000, 7)[:2], [142.85, 142.85])
        self.assertEqual(split(1000, 7)[-1], 142.9)

    def test_the_last_of_the_month_stays_the_last(self):
        found = due_dates(date(2027, 12, 31), 4, "month")
        self.assertEqual(
            [str(day) for day in found],
            ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"],
        )

    def test_a_fixed_day_never_begins_before_the_first(self):
        self.assertEqual(
            due_dates(date(2026, 2, 28), 2, "month_day", 31),
            [date(2026, 2, 28), date(2026, 3, 31)],
        )
        self.assertEqual(
            due_dates(date(2026, 3, 16), 1, "month_day", 15), [date(2026, 4, 15)]
        )

    def test_nobody_is_asked_for_more_than_they_can_bear(self):
        self.assertEqual(affordable(0, "month"), 0)
        self.assertEqual(affordable(-40, "week"), 0)
        self.assertEqual(count_for(1000, affordable(200, "month", 50)), 10)

    @unhurried
    @given(wishes())
    def test_a_schedule_sums_up_to_the_coin_and_goes_forward(self, wish):
        rounding, terms = wish
        rows = schedule(terms, rounding)
        coins = [round(amount / rounding) for _day, amount in rows]
        self.assertEqual(sum(coins), round(terms.amount / rounding))
        self.assertGreater(min(coins), 0)
        inner = [day for day, _amount in rows[-terms.count :]]
        self.assertEqual(inner, sorted(set(inner)))
        self.assertGreaterEqual(inner[0], terms.first)

    @unhurried
    @given(wishes(), limits())
    def test_a_counter_offer_fits_where_anything_does(self, wish, limit):
        rounding, terms = wish
        offer = counter_offer(terms, limit, START, rounding)
        self.assertEqual(offer.amount, terms.amount)
        self.assertLessEqual(offer.count, terms.count)
        # One payment within the days of the rhythm is the least there can be.
        left = set(breaches(offer, limit, START, rounding))
        possible = due_dates(offer.first, 1, offer.rhythm, offer.day)[0]
        if not limit.days or (possible - START).days <= limit.days:
            left -= {"first_days"} if possible < offer.first else set()
            self.assertFalse(left)

    @unhurried
    @given(wishes(), limits(), days)
    def test_a_counter_offer_begins_with_the_deposit_and_not_in_the_past(
        self, wish, limit, start
    ):
        rounding, terms = wish
        offer = counter_offer(terms, limit, start, rounding)
        self.assertGreaterEqual(offer.first, start)
        if offer.deposit:
            self.assertGreaterEqual(offer.deposit_date, start)
            self.assertLessEqual(offer.deposit_date, offer.first)

    @unhurried
    @given(wishes(), limits())
    def test_what_fits_is_offered_as_it_is(self, wish, limit):
        rounding, terms = wish
        if not breaches(terms, limit, START, rounding):
            offer = counter_offer(terms, limit, START, rounding)
            self.assertEqual(offer.count, terms.count)
            self.assertEqual(offer.first, terms.first)
            self.assertAlmostEqual(offer.deposit, terms.deposit)

    @unhurried
    @given(
        st.lists(st.integers(1, 10**6), min_size=1, max_size=8),
        st.lists(st.tuples(days, st.integers(1, 10**5)), max_size=8),
        st.integers(0, 10**6),
    )
    def test_what_is_settled_is_what_was_received(self, amounts, receipts, dropped):
        owed = sum(amounts)
        while sum(amount for _day, amount in receipts) > owed:
            receipts = receipts[:-1]
        received = sum(amount for _day, amount in receipts)
        dropped = min(dropped, owed - received)
        rows = settle(
            [amount / 100 for amount in amounts],
            [(day, amount / 100) for day, amount in receipts],
            dropped / 100,
        )
        paid = [round(row.paid * 100) for row in rows]
        lost = [round(row.dropped * 100) for row in rows]
        self.assertEqual(sum(paid), received)
        self.assertEqual(sum(lost), dropped)
        for part, off, amount in zip(paid, lost, amounts, strict=True):
            self.assertLessEqual(part + off, amount)
        # The oldest first: after the first one that is short, nothing is paid.
        short = next(
            (i for i, amount in enumerate(amounts) if paid[i] < amount), len(paid)
        )
        self.assertFalse(any(paid[short + 1 :]))
