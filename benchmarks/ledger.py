"""A large receivable ledger, made by SQL: what Odoo would have written, in seconds.

Posted invoices with receivable and revenue lines, instalments, part payments with
their partial reconciliations, credit notes, money that nobody matched, payments
without an entry and bank lines that wait, in three currencies over 18 months, most
of it paid long ago. Which customer has what depends on the numbers alone, so that
two ledgers of one size are the same. :func:`verify` asks Odoo to compute a sample
anew and names what differs.
"""

import random
import re
from contextlib import contextmanager

from odoo import Command, fields
from odoo.tools import SQL

# Size: customers, open items
SIZES = {"S": (2_000, 10_000), "M": (20_000, 100_000), "L": (100_000, 1_000_000)}
# Items paid in the past for one that is open
PAID_RATIO = 2
# Rates of all days, so that no payment leaves an exchange difference
RATES = {"EUR": 0.9, "GBP": 0.8}
# Share of documents; "terms" has three instalments, "begun" one of them paid
KINDS = {
    "single": 0.82,
    "terms": 0.03,
    "begun": 0.02,
    "part": 0.06,
    "credit": 0.03,
    "unmatched": 0.04,
}
ITEMS_PER_DOCUMENT = 0.82 + 0.03 * 3 + 0.02 * 2 + 0.06 + 0.03 + 0.04
# Code: city, and what phone numbers begin with before four digits of their own
COUNTRIES = {
    "be": ("Brussels", "+322555"),
    "de": ("Berlin", "+4930555"),
    "fr": ("Paris", "+3315555"),
    "uk": ("London", "+44207946"),
    "es": ("Madrid", "+3491555"),
    "us": ("New York", "+1212555"),
}
TABLES = (
    "res_partner",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_full_reconcile",
    "account_payment",
    "account_move__account_payment",
    "account_bank_statement_line",
)


def make(env, customers, items, today=None):
    """Write the ledger into the company of the environment. Commits nothing.

    :param env: of a superuser, in a database with a chart of accounts
    :param int customers: how many
    :param int items: open receivable items, about
    :param date today: the last day of the 18 months; today if not given
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
    env.flush_all()
    known = _prepare(env)
    with _bulk(cr):
        _make_customers(env, customers)
        _make_documents(env, items, today, known)
        _make_items(env, today)
        _make_settlements(env, known)
        _write_moves(env, known)
        _write_lines(env, known)
        _write_matches(env, known)
        _write_waiting_money(env, known, today)
    for table in TABLES:
        cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.invalidate_all(flush=False)


def _prepare(env):
    """Give the company currencies with rates and return the ids the rest needs."""
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company)
    currencies = [company.currency_id.id]
    for code, rate in RATES.items():
        currency = (
            env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", code)])
        )
        currency.active = True
        currency.rate_ids.unlink()
        currency.rate_ids = [
            Command.create(
                {"name": "2000-01-01", "rate": rate, "company_id": company.id}
            )
        ]
        currencies.append(currency.id)
    journals = {
        kind: env["account.journal"].search(
            [("type", "=", kind), ("company_id", "=", company.id)], limit=1
        )
        for kind in ("sale", "bank")
    }
    partner = env["res.partner"].new({"company_id": False})
    env.flush_all()
    return {
        "company": company.id,
        "currency": company.currency_id.id,
        "currencies": currencies,
        "rates": [1.0, *RATES.values()],
        "sale": journals["sale"].id,
        "bank": journals["bank"].id,
        "receivable": partner.property_account_receivable_id.id,
        "revenue": journals["sale"].default_account_id.id,
        "cash": journals["bank"].default_account_id.id,
        "suspense": journals["bank"].suspense_account_id.id,
        "method": journals["bank"].inbound_payment_method_line_ids[:1].id,
        "method_kind": journals["bank"]
        .inbound_payment_method_line_ids[:1]
        .payment_method_id.id,
        "uid": env.uid,
    }


@contextmanager
def _bulk(cr):
    """Write many rows fast: indexes come back at the end, and references that are
    right by construction are not looked up one by one where we may say so."""
    cr.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
             FROM pg_index i
            WHERE i.indrelid = ANY(%s::regclass[])
              AND NOT i.indisprimary AND NOT i.indisunique""",
        [list(TABLES)],
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(SQL("DROP INDEX %s", SQL.identifier(name.strip('"'))))
    cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if cr.fetchone()[0]:
        cr.execute("SET LOCAL session_replication_role = replica")
    yield
    cr.execute("SET LOCAL session_replication_role = origin")
    for _name, definition in indexes:
        cr.execute(definition)


