from datetime import date
from unittest import TestCase

from ..tools.receipts import Part, Receipt, share_out

MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)


def part(key, agreed, base=100.0, since=0, order=1, **values):
    return Part(key, 1, since, (order,), agreed, base, **values)


class TestShareOut(TestCase):
    def shares(self, parts, receipts, still_open):
        found = share_out(parts, receipts, {1: still_open})
        return {p.key: (round(s.left, 2), s.received) for p, s in found.items()}

    def test_nothing_paid_leaves_all_of_it(self):
        self.assertEqual(self.shares([part("a", 60)], [], 100), {"a": (60, [])})

    def test_money_from_before_does_not_count(self):
        paid_before = Receipt(1, 3, MONDAY, 50)
        found = self.shares([part("a", 60, base=50, since=3)], [paid_before], 50)
        self.assertEqual(found, {"a": (50, [])})

    def test_the_one_that_falls_due_first_is_paid_first(self):
        parts = [part("late", 50, order=2), part("early", 50, order=1)]
        found = self.shares(parts, [Receipt(1, 1, MONDAY, 70)], 30)
        self.assertEqual(found["early"], (0, [(MONDAY, 50)]))
        self.assertEqual(found["late"], (30, [(MONDAY, 20)]))

    def test_a_dispute_keeps_what_is_left_of_the_item(self):
        parts = [part("promise", 60), part("dispute", 40, disputed=True)]
        found = self.shares(parts, [Receipt(1, 1, MONDAY, 60)], 40)
        self.assertEqual(found["dispute"], (40, []))
        self.assertEqual(found["promise"], (0, [(MONDAY, 60)]))

    def test_a_disputed_item_paid_in_full_closes_the_dispute(self):
        found = self.shares(
            [part("dispute", 40, disputed=True)], [Receipt(1, 1, MONDAY, 100)], 0
        )
        self.assertEqual(found["dispute"], (0, [(MONDAY, 40)]))

    def test_a_credit_note_goes_to_the_dispute_first(self):
        parts = [part("promise", 60), part("dispute", 40, disputed=True)]
        found = self.shares(parts, [Receipt(1, 1, MONDAY, 40, "credit")], 60)
        self.assertEqual(found["dispute"], (0, [(MONDAY, 40)]))
        self.assertEqual(found["promise"], (60, []))

    def test_what_credit_notes_brought_is_told_apart(self):
        first = part("a", 30, order=1, disputed=True)
        second = part("b", 20, order=2, disputed=True)
        notes = [
            Receipt(1, 1, MONDAY, 30, "credit"),
            Receipt(1, 2, MONDAY, 15, "credit", draft=True),
            Receipt(1, 3, MONDAY, 55),
        ]
        found = share_out([first, second], notes, {1: 0})
        self.assertEqual((found[first].credited, found[first].reset), (30, 0))
        self.assertEqual((found[second].credited, found[second].reset), (0, 15))
        self.assertEqual(found[second].received, [(MONDAY, 15), (MONDAY, 5)])

    def test_a_credit_note_made_for_one_dispute_goes_to_no_other(self):
        parts = [
            part("a", 30, order=1, disputed=True, agreement=1),
            part("b", 20, order=2, disputed=True, agreement=2),
        ]
        note = Receipt(1, 1, MONDAY, 20, "credit", made_for=2)
        found = self.shares(parts, [note], 80)
        self.assertEqual(found["a"], (30, []))
        self.assertEqual(found["b"], (0, [(MONDAY, 20)]))

    def test_a_credit_note_made_for_a_dispute_that_is_over_is_nobodys(self):
        parts = [
            part("promise", 60, agreement=3),
            part("a", 30, disputed=True, agreement=1),
        ]
        note = Receipt(1, 1, MONDAY, 20, "credit", made_for=2)
        found = self.shares(parts, [note], 100)
        self.assertEqual(found, {"promise": (60, []), "a": (30, [])})

    def test_what_a_credit_note_brings_beyond_its_dispute_is_not_asked_for(self):
        parts = [
            part("promise", 60, agreement=3),
            part("a", 40, disputed=True, agreement=1),
        ]
        note = Receipt(1, 1, MONDAY, 100, "credit", made_for=1)
        found = self.shares(parts, [note], 0)
        self.assertEqual(found["a"], (0, [(MONDAY, 40)]))
        self.assertEqual(found["promise"], (0, [(MONDAY, 60)]))
        found = self.shares(parts, [note._replace(amount=50)], 50)
        self.assertEqual(found["promise"], (50, [(MONDAY, 10)]))

    def test_what_is_moved_to_another_account_is_not_received(self):
        found = self.shares([part("a", 100)], [Receipt(1, 1, MONDAY, 100, "moved")], 0)
        self.assertEqual(found["a"], (0, []))
        disputed = part("d", 40, disputed=True)
        found = self.shares([disputed], [Receipt(1, 1, MONDAY, 100, "moved")], 0)
        self.assertEqual(found["d"], (0, []))

    def test_a_payment_undone_and_matched_again_is_not_received_twice(self):
        # Of 130, 30 were paid before; it was undone and matched again.
        found = self.shares(
            [part("a", 100, base=100, since=5)], [Receipt(1, 6, MONDAY, 30)], 100
        )
        self.assertEqual(found["a"], (100, []))

    def test_an_invoice_reset_to_draft_was_not_paid(self):
        found = self.shares([part("d", 40, disputed=True)], [], None)
        self.assertEqual(found["d"], (0, []))

    def test_what_is_left_never_exceeds_what_is_open(self):
        parts = [part("a", 60), part("b", 40, order=2), part("c", 100, disputed=True)]
        found = self.shares(parts, [Receipt(1, 1, TUESDAY, 95)], 5)
        self.assertLessEqual(sum(left for left, _received in found.values()), 5)
