from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# What is so on a day, and not what happened on it
FIGURES = [
    "customer_count",
    "overdue_count",
    "amount_ledger",
    "amount_collectible",
    "amount_held",
    "amount_credit",
    "amount_overdue",
]


class CollectionsSnapshot(models.Model):
    """One row per day, company, segment and collector."""

    _name = "collections.snapshot"
    _description = "Collections Snapshot"
    _order = "date desc, id"
    _rec_name = "date"

    date = fields.Date(required=True)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    segment_id = fields.Many2one(
        comodel_name="collections.segment", ondelete="restrict"
    )
    collector_id = fields.Many2one(comodel_name="res.users")
    customer_count = fields.Integer(string="Customers")
    overdue_count = fields.Integer(string="Customers Overdue")
    amount_ledger = fields.Monetary(string="Owed")
    amount_collectible = fields.Monetary(string="Collectible")
    amount_held = fields.Monetary(string="Held")
    amount_credit = fields.Monetary(string="Open Credit")
    amount_overdue = fields.Monetary(string="Overdue")
    contact_count = fields.Integer(string="Contacts That Day")

    _day_uniq = models.UniqueIndex(
        "(date, company_id, coalesce(segment_id, 0), coalesce(collector_id, 0))"
    )

    @api.model
    def _take(self, run):
        """Write today's figures; a second run of the day writes only what differs.

        Amounts in the company's currency at the rate of the day.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH fresh AS (
                    SELECT p.segment_id, p.collector_id,
                           COUNT(*) AS customer_count,
                           COUNT(*) FILTER (WHERE p.overdue_count > 0)
                               AS overdue_count,
                           SUM(p.amount_ledger) AS amount_ledger,
                           SUM(p.amount_collectible) AS amount_collectible,
                           SUM(p.amount_held) AS amount_held,
                           SUM(p.amount_credit) AS amount_credit,
                           SUM(p.amount_overdue) AS amount_overdue
                      FROM collections_profile p
                     WHERE p.company_id = %(company)s AND p.item_count > 0
                  GROUP BY p.segment_id, p.collector_id
                ),
                -- Of an earlier run of the day, before customers moved elsewhere
                gone AS (
                    DELETE FROM collections_snapshot s
                     WHERE s.date = %(as_of)s AND s.company_id = %(company)s
                       AND NOT EXISTS (
                            SELECT FROM fresh f
                             WHERE f.segment_id IS NOT DISTINCT FROM s.segment_id
                               AND f.collector_id
                                   IS NOT DISTINCT FROM s.collector_id)
                )
                INSERT INTO collections_snapshot AS s
                       (date, company_id, segment_id, collector_id, %(columns)s)
                SELECT %(as_of)s, %(company)s, segment_id, collector_id, %(columns)s
                  FROM fresh
           ON CONFLICT (date, company_id, coalesce(segment_id, 0),
                        coalesce(collector_id, 0)) DO UPDATE
                   SET %(assign)s
                 WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                as_of=run.date,
                company=run.company_id.id,
                columns=SQL(", ").join(map(SQL.identifier, FIGURES)),
                assign=SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", c, c) for c in map(SQL.identifier, FIGURES)
                ),
                old=SQL(", ").join(SQL("s.%s", SQL.identifier(f)) for f in FIGURES),
                new=SQL(", ").join(
                    SQL("EXCLUDED.%s", SQL.identifier(f)) for f in FIGURES
                ),
            )
        )
        self._count_contacts(run)
        self.invalidate_model()

    @api.model
    def _count_contacts(self, run):
        """Count the contacts of today so far, and anew those of the last day that has
        figures: most of them came after its run."""
        touchpoints = self.env["collections.touchpoint"]
        touchpoints.flush_model()
        company = run.company_id
        days = self._read_group(
            [("company_id", "=", company.id), ("date", "<=", run.date)],
            ["date:day"],
            order="date:day DESC",
            limit=2,
        )
        for (day,) in days:
            self.env.cr.execute(
                SQL(
                    """
                    WITH counted AS (
                        SELECT p.segment_id, p.collector_id, COUNT(*) AS contacts
                          FROM collections_profile p
                          JOIN collections_touchpoint t ON t.profile_id = p.id
                         WHERE p.company_id = %(company)s
                           AND p.last_contact_at >= %(start)s
                           AND t.sent_at >= %(start)s AND t.sent_at < %(end)s
                           AND %(contact)s
                      GROUP BY p.segment_id, p.collector_id
                    )
                    UPDATE collections_snapshot s
                       SET contact_count = COALESCE(c.contacts, 0)
                      FROM collections_snapshot o
                 LEFT JOIN counted c
                        ON c.segment_id IS NOT DISTINCT FROM o.segment_id
                       AND c.collector_id IS NOT DISTINCT FROM o.collector_id
                     WHERE s.id = o.id
                       AND o.company_id = %(company)s AND o.date = %(day)s
                       AND o.contact_count IS DISTINCT FROM COALESCE(c.contacts, 0)
                    """,
                    company=company.id,
                    contact=touchpoints._get_contact_sql(),
                    day=day,
                    start=company._collections_midnight(day),
                    end=company._collections_midnight(day + timedelta(days=1)),
                )
            )

    def _read_group_select(self, aggregate_spec, query):
        """Override: what is owed on several days is not owed several times. It is
        added up within each day; over more than one it is the average of the days.
        Contacts are others each day."""
        name, _separator, aggregator = aggregate_spec.partition(":")
        if aggregator != "sum" or name not in FIGURES:
            return super()._read_group_select(aggregate_spec, query)
        average = SQL(
            "SUM(%s)::numeric / NULLIF(COUNT(DISTINCT %s), 0)",
            self._field_to_sql(self._table, name, query),
            self._field_to_sql(self._table, "date", query),
        )
        return SQL("ROUND(%s)::int", average) if name.endswith("_count") else average
