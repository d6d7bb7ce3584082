from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_duration

from ..tools.contact_hours import hours_on_clock, with_wish, zones_of_wish
from ..tools.timezones import candidate_zones, likely_zone


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    contact_wish_note = fields.Char(compute="_compute_contact_wish_note")

    @api.depends("contact_hour_from", "contact_hour_to", "timezones", "partner_id")
    def _compute_contact_wish_note(self):
        for profile in self:
            place = profile._get_wish_place()
            if place == "likely":
                profile.contact_wish_note = self.env._(
                    "The customer may be in several time zones: this wish is kept on "
                    "the clock of %(zone)s, the most likely one.",
                    zone=profile._get_likely_zone(),
                )
            elif place == "none":
                profile.contact_wish_note = self.env._(
                    "The contact rules permit none of these hours wherever the "
                    "customer may be: this wish cannot be kept."
                )
            else:
                profile.contact_wish_note = False

    def _get_wish_place(self):
        """Tell where the hours that the customer wishes for can be kept.

        :return: ``all`` of the places where the customer may be, the ``likely`` one,
            ``none``, or empty if they wish for nothing
        :rtype: str
        """
        self.ensure_one()
        if not self.contact_hour_to:
            return ""
        zones = self._get_zones()
        met = zones_of_wish(*self._get_contact_hours())
        return "all" if met == zones else "likely" if met else "none"

    def _get_contact_hours(self):
        """Return now, where the customer may be, and the hours of the contact rules
        and of their wish there: what the functions of ``contact_hours`` ask for.

        :rtype: tuple[datetime, tuple[str], tuple[Window]]
        """
        self.ensure_one()
        now = fields.Datetime.now()
        windows = with_wish(
            self._get_contact_windows(now.date()),
            self.contact_hour_from,
            self.contact_hour_to,
        )
        return now, self._get_zones(), windows

    def _get_calling_hours_text(self):
        """Return in a sentence when the customer may be called, for who reads it at
        another hour; empty where no hour is told from another.

        :rtype: str
        """
        self.ensure_one()
        found = hours_on_clock(*self._get_contact_hours())
        if not found:
            return ""
        zone, opens, closes = found
        if closes - opens >= timedelta(days=1):
            return ""
        return self.env._(
            "May be called %(hours)s, %(place)s time",
            hours="–".join(
                format_duration(moment / timedelta(hours=1))
                for moment in (opens, closes)
            ),
            place=zone.rpartition("/")[-1].replace("_", " "),
        )

    def _get_zones(self):
        """Return the names of the time zones the customer may be in.

        :rtype: tuple[str]
        """
        self.ensure_one()
        return tuple((self.timezones or "UTC").split(","))

    def _get_likely_zone(self):
        """Return the time zone of the clock the customer most likely lives by.

        :rtype: str
        """
        return likely_zone(self._get_zones())

    def _get_contact_windows(self, day):
        """Return the hours of the contact rules that apply to the customer.

        :param date day: from when on
        :rtype: tuple[Window]
        """
        self.ensure_one()
        company, partner = self.company_id, self.partner_id
        rules = self.env["collections.contact.rule"]._get_active_rules(company)
        country = partner.country_id or company.country_id
        consumer = not partner.is_company or company.collections_business == "b2c"
        applicable = rules._filter_applicable(
            country.id, consumer, self.contact_id.country_id.id
        )
        return applicable._get_windows(rules._get_holidays(company, day))

    # === WHO === #

    def _get_recipient(self):
        """Return who receives what is said. Until the next run chooses anew, the
        customer steps in for a contact who has left them.

        :rtype: record of `res.partner`
        """
        self.ensure_one()
        contact = self.contact_id
        return contact if contact and self._has_person(contact) else self.partner_id

    def _has_person(self, person):
        """Tell whether a person is the customer, or still somebody of theirs.

        :param record person: a `res.partner`
        :rtype: bool
        """
        self.ensure_one()
        return person == self.partner_id or (
            person.active and person.commercial_partner_id == self.partner_id
        )

    @api.model
    def _get_left_sql(self, person):
        """Return the condition that ``_has_person`` is false, on the profile ``p``.

        :param SQL person: alias of a row of `res_partner`, which may be missing
        :rtype: SQL
        """
        return SQL(
            """(%(person)s.id <> p.partner_id
                 AND (%(person)s.active
                      AND %(person)s.commercial_partner_id = p.partner_id) IS NOT TRUE)
            """,
            person=person,
        )

    def _say_left(self, person):
        """Return in a sentence why a person reads nothing that is meant for the
        customer.

        :param record person: a `res.partner`
        :rtype: str
        """
        self.ensure_one()
        names = {"person": person.name, "customer": self.partner_id.name}
        if not person.active:
            return self.env._(
                "%(person)s is archived and gets no messages for %(customer)s.", **names
            )
        return self.env._(
            "%(person)s does not belong to %(customer)s and gets no messages for them.",
            **names,
        )

    @api.model
    def _release_pins(self, company):
        """Let go of pinned recipients who have left their customer, and have another
        one chosen. Who was pinned stays in the history; nobody is asked twice."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT pin.id
                  FROM collections_pin pin
                  JOIN collections_profile p ON p.id = pin.profile_id
                  JOIN res_partner c ON c.id = p.contact_id
                 WHERE pin.kind = 'contact' AND pin.active
                   AND p.company_id = %(company)s AND %(left)s
                """,
                company=company.id,
                left=self._get_left_sql(SQL("c")),
            )
        )
        # In sudo: what the run lets go of, and has done, is the system's.
        pins = self.env["collections.pin"].sudo().browse([row[0] for row in rows])
        pins.active = False
        pins.flush_recordset(["active"])
        for profile in pins.profile_id:
            profile._ask_for_recipient()

    def _ask_for_recipient(self):
        self.ensure_one()
        user = self.collector_id
        if not user.active:
            user = self.company_id._get_collections_manager(self)
        words = self.with_context(lang=user.lang)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=words.env._(
                "Choose another recipient: %(why)s",
                why=words._say_left(self.contact_id),
            ),
            user_id=user.id,
        )

    @api.model
    def _sync_people(self, company):
        """Bring in line who receives what is said, and where they are: whom a person
        pinned, else the follow-up contact where Odoo Enterprise knows one, else the
        invoice contact, else the customer."""
        self.env["res.partner"].flush_model()
        self.env["collections.pin"].flush_model()
        self.flush_model(["contact_id"])
        self._release_pins(company)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT n.id, n.contact_id, n.source
                  FROM (
                    SELECT p.id, c.id AS contact_id, %(source)s AS source,
                           p.contact_id AS known_id, p.timezone_source
                      FROM collections_profile p
                      JOIN res_partner r ON r.id = p.partner_id
                 LEFT JOIN (%(recipients)s) AS o ON o.commercial_partner_id = r.id
                 LEFT JOIN (SELECT DISTINCT profile_id FROM collections_pin
                             WHERE kind = 'contact' AND active) AS pin
                        ON pin.profile_id = p.id
                      JOIN res_partner c
                        ON c.id = CASE WHEN pin.profile_id IS NULL
                                       THEN COALESCE(o.id, r.id)
                                       ELSE COALESCE(p.contact_id, r.id) END
                 LEFT JOIN res_country co
                        ON co.id = COALESCE(c.country_id, r.country_id)
                 LEFT JOIN res_country_state st
                        ON st.id = COALESCE(c.state_id, r.state_id)
                     WHERE p.company_id = %(company)s
                  ) AS n
                 WHERE n.contact_id IS DISTINCT FROM n.known_id
                    OR n.source IS DISTINCT FROM n.timezone_source
                """,
                source=self._get_timezone_source_sql(),
                recipients=self._get_recipients_sql(),
                company=company.id,
            )
        )
        if not rows:
            return
        ids, contacts, sources = map(list, zip(*rows, strict=True))
        places = list(dict.fromkeys(sources))
        zones = self._find_timezones(company, places)
        zones = dict(zip(places, zones, strict=True))
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET contact_id = n.contact_id, timezone_source = n.source,
                       timezones = n.zones
                  FROM unnest(%s::int[], %s::int[], %s::varchar[], %s::varchar[])
                       AS n(id, contact_id, source, zones)
                 WHERE p.id = n.id
                """,
                ids,
                contacts,
                sources,
                [zones[source] for source in sources],
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

    # === WHERE === #

    def _get_zones_of(self, person):
        """Return the names of the time zones that somebody of the customer may be in:
        as ``_sync_people`` finds those of the recipient.

        :param record person: a `res.partner`
        :rtype: tuple[str]
        """
        self.ensure_one()
        customer = self.partner_id
        if person.phone_sanitized or not customer.phone_sanitized:
            phone = person.phone or customer.phone or ""
        else:
            phone = customer.phone
        country = person.country_id or customer.country_id
        state = person.state_id or customer.state_id
        source = f"{country.code or ''}|{state.code or ''}|{phone or ''}"
        [zones] = self._find_timezones(self.company_id, [source])
        return tuple(zones.split(","))

    def _get_timezone_source_sql(self):
        """Return what the time zone depends on, as one text: of ``c`` (recipient),
        ``r`` (customer), and the country ``co`` and state ``st`` of either; the
        number is the one that is called. ``_get_zones_of`` says the same of others.
        """
        return SQL(
            """concat_ws('|', COALESCE(co.code, ''), COALESCE(st.code, ''),
                         CASE WHEN c.phone_sanitized IS NULL
                               AND r.phone_sanitized IS NOT NULL THEN r.phone
                              ELSE COALESCE(c.phone, r.phone, '') END)"""
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
