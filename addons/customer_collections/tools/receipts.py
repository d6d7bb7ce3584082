"""Which part of an agreement was paid by what: pure arithmetic, no database.

The order in which money counts, per item:

1. what was already paid before and undone since: the debt must first come down again;
2. promises and plans, the one that falls due first before the next;
3. a dispute, which is what is left of the item once the others took their part; a
   credit note on the invoice goes to the dispute first, one that was made for a
   dispute to no other; what it brings beyond that dispute makes the others smaller
   where the item does not ask for as much any more.
"""

from collections import defaultdict
from datetime import date as Date
from typing import NamedTuple


class Part(NamedTuple):
    """The part of one item that one agreement covers.

    ``since`` is the last matching that existed when it began; ``base`` what was open
    then; ``order`` what comes first when money is shared out; ``agreement`` whose part
    it is. One that is ``over`` holds nothing, and keeps what kept it from counting
    again: money up to the journal item ``until``, 0 for no limit. All amounts are in
    the currency of the item.
    """

    key: int
    item: int
    since: int
    order: tuple
    agreed: float
    base: float
    disputed: bool = False
    agreement: int = 0
    over: bool = False
    until: int = 0

    def may_take(self, receipt):
        """Tell whether a receipt can be for this part.

        :rtype: bool
        """
        if self.since >= receipt.seq:
            return False
        return is_in_time(receipt.money, self.until)


def is_in_time(money, until):
    """Tell whether money was there when what it is to count for ended.

    :param int money: the journal item that brought it, 0 while it is on its way
    :param int until: the last journal item there was then, 0 for no limit
    """
    return not until or 0 < money <= until


class Receipt(NamedTuple):
    """One matching of an item. ``seq`` tells earlier from later.

    ``kind``: ``money``, ``credit`` (a credit note on the invoice), or ``moved`` (to
    another account: the debt is where it was, nothing was paid). ``made_for``: the
    agreement that a credit note was made for, None if for none. ``money``: the journal
    item that brought it, 0 while it is on its way. ``draft``: its entry was
    reset, which leaves it matched.
    """

    item: int
    seq: int
    date: Date
    amount: float
    kind: str = "money"
    made_for: int | None = None
    money: int = 0
    draft: bool = False


class Share(NamedTuple):
    """What came of one part: still held (of one that is over: not received on this
    item), and what was received on which day; how much of it credit notes brought, and
    those that were reset to draft."""

    left: float
    received: list
    credited: float = 0.0
    reset: float = 0.0


def share_out(parts, receipts, open_amounts, tiny=0.005):
    """Share out what was received on items among the agreements that cover them.

    :param parts: iterable of :class:`Part`
    :param receipts: iterable of :class:`Receipt`
    :param dict open_amounts: what is open of each item now; None for an item that is
                              not in the ledger any more (its invoice was reset)
    :param float tiny: what counts as nothing, half the smallest coin
    :return: dict of part to :class:`Share`; what is left of all parts of an item is
             never more than what is open of it
    """
    by_item = defaultdict(list)
    for part in parts:
        by_item[part.item].append(part)
    receipts_of = defaultdict(list)
    for receipt in receipts:
        receipts_of[receipt.item].append(receipt)
    shares = {}
    for item, item_parts in by_item.items():
        shares.update(
            _share_item(
                sorted(item_parts, key=lambda part: (part.disputed, part.order)),
                sorted(receipts_of[item], key=lambda receipt: receipt.seq),
                open_amounts.get(item),
                tiny,
            )
        )
    return shares


def _share_item(parts, receipts, still_open, tiny):
    first = min(parts, key=lambda part: part.since)
    since_first = [receipt for receipt in receipts if receipt.seq > first.since]
    # A payment of before that was undone: the debt went up by it.
    gone = still_open is None
    still_open = 0.0 if gone else max(0.0, still_open)
    undone = still_open + sum(r.amount for r in since_first) - first.base
    moved = 0.0
    spare = []
    received = {part: [] for part in parts}
    wanting = {part: part.agreed for part in parts}
    credited = defaultdict(float)
    for receipt in since_first:
        amount = receipt.amount
        back = max(0.0, min(undone, amount))
        undone -= back
        amount -= back
        if receipt.kind == "moved":
            moved += amount
            continue
        takers = [part for part in parts if part.may_take(receipt)]
        if receipt.kind == "credit":
            takers.sort(key=lambda part: not part.disputed)
            if receipt.made_for is not None:
                takers = [p for p in takers if p.agreement == receipt.made_for]
        for part in takers:
            if part.disputed and receipt.kind != "credit":
                continue
            taken = min(amount, wanting[part])
            if taken > tiny:
                wanting[part] -= taken
                amount -= taken
                received[part].append((receipt.date, taken))
                if receipt.kind == "credit":
                    credited[part, receipt.draft] += taken
        if receipt.made_for is not None:
            spare.append((receipt.date, amount))
    shares = {}
    for part in parts:
        if part.over:
            shares[part] = Share(wanting[part], received[part])
            continue
        notes = credited[part, False], credited[part, True]
        left = min(wanting[part], still_open)
        paid = wanting[part] - left - moved
        last = [r.date for r in receipts if r.seq > part.since]
        if part.disputed and paid > tiny and last:
            # The rest of the item is paid: the last money went to what was disputed.
            received[part].append((max(last), paid))
        elif not part.disputed:
            received[part] += _take_spare(spare, paid, tiny)
        still_open -= left
        shares[part] = Share(0.0 if left <= tiny else left, received[part], *notes)
    return shares


def _take_spare(spare, wanted, tiny):
    """Take what an item does not ask for any more from credit that found nobody.

    :param list spare: of (day, amount), changed
    :return: list of (day, amount)
    """
    taken = []
    for number, (day, amount) in enumerate(spare):
        part = min(amount, wanted)
        if part > tiny:
            spare[number] = day, amount - part
            wanted -= part
            taken.append((day, part))
    return taken


def spread(items, paid, agreed, tiny=0.005):
    """Spread what was agreed of an invoice over the items it has now.

    :param items: list of (item, its amount, what other agreements leave of it or None
                  for all of it), the oldest first
    :param float paid: what had been paid of the invoice when it was agreed: of the
                       oldest items, and not part of the agreement
    :param float agreed: what was agreed of the invoice
    :return: list of (item, agreed of it, open of it at the time); what finds no room
             is left out
    """
    rows = []
    for item, amount, room in items:
        before = min(amount, paid)
        paid -= before
        base = amount - before
        taken = min(agreed, base if room is None else min(base, room))
        if taken > tiny:
            agreed -= taken
            rows.append((item, taken, base))
    return rows
