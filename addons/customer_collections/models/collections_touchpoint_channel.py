from odoo import api, models
from odoo.tools import SQL

# By which channels are chosen.
MODELS = ("res.partner", "collections.optout", "mail.blacklist", "phone.blacklist")


class CollectionsTouchpoint(models.Model):
    """By which channel a step is taken."""

    _inherit = "collections.touchpoint"

    @api.model
    def _flush_channels(self):
        """Write down what is still in memory of what channels are chosen by."""
        for model in MODELS:
            self.env[model].flush_model()

    @api.model
    def _plan_channels(self, run):
        """Choose each candidate's channel: their preference first, at every risk,
        then the stage's order; only what reaches them and they did not opt out of,
        and not what already failed for this step.

        Most are reached by the first, which ``_load_candidates`` has tried: the next
        are looked up for those left only.
        """
        [(left, most)] = self.env.execute_query(
            SQL(
                """SELECT COUNT(*), COALESCE(MAX(cardinality(wanted)), 0)
                     FROM collections_tmp_plan
                    WHERE refusal IS NULL AND channel IS NULL"""
            )
        )
        for position in range(2, most + 1):
            if left:
                left -= self._try_channel(run.company_id, position)
        if left:
            self._refuse_unreached(run.company_id)

    @api.model
    def _try_channel(self, company, position):
        """Give the candidates without a channel the one at a position, from 1, of
        those wanted, if it serves.

        :return: number of candidates that have one now
        :rtype: int
        """
        left = SQL(
            """(SELECT * FROM collections_tmp_plan
                 WHERE refusal IS NULL AND channel IS NULL)"""
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_plan c
                   SET channel = served.channel
                  FROM (%s) AS served
                 WHERE c.profile_id = served.profile_id
                """,
                self._get_served_sql(company, left, position),
            )
        )
        return self.env.cr.rowcount

    def _get_served_sql(self, company, candidates, position):
        """Return which candidates the channel at a position of those wanted serves.

        :param SQL candidates: a table or query with the columns profile_id, stage_id,
                               episode, occurrence, contact_id and wanted
        :param int position: from 1
        :return: a query with the columns profile_id and channel
        :rtype: SQL
        """
        return SQL(
            """
            SELECT w.profile_id, w.channel
              FROM (
                SELECT profile_id, stage_id, episode, occurrence, contact_id,
                       wanted[%(position)s] AS channel
                  FROM %(candidates)s AS candidate
                 WHERE wanted[%(position)s] IS NOT NULL
              ) AS w
              JOIN res_partner r ON r.id = w.contact_id
         LEFT JOIN res_partner firm ON firm.id = r.commercial_partner_id
             WHERE %(reachable)s
               AND %(permitted)s
               AND NOT EXISTS (
                       SELECT FROM collections_touchpoint t
                        WHERE t.profile_id = w.profile_id
                          AND t.episode = w.episode
                          AND t.stage_id = w.stage_id
                          AND t.occurrence = w.occurrence
                          AND t.origin = 'automatic'
                          AND t.channel = w.channel
                          AND t.state IN ('failed', 'bounced')
                          -- A text or address that was mended may leave
                          AND t.address = %(address)s)
            """,
            position=position,
            candidates=candidates,
            reachable=self._get_reachable_sql(),
            address=self._get_address_sql(),
            permitted=self._get_permitted_sql(company),
        )

    @api.model
    def _refuse_unreached(self, company):
        """Say why not of those whom no channel serves."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_plan c
                   SET refusal = CASE WHEN EXISTS (
                           SELECT FROM (
                               SELECT c.profile_id, unnest(c.wanted) AS channel) AS w
                             JOIN res_partner r ON r.id = c.contact_id
                        LEFT JOIN res_partner firm ON firm.id = r.commercial_partner_id
                            WHERE %(reachable)s AND NOT (%(permitted)s))
                       THEN 'opted_out' ELSE 'no_channel' END
                 WHERE c.refusal IS NULL AND c.channel IS NULL
                """,
                reachable=self._get_reachable_sql(),
                permitted=self._get_permitted_sql(company),
            )
        )

    def _get_reachable_sql(self):
        """Return a condition on ``w.channel``, ``r`` (res_partner) and ``firm``, their
        commercial partner: whether the channel reaches that person, at work if they
        have no number or street of their own. Override to add a channel."""
        return SQL(
            """
            CASE w.channel
            WHEN 'email' THEN r.email_normalized IS NOT NULL
                          AND COALESCE(r.message_bounce, 0) = 0
            WHEN 'sms' THEN %(number)s IS NOT NULL
            WHEN 'call' THEN %(number)s IS NOT NULL
            WHEN 'letter' THEN %(street)s OR %(firm_street)s
            ELSE FALSE END
            """,
            number=self._get_number_sql(),
            street=self._get_street_sql(SQL("r")),
            firm_street=self._get_street_sql(SQL("firm")),
        )

    def _get_number_sql(self):
        """Return the number by which ``r`` is reached, as ``_get_phone_partner``."""
        return SQL("COALESCE(r.phone_sanitized, firm.phone_sanitized)")

    def _get_street_sql(self, partner):
        """Return the condition that a partner has a postal address."""
        return SQL("(trim(%(p)s.street) <> '' AND trim(%(p)s.city) <> '')", p=partner)

    def _get_address_sql(self):
        """Return the address, as it is kept on the touchpoint, by which ``w.channel``
        reaches ``r`` (res_partner); NULL when it is never tried in vain."""
        return SQL(
            """
            CASE w.channel WHEN 'email' THEN r.email_normalized
                           WHEN 'letter' THEN NULL
                           ELSE %s END
            """,
            self._get_number_sql(),
        )

    def _get_permitted_sql(self, company):
        """Return a condition on ``w``, ``r`` and ``firm``: that person did not opt out
        of the channel. Of ``NOT EXISTS`` joined by ``AND`` alone: the database looks
        such things up for all customers at once, under an ``OR`` for each in turn."""
        condition = SQL(
            """
            NOT EXISTS (SELECT FROM collections_optout o
                     LEFT JOIN res_partner who ON who.id = o.partner_id
                     LEFT JOIN res_partner theirs
                            ON theirs.id = who.commercial_partner_id
                         WHERE o.profile_id = w.profile_id AND o.active
                           AND o.channel = w.channel
                           AND (who.id IS NULL OR who.id = r.id
                                -- Another contact, the same mailbox or number
                                OR CASE w.channel
                                   WHEN 'email'
                                   THEN who.email_normalized = r.email_normalized
                                   WHEN 'letter'
                                   THEN who.id = firm.id AND %(street)s IS NOT TRUE
                                   ELSE COALESCE(who.phone_sanitized,
                                                 theirs.phone_sanitized)
                                        = %(number)s END))
            """,
            number=self._get_number_sql(),
            street=self._get_street_sql(SQL("r")),
        )
        if not company.collections_respect_blacklist:
            return condition
        return SQL(
            """
            %(condition)s AND NOT EXISTS (
                SELECT FROM mail_blacklist b
                 WHERE b.active AND b.email = r.email_normalized
                   AND w.channel = 'email')
            AND NOT EXISTS (
                SELECT FROM phone_blacklist b
                 WHERE b.active AND b.number = %(number)s
                   AND w.channel IN ('sms', 'call'))
            """,
            condition=condition,
            number=self._get_number_sql(),
        )
