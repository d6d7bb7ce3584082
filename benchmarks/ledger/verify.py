"""Whether the ledger is what Odoo would have written."""

import random

from odoo.tools import SQL

VERIFIED = {
    "account.move.line": ("amount_residual", "amount_residual_currency", "reconciled"),
    "account.move": (
        "amount_total",
        "amount_residual",
        "amount_residual_signed",
        "amount_total_signed",
        "payment_state",
    ),
}


def verify(env, company=None, count=500, seed=19):
    """Let Odoo compute a sample of the ledger anew and say what differs.

    Rolls the transaction back, so that nothing of the computation stays.

    :param company: whose ledger; the environment's if not given
    :param int count: how many entries
    :return: one sentence per figure that differs
    :rtype: list[str]
    """
    env.cr.execute(
        SQL(
            "SELECT MIN(id), MAX(id) FROM account_move WHERE company_id = %s",
            (company or env.company).id,
        )
    )
    low, high = env.cr.fetchone()
    drawn = random.Random(seed).sample(range(low, high + 1), min(2 * count, high - low))
    moves = env["account.move"].browse(drawn).exists()[:count]
    wrong = []
    for records in (moves.line_ids, moves):
        names = VERIFIED[records._name]
        before = {r.id: [r[name] for name in names] for r in records}
        for name in names:
            env.add_to_compute(records._fields[name], records)
        for record in records:
            for name, old in zip(names, before[record.id], strict=True):
                if not _same(old, record[name]):
                    wrong.append(
                        f"{record} {name}: {old} written, {record[name]} computed"
                    )
    for move in moves:
        if not move.company_currency_id.is_zero(sum(move.line_ids.mapped("balance"))):
            wrong.append(f"{move} is not balanced")
    env.cr.rollback()
    env.transaction.clear()
    return wrong


def _same(old, new):
    if isinstance(old, float):
        return abs(old - new) < 0.005
    return old == new
