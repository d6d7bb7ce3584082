from odoo import api, models
from odoo.tools import SQL

# Money in another currency than what is owed may pay an item of so many times as much:
# banks take fees, and rates of their own.
NEARLY_PAID = 0.9
# So many days may lie between a bank line and the payment that was registered for it:
# cheques take that long, and the same amount comes again every month.
REGISTERED_DAYS = 14


class CollectionsHold(models.Model):
    """The holds of money in the bank that nobody has matched."""

    _inherit = "collections.hold"

    @api.model
    def _hold_unmatched(self, run, where):
        """Do not chase money that is in the bank and not matched yet. Leaves what it is
        in ``collections_tmp_unmatched``, see ``_get_unregistered_sql``.

        :param SQL where: a condition on ``p`` (collections_profile), to narrow it
        """
        self.env.cr.execute("DROP TABLE IF EXISTS collections_tmp_unmatched")
        self.env.cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE collections_tmp_unmatched ON COMMIT DROP AS
                   %s""",
                self._get_unregistered_sql(run.company_id, where),
            )
        )
        self._insert_automatic(
            run,
            SQL("'money_unmatched'"),
            SQL("'account.bank.statement.line'"),
            SQL("SELECT * FROM collections_tmp_unmatched"),
        )
        self._follow_unmatched(run)

    @api.model
    def _get_unmatched_sql(self, company, where=None):
        """Return what of each bank line of a customer is not matched yet.

        Odoo keeps it as seen from the entry: below zero for money received, in the
        line's foreign currency if it has one.

        :param SQL where: a condition on ``p`` (collections_profile), to narrow it
        :return: a query as ``_insert_automatic`` takes it
        :rtype: SQL
        """
        return SQL(
            """
            SELECT p.id AS profile_id, b.id AS origin_id,
                   round(-b.amount_residual::numeric, cur.decimal_places) AS amount,
                   cur.id AS currency_id, p.collector_id
              FROM account_bank_statement_line b
              JOIN account_move m ON m.id = b.move_id AND m.state = 'posted'
              JOIN res_company co ON co.id = m.company_id
              JOIN res_currency cur
                ON cur.id = COALESCE(b.foreign_currency_id, b.currency_id,
                                     co.currency_id)
              JOIN res_partner r ON r.id = b.partner_id
              JOIN collections_profile p
                ON p.partner_id = r.commercial_partner_id
               AND p.company_id = split_part(co.parent_path, '/', 1)::int
             WHERE p.company_id = %(company)s
               AND b.is_reconciled IS NOT TRUE
               AND b.amount > 0 AND b.amount_residual < 0
               AND %(where)s
            """,
            company=company.id,
            where=where or SQL("TRUE"),
        )

    @api.model
    def _get_unregistered_sql(self, company, where=None):
        """Return the same but for bank lines that are a payment which somebody has
        registered and not matched with them yet: of the same customer, to the cent, one
        payment for one line. That money is deducted already.

        :param SQL where: a condition on ``p`` (collections_profile), to narrow it
        :return: a query as ``_insert_automatic`` takes it
        :rtype: SQL
        """
        return SQL(
            """
            SELECT u.profile_id, u.origin_id, u.amount, u.currency_id, u.collector_id
              FROM (
                SELECT w.*, m.date,
                       ROW_NUMBER() OVER (
                           PARTITION BY w.profile_id, w.currency_id, w.amount
                           ORDER BY m.date, w.origin_id) AS place
                  FROM (%(unmatched)s) AS w
                  JOIN account_bank_statement_line b ON b.id = w.origin_id
                  JOIN account_move m ON m.id = b.move_id
              ) AS u
         LEFT JOIN (
                SELECT p.id AS profile_id, ap.currency_id, ap.amount,
                       array_agg(ap.date) AS days
                  FROM account_payment ap
                  JOIN res_company c ON c.id = ap.company_id
                  JOIN res_partner r ON r.id = ap.partner_id
                  JOIN collections_profile p
                    ON p.partner_id = r.commercial_partner_id
                   AND p.company_id = split_part(c.parent_path, '/', 1)::int
                 WHERE p.company_id = %(company)s
                   AND ap.payment_type = 'inbound'
                   AND ap.partner_type = 'customer'
                   -- Paid is what Odoo calls it when its invoices are
                   AND ap.state IN ('in_process', 'paid')
                   AND ap.is_matched IS NOT TRUE
                   AND %(where)s
              GROUP BY p.id, ap.currency_id, ap.amount
              ) AS registered
                ON registered.profile_id = u.profile_id
               AND registered.currency_id = u.currency_id
               AND registered.amount = u.amount
             WHERE u.place > (
                    SELECT COUNT(*) FROM unnest(registered.days) AS day
                     WHERE abs(day - u.date) <= %(days)s)
            """,
            unmatched=self._get_unmatched_sql(company, where),
            company=company.id,
            where=where or SQL("TRUE"),
            days=REGISTERED_DAYS,
        )

    @api.model
    def _follow_unmatched(self, run):
        """Hold no more of a bank line than is still unmatched. Of whoever owes in other
        currencies alone it holds no amount: they are left in peace if it may pay one of
        their items, until somebody has found out which."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_hold h
                   SET amount = w.amount, currency_id = w.currency_id,
                       effect = w.effect, scope = w.scope
                  FROM (
                    SELECT u.*, CASE WHEN %(elsewhere)s THEN 'pause'
                                     ELSE 'exclude' END AS effect,
                           CASE WHEN %(elsewhere)s THEN 'all' ELSE 'amount' END AS scope
                      FROM collections_tmp_unmatched u
                 LEFT JOIN (%(rate)s) AS rate
                        ON rate.company_id = %(company)s
                       AND rate.currency_id = u.currency_id
                CROSS JOIN LATERAL (%(owed)s) AS owed
                  ) AS w
                 WHERE h.profile_id = w.profile_id
                   AND h.origin_id = w.origin_id
                   AND h.origin_model = 'account.bank.statement.line'
                   AND h.reason = 'money_unmatched'
                   AND h.automatic AND h.state = 'active'
                   AND (h.amount, h.currency_id, h.effect, h.scope)
                       IS DISTINCT FROM (w.amount, w.currency_id, w.effect, w.scope)
                """,
                elsewhere=SQL(
                    """(owed.items > 0 AND owed.same = 0
                        AND COALESCE(
                            u.amount * rate.factor >= owed.least * %s, TRUE))""",
                    NEARLY_PAID,
                ),
                rate=self.env["collections.item"]._get_rate_sql(run.date),
                owed=self._get_owed_sql(),
                company=run.company_id.id,
            )
        )

    @api.model
    def _get_owed_sql(self):
        """Return how many open items the customer of a bank line ``u`` has (``items``),
        how many of them in its currency (``same``), and the smallest one in the
        company's currency (``least``).

        :rtype: SQL
        """
        return SQL(
            """
            SELECT COUNT(*) AS items,
                   COUNT(*) FILTER (WHERE l.currency_id = u.currency_id) AS same,
                   MIN(l.amount_residual) AS least
              FROM collections_profile p
              JOIN res_partner r ON r.commercial_partner_id = p.partner_id
              JOIN account_move_line l ON l.partner_id = r.id
              JOIN res_company c ON c.id = l.company_id
             WHERE p.id = u.profile_id
               AND split_part(c.parent_path, '/', 1)::int = p.company_id
               AND l.account_id IN %s
               AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
               AND l.amount_residual_currency > 0
            """,
            self.env["collections.item"]._get_receivable_ids(),
        )
