from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Behaviour is a matter of weeks. A job of its own, before the run, learns it anew of
# those whose ledger moved, and of everybody once in so many days.
BEHAVIOUR_DAYS = 7
# When that job does not run, the run does its work after so many days.
BEHAVIOUR_LATEST_DAYS = 14
# Up to one customer in so many, their items are looked up one customer at a time; from
# there on all the company's are read. The planner cannot tell which is cheaper.
BEHAVIOUR_FEW = 15
# Figures of the profile that are learned.
LEARNED = [
    "paid_count",
    "average_days_late",
    "late_share",
    "amount_invoiced",
    "first_invoice_date",
    "behaviour_date",
    "volume_percentile",
]


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    behaviour_date = fields.Date(readonly=True)

    @api.model
    def _cron_learn(self):
        """Learn anew, a company at a time, what has changed or grown old since:
        payments leave the 12 months also where nothing happens."""
        today = fields.Date.context_today(self)
        companies = self.env["res.company"].search(
            [("parent_id", "=", False), ("collections_mode", "!=", "off")]
        )
        for position, company in enumerate(companies, start=1):
            self._learn(company, today)
            self.env["ir.cron"]._commit_progress(1, remaining=len(companies) - position)

    @api.model
    def _learn(self, company, as_of):
        """Learn anew how the customers pay whose ledger moved since or whose turn it
        is, and write what differs: of those where nothing moved a part each day rather
        than all on one.

        :param date as_of: the last day of the 12 months
        :return: number of profiles that changed
        :rtype: int
        """
        turn = SQL(
            """(p.behaviour_date IS NULL
                OR p.behaviour_date <= %(as_of)s::date - %(days)s
                OR (p.behaviour_date < %(as_of)s
                    AND mod(p.id + %(day)s, %(days)s) = 0)
                OR p.refreshed_at >= p.behaviour_date
                   AND p.behaviour_date < %(as_of)s
                OR EXISTS (
                    SELECT FROM collections_stale s
                     WHERE s.partner_id = p.partner_id
                       AND s.company_id = p.company_id))""",
            as_of=as_of,
            day=as_of.toordinal(),
            days=BEHAVIOUR_DAYS,
        )
        if not self._load_behaviour(company, as_of, turn):
            return 0
        columns = [SQL.identifier(name) for name in LEARNED]
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET %(assign)s
                  FROM collections_tmp_behaviour b
                 WHERE p.id = b.id AND (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                assign=SQL(", ").join(SQL("%s = b.%s", c, c) for c in columns),
                old=SQL(", ").join(SQL("p.%s", c) for c in columns),
                new=SQL(", ").join(SQL("b.%s", c) for c in columns),
            )
        )
        changed = self.env.cr.rowcount
        self.invalidate_model(LEARNED)
        return changed

    @api.model
    def _load_unknown_behaviour(self, company, as_of):
        """Learn how the customers pay whom nobody knows yet, or not for long.

        :param date as_of: the last day of the 12 months
        :return: whether ``_load_behaviour`` has left figures to write
        :rtype: bool
        """
        unknown = SQL(
            """(p.behaviour_date IS NULL
                OR p.behaviour_date <= %(as_of)s::date - %(days)s)""",
            as_of=as_of,
            days=BEHAVIOUR_LATEST_DAYS,
        )
        return self._load_behaviour(company, as_of, unknown)

    @api.model
    def _load_behaviour(self, company, as_of, where):
        """Learn from the last 12 months how customers pay and what they are worth.

        Average days late is weighted by amount over invoice items fully paid, from
        due date to last payment, early payers negative (weighted average days
        beyond terms). Items settled by a credit note alone do not count: nobody
        paid them. Leaves the columns ``LEARNED`` of every profile of the company in
        the temporary table ``collections_tmp_behaviour``; of those that the
        condition leaves out as they are, but for their rank by volume.

        :param date as_of: the last day of the 12 months
        :param SQL where: a condition on ``p`` (collections_profile)
        :return: whether there was anybody to learn from
        :rtype: bool
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
                 WHERE p.company_id = %s AND %s
                """,
                company.id,
                where,
            )
        )
        due = cr.rowcount
        if not due:
            return False
        cr.execute("ANALYZE collections_tmp_due (id, partner_id)")
        cr.execute(
            "DROP TABLE IF EXISTS collections_tmp_billed, collections_tmp_behaviour"
        )
        # A table of its own: the planner must know whether these are few or all.
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_billed ON COMMIT DROP AS
                SELECT d.id, l.id AS line_id, l.balance, l.reconciled,
                       l.date_maturity AS due, m.move_type, m.invoice_date
                  FROM collections_tmp_due d
                 CROSS JOIN LATERAL (
                        SELECT id, balance, reconciled, date_maturity, move_id,
                               company_id
                          FROM account_move_line
                         WHERE partner_id = d.partner_id
                           -- By number: the planner knows how much is in an account
                           AND account_id IN %(accounts)s
                           AND parent_state = 'posted'
                           AND display_type = 'payment_term'
                         %(apart)s
                      ) AS l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN res_company c
                    ON c.id = l.company_id
                   AND split_part(c.parent_path, '/', 1)::int = %(company)s
                """,
                accounts=self._get_receivable_accounts(),
                apart=SQL("OFFSET 0") if self._are_few(company, due) else SQL(),
                company=company.id,
            )
        )
        cr.execute("ANALYZE collections_tmp_billed")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_behaviour ON COMMIT DROP AS
                WITH paid AS (
                    SELECT l.id, l.balance, l.due, MAX(m.max_date) AS paid_on
                      FROM collections_tmp_billed l
                      JOIN account_partial_reconcile m ON m.debit_move_id = l.line_id
                 LEFT JOIN collections_tmp_billed note
                        ON note.line_id = m.credit_move_id
                     WHERE l.reconciled
                       AND l.balance > 0
                       AND l.due IS NOT NULL
                       AND m.max_date > %(since)s
                  GROUP BY l.id, l.line_id, l.balance, l.due
                    -- The line of a credit note, unlike that of money, is a term
                    HAVING bool_or(note.line_id IS NULL)
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
                    SELECT id,
                           SUM(balance) FILTER (WHERE invoice_date > %(since)s)
                               AS amount,
                           MIN(invoice_date) FILTER (
                               WHERE move_type = 'out_invoice') AS first_date
                      FROM collections_tmp_billed
                     WHERE move_type IN ('out_invoice', 'out_refund')
                       AND invoice_date <= %(as_of)s
                  GROUP BY id
                ),
                figure AS (
                    SELECT p.id,
                           CASE WHEN d.id IS NULL THEN p.paid_count
                                ELSE COALESCE(pay.paid_count, 0) END AS paid_count,
                           CASE WHEN d.id IS NULL THEN p.average_days_late
                                ELSE round(COALESCE(pay.late, 0), 1) END
                               AS average_days_late,
                           CASE WHEN d.id IS NULL THEN p.late_share
                                ELSE round(COALESCE(pay.share, 0), 1) END
                               AS late_share,
                           CASE WHEN d.id IS NULL THEN p.amount_invoiced
                                ELSE COALESCE(billed.amount, 0) END
                               AS amount_invoiced,
                           CASE WHEN d.id IS NULL THEN p.first_invoice_date
                                ELSE billed.first_date END AS first_invoice_date,
                           CASE WHEN d.id IS NULL THEN p.behaviour_date
                                ELSE %(as_of)s::date END AS behaviour_date
                      FROM collections_profile p
                 LEFT JOIN collections_tmp_due d ON d.id = p.id
                 LEFT JOIN pay ON pay.id = p.id
                 LEFT JOIN billed ON billed.id = p.id
                     WHERE p.company_id = %(company)s
                )
                SELECT *, floor(100 * percent_rank() OVER (
                              ORDER BY COALESCE(amount_invoiced, 0)))::int
                          AS volume_percentile
                  FROM figure
                """,
                company=company.id,
                as_of=as_of,
                since=as_of - relativedelta(months=12),
            )
        )
        cr.execute("ANALYZE collections_tmp_behaviour (id)")
        return True

    def _are_few(self, company, count):
        [(customers,)] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM collections_profile WHERE company_id = %s",
                company.id,
            )
        )
        return count * BEHAVIOUR_FEW <= customers

    def _get_receivable_accounts(self):
        """Return the ids of the receivable accounts, at least one number.

        :rtype: tuple[int, ...]
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM account_account WHERE account_type = 'asset_receivable'"
            )
        )
        return tuple(row[0] for row in rows) or (0,)
