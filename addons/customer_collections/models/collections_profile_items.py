from odoo import api, models
from odoo.tools import SQL


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
        cr.execute("DROP TABLE IF EXISTS collections_tmp_item, collections_tmp_sum")
        condition = SQL("p.company_id = %s", company.id)
        if where:
            condition = SQL("%s AND %s", condition, where)
        cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE collections_tmp_item ON COMMIT DROP AS
                   %s""",
                item._get_items_sql(as_of, condition),
            )
        )
        # Of the columns that are joined by: each one more takes its time
        cr.execute("ANALYZE collections_tmp_item (id, profile_id, date_due)")
        self._load_sums(company, as_of)

    @api.model
    def _load_sums(self, company, as_of):
        """Add the items up once, per customer and currency and in that currency, for
        all the steps that need sums: ``collections_tmp_sum``.

        ``late`` is what is owed and late, held or not, but for what is excluded from
        follow-up; ``overdue`` what may be asked for of it.
        """
        limits = company._get_collections_aging_limits()
        bucket = SQL("CASE WHEN late < 1 THEN 0")
        for position, limit in enumerate(limits, start=1):
            bucket = SQL("%s WHEN late <= %s THEN %s", bucket, limit, position)
        bucket = SQL("%s ELSE %s END", bucket, len(limits) + 1)
        buckets = SQL(", ").join(
            SQL(
                "COALESCE(SUM(amount_collectible) FILTER (WHERE bucket = %s), 0) AS %s",
                position,
                SQL.identifier(f"aging_{position}"),
            )
            for position in range(len(limits) + 2)
        )
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_sum ON COMMIT DROP AS
                SELECT profile_id, currency_id, factor,
                       SUM(amount_residual) AS ledger,
                       SUM(amount_collectible) AS collectible,
                       SUM(amount_held + amount_pending) AS held,
                       SUM(LEAST(amount_residual, 0) + amount_covered) AS credit,
                       SUM(amount_covered) AS credit_applied,
                       COALESCE(SUM(amount_collectible) FILTER (WHERE late > 0), 0)
                           AS overdue,
                       MIN(date_due) FILTER (
                           WHERE late > 0 AND amount_collectible > 0) AS overdue_due,
                       COALESCE(SUM(amount_collectible + amount_held) FILTER (
                           WHERE late > 0 AND NOT no_followup), 0) AS late,
                       MIN(date_due) FILTER (
                           WHERE late > 0 AND NOT no_followup
                             AND amount_collectible + amount_held > 0) AS late_due,
                       COUNT(*) FILTER (WHERE amount_residual > 0) AS item_count,
                       COUNT(*) FILTER (WHERE late > 0 AND amount_collectible > 0)
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
                """,
                as_of=as_of,
                bucket=bucket,
                buckets=buckets,
            )
        )
        cr.execute("ANALYZE collections_tmp_sum (profile_id, currency_id)")
