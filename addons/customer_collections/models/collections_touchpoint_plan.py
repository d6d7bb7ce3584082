from datetime import datetime, time

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import OPEN_STATES
from ..tools.contact_hours import next_permitted, with_wish


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
        self._load_candidates(run)
        self._plan_hours(run)
        self._plan_channels(run)
        planned = self._insert_planned(run)
        refused = self._insert_refused(run)
        self._report_to_next()
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
                           WHEN n.code IN ('due', 'waiting', 'ladder_done')
                           THEN CASE WHEN n.settled THEN 'settled'
                                     WHEN t.kind = 'after_paid' THEN 'not_clear'
                                     ELSE 'superseded' END
                           ELSE n.code END,
                       write_date = %(now)s
                  FROM collections_touchpoint open
             LEFT JOIN collections_tmp_next n ON n.profile_id = open.profile_id
                 WHERE t.id = open.id
                   AND open.company_id = %(company)s
                   AND open.origin = 'automatic'
                   AND open.state IN %(open)s
                   -- Those of an agreement speak of it, not of the ladder
                   AND open.plan_id IS NULL
                   AND (n.code = 'due'
                        AND n.stage_id = open.stage_id
                        AND n.occurrence = open.occurrence
                        AND n.episode = open.episode) IS NOT TRUE
                """,
                company=run.company_id.id,
                now=fields.Datetime.now(),
                open=OPEN_STATES,
            )
        )

    @api.model
    def _load_candidates(self, run):
        """Customers whose step is due, or would be if nothing stood against it,
        and for whom nothing is planned yet."""
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_plan")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_plan ON COMMIT DROP AS
                SELECT n.profile_id, n.stage_id, n.kind, n.episode, n.occurrence,
                       NULLIF(n.code, 'due')::varchar AS refusal,
                       p.timezones, p.preferred_channel,
                       COALESCE(g.found_id, p.collector_id) AS collector_id,
                       COALESCE(p.contact_hour_from, 0) AS hour_from,
                       COALESCE(p.contact_hour_to, 0) AS hour_to,
                       p.contact_id, rp.user_id AS salesperson_id, c.lang,
                       COALESCE(rp.country_id, co.country_id) AS country_id,
                       (rp.is_company IS NOT TRUE
                        OR company.collections_business = 'b2c') AS consumer,
                       NULL::timestamp AS scheduled_at, NULL::varchar AS channel
                  FROM collections_tmp_next n
                  JOIN collections_profile p ON p.id = n.profile_id
             LEFT JOIN collections_tmp_claim g ON g.id = p.id
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
                           AND t.origin = 'automatic'
                           AND t.state NOT IN ('cancelled', 'failed', 'bounced'))
                """,
                as_of=run.date,
            )
        )
        cr.execute("ANALYZE collections_tmp_plan (profile_id, stage_id)")

    # === WHEN === #

    @api.model
    def _plan_hours(self, run):
        """Give each candidate the first hour that every contact rule permits.

        Worked out once per place and kind of customer, not per customer.
        """
        rules = self.env["collections.contact.rule"]._get_active_rules(run.company_id)
        holidays = rules._get_holidays(run.company_id, run.date)
        earliest = self._get_earliest(run)
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT timezones, country_id, consumer, hour_from, hour_to
                     FROM collections_tmp_plan WHERE refusal IS NULL"""
            )
        )
        slots = []
        for timezones, country_id, consumer, hour_from, hour_to in rows:
            applicable = rules._filter_applicable(country_id, consumer)
            slot = next_permitted(
                earliest,
                tuple((timezones or "UTC").split(",")),
                with_wish(applicable._get_windows(holidays), hour_from, hour_to),
            )
            hours = hour_from, hour_to
            slots.append((timezones, country_id, consumer, hours, slot, applicable))
        for timezones, country_id, consumer, hours, slot, applicable in slots:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE collections_tmp_plan c
                       SET scheduled_at = %(slot)s,
                           refusal = CASE
                               WHEN %(slot)s::timestamp IS NULL THEN 'no_hours'
                               WHEN %(quiet)s THEN 'quiet'
                               WHEN %(budget)s THEN 'budget'
                           END
                     WHERE refusal IS NULL
                       AND timezones IS NOT DISTINCT FROM %(timezones)s
                       AND country_id IS NOT DISTINCT FROM %(country)s
                       AND consumer = %(consumer)s
                       AND hour_from = %(hour_from)s
                       AND hour_to = %(hour_to)s
                    """,
                    slot=slot,
                    quiet=applicable._get_quiet_sql(slot),
                    budget=applicable._get_budget_sql(slot),
                    timezones=timezones,
                    country=country_id,
                    consumer=consumer,
                    hour_from=hours[0],
                    hour_to=hours[1],
                )
            )

    @api.model
    def _get_earliest(self, run):
        """Return the first instant, naive UTC, that a message of the run may leave:
        now, or the beginning of another day that the run looks from."""
        now = fields.Datetime.now()
        if run.date == fields.Date.context_today(run):
            return now
        return datetime.combine(run.date, time.min)

    # === BY WHICH CHANNEL === #

    @api.model
    def _plan_channels(self, run):
        """Choose each candidate's channel: their preference first, at every risk,
        then the stage's order; only what reaches them and they did not opt out of,
        and not what already failed for this step."""
        self.env["res.partner"].flush_model()
        self.env["collections.optout"].flush_model()
        self.env["mail.blacklist"].flush_model()
        self.env["phone.blacklist"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH wanted AS (
                    SELECT c.profile_id, c.stage_id, c.episode, c.occurrence,
                           c.contact_id, sc.channel, sc.sequence, sc.id AS position,
                           sc.channel = c.preferred_channel AS preferred
                      FROM collections_tmp_plan c
                      JOIN collections_stage_channel sc ON sc.stage_id = c.stage_id
                     WHERE c.refusal IS NULL
                 UNION ALL
                    SELECT c.profile_id, c.stage_id, c.episode, c.occurrence,
                           c.contact_id, c.preferred_channel, 0, 0, TRUE
                      FROM collections_tmp_plan c
                     WHERE c.refusal IS NULL AND c.preferred_channel IS NOT NULL
                       AND NOT EXISTS (
                            SELECT FROM collections_stage_channel sc
                             WHERE sc.stage_id = c.stage_id
                               AND sc.channel = c.preferred_channel)
                ),
                checked AS (
                    SELECT w.*, %(reachable)s AS reachable,
                           %(opted_out)s AS opted_out,
                           EXISTS (
                               SELECT FROM collections_touchpoint t
                                WHERE t.profile_id = w.profile_id
                                  AND t.episode = w.episode
                                  AND t.stage_id = w.stage_id
                                  AND t.occurrence = w.occurrence
                                  AND t.origin = 'automatic'
                                  AND t.channel = w.channel
                                  AND t.state IN ('failed', 'bounced')
                                  -- A text or address that was mended may leave
                                  AND t.address = %(address)s) AS tried
                      FROM wanted w
                      JOIN res_partner r ON r.id = w.contact_id
                ),
                best AS (
                    SELECT DISTINCT ON (profile_id) profile_id, channel
                      FROM checked
                     WHERE reachable AND NOT opted_out AND NOT tried
                  ORDER BY profile_id, preferred DESC NULLS LAST, sequence, position
                ),
                verdict AS (
                    SELECT c.profile_id, b.channel,
                           CASE WHEN b.channel IS NOT NULL THEN NULL
                                WHEN EXISTS (
                                    SELECT FROM checked k
                                     WHERE k.profile_id = c.profile_id
                                       AND k.reachable AND k.opted_out)
                                THEN 'opted_out' ELSE 'no_channel' END AS refusal
                      FROM collections_tmp_plan c
                 LEFT JOIN best b ON b.profile_id = c.profile_id
                     WHERE c.refusal IS NULL
                )
                UPDATE collections_tmp_plan c
                   SET channel = v.channel, refusal = v.refusal
                  FROM verdict v
                 WHERE v.profile_id = c.profile_id
                """,
                reachable=self._get_reachable_sql(),
                address=self._get_address_sql(),
                opted_out=self._get_opted_out_sql(run.company_id),
            )
        )

    def _get_reachable_sql(self):
        """Return a condition on ``w.channel`` and ``r`` (res_partner): whether the
        channel reaches that person. Override to add a channel."""
        return SQL(
            """
            CASE w.channel
            WHEN 'email' THEN r.email_normalized IS NOT NULL
                          AND COALESCE(r.message_bounce, 0) = 0
            WHEN 'sms' THEN r.phone_sanitized IS NOT NULL
            WHEN 'call' THEN r.phone_sanitized IS NOT NULL
            WHEN 'letter' THEN trim(r.street) <> '' AND trim(r.city) <> ''
            ELSE FALSE END
            """
        )

    def _get_address_sql(self):
        """Return the address, as it is kept on the touchpoint, by which ``w.channel``
        reaches ``r`` (res_partner); NULL when it is never tried in vain."""
        return SQL(
            """
            CASE w.channel WHEN 'email' THEN r.email_normalized
                           WHEN 'letter' THEN NULL
                           ELSE r.phone_sanitized END
            """
        )

    def _get_opted_out_sql(self, company):
        """Return a condition on ``w`` and ``r``: whether that person opted out."""
        condition = SQL(
            """
            EXISTS (SELECT FROM collections_optout o
                     WHERE o.profile_id = w.profile_id AND o.active
                       AND o.channel = w.channel
                       AND (o.partner_id IS NULL OR o.partner_id = r.id))
            """
        )
        if not company.collections_respect_blacklist:
            return condition
        return SQL(
            """
            (%s OR (w.channel = 'email' AND EXISTS (
                        SELECT FROM mail_blacklist b
                         WHERE b.active AND b.email = r.email_normalized))
                OR (w.channel IN ('sms', 'call') AND EXISTS (
                        SELECT FROM phone_blacklist b
                         WHERE b.active AND b.number = r.phone_sanitized)))
            """,
            condition,
        )

    # === WRITING IT DOWN === #

    @api.model
    def _insert_planned(self, run):
        company = run.company_id
        planned = SQL(
            """
            INSERT INTO collections_touchpoint
                   (profile_id, company_id, partner_id, run_id, direction, origin,
                    channel, state, stage_id, kind, tone, episode, occurrence,
                    attempt, scheduled_at, date, lang, user_id, create_uid,
                    create_date, write_uid, write_date)
            SELECT c.profile_id, %(company)s, c.contact_id, %(run)s, 'out',
                   'automatic', c.channel,
                   CASE WHEN %(preview)s THEN 'planned'
                        WHEN s.approval THEN 'to_approve'
                        ELSE 'scheduled' END,
                   c.stage_id, s.kind, s.tone, c.episode, c.occurrence,
                   (SELECT COUNT(*) FROM collections_touchpoint t
                     WHERE t.profile_id = c.profile_id
                       AND t.episode = c.episode
                       AND t.stage_id = c.stage_id
                       AND t.occurrence = c.occurrence
                       AND t.origin = 'automatic'
                       AND t.state IN ('failed', 'bounced')),
                   c.scheduled_at, c.scheduled_at, c.lang,
                   COALESCE(CASE s.signer
                            WHEN 'collector' THEN c.collector_id
                            WHEN 'salesperson' THEN c.salesperson_id END,
                            %(sender)s),
                   %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM collections_tmp_plan c
              JOIN collections_stage s ON s.id = c.stage_id
             WHERE c.refusal IS NULL
          ORDER BY c.profile_id
            ON CONFLICT DO NOTHING
            RETURNING id, profile_id, stage_id, kind, occurrence
            """,
            company=company.id,
            run=run.id,
            preview=company.collections_mode != "live",
            sender=company.collections_sender_id.id or None,
            uid=self.env.uid,
            now=fields.Datetime.now(),
        )
        return self._insert_lines(planned, run.date)

    @api.model
    def _insert_lines(self, touchpoints, as_of):
        """Write down the items that touchpoints speak of, as they are now.

        What is overdue and what falls due soon; nothing after the payment.

        :param SQL touchpoints: a query of their id, profile_id, stage_id, kind and
                                occurrence; may be the one that inserts them
        :return: number of touchpoints
        :rtype: int
        """
        [(count,)] = self.env.execute_query(
            SQL(
                """
                WITH t AS (%(touchpoints)s),
                line AS (
                    INSERT INTO collections_touchpoint_line
                           (touchpoint_id, move_line_id, move_id, name, kind, date_due,
                            currency_id, amount)
                    SELECT t.id, i.id, i.move_id, m.name,
                           CASE WHEN i.date_due < %(as_of)s THEN 'overdue'
                                ELSE 'coming' END,
                           i.date_due, i.currency_id, i.amount_collectible
                      FROM t
                 LEFT JOIN collections_stage s ON s.id = t.stage_id
                 LEFT JOIN collections_policy po ON po.id = s.policy_id
                      JOIN collections_tmp_item i ON i.profile_id = t.profile_id
                      JOIN account_move m ON m.id = i.move_id
                     WHERE i.amount_collectible > 0
                       AND t.kind IS DISTINCT FROM 'after_paid'
                       AND i.date_due <= GREATEST(
                           %(as_of)s::date + COALESCE(po.coming_days, 0),
                           CASE WHEN t.occurrence > 0
                                THEN to_date(t.occurrence::text, 'YYYYMMDD') END)
                  ORDER BY t.id, i.date_due, i.id
                )
                SELECT COUNT(*) FROM t
                """,
                touchpoints=touchpoints,
                as_of=as_of,
            )
        )
        self.env["collections.touchpoint.line"].invalidate_model()
        return count

    def _insert_current_lines(self):
        """Write down the items of these touchpoints anew, from the items that the
        gate has just classified."""
        self._insert_lines(
            SQL(
                """SELECT id, profile_id, stage_id, kind, occurrence
                     FROM collections_touchpoint WHERE id IN %s""",
                self._ids,
            ),
            fields.Date.context_today(self),
        )

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
    def _report_unreached(self, run):
        """Ask the collectors to mend the addresses of those whom the run could not
        reach: after the profiles say who their collector is."""
        self.search(
            [
                ("run_id", "=", run.id),
                ("state", "=", "cancelled"),
                ("refusal", "=", "no_channel"),
            ]
        )._ask_to_mend_addresses()

    @api.model
    def _report_to_next(self):
        """Tell the decision what became of it, for the sentence on the profile."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_next n
                   SET code = c.refusal
                  FROM collections_tmp_plan c
                 WHERE c.profile_id = n.profile_id
                   AND n.code = 'due' AND c.refusal IS NOT NULL
                """
            )
        )
        self._report_open_to_next()

    @api.model
    def _report_open_to_next(self):
        """Tell the decision which steps are planned already, and for when."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_next n
                   SET code = 'planned', next_date = t.scheduled_at::date
                  FROM collections_touchpoint t
                 WHERE t.profile_id = n.profile_id
                   AND t.episode = n.episode
                   AND t.stage_id = n.stage_id
                   AND t.occurrence = n.occurrence
                   AND t.origin = 'automatic'
                   AND t.state IN %s
                   AND n.code = 'due'
                """,
                OPEN_STATES,
            )
        )
