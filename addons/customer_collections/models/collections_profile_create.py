from odoo import api, fields, models
from odoo.tools import SQL

# From so many new rows on the planner needs to know of them at once.
ANALYZE_FROM = 500


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    @api.model
    def _create_missing(self, company):
        """Create a profile for every customer with receivable items.

        :return: ids of the new profiles
        """
        self.env["account.move.line"].flush_model()
        self.env["res.partner"].flush_model()
        self.flush_model()
        # With recipient and time zone: to change a row just written costs as much
        # again as to write it.
        missing = self.env.execute_query(
            SQL(
                """
                SELECT r.id, c.id, %(source)s
                  FROM (
                    SELECT DISTINCT rp.commercial_partner_id AS partner_id
                      FROM account_move_line l
                      JOIN account_account a
                        ON a.id = l.account_id
                       AND a.account_type = 'asset_receivable'
                       AND a.non_trade IS NOT TRUE
                      JOIN res_partner rp ON rp.id = l.partner_id
                      JOIN res_company company ON company.id = l.company_id
                     WHERE l.reconciled IS NOT TRUE
                       AND l.parent_state = 'posted'
                       AND split_part(company.parent_path, '/', 1)::int = %(company)s
                       AND NOT EXISTS (
                            SELECT FROM collections_profile p
                             WHERE p.partner_id = rp.commercial_partner_id
                               AND p.company_id = %(company)s)
                  ) AS m
                  JOIN res_partner r ON r.id = m.partner_id
             LEFT JOIN (%(recipients)s) AS o ON o.commercial_partner_id = r.id
                  JOIN res_partner c ON c.id = COALESCE(o.id, r.id)
             LEFT JOIN res_country co ON co.id = COALESCE(c.country_id, r.country_id)
             LEFT JOIN res_country_state st ON st.id = COALESCE(c.state_id, r.state_id)
              ORDER BY r.id
                """,
                company=company.id,
                source=self._get_timezone_source_sql(),
                recipients=self._get_recipients_sql(),
            )
        )
        if not missing:
            return []
        partners, contacts, sources = map(list, zip(*missing, strict=True))
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO collections_profile
                       (partner_id, company_id, contact_id, timezone_source, timezones,
                        active, episode, create_uid, create_date, write_uid,
                        write_date)
                SELECT n.partner_id, %(company)s, n.contact_id, n.source, n.zones,
                       TRUE, 1, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(%(partners)s::int[], %(contacts)s::int[],
                              %(sources)s::varchar[], %(zones)s::varchar[])
                       AS n(partner_id, contact_id, source, zones)
                ON CONFLICT DO NOTHING
                RETURNING id
                """,
                company=company.id,
                partners=partners,
                contacts=contacts,
                sources=sources,
                zones=self._find_timezones(company, sources),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        if len(rows) > ANALYZE_FROM:
            # The first run of a company reads what it has just written: without
            # statistics the planner takes the table for empty and loops over it.
            self.env.cr.execute("ANALYZE collections_profile")
        return [row[0] for row in rows]

    @api.model
    def _get_or_create(self, partner, company):
        """Return a customer's profile, also of one whom no run has seen yet.

        :param partner: a commercial partner
        :param company: a root company
        """
        values = {"partner_id": partner.id, "company_id": company.id}
        domain = [(name, "=", value) for name, value in values.items()]
        profiles = self.with_context(active_test=False)
        return profiles.search(domain) or self.create(values)
