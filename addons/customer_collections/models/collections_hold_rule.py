from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..const import HOLD_EFFECTS, HOLD_REASONS, OPEN_STATES
from .collections_profile_reason import GENTLE_REASONS

# When a rule whose end nobody knows yet is looked at again.
REVIEW_DAYS = 30


class CollectionsHoldRule(models.Model):
    """A right to be left in peace, by law or by house rule: for whom, how long."""

    _name = "collections.hold.rule"
    _description = "Hardship Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    reason = fields.Selection(
        selection=[r for r in HOLD_REASONS if r[0] in GENTLE_REASONS],
        string="Shown As",
        required=True,
        help="What every colleague sees. Keep it from telling more than they need.",
    )
    effect = fields.Selection(
        selection=[e for e in HOLD_EFFECTS if e[0] != "exclude"],
        required=True,
        default="pause",
    )
    days = fields.Integer(
        required=True, help="From its beginning, or from the end of the treatment."
    )
    from_treatment = fields.Boolean(
        string="Counted From the End of a Treatment",
        help="While that day is not known it stays open and is looked at again.",
    )
    once_months = fields.Integer(
        string="Once in (Months)",
        help="Again sooner only if a manager says why. 0: as often as needed.",
    )
    individuals_only = fields.Boolean(
        string="Individuals and Sole Traders Only",
    )
    country_ids = fields.Many2many(
        comodel_name="res.country", help="None: customers of every country."
    )
    source = fields.Text(
        translate=True, help="The statute or the house rule it comes from."
    )

    @api.constrains("days", "once_months")
    def _check_days(self):
        for rule in self:
            if rule.days < 1 or rule.once_months < 0:
                raise ValidationError(
                    self.env._(
                        "“%(rule)s” needs at least one day, and months cannot be "
                        "negative.",
                        rule=rule.name,
                    )
                )

    def _get_applicable(self, profile):
        """Return those of these rules that may apply where the customer is."""
        country = profile.partner_id.country_id or profile.company_id.country_id
        return self.filtered(
            lambda r: not r.country_ids or not country or country in r.country_ids
        )

    def _get_end(self, date_start, treatment_end=False):
        """Return the last day, or False while nobody knows it.

        :param date date_start: the first day, counted
        :param date treatment_end: for a rule that is counted from it
        """
        self.ensure_one()
        if self.from_treatment:
            return treatment_end and treatment_end + timedelta(days=self.days)
        return date_start + timedelta(days=self.days - 1)

    def _apply(
        self, profile, date_start, treatment_end=False, sole_trader=False, why=None
    ):
        """Leave a customer in peace as this rule says.

        :param profile: the customer; whoever may read it may ask for peace
        :param date date_start: the first day, today if it begins now
        :param date treatment_end: for a rule that is counted from it; may be unknown
        :param bool sole_trader: the contact is a company and one person's business
        :param str why: a manager's word where the rule was used lately
        :return: the hold
        :raise UserError: where the rule does not apply
        """
        self.ensure_one()
        profile.ensure_one()
        profile.check_access("read")
        self._check_applies(profile, sole_trader)
        self._check_once(profile, date_start, why)
        end = self._get_end(date_start, treatment_end)
        if end and end < fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "That would have ended on %(date)s already; check the days.",
                    date=format_date(self.env, end),
                )
            )
        manager = profile.company_id._get_collections_manager(profile)
        # An open end is the rule's word here, not the collector's.
        hold = (
            self.env["collections.hold"]
            .sudo()
            .create(
                {
                    "profile_id": profile.id,
                    "reason": self.reason,
                    "effect": self.effect,
                    "scope": "all",
                    "date_start": date_start,
                    "date_end": end,
                    "date_review": not end
                    and fields.Date.context_today(self) + timedelta(days=REVIEW_DAYS),
                    "user_id": manager.id,
                    "rule_id": self.id,
                    "exception_note": why,
                }
            )
        )
        # The messages and promises of a customer are the system's to withdraw.
        profile.sudo()._withdraw_everything(hold)
        if self.effect == "silence":
            # In sudo: nobody calls them now, whosever task it is.
            profile.sudo().activity_unlink(
                ["mail.mail_activity_data_call"], only_automated=False
            )
        return hold.sudo(self.env.su)

    def _check_applies(self, profile, sole_trader):
        name = profile.partner_id.name
        if not self._get_applicable(profile):
            raise UserError(
                self.env._(
                    "“%(rule)s” is not for customers of %(country)s.",
                    rule=self.name,
                    country=profile.partner_id.country_id.name
                    or profile.company_id.country_id.name,
                )
            )
        if self.individuals_only and profile.partner_id.is_company and not sole_trader:
            raise UserError(
                self.env._(
                    "“%(rule)s” is for individuals and sole traders, and %(customer)s "
                    "is a company. Choose hardship, or tick that they are a sole "
                    "trader.",
                    rule=self.name,
                    customer=name,
                )
            )

    def _check_once(self, profile, date_start, why):
        if not self.once_months:
            return
        since = fields.Date.subtract(date_start, months=self.once_months)
        # Who had it when is asked as the system: the rule of a hold is not for all.
        earlier = (
            self.env["collections.hold"]
            .sudo()
            .search(
                [
                    ("profile_id", "=", profile.id),
                    ("rule_id", "=", self.id),
                    ("date_start", ">", since),
                ],
                order="date_start desc",
                limit=1,
            )
        )
        manager = self.env.su or self.env.user.has_group(
            "customer_collections.group_manager"
        )
        if earlier and not (manager and (why or "").strip()):
            raise UserError(
                self.env._(
                    "%(customer)s had “%(rule)s” on %(date)s, and it is for once in "
                    "%(months)s months. A manager may grant it again and say why.",
                    customer=profile.partner_id.name,
                    rule=self.name,
                    date=format_date(self.env, earlier.date_start),
                    months=self.once_months,
                )
            )


