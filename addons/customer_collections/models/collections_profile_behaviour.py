from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Behaviour is a matter of weeks: it is learned anew when the ledger of a customer
# moved, and otherwise once in so many days.
BEHAVIOUR_DAYS = 7


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    behaviour_date = fields.Date(readonly=True)

    @api.model
    def _sync_behaviour(self, company, as_of):
        """Learn from the last 12 months how customers pay and what they are worth.

        Average days late is weighted by amount over invoice items fully paid, from
        due date to last payment, early payers negative (weighted average days
        beyond terms). Items settled by a credit note alone do not count: nobody
        paid them.

        :param date as_of: the last day of the 12 months
        """
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.move"].flush_model()
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_due")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_due ON COMMIT DROP AS
                SELECT p.id, p.partner_id
                  FROM collections_profile p
                 WHERE p.company_id = %(company)s
                   AND (p.behaviour_date IS NULL
                        OR p.behaviour_date <= %(as_of)s::date - %(days)s
                        OR EXISTS (
                            SELECT FROM collections_stale s
                             WHERE s.partner_id = p.partner_id
                               AND s.company_id = p.company_id))
                """,
                company=company.id,
                as_of=as_of,
                days=BEHAVIOUR_DAYS,
            )
        )
        if not cr.rowcount:
            return
        cr.execute("ANALYZE collections_tmp_due")
        cr.execute(
            SQL(
                """
                WITH paid AS (
                    SELECT d.id, l.balance, l.date_maturity AS due,
                           MAX(m.max_date) AS paid_on
                      FROM collections_tmp_due d
                      JOIN account_move_line l ON l.partner_id = d.partner_id
                      JOIN account_account a
                        ON a.id = l.account_id
                       AND a.account_type = 'asset_receivable'
                      JOIN res_company c
                        ON c.id = l.company_id
                       AND split_part(c.parent_path, '/', 1)::int = %(company)s
                      JOIN account_partial_reconcile m ON m.debit_move_id = l.id
                      JOIN account_move_line cl ON cl.id = m.credit_move_id
                      JOIN account_move cm ON cm.id = cl.move_id
                     WHERE l.reconciled
                       AND l.parent_state = 'posted'
                       AND l.display_type = 'payment_term'
                       AND l.balance > 0
                       AND l.date_maturity IS NOT NULL
                       AND m.max_date > %(since)s
                  GROUP BY d.id, l.id
                    HAVING bool_or(cm.move_type <> 'out_refund')
                ),
                pay AS (
                    SELECT id, COUNT(*) AS paid_count,
                           SUM(balance * (paid_on - due)) / SUM(balance) AS late,
                           100.0 * COUNT(*) FILTER (WHERE paid_on > due) / COUNT(*)
                               AS share
                      FROM paid
                     WHERE paid_on <= %(as_of)s
                  GROUP BY id
                ),
                billed AS (
                    SELECT d.id,
                           SUM(m.amount_total_signed) FILTER (
                               WHERE m.invoice_date > %(since)s) AS amount,
                           MIN(m.invoice_date) FILTER (
                               WHERE m.move_type = 'out_invoice') AS first_date
                      FROM collections_tmp_due d
                      JOIN account_move m ON m.commercial_partner_id = d.partner_id
                      JOIN res_company c
                        ON c.id = m.company_id
                       AND split_part(c.parent_path, '/', 1)::int = %(company)s
                     WHERE m.state = 'posted'
                       AND m.move_type IN ('out_invoice', 'out_refund')
                       AND m.invoice_date <= %(as_of)s
                  GROUP BY d.id
                )
                UPDATE collections_profile p
                   SET paid_count = COALESCE(pay.paid_count, 0),
                       average_days_late = round(COALESCE(pay.late, 0), 1),
                       late_share = round(COALESCE(pay.share, 0), 1),
                       amount_invoiced = COALESCE(billed.amount, 0),
                       first_invoice_date = billed.first_date,
                       behaviour_date = %(as_of)s
                  FROM collections_tmp_due d
             LEFT JOIN pay ON pay.id = d.id
             LEFT JOIN billed ON billed.id = d.id
                 WHERE p.id = d.id
                """,
                company=company.id,
                as_of=as_of,
                since=as_of - relativedelta(months=12),
            )
        )
        self._rank_volumes(company)

    @api.model
    def _rank_volumes(self, company):
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET volume_percentile = n.rank
                  FROM (
                    SELECT id, floor(100 * percent_rank() OVER (
                               ORDER BY COALESCE(amount_invoiced, 0))) AS rank
                      FROM collections_profile
                     WHERE company_id = %s
                  ) AS n
                 WHERE p.id = n.id AND p.volume_percentile IS DISTINCT FROM n.rank
                """,
                company.id,
            )
        )