def _next_ids(cr, table, count):
    """Reserve ids and return the number before the first of them."""
    sequence = f"{table}_id_seq"
    cr.execute("SELECT nextval(%s)", [sequence])
    first = cr.fetchone()[0]
    cr.execute("SELECT setval(%s, %s)", [sequence, first + count])
    return first


def _make_customers(env, count):
    """Companies and persons of six countries; one in seven has an invoice contact."""
    cr = env.cr
    countries = [env.ref(f"base.{code}").id for code in COUNTRIES]
    contacts = count // 7
    first = _next_ids(cr, "res_partner", count + contacts)
    cr.execute(
        """CREATE TEMPORARY TABLE bench_customer ON COMMIT DROP AS
           SELECT n, %s + n AS id, (n %% %s) + 1 AS place
             FROM generate_series(1, %s) AS n""",
        [first, len(COUNTRIES), count],
    )
    cr.execute(
        """
        INSERT INTO res_partner
               (id, name, complete_name, commercial_partner_id, is_company, active,
                type, lang, street, zip, city, country_id, email, email_normalized,
                phone, phone_sanitized, commercial_company_name, customer_rank,
                supplier_rank, partner_share, autopost_bills, color, message_bounce,
                employee, create_uid, create_date, write_uid, write_date)
        SELECT c.id, v.name, v.name, c.id, v.company, TRUE, 'contact', 'en_US',
               n || ' High Street', lpad((n %% 9999)::text, 5, '0'),
               (%(cities)s::varchar[])[place], (%(countries)s::int[])[place],
               v.email, v.email, v.phone, v.phone,
               CASE WHEN v.company THEN v.name END,
               1, 0, TRUE, 'ask', 0, 0, FALSE, %(uid)s, now(), %(uid)s, now()
          FROM bench_customer c
    CROSS JOIN LATERAL (
            SELECT n %% 4 <> 0 AS company, 'Customer ' || lpad(n::text, 6, '0') AS name,
                   -- One in fifty can be reached by no e-mail
                   CASE WHEN n %% 50 <> 0
                        THEN 'customer' || n || '@customer.example' END AS email,
                   (%(prefixes)s::varchar[])[place]
                       || lpad((n %% 10000)::text, 4, '0') AS phone
          ) AS v
        """,
        {
            "cities": [place[0] for place in COUNTRIES.values()],
            "countries": countries,
            "prefixes": [place[1] for place in COUNTRIES.values()],
            "uid": env.uid,
        },
    )
    cr.execute(
        """
        INSERT INTO res_partner
               (id, name, complete_name, parent_id, commercial_partner_id, is_company,
                active, type, lang, street, zip, city, country_id, email,
                email_normalized, commercial_company_name, customer_rank,
                supplier_rank, partner_share, autopost_bills, color, message_bounce,
                employee, create_uid, create_date, write_uid, write_date)
        SELECT %s + k, 'Accounts Payable', r.name || ', Accounts Payable', r.id, r.id,
               FALSE, TRUE, 'invoice', r.lang, r.street, r.zip, r.city, r.country_id,
               v.email, v.email, r.commercial_company_name, 0, 0, TRUE, 'ask', 0, 0,
               FALSE, r.create_uid, now(), r.create_uid, now()
          FROM generate_series(1, %s) AS k
          JOIN bench_customer c ON c.n = k * 7
          JOIN res_partner r ON r.id = c.id
    CROSS JOIN LATERAL (
            SELECT 'payable' || k || '@customer.example' AS email) AS v
        """,
        [first + count, contacts],
    )


def _make_documents(env, items, today, known):
    """Say who was billed what and when. Every customer has something open; the rest
    is spread unevenly, so that the biggest one has hundreds."""
    cr = env.cr
    open_count = round(items / ITEMS_PER_DOCUMENT)
    total = open_count + items * PAID_RATIO
    edges, edge = [], 0
    for kind, share in KINDS.items():
        edge += share
        edges.append(SQL("WHEN dice < %s THEN %s", edge, kind))
    first = _next_ids(cr, "account_move", total)
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


