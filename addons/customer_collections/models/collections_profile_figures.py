from odoo import api, fields, models
from odoo.tools import SQL

from .collections_profile_behaviour import LEARNED

# Figures of the profile that are sums of money, in the order of the aggregate.
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
# All figures of the profile that the ledger gives.
FIGURES = [*AMOUNTS, "oldest_due_date", "item_count", "overdue_count"]


def columns_of(alias, fnames):
    """Return the columns of these fields, of one table, separated by commas.

    :rtype: SQL
    """
    return SQL(", ").join(SQL.identifier(alias, fname) for fname in fnames)


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    @api.model
    def _write_balances(self, company, as_of, where=None):
        """Write balances per currency and figures per profile; only what differs.

        :param SQL where: a condition on ``p`` (collections_profile), to narrow it
        :return: number of profiles whose figures changed
        :rtype: int
        """
        where = where or SQL("TRUE")
        self._write_currency_balances(company, where)
        self._load_figures(company, where)
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET %(assign)s, refreshed_at = %(now)s
                  FROM collections_tmp_profile f
                 WHERE p.id = f.id AND f.changed
                """,
                assign=self._get_figures_assignment(FIGURES),
                now=fields.Datetime.now(),
            )
        )
        return self.env.cr.rowcount

    def _get_figures_assignment(self, fnames):
        """Return what takes these columns over from ``f``, collections_tmp_profile.

        :rtype: SQL
        """
        return SQL(", ").join(
            SQL("%s = %s", SQL.identifier(fname), SQL.identifier("f", fname))
            for fname in fnames
        )

    def _get_fresh_columns(self):
        """Return the columns of a profile as the run is about to write them: of ``f``,
        collections_tmp_profile, where that has them, or else of ``p``, the table.

        :rtype: SQL
        """
        fresh = {*FIGURES, *LEARNED}
        return SQL(", ").join(
            SQL.identifier("f" if fname in fresh else "p", fname)
            for fname, field in self._fields.items()
            if field.store and field.column_type
        )

    @api.model
    def _load_figures(self, company, where, learned=False):
        """Work out the figures of each profile as they are to be, into the temporary
        table ``collections_tmp_profile``: its id, the columns ``FIGURES`` and
        ``LEARNED``, and whether these differ from what is written (``changed`` and
        ``relearned``). Beside them what the decision needs to
        know: ``listed`` (there are items), ``overdue_due`` (the oldest due date of what
        may be asked for), ``late`` and ``late_due`` (the same, held or not), and
        ``no_rate`` (some of it is in a currency without one).

        :param SQL where: a condition on ``p`` (collections_profile), to narrow it
        :param bool learned: whether ``_load_behaviour`` has left figures
        :return: number of profiles whose figures differ
        :rtype: int
        """
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_profile")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_profile ON COMMIT DROP AS
                SELECT f.*, (%(old)s) IS DISTINCT FROM (%(new)s) AS changed,
                       %(relearned)s AS relearned
                  FROM (
                    SELECT p.id, %(amounts)s, t.oldest_due_date,
                           COALESCE(t.item_count, 0) AS item_count,
                           COALESCE(t.overdue_count, 0) AS overdue_count,
                           %(source)s,
                           t.profile_id IS NOT NULL AS listed, t.overdue_due,
                           COALESCE(t.late, 0) AS late, t.late_due,
                           COALESCE(t.no_rate, FALSE) AS no_rate
                      FROM collections_profile p
                 LEFT JOIN (%(totals)s) AS t ON t.profile_id = p.id
                      %(behaviour)s
                     WHERE p.company_id = %(company)s AND %(where)s
                    -- Worked out once per profile, not once per comparison
                    OFFSET 0
                  ) AS f
                  JOIN collections_profile o ON o.id = f.id
                """,
                old=columns_of("o", FIGURES),
                new=columns_of("f", FIGURES),
                relearned=SQL(
                    "(%s) IS DISTINCT FROM (%s)",
                    columns_of("o", LEARNED),
                    columns_of("f", LEARNED),
                )
                if learned
                else SQL("FALSE"),
                amounts=SQL(", ").join(
                    SQL("COALESCE(t.%s, 0) AS %s", c, c)
                    for c in map(SQL.identifier, AMOUNTS)
                ),
                totals=self._get_totals_sql(company),
                source=columns_of("b" if learned else "p", LEARNED),
                behaviour=SQL("JOIN collections_tmp_behaviour b ON b.id = p.id")
                if learned
                else SQL(),
                company=company.id,
                where=where,
            )
        )
        cr.execute("ANALYZE collections_tmp_profile (id)")
        cr.execute("SELECT COUNT(*) FROM collections_tmp_profile WHERE changed")
        return cr.fetchone()[0]

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
