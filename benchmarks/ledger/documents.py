"""Who was billed what and when, and what of it is settled: in tables of our own."""

from odoo.tools import SQL

from .sizes import ITEMS_PER_DOCUMENT, KINDS, PAID_RATIO
from .tables import next_ids


def make_documents(env, items, today, known):
    """Say who was billed what and when. Every customer has something open; the rest
    is spread unevenly, so that the biggest one has hundreds."""
    cr = env.cr
    open_count = round(items / ITEMS_PER_DOCUMENT)
    total = open_count + items * PAID_RATIO
    edges, edge = [], 0
    for kind, share in KINDS.items():
        edge += share
        edges.append(SQL("WHEN dice < %s THEN %s", edge, kind))
    first = next_ids(cr, "account_move", total)
    cr.execute(
        SQL(
            """
            CREATE TEMPORARY TABLE bench_document ON COMMIT DROP AS
            SELECT d.n, d.n + %(first)s AS id, d.kind, c.id AS partner_id, d.day,
                   d.day + (ARRAY[14, 30, 45])[c.n %% 3 + 1] AS due, d.amount,
                   (%(currencies)s::int[])[d.money] AS currency_id,
                   (%(rates)s::numeric[])[d.money] AS rate, c.n AS customer
              FROM (
                SELECT n, place,
                       CASE WHEN n > %(open)s
                            THEN CASE WHEN dice < 0.04 THEN 'credited' ELSE 'paid' END
                            %(kinds)s ELSE 'single' END AS kind,
                       %(today)s::date - CASE WHEN n > %(open)s
                            THEN 50 + floor(498 * age)
                            ELSE floor(548 * age * age * age) END::int AS day,
                       round((50 * exp(3.5 * size))::numeric, 2) AS amount,
                       CASE WHEN place %% 10 = 1 OR n %% 50 = 1 THEN 2
                            WHEN place %% 10 = 2 THEN 3 ELSE 1 END AS money
                  FROM (
                    SELECT n, pg_temp.chance(n, 1) AS dice, pg_temp.chance(n, 2) AS age,
                           pg_temp.chance(n, 3) AS size,
                           CASE WHEN n <= customers THEN n ELSE
                               1 + floor(customers * pg_temp.chance(n, 4)
                                         * pg_temp.chance(n, 4))::int END AS place
                      FROM generate_series(1, %(total)s) AS n,
                           (SELECT COUNT(*)::int AS customers FROM bench_customer) AS k
                  ) AS drawn
              ) AS d
              JOIN bench_customer c ON c.n = d.place
            """,
            first=first,
            open=open_count,
            total=total,
            kinds=SQL(" ").join(edges),
            today=today,
            currencies=known["currencies"],
            rates=known["rates"],
        )
    )
    cr.execute("ANALYZE bench_document")


def make_items(env, today):
    """One row per receivable line of a document: signed amounts, what is settled of
    it, when and how. A hundredth of the open invoices is on its way."""
    cr = env.cr
    cr.execute(
        SQL(
            """
            CREATE TEMPORARY TABLE bench_item ON COMMIT DROP AS
            SELECT row_number() OVER (ORDER BY d.n, part) AS nr, d.n, d.id AS move_id,
                   d.partner_id, d.currency_id, d.rate, part, d.day, d.kind,
                   v.due, v.amount, v.settled,
                   round(v.amount / d.rate, 2) AS balance,
                   round(v.settled / d.rate, 2) AS settled_balance,
                   LEAST(%(today)s::date - 1,
                         GREATEST(d.day, v.due - 15 + floor(
                             40 * pg_temp.chance(d.n, 6)
                             + 20 * pg_temp.chance(d.customer, 7))::int))
                       AS settled_day
              FROM bench_document d
        CROSS JOIN generate_series(1, 3) AS part
        CROSS JOIN LATERAL (
                SELECT d.due + 30 * (part - 1) AS due,
                       CASE WHEN d.kind NOT IN ('terms', 'begun') THEN d.amount
                            WHEN part < 3 THEN round(d.amount / 3, 2)
                            ELSE d.amount - 2 * round(d.amount / 3, 2) END
                       * CASE WHEN d.kind IN ('credit', 'unmatched') THEN -1 ELSE 1 END
                       AS amount
              ) AS w
        CROSS JOIN LATERAL (
                SELECT w.due, w.amount,
                       CASE WHEN d.kind IN ('paid', 'credited') THEN w.amount
                            WHEN d.kind = 'begun' AND part = 1 THEN w.amount
                            WHEN d.kind = 'part' THEN round(
                                (w.amount * (0.2 + 0.6 * pg_temp.chance(d.n, 5))
                                 )::numeric, 2)
                            ELSE 0 END AS settled
              ) AS v
             WHERE part = 1 OR d.kind IN ('terms', 'begun')
            """,
            today=today,
        )
    )
    cr.execute("SELECT COUNT(*) FROM bench_item")
    first = next_ids(cr, "account_move_line", 2 * cr.fetchone()[0])
    cr.execute("ALTER TABLE bench_item ADD COLUMN id int")
    cr.execute("UPDATE bench_item SET id = nr + %s", [first])
    cr.execute("ANALYZE bench_item")


def make_settlements(env, known):
    """One entry of the bank, or one credit note, for each item that is settled."""
    cr = env.cr
    cr.execute(
        """CREATE TEMPORARY TABLE bench_settlement ON COMMIT DROP AS
           SELECT row_number() OVER (ORDER BY id) AS nr, id AS item_id, partner_id,
                  currency_id, rate, day, kind, amount, settled, settled_balance,
                  settled_day
             FROM bench_item WHERE settled > 0"""
    )
    cr.execute("ALTER TABLE bench_settlement ADD COLUMN line_id int")
    cr.execute("ALTER TABLE bench_settlement ADD COLUMN settling_id int")
    cr.execute("SELECT COUNT(*) FROM bench_settlement")
    count = cr.fetchone()[0]
    known["settlements"] = count
    moves = next_ids(cr, "account_move", count)
    lines = next_ids(cr, "account_move_line", 2 * count)
    known["partials"] = next_ids(cr, "account_partial_reconcile", count)
    known["fulls"] = next_ids(cr, "account_full_reconcile", count)
    cr.execute(
        "UPDATE bench_settlement SET settling_id = nr + %s, line_id = nr + %s",
        [moves, lines],
    )
    cr.execute("ANALYZE bench_settlement")