def _make_items(env, today):
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
    first = _next_ids(cr, "account_move_line", 2 * cr.fetchone()[0])
    cr.execute("ALTER TABLE bench_item ADD COLUMN id int")
    cr.execute("UPDATE bench_item SET id = nr + %s", [first])
    cr.execute("ANALYZE bench_item")


def _make_settlements(env, known):
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
    moves = _next_ids(cr, "account_move", count)
    lines = _next_ids(cr, "account_move_line", 2 * count)
    known["partials"] = _next_ids(cr, "account_partial_reconcile", count)
    known["fulls"] = _next_ids(cr, "account_full_reconcile", count)
    cr.execute(
        "UPDATE bench_settlement SET settling_id = nr + %s, line_id = nr + %s",
        [moves, lines],
    )
    cr.execute("ANALYZE bench_settlement")


def _write_moves(env, known):
    """Write invoices, credit notes and unmatched payments, then the settling moves."""
    env.cr.execute(
        SQL(
            """
            WITH total AS (
                SELECT move_id, SUM(amount) AS amount, SUM(balance) AS balance,
                       SUM(amount - settled) AS residual,
                       SUM(balance - settled_balance) AS residual_balance,
                       SUM(settled) AS settled, MAX(due) AS due
                  FROM bench_item
              GROUP BY move_id
            ),
            move AS (
                SELECT d.id, d.n, d.partner_id, d.currency_id, d.rate, d.day, t.*,
                       CASE d.kind WHEN 'credit' THEN 'out_refund'
                                   WHEN 'unmatched' THEN 'entry'
                                   ELSE 'out_invoice' END AS move_type,
                       CASE WHEN d.kind = 'credited' THEN 'reversed'
                            WHEN t.residual = 0 THEN 'paid'
                            WHEN t.settled > 0 THEN 'partial'
                            ELSE 'not_paid' END AS payment_state
                  FROM bench_document d
                  JOIN total t ON t.move_id = d.id
             UNION ALL
                SELECT s.settling_id, s.nr + 10000000, s.partner_id, s.currency_id,
                       s.rate, s.settled_day, s.settling_id, -s.settled,
                       -s.settled_balance, 0, 0, s.settled, s.settled_day,
                       CASE WHEN s.kind = 'credited' THEN 'out_refund' ELSE 'entry' END,
                       CASE WHEN s.kind = 'credited' THEN 'paid' ELSE 'not_paid' END
                  FROM bench_settlement s
            )
            INSERT INTO account_move
                   (id, name, sequence_prefix, sequence_number, state, move_type,
                    journal_id, company_id, partner_id, commercial_partner_id,
                    partner_shipping_id, currency_id, date, invoice_date,
                    invoice_date_due, amount_untaxed, amount_tax, amount_total,
                    amount_residual, amount_untaxed_signed,
                    amount_untaxed_in_currency_signed, amount_tax_signed,
                    amount_total_signed, amount_total_in_currency_signed,
                    amount_residual_signed, payment_state, payment_reference,
                    invoice_partner_display_name, invoice_currency_rate, auto_post,
                    is_move_sent, posted_before, checked, made_sequence_gap,
                    always_tax_exigible, invoice_user_id, create_uid, create_date,
                    write_uid, write_date)
            SELECT m.id, p.prefix || lpad(n::text, 8, '0'), p.prefix, n, 'posted',
                   move_type, p.journal_id, %(company)s, partner_id, partner_id,
                   partner_id, m.currency_id, day, CASE WHEN invoice THEN day END,
                   CASE WHEN invoice THEN due END,
                   CASE WHEN invoice THEN abs(amount) END,
                   CASE WHEN invoice THEN 0 END,
                   abs(amount),
                   CASE WHEN invoice THEN abs(residual) ELSE 0 END,
                   CASE WHEN invoice THEN balance END,
                   CASE WHEN invoice THEN amount END,
                   CASE WHEN invoice THEN 0 END,
                   CASE WHEN invoice THEN balance ELSE abs(balance) END,
                   CASE WHEN invoice THEN amount ELSE abs(amount) END,
                   CASE WHEN invoice THEN residual_balance ELSE 0 END,
                   payment_state, CASE WHEN invoice THEN p.prefix || n END, r.name,
                   m.rate, 'no', invoice, TRUE, TRUE, FALSE, TRUE,
                   CASE WHEN invoice THEN %(uid)s END, %(uid)s, now(), %(uid)s, now()
              FROM move m
              JOIN res_partner r ON r.id = m.partner_id
        CROSS JOIN LATERAL (
                SELECT move_type <> 'entry' AS invoice,
                       CASE move_type WHEN 'out_invoice' THEN 'INV/'
                                      WHEN 'out_refund' THEN 'RINV/'
                                      ELSE 'PBNK1/' END
                       || to_char(m.day, 'YYYY') || '/' AS prefix,
                       CASE WHEN move_type = 'entry' THEN %(bank)s ELSE %(sale)s END
                           AS journal_id
              ) AS p
          ORDER BY m.day, m.id
            """,
            **known,
        )
    )


