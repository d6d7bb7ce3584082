from odoo import api, models
from odoo.tools import SQL

from ..const import OPEN_STATES, TONES


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    @api.model
    def _decide(self, run):
        """Find the next step of every customer: which stage, when, and why.

        One step at a time, the gentler one first, none twice in an episode, none
        sooner than its interval after the previous one. Leaves the answer in the
        temporary table ``collections_tmp_next`` (profile_id, kind of step, stage,
        date and occurrence, and a code that is ``due`` when it may go out) for the
        planning and for ``_write_run``.

        :param run: a ``collections.run``; items must have been loaded by ``_sync``,
                    policies by ``segment._assign``
        """
        where = run._get_scope_sql(SQL("p.id"))
        self._sync_hold_effects(run.company_id, run.date, where)
        self._restart_late_anew(run.date, where)
        self._load_facts(run, where, claimed=True)
        self._load_next(run)
        self._restart_settled()

    def _redecide(self):
        """Find the next step of these profiles anew, in the daytime.

        Plans nothing: a step that is due now is planned by the next run.
        """
        for company, profiles in self.grouped("company_id").items():
            profiles._refresh()
            # What was said, and what was taken back, is read below.
            self.env["collections.touchpoint"].flush_model()
            where = SQL("p.id IN %s", profiles._ids)
            # In sudo: what people are asked to do is the system's to take back.
            self.env["collections.touchpoint"].sudo()._withdraw_tasks(company, where)
            run = self.env["collections.run"].new(
                {"company_id": company.id, "date": company._collections_today()}
            )
            self._load_facts(run, where)
            self._load_next(run)
            self.env["collections.touchpoint"]._report_open_to_next(company)
            self._write_next(run)

    @api.model
    def _load_facts(self, run, where=None, claimed=False):
        """What the decision needs to know of each customer, one row each.

        :param bool claimed: whether ``segment._assign`` has left new policies
        """
        policy, claim = SQL("p.policy_id"), SQL()
        if claimed:
            policy = SQL("CASE WHEN c.id IS NULL THEN p.policy_id ELSE c.policy_id END")
            claim = SQL("LEFT JOIN collections_tmp_claim c ON c.id = p.id")
        self.flush_model()
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_fact")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_fact ON COMMIT DROP AS
                WITH tone_limit AS (%(tone_limit)s)
                SELECT p.id AS profile_id, p.partner_id, po.id AS policy_id, p.stage_id,
                       p.stage_date, p.episode, p.hold_effect,
                       f.overdue_due, f.amount_overdue AS overdue,
                       -- Owed and late, held or not: what stands between the
                       -- customer and good standing
                       f.late_due, f.late, f.no_rate,
                       COALESCE(po.minimum_amount, 0) AS minimum_amount,
                       COALESCE(po.active, FALSE) AS has_policy,
                       NOT rp.active AS archived,
                       COALESCE(re.pace_percent, 100) AS pace,
                       tl.rank AS tone_limit,
                       EXISTS (
                           SELECT FROM collections_pin pin
                            WHERE pin.profile_id = p.id
                              AND pin.kind = 'stage' AND pin.active) AS pinned
                  FROM collections_profile p
                  JOIN res_partner rp ON rp.id = p.partner_id
                  JOIN collections_tmp_profile f ON f.id = p.id
             %(claim)s
             LEFT JOIN collections_policy po ON po.id = %(policy)s
             LEFT JOIN collections_reason re ON re.id = p.reason_id
             LEFT JOIN tone_limit tl ON tl.profile_id = p.id
                 WHERE p.company_id = %(company)s
                   AND %(where)s
                   AND (f.listed
                        OR p.stage_id IS NOT NULL
                        OR p.next_code <> 'nothing_owed'
                        OR p.next_code IS NULL)
                """,
                policy=policy,
                claim=claim,
                where=where or SQL("TRUE"),
                company=run.company_id.id,
                tone_limit=self._get_tone_limit_sql(run.date),
            )
        )
        cr.execute("ANALYZE collections_tmp_fact (profile_id, policy_id, stage_id)")

    @api.model
    def _load_next(self, run):
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_next")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_next ON COMMIT DROP AS
                WITH rung AS (%(rungs)s),
                ladder AS (%(ladder)s),
                courtesy AS (%(courtesy)s),
                thanks AS (%(thanks)s),
                awaited AS (%(awaited)s),
                step AS (
                    SELECT f.*,
                           l.stage_id AS ladder_stage, l.step_date AS ladder_date,
                           c.stage_id AS courtesy_stage, c.step_date AS courtesy_date,
                           c.occurrence,
                           t.stage_id AS thanks_stage, t.step_date AS thanks_date,
                           -- Good standing again after somebody was reminded
                           (f.stage_id IS NOT NULL AND NOT f.no_rate
                            AND f.late <= f.minimum_amount
                            AND a.profile_id IS NULL) AS settled,
                           (f.overdue_due IS NOT NULL
                            AND f.overdue > f.minimum_amount) AS chased
                      FROM collections_tmp_fact f
                 LEFT JOIN ladder l ON l.profile_id = f.profile_id
                 LEFT JOIN courtesy c ON c.profile_id = f.profile_id
                 LEFT JOIN thanks t ON t.profile_id = f.profile_id
                 LEFT JOIN awaited a ON a.profile_id = f.profile_id
                ),
                choice AS (
                    SELECT s.*,
                           CASE
                           WHEN settled AND thanks_stage IS NOT NULL THEN 'after_paid'
                           WHEN late_due IS NOT NULL AND late > minimum_amount
                                AND ladder_stage IS NOT NULL
                                AND (ladder_date <= %(as_of)s
                                     OR courtesy_stage IS NULL
                                     OR ladder_date <= courtesy_date)
                                AND (chased OR courtesy_stage IS NULL)
                           THEN 'overdue'
                           WHEN courtesy_stage IS NOT NULL THEN 'before_due'
                           END AS kind
                      FROM step s
                    -- Worked out once per customer, not wherever it is asked for
                    OFFSET 0
                ),
                answer AS (
                    SELECT c.*,
                           CASE kind WHEN 'after_paid' THEN thanks_stage
                                     WHEN 'overdue' THEN ladder_stage
                                     WHEN 'before_due' THEN courtesy_stage
                           END AS next_stage,
                           CASE kind WHEN 'after_paid' THEN thanks_date
                                     WHEN 'overdue' THEN ladder_date
                                     WHEN 'before_due' THEN courtesy_date
                           END AS next_date
                      FROM choice c
                    OFFSET 0
                )
                SELECT a.profile_id, a.partner_id, a.policy_id, a.episode, a.kind,
                       a.next_stage AS stage_id, a.next_date,
                       CASE WHEN a.kind = 'before_due' THEN a.occurrence ELSE 0 END
                           AS occurrence,
                       a.overdue, a.overdue_due, a.late, a.settled,
                       CASE
                       WHEN a.kind IS NULL AND a.late <= 0 AND NOT a.no_rate
                       THEN 'nothing_owed'
                       WHEN a.archived THEN 'archived'
                       WHEN a.hold_effect = 'silence' THEN 'silenced'
                       WHEN a.hold_effect = 'pause' THEN 'paused'
                       WHEN NOT a.has_policy THEN 'no_policy'
                       WHEN NOT EXISTS (
                            SELECT FROM collections_stage s
                             WHERE s.policy_id = a.policy_id AND s.active)
                       THEN 'no_stages'
                       WHEN a.no_rate THEN 'no_rate'
                       WHEN a.pinned AND a.kind = 'overdue' THEN 'pinned'
                       WHEN a.kind IN ('after_paid', 'before_due')
                       THEN CASE WHEN a.next_date <= %(as_of)s
                                 THEN 'due' ELSE 'waiting' END
                       WHEN a.late > 0 AND a.late <= a.minimum_amount
                       THEN 'below_minimum'
                       WHEN a.overdue_due IS NULL AND a.late_due IS NOT NULL
                       THEN 'held'
                       WHEN NOT a.chased THEN 'below_minimum'
                       WHEN a.kind IS NULL THEN 'ladder_done'
                       WHEN s.minimum_amount > a.overdue THEN 'below_minimum'
                       WHEN a.next_date <= %(as_of)s THEN 'due'
                       ELSE 'waiting'
                       END AS code
                  FROM answer a
             LEFT JOIN collections_stage s ON s.id = a.next_stage
                """,
                rungs=self._get_rungs_sql(),
                ladder=self._get_ladder_sql(),
                courtesy=self._get_courtesy_sql(run.date),
                thanks=self._get_thanks_sql(),
                awaited=self._get_awaited_sql(run.date),
                as_of=run.date,
            )
        )
        cr.execute("ANALYZE collections_tmp_next (profile_id, stage_id, code)")
        self.env["collections.touchpoint"]._report_broken_to_next()

    def _get_ladder_sql(self):
        """Return the SQL of each late customer's next overdue stage and its day.

        The next stage is the first of the policy behind the last one taken in this
        episode that nobody refused, and never firmer than the customer may hear. The
        pace of a reason shortens the days, not the order. Reads ``rung``, see
        ``_get_rungs_sql``. Columns: profile_id, stage_id, step_date.
        """
        return SQL(
            """
            SELECT f.profile_id, s.id AS stage_id,
                   GREATEST(COALESCE(f.overdue_due, f.late_due)
                                + ceil(s.delay_days * f.pace / 100.0)::int,
                            f.stage_date
                                + ceil(s.interval_days * f.pace / 100.0)::int)
                       AS step_date
              FROM (
                -- By its place on the ladder, so that there is nothing to sort
                SELECT f.profile_id, MIN(s.place) AS place
                  FROM collections_tmp_fact f
                  JOIN rung s ON s.policy_id = f.policy_id
             LEFT JOIN collections_stage last ON last.id = f.stage_id
                 WHERE f.late_due IS NOT NULL
                   AND (f.tone_limit IS NULL OR s.tone_rank <= f.tone_limit)
                   AND (last.id IS NULL
                        OR s.delay_days > last.delay_days
                        OR (s.policy_id = last.policy_id
                            AND s.delay_days = last.delay_days AND s.id > last.id))
                   AND NOT EXISTS (
                        SELECT FROM collections_touchpoint t
                         WHERE t.profile_id = f.profile_id
                           AND t.episode = f.episode
                           AND t.stage_id = s.id
                           -- Also when somebody moved the stages about meanwhile
                           AND (t.refusal = 'refused'
                                OR (t.origin = 'automatic'
                                    AND t.state IN ('sent', 'delivered'))))
              GROUP BY f.profile_id
              ) AS first
              JOIN rung s ON s.place = first.place
              JOIN collections_tmp_fact f ON f.profile_id = first.profile_id
            """
        )

    def _get_rungs_sql(self):
        """Return the SQL of the overdue stages and their places on the ladders, from 1.
        Columns: id, policy_id, delay_days, interval_days, tone_rank, place.

        :rtype: SQL
        """
        return SQL(
            """
            SELECT id, policy_id, delay_days, interval_days,
                   array_position(%(tones)s, tone) AS tone_rank,
                   ROW_NUMBER() OVER (ORDER BY policy_id, delay_days, id) AS place
              FROM collections_stage
             WHERE kind = 'overdue' AND active
            """,
            tones=SQL("%s::varchar[]", [tone for tone, _label in TONES]),
        )

    def _get_courtesy_sql(self, as_of):
        """Return the SQL of the earliest courtesy before a due date.

        Only of items that no message spoke of yet. The occurrence is the due date
        as a number, so that there is one courtesy per due date. Columns:
        profile_id, stage_id, step_date, occurrence.
        """
        return SQL(
            """
            SELECT DISTINCT ON (i.profile_id)
                   i.profile_id, s.id AS stage_id,
                   i.date_due + s.delay_days AS step_date,
                   to_char(i.date_due, 'YYYYMMDD')::int AS occurrence
              FROM collections_tmp_item i
              JOIN collections_tmp_fact f ON f.profile_id = i.profile_id
              JOIN collections_stage s
                ON s.policy_id = f.policy_id AND s.kind = 'before_due' AND s.active
         LEFT JOIN collections_tmp_rate r ON r.currency_id = i.currency_id
             WHERE i.date_due >= %(as_of)s
               AND i.amount_collectible > 0
               AND (f.tone_limit IS NULL
                    OR array_position(%(tones)s, s.tone) <= f.tone_limit)
               AND (COALESCE(s.minimum_amount, 0) <= 0
                    OR i.amount_collectible * COALESCE(r.factor, 0)
                       >= s.minimum_amount)
               AND NOT EXISTS (
                    SELECT FROM collections_touchpoint_line tl
                      JOIN collections_touchpoint t ON t.id = tl.touchpoint_id
                     WHERE tl.move_line_id = i.id
                       AND (t.state NOT IN %(unsaid)s
                            OR t.refusal = 'refused'))
          ORDER BY i.profile_id, i.date_due + s.delay_days, s.id
            """,
            as_of=as_of,
            tones=SQL("%s::varchar[]", [tone for tone, _label in TONES]),
            unsaid=(*OPEN_STATES, "cancelled"),
        )

    @api.model
    def _write_next(self, run):
        """Write the decision to the profiles, where it differs."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET next_code = n.code,
                       next_stage_id = n.stage_id,
                       next_date = n.next_date
                  FROM collections_tmp_next n
                 WHERE n.profile_id = p.id
                   AND (p.next_code, p.next_stage_id, p.next_date)
                       IS DISTINCT FROM (n.code, n.stage_id, n.next_date)
                """
            )
        )
        changed = self.env.cr.rowcount
        self.invalidate_model()
        return changed
