from odoo import api, fields, models
from odoo.tools import SQL

from ..const import OPEN_STATES


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    @api.model
    def _plan(self, run):
        """Plan one message per customer whose step is due, or keep why not.

        Reads ``collections_tmp_next`` that ``profile._decide`` left, and writes back
        into it what became of each step.

        :return: (number planned, number refused)
        :rtype: tuple[int, int]
        """
        self.flush_model()
        self._withdraw_outdated(run)
        where = run._get_scope_sql(SQL("p.id"))
        self._withdraw_tasks(run.company_id, where)
        self._load_candidates(run)
        self._load_hours(run)
        self._plan_channels(run)
        self._report_open_to_next(run.company_id)
        planned = self._insert_planned(run)
        refused = self._insert_refused(run)
        self._report_to_next(run.company_id)
        self.invalidate_model()
        return planned, refused

    @api.model
    def _withdraw_outdated(self, run):
        """Cancel what was planned and is no longer the step to take; say why."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_touchpoint t
                   SET state = 'cancelled',
                       refusal = CASE
                           WHEN n.code IS NULL OR n.code = 'nothing_owed'
                           THEN 'settled'
                           WHEN %(same)s THEN 'left'
                           WHEN n.code IN ('due', 'waiting', 'ladder_done')
                           THEN CASE WHEN n.settled THEN 'settled'
                                     WHEN t.kind = 'after_paid' THEN 'not_clear'
                                     ELSE 'superseded' END
                           ELSE n.code END,
                       write_date = %(now)s
                  FROM collections_touchpoint open
                  JOIN collections_profile p ON p.id = open.profile_id
             LEFT JOIN res_partner reader ON reader.id = open.partner_id
             LEFT JOIN collections_tmp_next n ON n.profile_id = open.profile_id
                 WHERE t.id = open.id
                   AND open.company_id = %(company)s
                   AND %(scope)s
                   AND open.origin = 'automatic'
                   AND open.state IN %(open)s
                   -- What speaks of an agreement takes no step of the ladder
                   AND open.stage_id IS NOT NULL
                   AND (%(same)s IS NOT TRUE OR %(left)s)
                """,
                same=SQL(
                    """(n.code = 'due'
                         AND n.stage_id = open.stage_id
                         AND n.occurrence = open.occurrence
                         AND n.episode = open.episode)"""
                ),
                left=self.env["collections.profile"]._get_left_sql(SQL("reader")),
                company=run.company_id.id,
                scope=run._get_scope_sql(SQL("open.profile_id")),
                now=fields.Datetime.now(),
                open=OPEN_STATES,
            )
        )

    @api.model
    def _load_candidates(self, run):
        """Customers whose step is due, or would be if nothing stood against it,
        and for whom nothing is planned yet; with the first channel, if that serves."""
        self._flush_channels()
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_plan")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_plan ON COMMIT DROP AS
                WITH candidate AS MATERIALIZED (
                    SELECT n.profile_id, n.stage_id, n.kind, n.episode, n.occurrence,
                           NULLIF(n.code, 'due')::varchar AS refusal,
                           -- The channels, the first to be tried first
                           CASE WHEN p.preferred_channel IS NULL THEN sc.channels
                                ELSE array_prepend(
                                    p.preferred_channel,
                                    array_remove(sc.channels, p.preferred_channel))
                           END AS wanted,
                           p.contact_id, c.lang, %(place)s,
                           -- Counted before anything is planned: in the statement
                           -- that plans, each count would read what it has written
                           (SELECT COUNT(*) FROM collections_touchpoint t
                             WHERE t.profile_id = n.profile_id
                               AND t.episode = n.episode
                               AND t.stage_id = n.stage_id
                               AND t.occurrence = n.occurrence
                               AND t.origin = 'automatic'
                               AND t.state IN ('failed', 'bounced')) AS attempt
                      FROM collections_tmp_next n
                      JOIN collections_profile p ON p.id = n.profile_id
                 LEFT JOIN (SELECT stage_id,
                                   array_agg(channel ORDER BY sequence, id) AS channels
                              FROM collections_stage_channel
                          GROUP BY stage_id) AS sc ON sc.stage_id = n.stage_id
                      JOIN res_partner rp ON rp.id = p.partner_id
                      JOIN res_partner c ON c.id = COALESCE(p.contact_id, rp.id)
                      JOIN res_company company ON company.id = p.company_id
                      JOIN res_partner co ON co.id = company.partner_id
                     WHERE n.stage_id IS NOT NULL
                       AND n.next_date <= %(as_of)s
                       AND n.code <> 'waiting'
                       AND NOT EXISTS (
                            SELECT FROM collections_touchpoint t
                             WHERE t.profile_id = n.profile_id
                               AND t.episode = n.episode
                               AND t.stage_id = n.stage_id
                               AND t.occurrence = n.occurrence
                               AND t.origin = 'automatic' AND t.direction = 'out'
                               AND t.state NOT IN ('cancelled', 'failed', 'bounced'))
                )
                SELECT c.*, served.channel
                  FROM candidate c
             LEFT JOIN (%(served)s) AS served ON served.profile_id = c.profile_id
                """,
                as_of=run.date,
                place=self._get_place_columns(),
                served=self._get_served_sql(run.company_id, SQL("candidate"), 1),
            )
        )
        cr.execute(
            "ANALYZE collections_tmp_plan"
            " (profile_id, stage_id, refusal, channel, contact_id)"
        )
