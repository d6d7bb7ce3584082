from odoo import api, models
from odoo.tools import SQL


class CollectionsProfile(models.Model):
    """Who is clear again: whether there is something to thank them for, and the start
    of the ladder."""

    _inherit = "collections.profile"

    def _get_thanks_sql(self):
        """Return the SQL of the stage that thanks a customer who is clear again, and
        its day, counted from the payment.

        Only who was spoken to in this episode, and has paid for some of it since: whom
        a catch-up put on a later step may never have been reminded, and a credit note
        or another due date is nothing to thank for.

        Columns: profile_id, stage_id, step_date.
        """
        return SQL(
            """
            SELECT DISTINCT ON (f.profile_id)
                   f.profile_id, s.id AS stage_id,
                   paid.day + s.delay_days AS step_date
              FROM collections_tmp_fact f
              JOIN collections_stage s
                ON s.policy_id = f.policy_id AND s.kind = 'after_paid' AND s.active
        CROSS JOIN LATERAL (%(paid)s) AS paid
             WHERE f.stage_id IS NOT NULL
               AND f.late <= f.minimum_amount
               AND paid.day IS NOT NULL
               AND NOT EXISTS (
                    SELECT FROM collections_touchpoint t
                     WHERE t.profile_id = f.profile_id
                       AND t.episode = f.episode
                       AND t.kind = 'after_paid'
                       AND t.refusal = 'refused')
          ORDER BY f.profile_id, s.delay_days, s.id
            """,
            paid=self._get_paid_since_sql(),
        )

    def _get_paid_since_sql(self):
        """Return the SQL of the last day on which the customer ``f`` paid for something
        after it was spoken of in this episode: money that was matched with it, was
        registered for it without an entry, or was paid online. Column: day.
        """
        return SQL(
            """
            SELECT MAX(money.day) AS day
              FROM collections_touchpoint t
              JOIN collections_touchpoint_line tl ON tl.touchpoint_id = t.id
        CROSS JOIN LATERAL (
                SELECT r.max_date AS day, r.create_date AS since
                  FROM account_partial_reconcile r
                  JOIN account_move_line cl ON cl.id = r.credit_move_id
                 WHERE r.debit_move_id = tl.move_line_id
                   AND (cl.payment_id IS NOT NULL OR cl.statement_line_id IS NOT NULL)
             UNION ALL
                SELECT ap.date, ap.create_date
                  FROM account_move__account_payment m
                  JOIN account_payment ap ON ap.id = m.payment_id
                 WHERE m.invoice_id = tl.move_id
                   AND ap.move_id IS NULL
                   AND ap.state IN ('in_process', 'paid')
             UNION ALL
                SELECT x.last_state_change::date, x.last_state_change
                  FROM account_invoice_transaction_rel m
                  JOIN payment_transaction x ON x.id = m.transaction_id
                 WHERE m.invoice_id = tl.move_id AND x.state = 'done'
              ) AS money
             WHERE t.profile_id = f.profile_id
               AND t.episode = f.episode
               AND t.direction = 'out'
               AND t.kind IS DISTINCT FROM 'before_due'
               AND t.state IN ('sent', 'delivered')
               AND money.since >= t.sent_at
            """
        )

    def _get_awaited_sql(self, as_of):
        """Return the SQL of the customers who have only said that they pay for
        something late: it may come to nothing. Column: profile_id."""
        return SQL(
            """
            SELECT DISTINCT i.profile_id
              FROM payment_transaction x
              JOIN account_invoice_transaction_rel m ON m.transaction_id = x.id
              JOIN collections_tmp_item i ON i.move_id = m.invoice_id
             WHERE x.state IN ('pending', 'authorized')
               AND i.amount_pending > 0
               AND i.date_due < %(as_of)s
            """,
            as_of=as_of,
        )

    @api.model
    def _restart_late_anew(self, as_of, where):
        """Put customers at the start of the ladder who paid what was late when they
        were last reminded: what is late now fell due after that, and is another story.

        Not who has only said that they pay: it may come to nothing.

        :param date as_of: the day it is looked from
        :param SQL where: which of ``p`` (collections_profile)
        """
        self.flush_model()
        self.env["collections.pin"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET stage_id = NULL, stage_date = NULL, episode = p.episode + 1
                  FROM collections_tmp_profile o
                 WHERE o.id = p.id
                   AND o.late_due >= p.stage_date
                   AND o.late > COALESCE((
                            SELECT minimum_amount FROM collections_policy po
                             WHERE po.id = p.policy_id), 0)
                   AND NOT EXISTS (
                        SELECT FROM collections_pin pin
                         WHERE pin.profile_id = p.id
                           AND pin.kind = 'stage' AND pin.active)
                   AND p.id NOT IN (%(awaited)s)
                   AND %(where)s
                """,
                awaited=self._get_awaited_sql(as_of),
                where=where,
            )
        )

    @api.model
    def _restart_settled(self):
        """Put customers who are clear again at the start of the ladder when there
        is nothing to thank them for, or nobody who does."""
        self._restart(SQL("n.kind IS DISTINCT FROM 'after_paid'"))

    @api.model
    def _restart_unthanked(self):
        """Put customers who are clear again at the start of the ladder also when no
        channel reaches them with the thanks that the run wanted to plan."""
        unthanked = SQL(
            """n.settled AND n.kind = 'after_paid' AND EXISTS (
                SELECT FROM collections_tmp_plan c
                 WHERE c.profile_id = n.profile_id
                   AND c.refusal IN ('no_channel', 'opted_out'))"""
        )
        self._restart(unthanked)
        # The step is gone with the episode: nobody is to mend anything for it.
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_next n
                   SET stage_id = NULL, next_date = NULL,
                       code = CASE WHEN n.late > 0 THEN 'below_minimum'
                                   ELSE 'nothing_owed' END
                 WHERE %s
                """,
                unthanked,
            )
        )

    def _restart(self, condition):
        """Begin a new episode for those of ``collections_tmp_next`` who are clear.

        :param SQL condition: which of them, on ``n``
        """
        self.env.cr.execute(
            SQL(
                """
                WITH restarted AS (
                    UPDATE collections_profile p
                       SET stage_id = NULL, stage_date = NULL, episode = p.episode + 1
                      FROM collections_tmp_next n
                     WHERE n.profile_id = p.id AND n.settled AND %s
                 RETURNING p.id, p.episode
                )
                -- What is planned for them belongs to the new one
                UPDATE collections_tmp_next n
                   SET episode = r.episode
                  FROM restarted r
                 WHERE r.id = n.profile_id
                """,
                condition,
            )
        )