def _write_lines(env, known):
    """Write the receivable line of each item and its counterpart, and for each
    settlement the same the other way round."""
    env.cr.execute(
        SQL(
            """
            WITH entry AS (
                -- Receivable line, then what it was earned or received by
                SELECT i.id, i.move_id, i.day, i.due, i.partner_id, i.currency_id,
                       i.amount, i.balance,
                       i.amount - i.settled AS residual,
                       i.balance - i.settled_balance AS residual_balance,
                       i.amount = i.settled AS reconciled, s.nr AS settlement,
                       i.kind = 'unmatched' AS money
                  FROM bench_item i
             LEFT JOIN bench_settlement s ON s.item_id = i.id
             UNION ALL
                SELECT s.line_id, s.settling_id, s.settled_day, s.settled_day,
                       s.partner_id, s.currency_id, -s.settled, -s.settled_balance,
                       0, 0, TRUE, s.nr, s.kind <> 'credited'
                  FROM bench_settlement s
            ),
            line AS (
                SELECT e.id, e.move_id, e.day, e.due, e.partner_id, e.currency_id,
                       e.amount, e.balance, e.residual, e.residual_balance,
                       e.reconciled, e.settlement, %(receivable)s AS account_id,
                       CASE WHEN e.money THEN 'product' ELSE 'payment_term' END
                           AS display_type, e.money,
                       CASE WHEN e.settlement IS NULL THEN NULL
                            WHEN i.amount = i.settled
                            THEN (e.settlement + %(fulls)s)::text
                            ELSE 'P' || (e.settlement + %(partials)s) END
                           AS matching_number,
                       CASE WHEN i.amount = i.settled
                            THEN e.settlement + %(fulls)s END AS full_reconcile_id
                  FROM entry e
             LEFT JOIN bench_settlement i ON i.nr = e.settlement
             UNION ALL
                SELECT e.id + CASE WHEN e.id > %(edge)s THEN %(settlements)s
                                   ELSE %(items)s END,
                       e.move_id, e.day, NULL, e.partner_id, e.currency_id, -e.amount,
                       -e.balance,
                       -- A line of cash stays open for ever
                       CASE WHEN e.money THEN -e.amount ELSE 0 END,
                       CASE WHEN e.money THEN -e.balance ELSE 0 END, FALSE, NULL,
                       CASE WHEN e.money THEN %(cash)s ELSE %(revenue)s END, 'product',
                       e.money, NULL, NULL
                  FROM entry e
            )
            INSERT INTO account_move_line
                   (id, move_id, journal_id, company_id, company_currency_id, sequence,
                    account_id, currency_id, partner_id, full_reconcile_id, move_name,
                    parent_state, name, matching_number, display_type, date,
                    invoice_date, date_maturity, debit, credit, balance,
                    amount_currency, amount_residual, amount_residual_currency,
                    quantity, price_unit, price_subtotal, price_total, discount,
                    reconciled, is_storno, create_uid, create_date, write_uid,
                    write_date)
            SELECT l.id, l.move_id, m.journal_id, %(company)s, %(currency)s, 10,
                   l.account_id, l.currency_id, l.partner_id, l.full_reconcile_id,
                   m.name, 'posted', m.name, l.matching_number, l.display_type, l.day,
                   CASE WHEN l.money THEN NULL ELSE l.day END, l.due,
                   GREATEST(l.balance, 0), GREATEST(-l.balance, 0), l.balance,
                   l.amount, l.residual_balance, l.residual,
                   CASE WHEN l.display_type = 'product' AND NOT l.money THEN 1 END,
                   CASE WHEN l.display_type = 'product' AND NOT l.money
                        THEN abs(l.amount) END,
                   CASE WHEN l.display_type = 'product' AND NOT l.money
                        THEN abs(l.amount) END,
                   CASE WHEN l.display_type = 'product' AND NOT l.money
                        THEN abs(l.amount) END,
                   0, l.reconciled, FALSE, %(uid)s, now(), %(uid)s, now()
              FROM line l
              JOIN account_move m ON m.id = l.move_id
          ORDER BY l.day, l.move_id, l.id
            """,
            edge=_get_edge(env.cr),
            items=_count(env.cr, "bench_item"),
            **known,
        )
    )


