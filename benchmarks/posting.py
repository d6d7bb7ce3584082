"""Posting and paying invoices, with and without what our addons add to it.

They add a few parts in a hundred, a busy machine more than that. So both sides take
turns in small blocks, each pair in the other order than the last, with the same
customers; what counts is the median of the pairs' ratios, and how far it may be off.
"""

import gc
import random
from contextlib import nullcontext
from statistics import median

from .measure import measured, peak, tell

OURS = ("customer_collections", "collections_portal")
BLOCK = 10  # invoices
PAIRS = 30  # in one turn
#: what Odoo's registry knows of the fields to look at again
_TRIGGERS = ("_field_triggers", "_field_trigger_trees", "_is_modifying_relations")
_RESAMPLED = 2000


class WithoutOurs:
    """While the block runs, Odoo's own models are without what our addons add to
    them: methods, and fields to be computed anew. The columns stay in the tables."""

    def __init__(self, env):
        self.registry = env.registry
        self.bases = dict(self._get_bases())
        triggers = (self._get_triggers(), {}, {})
        self.triggers = dict(zip(_TRIGGERS, triggers, strict=True))

    def _get_bases(self):
        for name, model in self.registry.items():
            bases = model.__bases__
            left = tuple(b for b in bases if getattr(b, "_module", None) not in OURS)
            if left != bases and name.startswith(("account.", "payment.")):
                yield model, left

    def _get_triggers(self):
        """Return which fields depend on which, but for ours."""
        return {
            field: {
                path: type(targets)(
                    target for target in targets if not set(target._modules) <= {*OURS}
                )
                for path, targets in paths.items()
            }
            for field, paths in self.registry._field_triggers.items()
        }

    def _swap(self):
        for model, left in self.bases.items():
            self.bases[model], model.__bases__ = model.__bases__, left
        for name, value in self.triggers.items():
            self.triggers[name] = getattr(self.registry, name)
            setattr(self.registry, name, value)

    def __enter__(self):
        self._swap()

    def __exit__(self, *error):
        self._swap()


def measure(env, args):
    """Post and pay invoices, in alternation with and without our addons."""
    sides = {"with": nullcontext(), "without": WithoutOurs(env)}
    journal = env["account.journal"].search(
        [("type", "=", "sale"), ("company_id", "=", env.company.id)], limit=1
    )
    domain = [("email", "like", "customer1")]
    partners = env["res.partner"].search(domain, limit=50 * BLOCK)
    # Each turn is rolled back to here.
    env.cr.commit()
    pairs = []
    for turn in range(-1, max(1, args.repeat * PAIRS)):
        pair = {}
        start = max(turn, 0) * BLOCK % max(len(partners) - BLOCK, 1)
        for name in sorted(sides, reverse=turn % 2):
            pair[name] = {}
            with sides[name]:
                moves = _make(env, partners[start : start + BLOCK], journal)
                _post_and_pay(env, moves, pair[name])
                env.cr.rollback()
                env.transaction.clear()
        if turn >= 0:
            pairs.append(pair)
            tell(f"{turn} posting: {_ratio(pair, 'cpu'):.3f}")
    return pairs


def _make(env, partners, journal):
    from odoo import Command

    line = {"name": "Thing", "price_unit": 100, "tax_ids": []}
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2020-01-01",
                "journal_id": journal.id,
                "invoice_line_ids": [Command.create(line)],
            }
            for partner in partners
        ]
    )
    env.flush_all()
    return moves


def _post_and_pay(env, moves, figures):
    # Whoever's objects are collected in whoever's block is chance.
    gc.collect()
    gc.disable()
    with measured(env.cr, figures):
        moves.action_post()
        env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves.ids
        ).create({"group_payment": False})._create_payments()
        env.flush_all()
        env.cr.precommit.run()
    gc.enable()
    # A dictionary for each block is too much to keep.
    del figures["tables"]


def _ratio(pair, key):
    return pair["with"][key] / pair["without"][key]


def _interval(ratios):
    """Return the range in which the median lies 19 times of 20, by resampling."""
    chance = random.Random(len(ratios))
    medians = sorted(
        median(chance.choices(ratios, k=len(ratios))) for _time in range(_RESAMPLED)
    )
    return medians[_RESAMPLED // 40], medians[-_RESAMPLED // 40]


def report(pairs):
    """Return a table: a median of each side, and of the pairs' ratios."""
    lines = [
        f"{len(pairs)} pairs of {BLOCK} invoices posted and paid:",
        "",
        "| an invoice takes | with | without | slower by | 19 times of 20 |",
        "|---|---|---|---|---|",
    ]
    for key, name in (("cpu", "processor"), ("seconds", "clock")):
        each = [
            1000 / BLOCK * median(pair[side][key] for pair in pairs)
            for side in ("with", "without")
        ]
        ratios = [_ratio(pair, key) for pair in pairs]
        low, high = _interval(ratios)
        lines.append(
            f"| {name} | {each[0]:.1f} ms | {each[1]:.1f} ms "
            f"| {100 * median(ratios) - 100:.1f} % "
            f"| {100 * low - 100:.1f} to {100 * high - 100:.1f} % |"
        )
    counts = [median(p[side]["statements"] for p in pairs) for side in pairs[0]]
    texts = [f"{n:.0f} {side}" for n, side in zip(counts, pairs[0], strict=True)]
    names = " and ".join(texts)
    peaks = [f"{peak([p[side] for p in pairs])} {side}" for side in pairs[0]]
    lines += ["", f"Statements in a block: {names} our addons."]
    lines.append(f"Peak memory: {' and '.join(peaks)}.")
    return "\n".join(lines)