class CollectionsHold(models.Model):
    _inherit = "collections.hold"

    # Which rule it is may tell of somebody's health.
    rule_id = fields.Many2one(
        comodel_name="collections.hold.rule",
        string="Hardship Rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="customer_collections.group_care,customer_collections.group_manager",
    )
    exception_note = fields.Char(
        string="Why Again",
        readonly=True,
        copy=False,
        groups="customer_collections.group_care,customer_collections.group_manager",
    )


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    care_ids = fields.One2many(
        comodel_name="collections.care",
        inverse_name="profile_id",
        string="Care",
        groups="customer_collections.group_care,customer_collections.group_manager",
    )
    affordability_ids = fields.One2many(
        comodel_name="collections.affordability",
        inverse_name="profile_id",
        string="Affordability",
    )

    def _is_interest_frozen(self, date=None):
        """Tell whether interest and fees stand still for this customer on a day.

        Nothing here charges either; whatever does must ask first and skip the days on
        which this is true. Override to freeze on more occasions, never on fewer.

        :param date date: today if not given
        :rtype: bool
        """
        self.ensure_one()
        day = date or fields.Date.context_today(self)
        # Not a right of who asks: whether somebody is protected is a fact.
        return any(
            (hold.effect == "silence" or hold.reason in GENTLE_REASONS)
            and hold.state != "draft"
            and hold.date_start <= day
            and (not hold.ended_on or hold.ended_on > day)
            and (not hold.date_end or hold.date_end >= day)
            for hold in self.sudo().hold_ids
        )

    def _get_advice(self):
        """Return who advises this customer on debts, free of charge.

        :return: of their country, else of the company's; for a person or a business
        :rtype: collections.advice
        """
        self.ensure_one()
        partner = self.partner_id
        kind = "business" if partner.is_company else "person"
        country = partner.country_id or self.company_id.country_id
        return self.env["collections.advice"].search(
            [("country_id", "=", country.id), ("for_whom", "in", (kind, "both"))]
        )

    def _withdraw_everything(self, hold):
        """Cancel what the ladder planned when a hold asks for a pause, and also what
        people wrote when it asks for silence. What is said of agreements waits."""
        by_hand = self.touchpoint_ids.filtered(
            lambda t: t.direction == "out"
            and t.origin == "person"
            and t.state in OPEN_STATES
        )
        steps = self._get_planned_steps()
        (steps | by_hand if hold.effect == "silence" else steps)._cancel(
            "silenced" if hold.effect == "silence" else "paused",
            self._get_hold_sentence(),
        )

    @api.model
    def _get_taken_over(self):
        return [
            *super()._get_taken_over(),
            "collections.care",
            "collections.affordability",
        ]
