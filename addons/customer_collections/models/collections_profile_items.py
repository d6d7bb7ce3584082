from odoo import api, models
from odoo.tools import SQL

from .collections_profile_figures import AMOUNTS

# The amounts of the profile and those of the sums that they are made of.
TOTALS = {fname: fname.removeprefix("amount_") for fname in AMOUNTS}


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
            """DROP TABLE IF EXISTS collections_tmp_item, collections_tmp_rate,
                                    collections_tmp_sum"""
        )
        condition = SQL("p.company_id = %s", company.id)
        if where:
            condition = SQL("%s AND %s", condition, where)
        cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE collections_tmp_item ON COMMIT DROP AS
                   SELECT id, profile_id, move_id, currency_id, date_due, no_followup,
                          amount_residual, amount_pending, amount_held, amount_covered,
                          amount_collectible
                     FROM (%s) AS item""",
                item._get_items_sql(as_of, condition, company),
            )
        )
        # Of the columns that are joined by: each one more takes its time
        cr.execute("ANALYZE collections_tmp_item (id, profile_id, date_due)")
        cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE collections_tmp_rate ON COMMIT DROP AS
                   SELECT currency_id, factor FROM (%s) AS rate
                    WHERE company_id = %s""",
                item._get_rate_sql(as_of),
                company.id,
            )
        )
        self._load_sums(company, as_of)

    @api.model
    def _load_sums(self, company, as_of):
        """Add the items up once, for all the steps that need sums, per customer and
        currency and in that currency, into the temporary table ``collections_tmp_sum``.

        ``factor`` is the rate of the day, see ``item._get_rate_sql``. ``late`` is what
        is owed and late, held or not, but for what is excluded from follow-up;
        ``overdue`` what may be asked for of it.
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
                SELECT profile_id, currency_id, rate.factor, ledger, collectible,
                       -- An item is collectible, held, on its way or covered
                       ledger - negative - credit_applied - collectible AS held,
                       negative + credit_applied AS credit,
                       credit_applied, overdue, overdue_due,
                       overdue + held_late AS late, late_due,
                       item_count, overdue_count, %(names)s
                  FROM (
                    SELECT *, %(overdue)s AS overdue,
                           aging_0 + %(overdue)s AS collectible
                      FROM (
                        SELECT profile_id, currency_id,
                               SUM(amount_residual) AS ledger,
                               COALESCE(SUM(amount_residual) FILTER (
                                   WHERE amount_residual < 0), 0) AS negative,
                               COALESCE(SUM(amount_covered) FILTER (
                                   WHERE amount_covered > 0), 0) AS credit_applied,
                               MIN(date_due) FILTER (WHERE overdue) AS overdue_due,
                               COALESCE(SUM(amount_held) FILTER (WHERE held_late), 0)
                                   AS held_late,
                               MIN(date_due) FILTER (WHERE overdue OR held_late)
                                   AS late_due,
                               COUNT(*) FILTER (WHERE amount_residual > 0)
                                   AS item_count,
                               COUNT(*) FILTER (WHERE overdue) AS overdue_count,
                               %(buckets)s
                          FROM (
                            SELECT *, %(bucket)s AS bucket,
                                   late > 0 AND amount_collectible > 0 AS overdue,
                                   late > 0 AND amount_held > 0 AND NOT no_followup
                                       AS held_late
                              FROM (
                                SELECT *, %(as_of)s::date - date_due AS late
                                  FROM collections_tmp_item
                                -- Worked out once per item, not once per sum
                                OFFSET 0
                              ) AS dated
                            OFFSET 0
                          ) AS item
                      GROUP BY profile_id, currency_id
                      ) AS added
                    OFFSET 0
                  ) AS sums
             LEFT JOIN collections_tmp_rate rate USING (currency_id)
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

    def _get_totals_sql(self, company):
        """Return what each customer owes in all currencies, at the rate of the day and
        in the company's currency; what has no rate counts for nothing in it.

        Most customers owe in the company's currency alone: nothing is to be added up or
        converted for them.

        :return: a query of the columns profile_id, ``FIGURES``, overdue_due, late,
                 late_due and no_rate
        :rtype: SQL
        """
        return SQL(
            """
            SELECT profile_id, %(own)s, overdue_due AS oldest_due_date,
                   item_count::int, overdue_count::int,
                   overdue_due, late, late_due, FALSE AS no_rate
              FROM collections_tmp_sum s
             WHERE currency_id = %(currency)s AND NOT %(elsewhere)s
         UNION ALL
            SELECT profile_id, %(added)s,
                   MIN(overdue_due) FILTER (WHERE factor > 0),
                   SUM(item_count)::int,
                   COALESCE(SUM(overdue_count) FILTER (WHERE factor > 0), 0)::int,
                   MIN(overdue_due), COALESCE(SUM(late * factor), 0), MIN(late_due),
                   bool_or(factor IS NULL AND collectible > 0)
              FROM collections_tmp_sum s
             WHERE %(elsewhere)s
          GROUP BY profile_id
            """,
            own=SQL(", ").join(
                SQL("%s AS %s", SQL.identifier(name), SQL.identifier(fname))
                for fname, name in TOTALS.items()
            ),
            added=SQL(", ").join(
                SQL(
                    "round(COALESCE(SUM(%s * factor), 0)::numeric, %s)",
                    SQL.identifier(name),
                    company.currency_id.decimal_places,
                )
                for name in TOTALS.values()
            ),
            currency=company.currency_id.id,
            elsewhere=SQL(
                """(profile_id IN (SELECT profile_id FROM collections_tmp_sum
                                    WHERE currency_id <> %s))""",
                company.currency_id.id,
            ),
        )
