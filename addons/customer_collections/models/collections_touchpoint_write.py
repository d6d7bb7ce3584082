from datetime import datetime, time

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import OPEN_STATES


class CollectionsTouchpoint(models.Model):
    """What the run writes down: what is planned, what was refused, and why."""

    _inherit = "collections.touchpoint"

    @api.model
    def _insert_planned(self, run):
        """Plan the candidates against whom nothing stands.

        :return: number of messages
        :rtype: int
        """
        company = run.company_id
        # Each name is checked once per row. Who wrote it down is said of the run; who
        # signs is whoever looks after the customer when it leaves.
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO collections_touchpoint
                       (profile_id, company_id, partner_id, run_id, direction, origin,
                        channel, state, stage_id, kind, tone, episode, occurrence,
                        attempt, scheduled_at, date, lang, create_date, write_date)
                SELECT c.profile_id, %(company)s, c.contact_id, %(run)s, 'out',
                       'automatic', c.channel,
                       CASE WHEN %(preview)s THEN 'planned'
                            WHEN s.approval THEN 'to_approve'
                            ELSE 'scheduled' END,
                       c.stage_id, s.kind, s.tone, c.episode, c.occurrence, c.attempt,
                       h.scheduled_at, h.scheduled_at, c.lang, %(now)s, %(now)s
                  FROM collections_tmp_plan c
                  JOIN collections_tmp_hour h ON %(there)s
                  JOIN collections_stage s ON s.id = c.stage_id
                 WHERE c.refusal IS NULL
              ORDER BY c.profile_id
                ON CONFLICT (profile_id, episode, stage_id, occurrence)
                      WHERE origin = 'automatic' AND direction = 'out'
                        AND state NOT IN ('cancelled', 'failed', 'bounced')
                         DO NOTHING
                """,
                company=company.id,
                run=run.id,
                there=self._get_there_sql(),
                preview=company.collections_mode != "live",
                now=fields.Datetime.now(),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _insert_refused(self, run):
        """Keep what was not said and why: once per step and reason."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO collections_touchpoint
                       (profile_id, company_id, partner_id, run_id, direction, origin,
                        channel, state, refusal, stage_id, kind, tone, episode,
                        occurrence, date, lang, create_uid, create_date, write_uid,
                        write_date)
                SELECT c.profile_id, %(company)s, c.contact_id, %(run)s, 'out',
                       'automatic',
                       COALESCE(c.channel, (
                           SELECT channel FROM collections_stage_channel sc
                            WHERE sc.stage_id = c.stage_id
                         ORDER BY sequence, id LIMIT 1), 'email'),
                       'cancelled', c.refusal, c.stage_id, s.kind, s.tone,
                       c.episode, c.occurrence, %(now)s, c.lang, %(uid)s, %(now)s,
                       %(uid)s, %(now)s
                  FROM collections_tmp_plan c
                  JOIN collections_stage s ON s.id = c.stage_id
                 WHERE c.refusal IS NOT NULL
                   AND NOT EXISTS (
                        SELECT FROM collections_touchpoint t
                         WHERE t.profile_id = c.profile_id
                           AND t.episode = c.episode
                           AND t.stage_id = c.stage_id
                           AND t.occurrence = c.occurrence
                           AND t.origin = 'automatic'
                           AND t.refusal = c.refusal)
                """,
                company=run.company_id.id,
                run=run.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _report_to_next(self, company):
        """Tell the decision what became of it, for the sentence on the profile.

        :param company: a root company, whose days these are
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_next n
                   SET code = COALESCE(c.refusal, 'planned'),
                       next_date = CASE WHEN c.refusal IS NULL
                                        THEN (h.scheduled_at + %(ahead)s)::date
                                        ELSE n.next_date END
                  FROM collections_tmp_plan c
             LEFT JOIN collections_tmp_hour h ON %(there)s
                 WHERE c.profile_id = n.profile_id AND n.code = 'due'
                """,
                ahead=self._get_ahead(company),
                there=self._get_there_sql(),
            )
        )

    @api.model
    def _report_open_to_next(self, company):
        """Tell the decision which steps are planned already, and for when.

        :param company: a root company, whose days these are
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_next n
                   SET code = 'planned',
                       next_date = (t.scheduled_at + %(ahead)s)::date
                  FROM collections_touchpoint t
                 WHERE t.profile_id = n.profile_id
                   AND t.episode = n.episode
                   AND t.stage_id = n.stage_id
                   AND t.occurrence = n.occurrence
                   AND t.origin = 'automatic'
                   AND t.state IN %(open)s
                   AND n.code = 'due'
                """,
                ahead=self._get_ahead(company),
                open=OPEN_STATES,
            )
        )

    def _get_ahead(self, company):
        """Return how far the clock of a company is ahead of UTC today.

        :param company: a root company
        :rtype: timedelta
        """
        today = company._collections_today()
        midnight = datetime.combine(today, time.min)
        return midnight - company._collections_midnight(today)
