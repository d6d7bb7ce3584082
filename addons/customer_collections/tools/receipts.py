"""Which part of an agreement was paid by what: pure arithmetic, no database.

The order in which money counts, per item:

1. what was already paid before and undone since: the debt must first come down again;
2. promises and plans, the one that falls due first before the next;
3. a dispute, which is what is left of the item once the others took their part; a
   credit note on the invoice goes to the dispute first.
"""

from collections import defaultdict
from datetime import date as Date
from typing import NamedTuple


class Part(NamedTuple):
    """The part of one item that one agreement covers.

    ``since`` is the last matching that existed when it began; ``base`` what was open
    then; ``order`` what comes first when money is shared out. All amounts are in the
    currency of the item.
    """

    key: int
    item: int
    since: int
    order: tuple
    agreed: float
    base: float
    disputed: bool = False


class Receipt(NamedTuple):
    """One matching of an item. ``seq`` tells earlier from later.

    ``kind``: ``money``, ``credit`` (a credit note on the invoice), or ``moved`` (to
    another account: the debt is where it was, nothing was paid).
    """

    item: int
    seq: int
    date: Date
    amount: float
    kind: str = "money"


class Share(NamedTuple):
    """What came of one part: still held, and what was received on which day."""

    left: float
    received: list


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
    received = {part: [] for part in parts}
    wanting = {part: part.agreed for part in parts}
    for receipt in since_first:
        amount = receipt.amount
        back = max(0.0, min(undone, amount))
        undone -= back
        amount -= back
        if receipt.kind == "moved":
            moved += amount
            continue
        takers = [part for part in parts if part.since < receipt.seq]
        if receipt.kind == "credit":
            takers.sort(key=lambda part: not part.disputed)
        for part in takers:
            if part.disputed and receipt.kind != "credit":
                continue
            taken = min(amount, wanting[part])
            if taken > tiny:
                wanting[part] -= taken
                amount -= taken
                received[part].append((receipt.date, taken))
    shares = {}
    for part in parts:
        left = min(wanting[part], still_open)
        paid = wanting[part] - left - moved
        last = [r.date for r in receipts if r.seq > part.since]
        if part.disputed and paid > tiny and last:
            # The rest of the item is paid: the last money went to what was disputed.
            received[part].append((max(last), paid))
        still_open -= left
        shares[part] = Share(0.0 if left <= tiny else left, received[part])
    return shares


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
