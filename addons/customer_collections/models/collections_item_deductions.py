from odoo import models
from odoo.tools import SQL


class CollectionsItem(models.Model):
    """What is deducted from an open item: money on its way, and holds."""

    _inherit = "collections.item"

    def _get_incoming_sql(self, as_of, where=None):
        """Return the CTEs of money on its way: per item and per customer.

        Payments that Odoo keeps without a journal entry (no outstanding account)
        and online transactions that are pending, authorised, or done but not yet
        booked. A transaction that stays pending too long no longer counts; nor does
        a payment marked as paid once a bank line of its invoice made the entry since.

        What a payment brings beyond the invoices it names is the customer's, unless
        a bank line was matched with them since: that line may be the same money. It
        does not hold for transactions: one that stays pending is often paid by other
        means meanwhile.
        """
        return SQL(
            """
            incoming AS (
                SELECT 'p' || ap.id AS ref, m.invoice_id, NULL::int AS item_id,
                       ap.currency_id, ap.amount
                  FROM account_payment ap
                  JOIN account_move__account_payment m ON m.payment_id = ap.id
                 WHERE ap.move_id IS NULL
                   AND ap.payment_type = 'inbound'
                   AND (ap.state = 'in_process'
                        OR (ap.state = 'paid' AND NOT EXISTS (
                            SELECT FROM account_move_line l
                              JOIN account_partial_reconcile r
                                ON r.debit_move_id = l.id
                              JOIN account_move_line cl ON cl.id = r.credit_move_id
                             WHERE l.move_id = m.invoice_id
                               AND cl.statement_line_id IS NOT NULL
                               AND r.create_date >= ap.create_date)))
             UNION ALL
                SELECT 't' || t.id || COALESCE('-' || tl.id, ''), x.invoice_id,
                       tl.move_line_id, t.currency_id,
                       COALESCE(tl.amount + COALESCE(tl.amount_discount, 0), t.amount)
                  FROM payment_transaction t
                  JOIN account_invoice_transaction_rel x ON x.transaction_id = t.id
                  -- What it says to pay of each item, where it says so
             LEFT JOIN collections_transaction_line tl
                    ON tl.transaction_id = t.id AND tl.move_id = x.invoice_id
                  JOIN res_company b ON b.id = t.company_id
                  JOIN res_company c
                    ON c.id = split_part(b.parent_path, '/', 1)::int
             LEFT JOIN account_payment ap ON ap.id = t.payment_id
                 -- Odoo cancels the payment of a token that is charged too slowly
                 WHERE (ap.id IS NULL OR ap.state = 'canceled')
                   AND COALESCE(t.operation, '') NOT IN ('refund', 'validation')
                   AND (tl.id IS NOT NULL OR NOT EXISTS (
                        SELECT FROM collections_transaction_line n
                         WHERE n.transaction_id = t.id))
                   AND (
                        (t.state = 'done' AND t.is_post_processed IS NOT TRUE)
                        OR (t.state IN ('pending', 'authorized')
                            AND t.last_state_change::date
                                >= %(as_of)s - c.collections_pending_days)
                   )
            ),
            -- Few, so that rates are looked up for them alone
            awaited AS MATERIALIZED (
                SELECT o.id, o.residual, o.date_due, o.company_id, o.currency_id,
                       i.ref, i.amount, i.currency_id AS paid_currency_id
                  FROM incoming i
                  JOIN (SELECT * FROM open_line
                         WHERE residual > 0
                           AND move_id IN (SELECT invoice_id FROM incoming)
                        OFFSET 0) AS o
                    ON o.move_id = i.invoice_id
                   AND (i.item_id IS NULL OR o.id = i.item_id)
            ),
            incoming_line AS (
                SELECT o.id, o.ref, o.residual, cur.decimal_places,
                       COALESCE(ri.factor, 1) / COALESCE(ro.factor, 1) AS rate,
                       o.amount * COALESCE(ri.factor, 1) / COALESCE(ro.factor, 1)
                           AS amount,
                       SUM(o.residual) OVER (
                           PARTITION BY o.ref ORDER BY o.date_due, o.id
                       ) AS upto
                  FROM awaited o
                  JOIN res_currency cur ON cur.id = o.currency_id
             LEFT JOIN rate ri
                    ON ri.company_id = o.company_id
                   AND ri.currency_id = o.paid_currency_id
             LEFT JOIN rate ro
                    ON ro.company_id = o.company_id AND ro.currency_id = o.currency_id
            ),
            allotted AS MATERIALIZED (
                SELECT l.id, l.ref, l.rate,
                       -- A quotient: half a unit may have become a hair less
                       GREATEST(0, LEAST(l.residual,
                           round(round(l.amount, 10), l.decimal_places)
                           - (l.upto - l.residual))) AS amount
                  FROM incoming_line l
            ),
            pending_line AS (
                SELECT id, SUM(amount) AS amount FROM allotted GROUP BY id
            ),
            pending_pool AS (
                SELECT p.id AS profile_id, ap.currency_id,
                       SUM(GREATEST(0, ap.amount - round(COALESCE(a.amount, 0),
                                                         cur.decimal_places)))
                           AS amount
                  FROM account_payment ap
             LEFT JOIN (
                        SELECT ref, SUM(amount / rate) AS amount
                          FROM allotted
                      GROUP BY ref
                      ) AS a ON a.ref = 'p' || ap.id
                  JOIN res_currency cur ON cur.id = ap.currency_id
                  JOIN res_company c ON c.id = ap.company_id
                  JOIN res_partner rp ON rp.id = ap.partner_id
                  JOIN collections_profile p
                    ON p.partner_id = rp.commercial_partner_id
                   AND p.company_id = split_part(c.parent_path, '/', 1)::int
                 WHERE ap.move_id IS NULL
                   AND ap.state = 'in_process'
                   AND ap.payment_type = 'inbound'
                   AND ap.partner_type = 'customer'
                   AND %(where)s
                   AND NOT EXISTS (
                        SELECT FROM account_move__account_payment m
                          JOIN account_move_line l ON l.move_id = m.invoice_id
                          JOIN account_partial_reconcile r ON r.debit_move_id = l.id
                          JOIN account_move_line cl ON cl.id = r.credit_move_id
                         WHERE m.payment_id = ap.id
                           AND cl.statement_line_id IS NOT NULL
                           AND r.create_date >= ap.create_date)
                   -- Not what is for an invoice of somebody else by now, whether their
                   -- items are looked at or not
                   AND NOT EXISTS (
                        SELECT FROM account_move__account_payment m
                          JOIN account_move_line l ON l.move_id = m.invoice_id
                          JOIN res_partner lp ON lp.id = l.partner_id
                         WHERE m.payment_id = ap.id
                           AND lp.commercial_partner_id <> p.partner_id)
              GROUP BY p.id, ap.currency_id
            )
            """,
            as_of=SQL("%s::date", as_of),
            where=where or SQL("TRUE"),
        )

    def _get_held_sql(self, as_of):
        """Return the CTEs of held amounts: per item, per customer, and in all.

        A hold on items or on an amount keeps that amount from being chased,
        whatever its effect. One on the whole customer does so only as ``exclude``:
        a pause stops the ladder, not the debt.
        """
        return SQL(
            """
            hold AS (
                SELECT * FROM collections_hold h
                 WHERE h.state = 'active'
                   AND h.date_start <= %(as_of)s
                   AND (h.date_end IS NULL OR h.date_end >= %(as_of)s)
            ),
            held_item AS (
                SELECT hl.move_line_id AS id,
                       CASE WHEN bool_or(COALESCE(hl.amount, 0) = 0
                                         AND COALESCE(hl.amount_agreed, 0) = 0)
                            THEN 1e18
                            ELSE SUM(hl.amount)
                       END AS amount
                  FROM hold h
                  JOIN collections_hold_line hl ON hl.hold_id = h.id
                 WHERE h.scope = 'items'
              GROUP BY hl.move_line_id
            ),
            held_pool AS (
                SELECT h.profile_id, h.currency_id, SUM(h.amount) AS amount
                  FROM hold h
                 WHERE h.scope = 'amount'
              GROUP BY h.profile_id, h.currency_id
            ),
            held_all AS (
                SELECT DISTINCT h.profile_id
                  FROM hold h
                 WHERE h.scope = 'all' AND h.effect = 'exclude'
            )
            """,
            as_of=SQL("%s::date", as_of),
        )
