from odoo import fields, models
from odoo.tools import SQL


class CollectionsItem(models.Model):
    """An open receivable item and what of it is collectible: read only.

    The id is that of the journal item. For every debit
    ``residual = collectible + held + pending + covered``; a credit shows its
    negative residual alone. This is the only place where it is decided what is
    collectible: the run, the gate and the screens all read it.
    """

    _name = "collections.item"
    _description = "Open Receivable Item"
    _auto = False
    _order = "date_due, id"
    _rec_name = "move_line_id"

    profile_id = fields.Many2one(comodel_name="collections.profile", string="Customer")
    partner_id = fields.Many2one(comodel_name="res.partner")
    company_id = fields.Many2one(comodel_name="res.company")
    move_line_id = fields.Many2one(comodel_name="account.move.line")
    move_id = fields.Many2one(comodel_name="account.move", string="Document")
    currency_id = fields.Many2one(comodel_name="res.currency")
    date_due = fields.Date()
    days_past_due = fields.Integer(aggregator="max")
    amount_residual = fields.Monetary(string="Open")
    amount_pending = fields.Monetary(
        string="On Its Way", help="Payments in process that have no entry yet."
    )
    amount_held = fields.Monetary(string="Held")
    amount_covered = fields.Monetary(string="Covered by Own Credit")
    amount_collectible = fields.Monetary(string="Collectible")
    no_followup = fields.Boolean(string="Excluded from Follow-up")

    _depends = {
        "account.move.line": [
            "account_id",
            "amount_residual_currency",
            "company_id",
            "currency_id",
            "date",
            "date_maturity",
            "move_id",
            "no_followup",
            "parent_state",
            "partner_id",
            "reconciled",
        ],
        "account.account": ["account_type", "non_trade"],
        "account.partial.reconcile": ["credit_move_id", "debit_move_id"],
        "account.payment": ["amount", "currency_id", "move_id", "partner_id", "state"],
        "collections.hold": [
            "amount",
            "currency_id",
            "date_end",
            "date_start",
            "effect",
            "profile_id",
            "scope",
            "state",
        ],
        "collections.hold.line": [
            "amount",
            "amount_agreed",
            "hold_id",
            "move_line_id",
        ],
        "collections.profile": ["company_id", "partner_id"],
        "collections.transaction.line": [
            "amount",
            "amount_discount",
            "move_id",
            "move_line_id",
            "transaction_id",
        ],
        "payment.transaction": [
            "amount",
            "currency_id",
            "is_post_processed",
            "last_state_change",
            "payment_id",
            "state",
        ],
        "res.company": ["collections_pending_days", "currency_id"],
        "res.currency.rate": ["company_id", "currency_id", "name", "rate"],
        "res.partner": ["commercial_partner_id"],
    }

    @property
    def _table_query(self):
        as_of = self.env.context.get("collections_as_of") or fields.Date.context_today(
            self
        )
        return SQL(
            """SELECT id, profile_id, partner_id, company_id, id AS move_line_id,
                      move_id, currency_id, date_due,
                      (%(as_of)s - date_due) AS days_past_due,
                      amount_residual, amount_pending, amount_held, amount_covered,
                      amount_collectible, no_followup
                 FROM (%(items)s) AS item""",
            as_of=SQL("%s::date", as_of),
            items=self._get_items_sql(as_of, self._get_narrow_sql()),
        )

    def _get_narrow_sql(self):
        """Return the condition on ``p`` that the context asks for, or None.

        Credit is shared out customer by customer, so the database cannot tell by
        itself that the others need not be classified: who reads the items of a few
        says so with ``collections_items_of``, the ids of their profiles.
        """
        ids = self.env.context.get("collections_items_of")
        return SQL("p.id IN %s", tuple(map(int, ids))) if ids else None

    def _get_items_sql(self, as_of, where=None, company=None):
        """Return the SQL that decides what of each open item is collectible.

        Deductions in this order: payments on their way that name the invoice;
        amounts excluded from follow-up or under a hold; then, oldest item first,
        the customer's own credit, payments on their way that name no invoice, and
        holds on an amount. Credit goes to what is not held first, because no
        reminder may speak of an amount that the customer's credit can cover.

        :param date as_of: the day it is looked from
        :param SQL where: a condition on ``p`` (collections_profile), to narrow it
        :param company: a root company, where it is about one and its branches: by
                        number the planner knows how many items are theirs
        :return: a query with the columns of this model but ``days_past_due``
        :rtype: SQL
        """
        return SQL(
            """
            WITH rate AS (%(rate)s),
            open_line AS (
                SELECT l.id, p.id AS profile_id, p.partner_id, p.company_id, l.move_id,
                       l.currency_id, COALESCE(l.date_maturity, l.date) AS date_due,
                       l.amount_residual_currency AS residual,
                       l.no_followup IS TRUE AS no_followup
                  FROM account_move_line l
                  %(companies)s
                  JOIN res_partner rp ON rp.id = l.partner_id
                  JOIN collections_profile p
                    ON p.partner_id = rp.commercial_partner_id
                   AND p.company_id = c.root_id
                 -- By number: the planner knows how much of an account is open
                 WHERE l.account_id IN %(accounts)s
                   AND l.reconciled IS NOT TRUE
                   AND l.parent_state = 'posted'
                   AND l.amount_residual_currency <> 0
                   AND %(where)s
            ),
            %(incoming)s,
            %(held)s,
            -- What is shared out over a customer's items, oldest first
            pool AS (
                SELECT profile_id, currency_id, SUM(credit) AS credit,
                       SUM(pool) AS pool, SUM(held_pool) AS held_pool
                  FROM (
                    SELECT profile_id, currency_id, -residual AS credit, 0 AS pool,
                           0 AS held_pool
                      FROM open_line
                     WHERE residual < 0
                 UNION ALL
                    SELECT profile_id, currency_id, 0, amount, 0 FROM pending_pool
                 UNION ALL
                    SELECT profile_id, currency_id, 0, 0, amount FROM held_pool
                  ) AS source
              GROUP BY profile_id, currency_id
            ),
            -- Most customers have nothing to share out: their pool is NULL
            step AS (
                SELECT o.*, c.credit, c.pool, c.held_pool, d.pending,
                       CASE WHEN o.no_followup OR ha.profile_id IS NOT NULL
                            THEN o.residual - d.pending
                            WHEN hi.id IS NULL THEN 0
                            ELSE LEAST(o.residual - d.pending, hi.amount)
                       END AS held
                  FROM open_line o
             LEFT JOIN pending_line pl ON pl.id = o.id
             LEFT JOIN held_item hi ON hi.id = o.id
             LEFT JOIN held_all ha ON ha.profile_id = o.profile_id
             LEFT JOIN pool c
                    ON c.profile_id = o.profile_id AND c.currency_id = o.currency_id
            CROSS JOIN LATERAL (
                    SELECT CASE WHEN pl.id IS NULL THEN 0
                                ELSE LEAST(o.residual, pl.amount) END AS pending
                  ) AS d
                 WHERE o.residual > 0
            ),
            queue AS (
                SELECT s.*, credit + pool AS credit_pool,
                       credit + pool + held_pool AS total,
                       SUM(s.rest) OVER (
                           PARTITION BY s.profile_id, s.currency_id
                           ORDER BY s.date_due, s.id
                       ) - s.rest AS before
                  FROM (SELECT *, residual - pending - held AS rest
                          FROM step WHERE credit IS NOT NULL) AS s
            ),
            shared AS (
                SELECT q.*,
                       CASE WHEN before < credit
                            THEN LEAST(rest, credit - before)
                            ELSE 0 END AS covered,
                       CASE WHEN pool > 0 AND before < credit_pool
                            THEN GREATEST(0, LEAST(before + rest, credit_pool)
                                             - GREATEST(before, credit))
                            ELSE 0 END AS pooled,
                       CASE WHEN held_pool > 0 AND before < total
                            THEN GREATEST(0, LEAST(before + rest, total)
                                             - GREATEST(before, credit_pool))
                            ELSE 0 END AS withheld
                  FROM queue q
                -- Worked out once per item, not once per column
                OFFSET 0
            )
            SELECT s.id, s.profile_id, s.partner_id, s.company_id, s.move_id,
                   s.currency_id, s.date_due, s.residual AS amount_residual,
                   s.pending + s.pooled AS amount_pending,
                   s.held + s.withheld AS amount_held,
                   s.covered AS amount_covered,
                   s.rest - s.covered - s.pooled - s.withheld AS amount_collectible,
                   s.no_followup
              FROM shared s
         UNION ALL
            SELECT s.id, s.profile_id, s.partner_id, s.company_id, s.move_id,
                   s.currency_id, s.date_due, s.residual, s.pending, s.held, 0,
                   s.residual - s.pending - s.held, s.no_followup
              FROM step s
             WHERE s.credit IS NULL
         UNION ALL
            SELECT o.id, o.profile_id, o.partner_id, o.company_id, o.move_id,
                   o.currency_id, o.date_due, o.residual, 0, 0, 0, 0,
                   o.no_followup
              FROM open_line o
             WHERE o.residual < 0
            """,
            accounts=self._get_receivable_ids(),
            companies=self._get_companies_sql(company),
            where=where or SQL("TRUE"),
            rate=self._get_rate_sql(as_of),
            incoming=self._get_incoming_sql(as_of, where),
            held=self._get_held_sql(as_of),
        )

    def _get_companies_sql(self, company):
        """Return the join that gives ``c.root_id`` to the journal items ``l``: the
        company that they or their branch belong to.

        :param company: a root company that it is about, or None for all
        :rtype: SQL
        """
        if not company:
            return SQL(
                """
                JOIN (SELECT id, split_part(parent_path, '/', 1)::int AS root_id
                        FROM res_company) AS c ON c.id = l.company_id
                """
            )
        # In sudo: a customer's items are also those of branches that one may not see.
        branches = self.env["res.company"].sudo().with_context(active_test=False)
        return SQL(
            "JOIN (SELECT %s AS root_id) AS c ON l.company_id IN %s",
            company.id,
            branches.search([("id", "child_of", company.id)])._ids,
        )

    def _get_receivable_ids(self):
        """Return the ids of the trade receivable accounts, at least one number.

        :rtype: tuple[int, ...]
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM account_account
                    WHERE account_type = 'asset_receivable'
                      AND non_trade IS NOT TRUE"""
            )
        )
        return tuple(row[0] for row in rows) or (0,)

    def _get_rate_sql(self, as_of):
        """Return (company_id, currency_id, factor) at the rate of the day: units of the
        company's currency for one of the currency, NULL when there is no rate.

        The company's own rate goes before a shared one, the latest until the day
        before an older one, as in ``res.currency._get_rates``; unlike there, a
        currency without any rate gets none instead of 1.
        """
        return SQL(
            """
            SELECT c.id AS company_id, cur.id AS currency_id,
                   CASE WHEN cur.id = c.currency_id THEN 1
                        ELSE COALESCE(own.rate, 1) / NULLIF(r.rate, 0)
                   END AS factor
              FROM res_company c
        CROSS JOIN res_currency cur
         LEFT JOIN LATERAL (
                SELECT rate FROM res_currency_rate
                 WHERE currency_id = cur.id
                   AND (company_id IS NULL OR company_id = c.id)
              ORDER BY name > %(as_of)s, company_id,
                       CASE WHEN name <= %(as_of)s THEN name END DESC, name
                 LIMIT 1
              ) AS r ON TRUE
         LEFT JOIN LATERAL (
                SELECT rate FROM res_currency_rate
                 WHERE currency_id = c.currency_id
                   AND (company_id IS NULL OR company_id = c.id)
              ORDER BY name > %(as_of)s, company_id,
                       CASE WHEN name <= %(as_of)s THEN name END DESC, name
                 LIMIT 1
              ) AS own ON TRUE
             WHERE c.parent_id IS NULL
               -- An archived currency is still owed in
               AND (cur.active OR EXISTS (
                    SELECT FROM res_currency_rate WHERE currency_id = cur.id))
            """,
            as_of=SQL("%s::date", as_of),
        )
