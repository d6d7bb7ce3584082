"""Money on its way: payments without an entry and bank lines nobody matched."""

from odoo.tools import SQL

from .tables import count_rows, next_ids


def write_waiting_money(env, known, today):
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
    count = count_rows(cr, "bench_waiting")
    known = {
        **known,
        "today": today,
        "payment": next_ids(cr, "account_payment", count),
        "move": next_ids(cr, "account_move", count),
        "line": next_ids(cr, "account_move_line", 2 * count),
        "bank_line": next_ids(cr, "account_bank_statement_line", count),
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
