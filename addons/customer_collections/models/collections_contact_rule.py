from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.budget import Cap
from ..tools.contact_hours import Window

WEEKDAYS = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
]


class CollectionsContactRule(models.Model):
    """Law and courtesy as data. All rules that apply hold: the strictest wins."""

    _name = "collections.contact.rule"
    _description = "Contact Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company", index=True)
    country_ids = fields.Many2many(
        comodel_name="res.country",
        string="Countries",
        help="Of the customer or of who is contacted. Empty: every country.",
    )
    applies_to = fields.Selection(
        selection=[
            ("all", "Everybody"),
            ("consumer", "Consumers"),
            ("business", "Companies"),
        ],
        required=True,
        default="all",
    )
    hour_from = fields.Float(
        string="From",
        required=True,
        default=8.0,
        help="In the customer's time zone.",
    )
    hour_to = fields.Float(string="To", required=True, default=18.0)
    monday = fields.Boolean(default=True)
    tuesday = fields.Boolean(default=True)
    wednesday = fields.Boolean(default=True)
    thursday = fields.Boolean(default=True)
    friday = fields.Boolean(default=True)
    saturday = fields.Boolean()
    sunday = fields.Boolean()
    holidays = fields.Boolean(
        string="Rest on Holidays",
        default=True,
        help="Nothing goes out on the holidays of the company's calendar.",
    )
    silence_days = fields.Integer(
        string="Quiet Days After a Conversation",
        help="No message in so many days after somebody spoke with the customer, "
        "the day of the conversation being the first.",
    )
    cap_ids = fields.One2many(
        comodel_name="collections.contact.rule.cap",
        inverse_name="rule_id",
        string="Contact Budget",
        copy=True,
    )
    source = fields.Char(
        translate=True,
        help="Where the figures come from: a statute, a guideline, your own word.",
    )

    @api.constrains("hour_from", "hour_to", *WEEKDAYS)
    def _check_hours(self):
        for rule in self:
            if not 0 <= rule.hour_from < rule.hour_to <= 24:
                raise ValidationError(
                    self.env._(
                        "The hours of “%(rule)s” must begin before they end, within "
                        "one day.",
                        rule=rule.name,
                    )
                )
            if not rule._get_weekdays():
                raise ValidationError(
                    self.env._(
                        "“%(rule)s” permits no day at all; nothing could ever be sent.",
                        rule=rule.name,
                    )
                )

    # === WHICH RULES === #

    @api.model
    def _get_active_rules(self, company):
        """Return the rules of a company and those that all companies share."""
        return self.search([("company_id", "in", [False, *company.ids])])

    def _filter_applicable(self, country_id, consumer, recipient_country_id=None):
        """Return the rules for a customer of that place and kind.

        :param int country_id: of the customer, or None if it is not known: then the
                               rules of every country count, to be on the safe side
        :param bool consumer: a person and not a company
        :param int recipient_country_id: of who is contacted, where that is another:
                                         the rules of both count
        """
        kinds = ("all", "consumer") if consumer else ("all", "business")
        places = {country_id, recipient_country_id}
        return self.filtered(
            lambda rule: rule.applies_to in kinds
            and (
                not rule.country_ids
                or not country_id
                or not places.isdisjoint(rule.country_ids.ids)
            )
        )

    # === WHAT THEY SAY === #

    def _get_weekdays(self):
        self.ensure_one()
        return frozenset(i for i, day in enumerate(WEEKDAYS) if self[day])

    @api.model
    def _get_holidays(self, company, date_from):
        """Return the dates on which everybody of the company may rest: its calendar of
        holidays says so, or else that of its working hours, or a holiday that is of
        all its schedules.

        :param date date_from: the first day of interest
        :rtype: frozenset[date]
        """
        # Read by whoever runs the loop, who need not be an HR officer.
        company = company.sudo()
        calendar = company.collections_calendar_id or company.resource_calendar_id
        zone = pytz.timezone(calendar.tz or company._collections_zone())
        days = set()
        for leave in self._find_holidays(company, calendar):
            first = pytz.utc.localize(leave.date_from).astimezone(zone).date()
            last = pytz.utc.localize(leave.date_to).astimezone(zone).date()
            # It may still be the day before where the customer is.
            if last >= date_from - timedelta(days=1):
                days |= {first + timedelta(n) for n in range((last - first).days + 1)}
        return frozenset(days)

    @api.model
    def _find_holidays(self, company, calendar):
        """Return the holidays of a calendar, and those that the company gave all its
        schedules at once.

        :rtype: resource.calendar.leaves
        """
        of_all = Domain("calendar_id", "=", False) & Domain(
            "company_id", "in", (False, company.root_id.id)
        )
        # As above.
        return (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                Domain("resource_id", "=", False)
                # What is no time off is worked on, as Odoo counts it.
                & Domain("time_type", "=", "leave")
                & (Domain("calendar_id", "in", calendar.ids) | of_all)
            )
        )

    def _get_windows(self, holidays):
        """Return the permitted hours of these rules; all of them must be met.

        :param frozenset holidays: as given by ``_get_holidays``
        :rtype: tuple[Window]
        """
        return tuple(
            Window(
                rule.hour_from,
                rule.hour_to,
                rule._get_weekdays(),
                holidays if rule.holidays else frozenset(),
            )
            for rule in self
        )

    # === SET-BASED, FOR THE PLAN === #

    def _get_budget_sql(self, day):
        """Return a condition on ``c`` (collections_tmp_plan): the budget over all
        channels of the customer is used up on that day. Not asked while there is no
        message at all.

        The gate counts again, per person, per channel and on the customer's clock.
        """
        caps = self.cap_ids.filtered(
            lambda cap: cap.scope == "customer" and not cap.channel
        )
        if not day or not caps:
            return SQL("FALSE")
        return SQL(" OR ").join(
            SQL(
                """(SELECT COUNT(*) FROM collections_touchpoint t
                     WHERE t.profile_id = c.profile_id
                       AND %s
                       AND t.sent_at >= %s) >= %s""",
                self.env["collections.touchpoint"]._get_contact_sql(),
                day - timedelta(days=cap.days - 1),
                cap.max_count,
            )
            for cap in caps
        )

    def _get_quiet_sql(self, day):
        """Return a condition on ``c`` (collections_tmp_plan): somebody spoke with
        the customer so lately that quiet days are not over on that day. Not asked
        while there is no message at all."""
        days = max(self.mapped("silence_days"), default=0)
        if not day or not days:
            return SQL("FALSE")
        return SQL(
            """EXISTS (SELECT FROM collections_touchpoint t
                        WHERE t.profile_id = c.profile_id
                          AND t.conversation
                          AND t.date >= %s)""",
            day - timedelta(days=days - 1),
        )


class CollectionsContactRuleCap(models.Model):
    _name = "collections.contact.rule.cap"
    _description = "Contact Budget"
    _order = "days, id"
    _rec_name = "rule_id"

    rule_id = fields.Many2one(
        comodel_name="collections.contact.rule",
        required=True,
        index=True,
        ondelete="cascade",
    )
    max_count = fields.Integer(
        string="At Most",
        required=True,
        default=1,
        help="Contacts over all channels together.",
    )
    days = fields.Integer(
        string="Within (Days)",
        required=True,
        default=7,
        help="Consecutive days, the day of the contact included.",
    )
    channel = fields.Selection(
        selection=[("call", "Calls only")],
        help="Empty: all channels together.",
    )
    scope = fields.Selection(
        selection=[("customer", "Per customer"), ("person", "Per person")],
        required=True,
        default="customer",
    )

    @api.constrains("max_count", "days")
    def _check_cap(self):
        for cap in self:
            if cap.max_count < 1 or cap.days < 1:
                raise ValidationError(
                    self.env._(
                        "A contact budget allows at least one contact within at "
                        "least one day."
                    )
                )

    def _to_caps(self):
        """Return these budgets as plain values for the pure functions."""
        return [Cap(cap.max_count, cap.days) for cap in self]
