from collections import defaultdict

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
        where = run._get_scope_sql(SQL("p.id"))
        self._withdraw_tasks(run.company_id, where)
        self._load_candidates(run)
        self._plan_hours(run)
        self._plan_channels(run)
        planned = self._insert_planned(run)
        refused = self._insert_refused(run)
        self._report_to_next(run)
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
        and for whom nothing is planned yet."""
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_plan")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_plan ON COMMIT DROP AS
                SELECT n.profile_id, n.stage_id, n.kind, n.episode, n.occurrence,
                       NULLIF(n.code, 'due')::varchar AS refusal,
                       p.timezones,
                       -- The channels, the first to be tried first
                       CASE WHEN p.preferred_channel IS NULL THEN sc.channels
                            ELSE array_prepend(
                                p.preferred_channel,
                                array_remove(sc.channels, p.preferred_channel))
                       END AS wanted,
                       COALESCE(g.found_id, p.collector_id) AS collector_id,
                       COALESCE(p.contact_hour_from, 0) AS hour_from,
                       COALESCE(p.contact_hour_to, 0) AS hour_to,
                       p.contact_id, rp.user_id AS salesperson_id, c.lang,
                       COALESCE(rp.country_id, co.country_id) AS country_id,
                       NULLIF(c.country_id, COALESCE(rp.country_id, co.country_id))
                           AS recipient_country_id,
                       (rp.is_company IS NOT TRUE
                        OR company.collections_business = 'b2c') AS consumer,
                       -- Counted before anything is planned: in the statement that
                       -- plans, each count would read what it has written so far
                       (SELECT COUNT(*) FROM collections_touchpoint t
                         WHERE t.profile_id = n.profile_id
                           AND t.episode = n.episode
                           AND t.stage_id = n.stage_id
                           AND t.occurrence = n.occurrence
                           AND t.origin = 'automatic'
                           AND t.state IN ('failed', 'bounced')) AS attempt,
                       NULL::timestamp AS scheduled_at, NULL::varchar AS channel
                  FROM collections_tmp_next n
                  JOIN collections_profile p ON p.id = n.profile_id
             LEFT JOIN (SELECT stage_id,
                               array_agg(channel ORDER BY sequence, id) AS channels
                          FROM collections_stage_channel
                      GROUP BY stage_id) AS sc ON sc.stage_id = n.stage_id
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
                           AND t.origin = 'automatic' AND t.direction = 'out'
                           AND t.state NOT IN ('cancelled', 'failed', 'bounced'))
                """,
                as_of=run.date,
            )
        )
        cr.execute(
            "ANALYZE collections_tmp_plan"
            " (profile_id, stage_id, refusal, channel, contact_id)"
        )

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
                """SELECT DISTINCT timezones, country_id, recipient_country_id,
                          consumer, hour_from, hour_to
                     FROM collections_tmp_plan WHERE refusal IS NULL"""
            )
        )
        slots = defaultdict(list)
        for place in rows:
            timezones, country_id, recipient_country_id, consumer, *wish = place
            applicable = rules._filter_applicable(
                country_id, consumer, recipient_country_id
            )
            slot = next_permitted(
                earliest,
                tuple((timezones or "UTC").split(",")),
                with_wish(applicable._get_windows(holidays), *wish),
            )
            slots[applicable, slot and slot.date()].append((*place, slot))
        for (applicable, day), places in slots.items():
            self._plan_slots(applicable, day, places)

    @api.model
    def _plan_slots(self, rules, day, places):
        """Give the candidates of some places their hour, or the reason why not.

        :param rules: the contact rules that apply to all of them
        :param date day: the day of all these hours, None when there is none
        :param list places: (time zones, country, that of the recipient if it is
                            another, consumer or not, first and last hour wished for,
                            hour in UTC)
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_plan c
                   SET scheduled_at = n.slot,
                       refusal = CASE
                           WHEN n.slot IS NULL THEN 'no_hours'
                           WHEN %(quiet)s THEN 'quiet'
                           WHEN %(budget)s THEN 'budget'
                       END
                  FROM unnest(%(timezones)s::varchar[], %(country)s::int[],
                              %(recipient_country)s::int[], %(consumer)s::bool[],
                              %(hour_from)s::float8[], %(hour_to)s::float8[],
                              %(slot)s::timestamp[])
                       AS n(timezones, country_id, recipient_country_id, consumer,
                            hour_from, hour_to, slot)
                 WHERE c.refusal IS NULL
                   AND COALESCE(c.timezones, '') = COALESCE(n.timezones, '')
                   AND COALESCE(c.country_id, 0) = COALESCE(n.country_id, 0)
                   AND COALESCE(c.recipient_country_id, 0)
                       = COALESCE(n.recipient_country_id, 0)
                   AND c.consumer = n.consumer
                   AND c.hour_from = n.hour_from
                   AND c.hour_to = n.hour_to
                """,
                quiet=rules._get_quiet_sql(day),
                budget=rules._get_budget_sql(day),
                **dict(
                    zip(
                        (
                            *("timezones", "country", "recipient_country"),
                            *("consumer", "hour_from", "hour_to", "slot"),
                        ),
                        map(list, zip(*places, strict=True)),
                        strict=True,
                    )
                ),
            )
        )

    @api.model
    def _get_earliest(self, run):
        """Return the first instant, naive UTC, that a message of the run may leave:
        now, or the beginning of another day that the run looks from."""
        now = fields.Datetime.now()
        if run.date == fields.Date.context_today(run):
            return now
        return run.company_id._collections_midnight(run.date)