def _get_edge(cr):
    """Return the last id of the lines that belong to documents."""
    cr.execute("SELECT MAX(id) + COUNT(*) FROM bench_item")
    return cr.fetchone()[0]


def _count(cr, table):
    cr.execute(SQL("SELECT COUNT(*) FROM %s", SQL.identifier(table)))
    return cr.fetchone()[0]


def _write_matches(env, known):
    env.cr.execute(
        SQL(
            """
            WITH full_match AS (
                INSERT INTO account_full_reconcile
                       (id, create_uid, create_date, write_uid, write_date)
                SELECT nr + %(fulls)s, %(uid)s, now(), %(uid)s, now()
                  FROM bench_settlement
                 WHERE amount = settled
            )
            INSERT INTO account_partial_reconcile
                   (id, debit_move_id, credit_move_id, full_reconcile_id,
                    debit_currency_id, credit_currency_id, company_id, max_date, amount,
                    debit_amount_currency, credit_amount_currency, create_uid,
                    create_date, write_uid, write_date)
            SELECT nr + %(partials)s, item_id, line_id,
                   CASE WHEN amount = settled THEN nr + %(fulls)s END,
                   currency_id, currency_id, %(company)s, GREATEST(day, settled_day),
                   settled_balance, settled, settled, %(uid)s, now(), %(uid)s, now()
              FROM bench_settlement
            """,
            **known,
        )
    )


