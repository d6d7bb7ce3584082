"""A large receivable ledger, made by SQL: what Odoo would have written, in seconds.

Posted invoices with receivable and revenue lines, instalments, part payments with
their partial reconciliations, credit notes, money that nobody matched, payments
without an entry and bank lines that wait, in three currencies over 18 months, most
of it paid long ago; beside it a second company with a ledger of its own, much smaller,
that nothing measures. Which customer has what depends on the numbers alone, so that
two ledgers of one size are the same. ``verify`` asks Odoo to compute a sample anew and
names what differs.
"""

from odoo import fields
from odoo.tools import SQL

from .customers import make_customers
from .documents import make_documents, make_items, make_settlements
from .entries import write_lines, write_matches, write_moves
from .sizes import OTHER_SHARE, TABLES
from .tables import bulk, prepare, prepare_rates
from .waiting import write_waiting_money


def make(env, customers, items, today=None):
    """Write the ledger into the company of the environment, and a small one into a
    second company. Commits nothing.

    :param env: of a superuser, in a database with a chart of accounts
    :param int customers: how many
    :param int items: open receivable items, about
    :param date today: the last day of the 18 months; today if not given
    :return: the second company
    """
    today = today or fields.Date.today()
    cr = env.cr
    # Rather than let a pseudo-random generator's state decide, each number has its own
    # chance, drawn by hashing.
    cr.execute(
        """CREATE OR REPLACE FUNCTION pg_temp.chance(n bigint, salt int)
           RETURNS float8 LANGUAGE sql IMMUTABLE AS
           $$ SELECT (hashint8extended(n, salt) & 1048575) / 1048576.0 $$"""
    )
    other = env["res.company"].create({"name": "Second House"})
    currencies = prepare_rates(env)
    sizes = {
        env.company: (customers, items),
        other: (-(-customers // OTHER_SHARE), -(-items // OTHER_SHARE)),
    }
    known = {company: prepare(env, company, currencies) for company in sizes}
    env.flush_all()
    with bulk(cr):
        for company, size in sizes.items():
            _write(env, *size, today, known[company])
    for table in TABLES:
        cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.invalidate_all(flush=False)
    return other


def _write(env, customers, items, today, known):
    make_customers(env, customers)
    make_documents(env, items, today, known)
    make_items(env, today)
    make_settlements(env, known)
    write_moves(env, known)
    write_lines(env, known)
    write_matches(env, known)
    write_waiting_money(env, known, today)
    # The next company has its own.
    env.cr.execute(
        "DROP TABLE bench_customer, bench_document, bench_item, bench_settlement, "
        "bench_waiting"
    )
