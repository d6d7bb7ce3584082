from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.timezones import candidate_zones
from .collections_profile_behaviour import LEARNED

# From so many new rows on the planner needs to know of them at once.
ANALYZE_FROM = 500
# Figures of the profile that the sync writes, in the order of the aggregate.
AMOUNTS = [
    "amount_ledger",
    "amount_collectible",
    "amount_held",
    "amount_credit",
    "amount_overdue",
    "amount_aging_0",
    "amount_aging_1",
    "amount_aging_2",
    "amount_aging_3",
    "amount_aging_4",
    "amount_aging_5",
]


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    # === ONE PASS === #

    @api.model
    def _sync(self, run):
        """Bring every profile of the run's company in line with the ledger.

        :param run: a ``collections.run``; its company and date count
        :return: number of profiles that changed
        :rtype: int
        """
        company = run.company_id
        self._sync_recipients(company)
        self._sync_timezones(company)
        self._load_items(company, run.date)
        learned = self._load_behaviour(company, run.date)
        changed = self._write_balances(company, run.date, learned=learned)
        self._clear_stale(company)
        self.invalidate_model()
        return changed

    def _refresh(self, as_of=None):
        """Bring these profiles in line with the ledger now: the gate relies on it.

        :param date as_of: today if not given
        """
        as_of = as_of or fields.Date.context_today(self)
        for company, profiles in self.grouped("company_id").items():
            where = SQL("p.id IN %s", profiles._ids)
            self.env["collections.agreement"]._judge_all(company, as_of, profiles)
            self._load_items(company, as_of, where)
            self._write_balances(company, as_of, where)
            self._sync_hold_effects(company, as_of, where)
            self._clear_stale(company, profiles)
        self.invalidate_recordset()

    @api.model
    def _refresh_stale(self, company=None):
        """Refresh the profiles whose ledger moved since they were last looked at.

        :return: the profiles refreshed
        """
        stale = self.env["collections.stale"].sudo()
        profiles = stale._take_profiles(company)
        if profiles:
            profiles._refresh()
        return profiles

    # === STEPS === #

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

    @api.model
    def _load_items(self, company, as_of, where=None):
        """Put the classified items into a temporary table for the steps to share.

        Filled once per pass, because classifying is the dear part of it.
        """
        item = self.env["collections.item"]
        for model, fnames in item._depends.items():
            self.env[model].flush_model(fnames)
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_item, collections_tmp_sum")
        condition = SQL("p.company_id = %s", company.id)
        if where:
            condition = SQL("%s AND %s", condition, where)
        cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE collections_tmp_item ON COMMIT DROP AS
                   %s""",
                item._get_items_sql(as_of, condition),
            )
        )
        cr.execute("ANALYZE collections_tmp_item")
        self._load_sums(company, as_of)

    @api.model
    def _load_sums(self, company, as_of):
        """Add the items up once, per customer and currency and in that currency, for
        all the steps that need sums: ``collections_tmp_sum``.

        ``late`` is what is owed and late, held or not, but for what is excluded from
        follow-up; ``overdue`` what may be asked for of it.
        """
        limits = company._get_collections_aging_limits()
        bucket = SQL("CASE WHEN late < 1 THEN 0")
        for position, limit in enumerate(limits, start=1):
            bucket = SQL("%s WHEN late <= %s THEN %s", bucket, limit, position)
        bucket = SQL("%s ELSE %s END", bucket, len(limits) + 1)
        buckets = SQL(", ").join(
            SQL(
                "COALESCE(SUM(amount_collectible) FILTER (WHERE bucket = %s), 0) AS %s",
                position,
                SQL.identifier(f"aging_{position}"),
            )
            for position in range(len(limits) + 2)
        )
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_sum ON COMMIT DROP AS
                SELECT profile_id, currency_id, factor,
                       SUM(amount_residual) AS ledger,
                       SUM(amount_collectible) AS collectible,
                       SUM(amount_held + amount_pending) AS held,
                       SUM(LEAST(amount_residual, 0) + amount_covered) AS credit,
                       SUM(amount_covered) AS credit_applied,
                       COALESCE(SUM(amount_collectible) FILTER (WHERE late > 0), 0)
                           AS overdue,
                       MIN(date_due) FILTER (
                           WHERE late > 0 AND amount_collectible > 0) AS overdue_due,
                       COALESCE(SUM(amount_collectible + amount_held) FILTER (
                           WHERE late > 0 AND NOT no_followup), 0) AS late,
                       MIN(date_due) FILTER (
                           WHERE late > 0 AND NOT no_followup
                             AND amount_collectible + amount_held > 0) AS late_due,
                       COUNT(*) FILTER (WHERE amount_residual > 0) AS item_count,
                       COUNT(*) FILTER (WHERE late > 0 AND amount_collectible > 0)
                           AS overdue_count,
                       %(buckets)s
                  FROM (
                    SELECT *, %(bucket)s AS bucket
                      FROM (
                        SELECT *, %(as_of)s::date - date_due AS late
                          FROM collections_tmp_item
                      ) AS dated
                  ) AS item
              GROUP BY profile_id, currency_id, factor
                """,
                as_of=as_of,
                bucket=bucket,
                buckets=buckets,
            )
        )
        cr.execute("ANALYZE collections_tmp_sum")

    @api.model
    def _write_balances(self, company, as_of, where=None, learned=False):
        """Write balances per currency and figures per profile; only what differs.

        All in one statement, since each one makes a new version of the whole row.

        :param bool learned: whether ``_load_behaviour`` has left figures to write
        :return: number of profiles whose balances changed
        """
        where = where or SQL("TRUE")
        self._write_currency_balances(company, where)
        digits = company.currency_id.decimal_places
        sums = ["ledger", "collectible", "held", "credit", "overdue"]
        sums += [f"aging_{position}" for position in range(6)]
        columns = [SQL.identifier(name) for name in AMOUNTS]
        values = SQL(", ").join(
            SQL(
                "round(COALESCE(SUM(%s * factor), 0)::numeric, %s) AS %s",
                SQL.identifier(name),
                digits,
                column,
            )
            for name, column in zip(sums, columns, strict=True)
        )
        plain = [
            SQL.identifier(name)
            for name in ("oldest_due_date", "item_count", "overdue_count")
        ]
        behaviour = [SQL.identifier(name) for name in LEARNED] if learned else []
        new = SQL(", ").join(SQL("COALESCE(a.%s, 0) AS %s", c, c) for c in columns)
        figures = [*columns, *plain]
        targets = [*figures, *behaviour]

        def tuple_of(alias, names):
            return SQL(", ").join(SQL("%s.%s", SQL.identifier(alias), c) for c in names)

        now = fields.Datetime.now()
        [(changed,)] = self.env.execute_query(
            SQL(
                """
                WITH written AS (
                UPDATE collections_profile p
                   SET %(assign)s,
                       refreshed_at = CASE
                           WHEN (%(old_figures)s) IS DISTINCT FROM (%(new_figures)s)
                           THEN %(now)s ELSE p.refreshed_at END
                  FROM (
                    SELECT p.id, %(new)s, a.oldest_due_date,
                           COALESCE(a.item_count, 0) AS item_count,
                           COALESCE(a.overdue_count, 0) AS overdue_count %(learned)s
                      FROM collections_profile p
                 LEFT JOIN (
                        SELECT profile_id, %(values)s,
                               MIN(overdue_due) FILTER (WHERE factor > 0)
                                   AS oldest_due_date,
                               SUM(item_count) AS item_count,
                               SUM(overdue_count) FILTER (WHERE factor > 0)
                                   AS overdue_count
                          FROM collections_tmp_sum
                      GROUP BY profile_id
                      ) AS a ON a.profile_id = p.id
                      %(behaviour)s
                     WHERE p.company_id = %(company)s AND %(where)s
                  ) AS n
                 WHERE p.id = n.id
                   AND (%(old)s) IS DISTINCT FROM (%(fresh)s)
             RETURNING p.refreshed_at
                )
                SELECT COUNT(*) FROM written WHERE refreshed_at = %(now)s
                """,
                assign=SQL(", ").join(SQL("%s = n.%s", c, c) for c in targets),
                old_figures=tuple_of("p", figures),
                new_figures=tuple_of("n", figures),
                old=tuple_of("p", targets),
                fresh=tuple_of("n", targets),
                new=new,
                values=values,
                learned=SQL("").join(SQL(", b.%s", c) for c in behaviour),
                behaviour=SQL("JOIN collections_tmp_behaviour b ON b.id = p.id")
                if behaviour
                else SQL(),
                company=company.id,
                where=where,
                now=now,
            )
        )
        return changed

    @api.model
    def _write_currency_balances(self, company, where):
        self.env["collections.balance"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM collections_balance b
                     USING collections_profile p
                     WHERE p.id = b.profile_id
                       AND p.company_id = %(company)s
                       AND %(where)s
                       AND NOT EXISTS (
                            SELECT FROM collections_tmp_sum f
                             WHERE f.profile_id = b.profile_id
                               AND f.currency_id = b.currency_id)
                )
                INSERT INTO collections_balance AS b
                       (profile_id, currency_id, amount_ledger, amount_collectible,
                        amount_held, amount_credit, credit_applied, amount_overdue,
                        oldest_due_date)
                SELECT f.profile_id, f.currency_id, f.ledger, f.collectible, f.held,
                       f.credit, f.credit_applied, f.overdue, f.overdue_due
                  FROM collections_tmp_sum f
             LEFT JOIN collections_balance o
                    ON o.profile_id = f.profile_id AND o.currency_id = f.currency_id
                 WHERE (o.amount_ledger, o.amount_collectible, o.amount_held,
                        o.amount_credit, o.credit_applied, o.amount_overdue,
                        o.oldest_due_date)
                       IS DISTINCT FROM
                       (f.ledger, f.collectible, f.held, f.credit, f.credit_applied,
                        f.overdue, f.overdue_due)
           ON CONFLICT (profile_id, currency_id) DO UPDATE
                   SET amount_ledger = EXCLUDED.amount_ledger,
                       amount_collectible = EXCLUDED.amount_collectible,
                       amount_held = EXCLUDED.amount_held,
                       amount_credit = EXCLUDED.amount_credit,
                       credit_applied = EXCLUDED.credit_applied,
                       amount_overdue = EXCLUDED.amount_overdue,
                       oldest_due_date = EXCLUDED.oldest_due_date
                """,
                company=company.id,
                where=where,
            )
        )
        self.env["collections.balance"].invalidate_model()

    @api.model
    def _sync_hold_effects(self, company, as_of, where=None):
        """Write the strongest active hold on the whole customer to the profile."""
        self.env["collections.hold"].flush_model()
        self.flush_model(["hold_effect"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET hold_effect = n.effect
                  FROM (
                    SELECT p.id,
                           CASE MAX(CASE
                                WHEN h.effect = 'silence' THEN 3
                                WHEN h.effect = 'pause' AND h.scope = 'all' THEN 2
                                WHEN h.id IS NOT NULL THEN 1 END)
                           WHEN 3 THEN 'silence' WHEN 2 THEN 'pause'
                           WHEN 1 THEN 'exclude' END AS effect
                      FROM collections_profile p
                 LEFT JOIN collections_hold h
                        ON h.profile_id = p.id
                       AND h.state = 'active'
                       AND h.date_start <= %(as_of)s
                       AND (h.date_end IS NULL OR h.date_end >= %(as_of)s)
                       -- Silence about chosen items leaves the others to be spoken of
                       AND NOT (h.effect = 'silence' AND h.scope <> 'all')
                     WHERE p.company_id = %(company)s AND %(where)s
                  GROUP BY p.id
                  ) AS n
                 WHERE n.id = p.id AND p.hold_effect IS DISTINCT FROM n.effect
                """,
                as_of=as_of,
                company=company.id,
                where=where or SQL("TRUE"),
            )
        )

    @api.model
    def _sync_recipients(self, company):
        """Choose who receives what is said: the follow-up contact where Odoo
        Enterprise knows one, else the invoice contact, else the customer."""
        self.env["res.partner"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET contact_id = n.contact_id
                  FROM (
                    SELECT p.id, COALESCE(c.id, p.partner_id) AS contact_id
                      FROM collections_profile p
                 LEFT JOIN (%(recipients)s) AS c
                        ON c.commercial_partner_id = p.partner_id
                     WHERE p.company_id = %(company)s
                       AND NOT EXISTS (
                            SELECT FROM collections_pin pin
                             WHERE pin.profile_id = p.id
                               AND pin.kind = 'contact' AND pin.active)
                  ) AS n
                 WHERE n.id = p.id AND p.contact_id IS DISTINCT FROM n.contact_id
                """,
                recipients=self._get_recipients_sql(),
                company=company.id,
            )
        )

    def _get_recipients_sql(self):
        """Return the SQL of the contact of each customer who is written to instead
        of the customer. Columns: commercial_partner_id, id."""
        return SQL(
            """
            SELECT DISTINCT ON (commercial_partner_id) commercial_partner_id, id
              FROM res_partner
             WHERE type IN ('followup', 'invoice')
               AND active
               AND id <> commercial_partner_id
          ORDER BY commercial_partner_id, type = 'followup' DESC,
                   email_normalized IS NOT NULL DESC, id
            """
        )

    @api.model
    def _sync_timezones(self, company):
        """Find the time zones of customers whose address or number changed."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT n.source, array_agg(n.id)
                  FROM (
                    SELECT p.id, p.timezone_source, %(source)s AS source
                      FROM collections_profile p
                      JOIN res_partner r ON r.id = p.partner_id
                      JOIN res_partner c ON c.id = COALESCE(p.contact_id, r.id)
                 LEFT JOIN res_country co
                        ON co.id = COALESCE(c.country_id, r.country_id)
                 LEFT JOIN res_country_state st
                        ON st.id = COALESCE(c.state_id, r.state_id)
                     WHERE p.company_id = %(company)s
                  ) AS n
                 WHERE n.timezone_source IS DISTINCT FROM n.source
              GROUP BY n.source
                """,
                source=self._get_timezone_source_sql(),
                company=company.id,
            )
        )
        if not rows:
            return
        found = self._find_timezones(company, [source for source, _ids in rows])
        ids, sources, zones = [], [], []
        for (source, profile_ids), zone in zip(rows, found, strict=True):
            ids += profile_ids
            sources += [source] * len(profile_ids)
            zones += [zone] * len(profile_ids)
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET timezone_source = n.source, timezones = n.zones
                  FROM unnest(%s::int[], %s::varchar[], %s::varchar[])
                       AS n(id, source, zones)
                 WHERE p.id = n.id
                """,
                ids,
                sources,
                zones,
            )
        )

    def _get_timezone_source_sql(self):
        """Return what the time zone depends on, as one text: of ``c`` (recipient),
        ``r`` (customer), and the country ``co`` and state ``st`` of either."""
        return SQL(
            """concat_ws('|', COALESCE(co.code, ''), COALESCE(st.code, ''),
                         COALESCE(c.phone, r.phone, ''))"""
        )

    @api.model
    def _find_timezones(self, company, sources):
        """Return the time zones, joined by commas, for each of these sources.

        :param list sources: see ``_get_timezone_source_sql``
        :rtype: list[str]
        """
        # A customer without country and phone is taken to live where the company is.
        fallback = company.resource_calendar_id.tz or "UTC"
        default_country = company.country_id.code
        zones = []
        for source in sources:
            country, state, phone = source.split("|", 2)
            zones.append(
                ",".join(
                    candidate_zones(
                        country or (None if phone.startswith("+") else default_country),
                        state or None,
                        phone or None,
                        fallback,
                    )
                )
            )
        return zones

    @api.model
    def _clear_stale(self, company, profiles=None):
        self.env["collections.stale"].sudo()._clear(company, profiles)
