from odoo import api, fields, models
from odoo.tools import SQL

from .collections_profile_behaviour import LEARNED

# Figures of the profile that the sync writes, in the order of the aggregate.
AMOUNTS = [
    "amount_ledger",
    "amount_collectible",
    "amount_held",
    "amount_credit",
    "amount_overdue",
    "amount_aging_0",
    "amount_aging_1",
    "amount_aging_2",
    "amount_aging_3",
    "amount_aging_4",
    "amount_aging_5",
]


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    @api.model
    def _write_balances(self, company, as_of, where=None, learned=False):
        """Write balances per currency and figures per profile; only what differs.

        All in one statement, since each one makes a new version of the whole row.

        :param bool learned: whether ``_load_behaviour`` has left figures to write
        :return: number of profiles whose balances changed
        """
        where = where or SQL("TRUE")
        self._write_currency_balances(company, where)
        digits = company.currency_id.decimal_places
        sums = ["ledger", "collectible", "held", "credit", "overdue"]
        sums += [f"aging_{position}" for position in range(6)]
        columns = [SQL.identifier(name) for name in AMOUNTS]
        values = SQL(", ").join(
            SQL(
                "round(COALESCE(SUM(%s * factor), 0)::numeric, %s) AS %s",
                SQL.identifier(name),
                digits,
                column,
            )
            for name, column in zip(sums, columns, strict=True)
        )
        plain = [
            SQL.identifier(name)
            for name in ("oldest_due_date", "item_count", "overdue_count")
        ]
        behaviour = [SQL.identifier(name) for name in LEARNED] if learned else []
        new = SQL(", ").join(SQL("COALESCE(a.%s, 0) AS %s", c, c) for c in columns)
        figures = [*columns, *plain]
        targets = [*figures, *behaviour]

        def tuple_of(alias, names):
            return SQL(", ").join(SQL("%s.%s", SQL.identifier(alias), c) for c in names)

        now = fields.Datetime.now()
        [(changed,)] = self.env.execute_query(
            SQL(
                """
                WITH written AS (
                UPDATE collections_profile p
                   SET %(assign)s,
                       refreshed_at = CASE
                           WHEN (%(old_figures)s) IS DISTINCT FROM (%(new_figures)s)
                           THEN %(now)s ELSE p.refreshed_at END
                  FROM (
                    SELECT p.id, %(new)s, a.oldest_due_date,
                           COALESCE(a.item_count, 0) AS item_count,
                           COALESCE(a.overdue_count, 0) AS overdue_count %(learned)s
                      FROM collections_profile p
                 LEFT JOIN (
                        SELECT profile_id, %(values)s,
                               MIN(overdue_due) FILTER (WHERE factor > 0)
                                   AS oldest_due_date,
                               SUM(item_count) AS item_count,
                               SUM(overdue_count) FILTER (WHERE factor > 0)
                                   AS overdue_count
                          FROM collections_tmp_sum
                      GROUP BY profile_id
                      ) AS a ON a.profile_id = p.id
                      %(behaviour)s
                     WHERE p.company_id = %(company)s AND %(where)s
                  ) AS n
                 WHERE p.id = n.id
                   AND (%(old)s) IS DISTINCT FROM (%(fresh)s)
             RETURNING p.refreshed_at
                )
                SELECT COUNT(*) FROM written WHERE refreshed_at = %(now)s
                """,
                assign=SQL(", ").join(SQL("%s = n.%s", c, c) for c in targets),
                old_figures=tuple_of("p", figures),
                new_figures=tuple_of("n", figures),
                old=tuple_of("p", targets),
                fresh=tuple_of("n", targets),
                new=new,
                values=values,
                learned=SQL("").join(SQL(", b.%s", c) for c in behaviour),
                behaviour=SQL("JOIN collections_tmp_behaviour b ON b.id = p.id")
                if behaviour
                else SQL(),
                company=company.id,
                where=where,
                now=now,
            )
        )
        return changed

    @api.model
    def _write_currency_balances(self, company, where):
        self.env["collections.balance"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM collections_balance b
                     USING collections_profile p
                     WHERE p.id = b.profile_id
                       AND p.company_id = %(company)s
                       AND %(where)s
                       AND NOT EXISTS (
                            SELECT FROM collections_tmp_sum f
                             WHERE f.profile_id = b.profile_id
                               AND f.currency_id = b.currency_id)
                )
                INSERT INTO collections_balance AS b
                       (profile_id, currency_id, amount_ledger, amount_collectible,
                        amount_held, amount_credit, credit_applied, amount_overdue,
                        oldest_due_date)
                SELECT f.profile_id, f.currency_id, f.ledger, f.collectible, f.held,
                       f.credit, f.credit_applied, f.overdue, f.overdue_due
                  FROM collections_tmp_sum f
             LEFT JOIN collections_balance o
                    ON o.profile_id = f.profile_id AND o.currency_id = f.currency_id
                 WHERE (o.amount_ledger, o.amount_collectible, o.amount_held,
                        o.amount_credit, o.credit_applied, o.amount_overdue,
                        o.oldest_due_date)
                       IS DISTINCT FROM
                       (f.ledger, f.collectible, f.held, f.credit, f.credit_applied,
                        f.overdue, f.overdue_due)
           ON CONFLICT (profile_id, currency_id) DO UPDATE
                   SET amount_ledger = EXCLUDED.amount_ledger,
                       amount_collectible = EXCLUDED.amount_collectible,
                       amount_held = EXCLUDED.amount_held,
                       amount_credit = EXCLUDED.amount_credit,
                       credit_applied = EXCLUDED.credit_applied,
                       amount_overdue = EXCLUDED.amount_overdue,
                       oldest_due_date = EXCLUDED.oldest_due_date
                """,
                company=company.id,
                where=where,
            )
        )
        self.env["collections.balance"].invalidate_model()

    @api.model
    def _sync_hold_effects(self, company, as_of, where=None):
        """Write the strongest active hold on the whole customer to the profile."""
        self.env["collections.hold"].flush_model()
        self.flush_model(["hold_effect"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET hold_effect = n.effect
                  FROM (
                    SELECT p.id,
                           CASE h.strength WHEN 3 THEN 'silence' WHEN 2 THEN 'pause'
                           WHEN 1 THEN 'exclude' END AS effect
                      FROM collections_profile p
                 LEFT JOIN (
                        SELECT profile_id,
                               MAX(CASE WHEN effect = 'silence' THEN 3
                                        WHEN effect = 'pause' AND scope = 'all' THEN 2
                                        ELSE 1 END) AS strength
                          FROM collections_hold
                         WHERE state = 'active'
                           AND date_start <= %(as_of)s
                           AND (date_end IS NULL OR date_end >= %(as_of)s)
                           -- Silence about chosen items leaves the others to be
                           -- spoken of
                           AND NOT (effect = 'silence' AND scope <> 'all')
                      GROUP BY profile_id
                      ) AS h ON h.profile_id = p.id
                     WHERE p.company_id = %(company)s AND %(where)s
                  ) AS n
                 WHERE n.id = p.id AND p.hold_effect IS DISTINCT FROM n.effect
                """,
                as_of=as_of,
                company=company.id,
                where=where or SQL("TRUE"),
            )
        )
