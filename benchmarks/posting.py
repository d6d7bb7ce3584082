"""Posting and paying invoices, with and without what our addons add to it."""

from contextlib import contextmanager, nullcontext

from .measure import measured, middle, spread, tell

POSTED = 500


OURS = ("customer_collections", "collections_portal")


@contextmanager
def without_ours(env):
    """Take what our addons add to Odoo's own models out of their classes for a while,
    as if it had never been there; the fields stay in the tables."""
    taken = {}
    for name, model in env.registry.items():
        bases = model.__bases__
        left = tuple(b for b in bases if getattr(b, "_module", None) not in OURS)
        if left != bases and name.startswith(("account.", "payment.")):
            taken[model] = bases
            model.__bases__ = left
    try:
        yield
    finally:
        for model, bases in taken.items():
            model.__bases__ = bases


def measure(env, args):
    """Post and pay invoices, in alternation with and without our addons."""
    results = {"with": [], "without": []}
    for turn in range(args.repeat + 1):
        # Who goes first changes, so that neither always finds the warm cache
        for name in sorted(results, reverse=turn % 2 == 0):
            figures = {}
            with without_ours(env) if name == "without" else nullcontext():
                post_and_pay(env, figures)
                env.cr.rollback()
                env.transaction.clear()
            tell(f"{turn} posting {name}: {figures['seconds']:.2f} s")
            if turn or not args.repeat:
                results[name].append(figures)
    return results


def post_and_pay(env, figures, count=POSTED):
    from odoo import Command

    partners = env["res.partner"].search([("email", "like", "customer1")], limit=count)
    account = env["account.journal"].search([("type", "=", "sale")], limit=1)
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2020-01-01",
                "journal_id": account.id,
                "invoice_line_ids": [
                    Command.create({"name": "Thing", "price_unit": 100, "tax_ids": []})
                ],
            }
            for partner in partners
        ]
    )
    env.flush_all()
    with measured(env.cr, figures):
        moves.action_post()
        env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves.ids
        ).create({"group_payment": False})._create_payments()
        env.flush_all()
        env.cr.precommit.run()


def report(results):
    lines = [
        f"| {POSTED} invoices posted and paid | median | range | processor "
        "| statements |",
        "|---|---|---|---|---|",
    ]
    for name, rows in results.items():
        lines.append(
            f"| {name} our addons | {middle(rows):.0f} ms | {spread(rows)} "
            f"| {middle(rows, 'cpu'):.0f} ms | {rows[-1]['statements']} |"
        )
    more = {
        key: 100 * (middle(results["with"], key) / middle(results["without"], key) - 1)
        for key in ("seconds", "cpu")
    }
    lines.append(f"| slower by | {more['seconds']:.1f} % | | {more['cpu']:.1f} % | |")
    return "\n".join(lines)
