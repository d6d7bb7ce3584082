from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.contact_hours import next_permitted, with_wish
from .collections_profile_figures import columns_of

# On what the hours of a customer depend, see ``_get_place_columns``.
PLACE = (
    "timezones",
    "country_id",
    "recipient_country_id",
    "consumer",
    "hour_from",
    "hour_to",
)
# And the hour itself, in UTC; the number of the rules that apply there.
HOUR = (*PLACE, "scheduled_at", "ruled")


class CollectionsTouchpoint(models.Model):
    """At which hour a step may be taken."""

    _inherit = "collections.touchpoint"

    @api.model
    def _get_place_columns(self):
        """Return the columns ``PLACE``, on which the hours of a customer depend: of
        ``p`` (profile), ``rp`` (customer), ``c`` (recipient), ``company`` and ``co``,
        its partner. None is NULL: they are joined by.

        :rtype: SQL
        """
        return SQL(
            """
            COALESCE(p.timezones, '') AS timezones,
            COALESCE(rp.country_id, co.country_id, 0) AS country_id,
            -- Of the recipient, if it is another
            COALESCE(NULLIF(c.country_id, COALESCE(rp.country_id, co.country_id)), 0)
                AS recipient_country_id,
            (rp.is_company IS NOT TRUE OR company.collections_business = 'b2c')
                AS consumer,
            COALESCE(p.contact_hour_from, 0) AS hour_from,
            COALESCE(p.contact_hour_to, 0) AS hour_to
            """
        )

    @api.model
    def _load_hours(self, run):
        """Leave in ``collections_tmp_hour`` the first hour that every contact rule
        permits at each place of the candidates, and keep from whom a rule asks quiet.

        Worked out once per place and kind of customer, not per customer.
        """
        rules = self.env["collections.contact.rule"]._get_active_rules(run.company_id)
        holidays = rules._get_holidays(run.company_id, run.date)
        earliest = self._get_earliest(run)
        places = self.env.execute_query(
            SQL(
                "SELECT DISTINCT %s FROM collections_tmp_plan WHERE refusal IS NULL",
                columns_of("collections_tmp_plan", PLACE),
            )
        )
        hours, ruled = [], {}
        for place in places:
            timezones, country_id, recipient_country_id, consumer, *wish = place
            applicable = rules._filter_applicable(
                country_id, consumer, recipient_country_id
            )
            hour = next_permitted(
                earliest,
                tuple((timezones or "UTC").split(",")),
                with_wish(applicable._get_windows(holidays), *wish),
            )
            number = ruled.setdefault((applicable, hour and hour.date()), len(ruled))
            hours.append((*place, hour, number))
        self._keep_hours(hours)
        for (applicable, day), number in ruled.items():
            self._refuse_by_rules(applicable, day, number)

    @api.model
    def _keep_hours(self, hours):
        """Write down the hours, for the candidates to be joined with.

        :param list hours: the values of ``HOUR``, a tuple a place
        """
        columns = map(list, zip(*hours, strict=True)) if hours else [[]] * len(HOUR)
        self.env.cr.execute("DROP TABLE IF EXISTS collections_tmp_hour")
        self.env.cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE collections_tmp_hour ON COMMIT DROP AS
                   SELECT * FROM unnest(
                       %s::varchar[], %s::int[], %s::int[], %s::bool[], %s::float8[],
                       %s::float8[], %s::timestamp[], %s::int[]) AS hour(%s)""",
                *columns,
                SQL(", ").join(map(SQL.identifier, HOUR)),
            )
        )
        # There are few: the planner takes them for many.
        self.env.cr.execute("ANALYZE collections_tmp_hour")

    @api.model
    def _refuse_by_rules(self, rules, day, ruled):
        """Keep the reason of the candidates against whom some contact rules stand.

        :param rules: the contact rules that apply to all of them
        :param date day: the day of their hours, None when there is none
        :param int ruled: the number of the rules in ``collections_tmp_hour``
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_plan c
                   SET refusal = CASE WHEN h.scheduled_at IS NULL THEN 'no_hours'
                                      WHEN %(quiet)s THEN 'quiet'
                                      ELSE 'budget' END
                  FROM collections_tmp_hour h
                 WHERE c.refusal IS NULL AND h.ruled = %(ruled)s AND %(there)s
                   AND (h.scheduled_at IS NULL
                        -- Asked once: in a first run nobody was written to yet
                        OR ((SELECT EXISTS (SELECT FROM collections_touchpoint))
                            AND (%(quiet)s OR %(budget)s)))
                """,
                ruled=ruled,
                there=self._get_there_sql(),
                quiet=rules._get_quiet_sql(day),
                budget=rules._get_budget_sql(day),
            )
        )

    def _get_there_sql(self):
        """Return the condition that a row ``h`` of ``collections_tmp_hour`` is that of
        the candidate ``c``.

        :rtype: SQL
        """
        return SQL(" AND ").join(
            SQL("c.%(column)s = h.%(column)s", column=column)
            for column in map(SQL.identifier, PLACE)
        )

    @api.model
    def _get_earliest(self, run):
        """Return the first instant, naive UTC, that a message of the run may leave:
        now, or the beginning of another day that the run looks from."""
        now = fields.Datetime.now()
        if run.date == fields.Date.context_today(run):
            return now
        return run.company_id._collections_midnight(run.date)
