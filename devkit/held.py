"""Parts what is held of a ledger by why; the parts add up to it."""

from collections import defaultdict
from typing import NamedTuple

ON_ITS_WAY = "On its way"
EXCLUDED = "Excluded from follow-up"


class Item(NamedTuple):
    """An open item, its amounts in its own currency."""

    id: int
    profile: int
    currency: int
    pending: float
    held: float
    excluded: bool
    # Units of the company's currency for one of the item's
    rate: float


class Hold(NamedTuple):
    """A hold that counts on the day."""

    reason: str
    profile: int
    scope: str
    effect: str
    currency: int
    amount: float
    # Id of an item to what of it is held, None for all of it
    lines: dict


def by_reason(items, holds):
    """Return what of these items is held and why, in the company's currency.

    A reason that holds no amount is not in it.

    :param items: list of Item, the one due first before the next
    :param holds: iterable of Hold
    :return: reason to amount, not rounded
    :rtype: dict[str, float]
    """
    sources = _Sources(holds)
    parts = defaultdict(float)
    for item in items:
        parts[ON_ITS_WAY] += item.pending * item.rate
        for reason, amount in sources.take(item):
            parts[reason] += amount * item.rate
    return {reason: amount for reason, amount in parts.items() if amount}


class _Sources:
    """What is left of each hold, in the order in which ``collections.item`` asks."""

    def __init__(self, holds):
        self.whole = {}
        self.named = defaultdict(list)
        self.pools = defaultdict(list)
        for hold in holds:
            if hold.scope == "items":
                for item, amount in hold.lines.items():
                    left = float("inf") if amount is None else amount
                    self.named[item].append([hold.reason, left])
            elif hold.scope == "amount":
                pool = self.pools[hold.profile, hold.currency]
                pool.append([hold.reason, hold.amount])
            elif hold.effect == "exclude":
                self.whole[hold.profile] = hold.reason

    def take(self, item):
        """Yield the reasons for which an item is held, with the amount of each."""
        if item.excluded:
            yield EXCLUDED, item.held
            return
        if item.profile in self.whole:
            yield self.whole[item.profile], item.held
            return
        rest = item.held
        for source in (
            *self.named[item.id],
            *self.pools[item.profile, item.currency],
        ):
            taken = min(rest, source[1])
            source[1] -= taken
            rest -= taken
            yield source[0], taken
