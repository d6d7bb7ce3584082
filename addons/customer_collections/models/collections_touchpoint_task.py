from odoo import api, fields, models
from odoo.tools import SQL


class CollectionsTouchpoint(models.Model):
    """What a person was asked to do for it, and what takes that back."""

    _inherit = "collections.touchpoint"

    # The call, or the letter to post
    activity_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model
    def _withdraw_tasks(self, company, where):
        """Take back what people were asked to do for a step of the ladder, and have
        not done, where the step would not leave any more: nothing that it was about
        can be chased, or the customer is left in peace. The step stays taken.

        Reads ``collections_tmp_item``.

        :param company: a root company
        :param SQL where: a condition on ``p`` (collections_profile)
        """
        self.env["collections.touchpoint.line"].flush_model()
        self.env["mail.activity"].flush_model(["active"])
        why = dict(self.env.execute_query(self._get_withdrawn_sql(company, where)))
        touchpoints = self.browse(why)
        for note, same in touchpoints.grouped(
            lambda t: t._explain_withdrawn(why[t.id])
        ).items():
            same.refusal_note = note
        touchpoints.activity_id.unlink()

    def _get_withdrawn_sql(self, company, where):
        """Return the query of the touchpoints whose tasks are taken back, see
        ``_withdraw_tasks``. Columns: id, why."""
        return SQL(
            """
            WITH asked AS MATERIALIZED (
                SELECT t.id, t.profile_id, t.stage_id, t.kind, t.activity_id,
                       p.hold_effect
                  FROM collections_touchpoint t
                  JOIN mail_activity a ON a.id = t.activity_id AND a.active
                  JOIN collections_profile p ON p.id = t.profile_id
                 WHERE t.activity_id IS NOT NULL
                   AND t.state = 'sent' AND t.outcome IS NULL
                   AND p.company_id = %(company)s
                   AND %(where)s
            ),
            reason AS (
                SELECT a.id, bool_or(i.amount_collectible > 0) AS chased,
                       bool_or(i.amount_residual > 0) AS owed
                  FROM asked a
                  JOIN collections_touchpoint_line l
                    ON l.touchpoint_id = a.id
                   AND (l.kind = 'overdue') = (a.kind = 'overdue')
                  JOIN collections_tmp_item i
                    ON i.profile_id = a.profile_id AND i.move_id = l.move_id
                   -- An entry that was posted anew has other lines
                   AND (l.move_line_id IS NULL OR l.move_line_id = i.id)
              GROUP BY a.id
            ),
            judged AS (
                SELECT a.id, a.activity_id,
                       CASE WHEN a.stage_id IS NULL THEN NULL
                            WHEN a.hold_effect IN ('pause', 'silence') THEN 'paused'
                            WHEN a.kind = 'after_paid' OR r.chased THEN NULL
                            WHEN r.owed THEN 'held'
                            ELSE 'settled' END AS why
                  FROM asked a
             LEFT JOIN reason r ON r.id = a.id
            )
            SELECT id, why
              FROM (
                SELECT id, why,
                       -- Asked for once for several letters: one may still stand
                       bool_and(why IS NOT NULL) OVER (PARTITION BY activity_id)
                           AS gone
                  FROM judged
              ) AS task
             WHERE gone
            """,
            company=company.id,
            where=where,
        )

    def _explain_withdrawn(self, why):
        self.ensure_one()
        if why == "paused":
            reason = self.profile_id._get_hold_sentence()
        elif why == "held":
            reason = self._say_held()
        else:
            reason = self._say_settled()
        return self.env._("Taken back before it was done. %(why)s", why=reason)