def _write_waiting_money(env, known, today):
    """Payments without an entry for one open invoice in a hundred, and for one in two
    hundred money on the bank account that nobody matched."""
    cr = env.cr
    cr.execute(
        """CREATE TEMPORARY TABLE bench_waiting ON COMMIT DROP AS
           SELECT row_number() OVER (ORDER BY id) AS nr, n, move_id, partner_id,
                  currency_id, amount, balance
             FROM bench_item
            WHERE kind = 'single' AND mod(n, 200) IN (50, 51, 100)"""
    )
    count = _count(cr, "bench_waiting")
    known = {
        **known,
        "today": today,
        "payment": _next_ids(cr, "account_payment", count),
        "move": _next_ids(cr, "account_move", count),
        "line": _next_ids(cr, "account_move_line", 2 * count),
        "bank_line": _next_ids(cr, "account_bank_statement_line", count),
        "count": count,
    }
    cr.execute(
        SQL(
            """
            WITH payment AS (
                INSERT INTO account_payment
                       (id, name, journal_id, company_id, currency_id, partner_id,
                        destination_account_id, payment_method_line_id,
                        payment_method_id, state, payment_type, partner_type, date,
                        amount, amount_company_currency_signed, is_reconciled,
                        is_matched, is_sent, create_uid, create_date, write_uid,
                        write_date)
                SELECT nr + %(payment)s, 'PAY/' || nr, %(bank)s, %(company)s,
                       currency_id, partner_id, %(receivable)s, %(method)s,
                       %(method_kind)s, 'in_process', 'inbound', 'customer',
                       %(today)s::date - 1, amount, balance, FALSE, FALSE, FALSE,
                       %(uid)s, now(), %(uid)s, now()
                  FROM bench_waiting
                 WHERE mod(n, 200) <> 100
            )
            INSERT INTO account_move__account_payment (invoice_id, payment_id)
            SELECT move_id, nr + %(payment)s FROM bench_waiting WHERE mod(n, 200) <> 100
            """,
            **known,
        )
    )
    # Odoo Community calls an invoice paid as soon as a payment in process names it.
    cr.execute(
        """UPDATE account_move m SET payment_state = 'paid'
             FROM bench_waiting w WHERE w.move_id = m.id AND mod(w.n, 200) <> 100"""
    )
    cr.execute(
        SQL(
            """
            WITH waiting AS (SELECT * FROM bench_waiting WHERE mod(n, 200) = 100),
            entry AS (
                INSERT INTO account_move
                       (id, name, sequence_prefix, sequence_number, state, move_type,
                        journal_id, company_id, partner_id, commercial_partner_id,
                        currency_id, date, amount_total, amount_residual,
                        amount_total_signed, amount_total_in_currency_signed,
                        amount_residual_signed, payment_state, auto_post,
                        statement_line_id, posted_before, checked, made_sequence_gap,
                        always_tax_exigible, create_uid, create_date, write_uid,
                        write_date)
                SELECT nr + %(move)s, 'BNK1/' || to_char(%(today)s, 'YYYY/') || nr,
                       'BNK1/' || to_char(%(today)s, 'YYYY/'), nr, 'posted', 'entry',
                       %(bank)s, %(company)s, partner_id, partner_id, %(currency)s,
                       %(today)s::date - 1, balance, 0, balance, balance, 0,
                       'not_paid', 'no', nr + %(bank_line)s, TRUE, TRUE, FALSE, TRUE,
                       %(uid)s, now(), %(uid)s, now()
                  FROM waiting
            ),
            line AS (
                INSERT INTO account_move_line
                       (id, move_id, journal_id, company_id, company_currency_id,
                        sequence, account_id, currency_id, partner_id, move_name,
                        parent_state, name, display_type, date, debit, credit, balance,
                        amount_currency, amount_residual, amount_residual_currency,
                        reconciled, is_storno, statement_line_id, create_uid,
                        create_date, write_uid, write_date)
                SELECT nr + %(line)s + side * %(count)s, nr + %(move)s, %(bank)s,
                       %(company)s, %(currency)s, 10,
                       CASE side WHEN 0 THEN %(cash)s ELSE %(suspense)s END,
                       %(currency)s, partner_id,
                       'BNK1/' || to_char(%(today)s, 'YYYY/') || nr, 'posted',
                       'Transfer', 'product', %(today)s::date - 1,
                       CASE side WHEN 0 THEN balance ELSE 0 END,
                       CASE side WHEN 0 THEN 0 ELSE balance END,
                       CASE side WHEN 0 THEN balance ELSE -balance END,
                       CASE side WHEN 0 THEN balance ELSE -balance END,
                       CASE side WHEN 0 THEN balance ELSE 0 END,
                       CASE side WHEN 0 THEN balance ELSE 0 END, FALSE, FALSE,
                       nr + %(bank_line)s, %(uid)s, now(), %(uid)s, now()
                  FROM waiting, generate_series(0, 1) AS side
            )
            INSERT INTO account_bank_statement_line
                   (id, move_id, journal_id, company_id, partner_id, currency_id,
                    payment_ref, amount, amount_currency, amount_residual,
                    is_reconciled, sequence, internal_index, create_uid, create_date,
                    write_uid, write_date)
            SELECT nr + %(bank_line)s, nr + %(move)s, %(bank)s, %(company)s, partner_id,
                   %(currency)s, 'Transfer', balance, 0, -balance, FALSE, 1,
                   to_char(%(today)s, 'YYYYMMDD') || '2147483646'
                       || lpad((nr + %(bank_line)s)::text, 10, '0'),
                   %(uid)s, now(), %(uid)s, now()
              FROM waiting
            """,
            **known,
        )
    )


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


def verify(env, count=500, seed=19):
    """Let Odoo compute a sample of the ledger anew and say what differs.

    Rolls the transaction back, so that nothing of the computation stays.

    :param int count: how many entries
    :return: one sentence per figure that differs
    :rtype: list[str]
    """
    env.cr.execute(
        SQL(
            "SELECT MIN(id), MAX(id) FROM account_move WHERE company_id = %s",
            env.company.id,
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


def parse_size(text):
    """Return customers and open items of ``S``, ``M``, ``L`` or ``20000x100000``."""
    if text.upper() in SIZES:
        return SIZES[text.upper()]
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match:
        raise ValueError(f"{text!r} is no size: S, M, L or CUSTOMERSxITEMS")
    return int(match[1]), int(match[2])
