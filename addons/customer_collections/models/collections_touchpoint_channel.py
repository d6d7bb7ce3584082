from odoo import api, models
from odoo.tools import SQL


class CollectionsTouchpoint(models.Model):
    """By which channel a step is taken."""

    _inherit = "collections.touchpoint"

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
                best AS (
                    SELECT DISTINCT ON (w.profile_id) w.profile_id, w.channel
                      FROM wanted w
                      JOIN res_partner r ON r.id = w.contact_id
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
                  ORDER BY w.profile_id, w.preferred DESC NULLS LAST, w.sequence,
                           w.position
                ),
                -- Few: why not is looked up for them alone
                unreached AS MATERIALIZED (
                    SELECT w.*
                      FROM wanted w
                     WHERE NOT EXISTS (
                            SELECT FROM best b WHERE b.profile_id = w.profile_id)
                ),
                unwanted AS (
                    SELECT DISTINCT w.profile_id
                      FROM unreached w
                      JOIN res_partner r ON r.id = w.contact_id
                     WHERE %(reachable)s AND NOT (%(permitted)s)
                ),
                verdict AS (
                    SELECT c.profile_id, b.channel,
                           CASE WHEN b.channel IS NOT NULL THEN NULL
                                WHEN u.profile_id IS NOT NULL THEN 'opted_out'
                                ELSE 'no_channel' END AS refusal
                      FROM collections_tmp_plan c
                 LEFT JOIN best b ON b.profile_id = c.profile_id
                 LEFT JOIN unwanted u ON u.profile_id = c.profile_id
                     WHERE c.refusal IS NULL
                )
                UPDATE collections_tmp_plan c
                   SET channel = v.channel, refusal = v.refusal
                  FROM verdict v
                 WHERE v.profile_id = c.profile_id
                """,
                reachable=self._get_reachable_sql(),
                address=self._get_address_sql(),
                permitted=self._get_permitted_sql(run.company_id),
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

    def _get_permitted_sql(self, company):
        """Return a condition on ``w`` and ``r``: that person did not opt out of the
        channel. Of ``NOT EXISTS`` joined by ``AND`` alone: the database looks such
        things up for all customers at once, under an ``OR`` for each in turn."""
        condition = SQL(
            """
            NOT EXISTS (SELECT FROM collections_optout o
                         WHERE o.profile_id = w.profile_id AND o.active
                           AND o.channel = w.channel
                           AND (o.partner_id IS NULL OR o.partner_id = r.id))
            """
        )
        if not company.collections_respect_blacklist:
            return condition
        return SQL(
            """
            %s AND NOT EXISTS (
                SELECT FROM mail_blacklist b
                 WHERE b.active AND b.email = r.email_normalized
                   AND w.channel = 'email')
            AND NOT EXISTS (
                SELECT FROM phone_blacklist b
                 WHERE b.active AND b.number = r.phone_sanitized
                   AND w.channel IN ('sms', 'call'))
            """,
            condition,
        )
