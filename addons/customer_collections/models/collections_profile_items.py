from odoo import api, models
from odoo.tools import SQL

from .collections_profile_figures import AMOUNTS


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    @api.model
    def _load_items(self, company, as_of, where=None):
        """Put the classified items into a temporary table for the steps to share.

        Filled once per pass, because classifying is the dear part of it.
        """
        item = self.env["collections.item"]
        for model, fnames in item._depends.items():
            self.env[model].flush_model(fnames)
        cr = self.env.cr
        cr.execute(
            """DROP TABLE IF EXISTS collections_tmp_item, collections_tmp_sum,
                                    collections_tmp_total"""
        )
        condition = SQL("p.company_id = %s", company.id)
        if where:
            condition = SQL("%s AND %s", condition, where)
        cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE collections_tmp_item ON COMMIT DROP AS
                   %s""",
                item._get_items_sql(as_of, condition, company),
            )
        )
        # Of the columns that are joined by: each one more takes its time
        cr.execute("ANALYZE collections_tmp_item (id, profile_id, date_due)")
        self._load_sums(company, as_of)

    @api.model
    def _load_sums(self, company, as_of):
        """Add the items up once, for all the steps that need sums, into two temporary
        tables: ``collections_tmp_sum`` per customer and currency and in that currency,
        ``collections_tmp_total`` per customer in the company's currency.

        ``late`` is what is owed and late, held or not, but for what is excluded from
        follow-up; ``overdue`` what may be asked for of it.
        """
        limits = company._get_collections_aging_limits()
        bucket = SQL("CASE WHEN late < 1 THEN 0")
        for position, limit in enumerate(limits, start=1):
            bucket = SQL("%s WHEN late <= %s THEN %s", bucket, limit, position)
        bucket = SQL("%s ELSE %s END", bucket, len(limits) + 1)
        names = [SQL.identifier(f"aging_{n}") for n in range(len(limits) + 2)]
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_sum ON COMMIT DROP AS
                SELECT profile_id, currency_id, factor, ledger, collectible,
                       -- An item is collectible, held, on its way or covered
                       ledger - negative - credit_applied - collectible AS held,
                       negative + credit_applied AS credit,
                       credit_applied, overdue, overdue_due, late, late_due,
                       item_count, overdue_count, %(names)s
                  FROM (
                    SELECT *, %(overdue)s AS overdue,
                           aging_0 + %(overdue)s AS collectible
                      FROM (
                        SELECT profile_id, currency_id, factor,
                               SUM(amount_residual) AS ledger,
                               COALESCE(SUM(amount_residual) FILTER (
                                   WHERE amount_residual < 0), 0) AS negative,
                               COALESCE(SUM(amount_covered) FILTER (
                                   WHERE amount_covered > 0), 0) AS credit_applied,
                               MIN(date_due) FILTER (
                                   WHERE late > 0 AND amount_collectible > 0)
                                   AS overdue_due,
                               COALESCE(SUM(amount_collectible + amount_held) FILTER (
                                   WHERE late > 0 AND NOT no_followup), 0) AS late,
                               MIN(date_due) FILTER (
                                   WHERE late > 0 AND NOT no_followup
                                     AND amount_collectible + amount_held > 0)
                                   AS late_due,
                               COUNT(*) FILTER (WHERE amount_residual > 0)
                                   AS item_count,
                               COUNT(*) FILTER (
                                   WHERE late > 0 AND amount_collectible > 0)
                                   AS overdue_count,
                               %(buckets)s
                          FROM (
                            SELECT *, %(bucket)s AS bucket
                              FROM (
                                SELECT *, %(as_of)s::date - date_due AS late
                                  FROM collections_tmp_item
                                -- Worked out once per item, not once per sum
                                OFFSET 0
                              ) AS dated
                            OFFSET 0
                          ) AS item
                      GROUP BY profile_id, currency_id, factor
                      ) AS added
                    OFFSET 0
                  ) AS sums
                """,
                as_of=as_of,
                bucket=bucket,
                names=SQL(", ").join(names),
                overdue=SQL(" + ").join(names[1:]),
                buckets=SQL(", ").join(
                    SQL(
                        "COALESCE(SUM(amount_collectible) FILTER (WHERE bucket = %s),"
                        " 0) AS %s",
                        position,
                        name,
                    )
                    for position, name in enumerate(names)
                ),
            )
        )
        cr.execute("ANALYZE collections_tmp_sum (profile_id, currency_id)")
        self._load_totals(company)

    @api.model
    def _load_totals(self, company):
        """Add up what each customer owes in all currencies, at the rate of the day and
        in the company's currency; what has no rate counts for nothing in it.

        Most customers owe in one currency: nothing is to be added up for them.
        """
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_total ON COMMIT DROP AS
                WITH owed AS MATERIALIZED (
                    SELECT *, COUNT(*) OVER (PARTITION BY profile_id) AS currencies
                      FROM collections_tmp_sum
                )
                SELECT profile_id, %(amounts)s,
                       CASE WHEN factor > 0 THEN overdue_due END AS oldest_due_date,
                       item_count::int,
                       CASE WHEN factor > 0 THEN overdue_count::int ELSE 0 END
                           AS overdue_count,
                       overdue_due, COALESCE(late * factor, 0) AS late, late_due,
                       factor IS NULL AND collectible > 0 AS no_rate
                  FROM owed
                 WHERE currencies = 1
             UNION ALL
                SELECT profile_id, %(added)s,
                       MIN(overdue_due) FILTER (WHERE factor > 0),
                       SUM(item_count)::int,
                       COALESCE(SUM(overdue_count) FILTER (WHERE factor > 0), 0)::int,
                       MIN(overdue_due), COALESCE(SUM(late * factor), 0), MIN(late_due),
                       bool_or(factor IS NULL AND collectible > 0)
                  FROM owed
                 WHERE currencies > 1
              GROUP BY profile_id
                """,
                amounts=self._get_total_columns(company),
                added=self._get_total_columns(company, added=True),
            )
        )
        self.env.cr.execute("ANALYZE collections_tmp_total (profile_id)")

    def _get_total_columns(self, company, added=False):
        """Return the amounts of the profile: of the one currency, or of all added up.

        :rtype: SQL
        """
        columns = []
        for fname in AMOUNTS:
            name = SQL.identifier(fname.removeprefix("amount_"))
            amount = SQL("%s * factor", name)
            columns.append(
                SQL(
                    "round(COALESCE(%s, 0)::numeric, %s) AS %s",
                    SQL("SUM(%s)", amount) if added else amount,
                    company.currency_id.decimal_places,
                    SQL.identifier(fname),
                )
            )
        return SQL(", ").join(columns)
