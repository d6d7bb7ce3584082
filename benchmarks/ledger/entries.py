"""The journal entries of all that, their lines and their matches."""

from odoo.tools import SQL

from .tables import count_rows


def write_moves(env, known):
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


def write_lines(env, known):
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
            items=count_rows(env.cr, "bench_item"),
            **known,
        )
    )


def _get_edge(cr):
    """Return the last id of the lines that belong to documents."""
    cr.execute("SELECT MAX(id) + COUNT(*) FROM bench_item")
    return cr.fetchone()[0]


def write_matches(env, known):
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
