from odoo import models
from odoo.tools import SQL

from ..tools.budget import after_conversation, earliest_within_caps
from ..tools.contact_hours import is_permitted, next_permitted, with_wish
from .collections_touchpoint_gate import Refusal


class CollectionsTouchpoint(models.Model):
    """When somebody may be contacted: hours, budget, quiet days."""

    _inherit = "collections.touchpoint"

    def _refuse_by_time(self, context):
        """Inside the hours and the budget of every rule, on the reader's clock."""
        self.ensure_one()
        if self._is_answer():
            return None
        rules = self._get_contact_rules(context)
        zones = self._get_zones()
        now = context["now"]
        windows = with_wish(
            rules._get_windows(self._get_holidays(context)),
            self.profile_id.contact_hour_from,
            self.profile_id.contact_hour_to,
        )
        refusal = self._refuse_by_budget(context, rules, zones, windows)
        if refusal:
            return refusal
        if not is_permitted(now, zones, windows):
            until = next_permitted(now, zones, windows)
            if not until:
                note = self.env._(
                    "The contact rules leave no hour at which the customer may be "
                    "contacted."
                )
                return Refusal("no_hours", note)
            note = self.env._(
                "Outside the hours in which the customer may be contacted."
            )
            return Refusal("outside_hours", note, until)
        return None

    def _refuse_by_budget(self, context, rules, zones, windows):
        """Inside the caps and quiet days of every rule.

        :param tuple zones: names of the time zones the customer may be in
        :param windows: the hours in which the customer may be contacted
        :rtype: Refusal
        """
        self.ensure_one()
        now = context["now"]
        earliest = self._get_earliest_in_budget(context, rules, zones)
        if earliest <= now:
            return None
        until = next_permitted(earliest, zones, windows)
        quiet = self._get_quiet_until(context, rules, zones)
        if quiet and quiet > now:
            note = self.env._("Somebody spoke with the customer lately.")
            return Refusal("quiet", note, until)
        note = self.env._("The contact budget of the customer is used up.")
        return Refusal("budget", note, until)

    def _get_contact_rules(self, context):
        """Return the contact rules that apply to this touchpoint's customer and
        recipient."""
        company = self.company_id
        if company not in context["rules"]:
            context["rules"][company] = self.env[
                "collections.contact.rule"
            ]._get_active_rules(company)
        partner = self.profile_id.partner_id
        country = partner.country_id or company.country_id
        consumer = not partner.is_company or company.collections_business == "b2c"
        return context["rules"][company]._filter_applicable(
            country.id, consumer, self.partner_id.country_id.id
        )

    def _get_holidays(self, context):
        """Return the days on which the company's rules may let everybody rest, read
        once for the whole batch.

        :rtype: frozenset[date]
        """
        company = self.company_id
        if company not in context["holidays"]:
            context["holidays"][company] = self.env[
                "collections.contact.rule"
            ]._get_holidays(company, context["now"].date())
        return context["holidays"][company]

    def _get_zones(self):
        """Return the names of the time zones the reader may be in. Those of the
        customer are the recipient's: a copy, or what is written by hand, may go to
        somebody elsewhere.

        :rtype: tuple[str]
        """
        self.ensure_one()
        profile, person = self.profile_id, self.partner_id
        if not person or person == (profile.contact_id or profile.partner_id):
            return profile._get_zones()
        return profile._get_zones_of(person)

    def _get_earliest_in_budget(self, context, rules, zones):
        history = context["history"].get(self.profile_id, self.browse()) - self
        sent = history.filtered(lambda t: t._is_contact())
        now = context["now"]
        moments = [now]
        for scope in ("customer", "person"):
            mine = sent
            if scope == "person":
                mine = sent.filtered(lambda t: t.partner_id == self.partner_id)
            for caps in self._get_caps_by_history(rules, scope, mine):
                moments.append(earliest_within_caps(*caps, now, zones))
        quiet = self._get_quiet_until(context, rules, zones)
        return max([*moments, *([quiet] if quiet else [])])

    def _is_contact(self):
        """Tell whether this counts against the budget: a call that nobody answers is
        an attempt, mail that came back reached nobody."""
        self.ensure_one()
        if self.direction != "out" or not self.sent_at:
            return False
        return self.channel == "call" or self.state not in ("failed", "bounced")

    def _get_contact_sql(self):
        """Return the condition on ``t`` (collections_touchpoint) that it is a contact,
        as ``_is_contact`` has it, of what has been sent.

        :rtype: SQL
        """
        return SQL(
            """(t.direction = 'out'
                AND NOT (t.state IN ('failed', 'bounced') AND t.channel <> 'call'))"""
        )

    def _get_caps_by_history(self, rules, scope, history):
        """Yield (contacts, caps): caps on all channels count every contact, those
        on calls only the calls."""
        for channel in (False, self.channel):
            caps = rules.cap_ids.filtered(
                lambda cap, channel=channel: cap.scope == scope
                and cap.channel == channel
            )
            if caps:
                counted = history.filtered(
                    lambda t, channel=channel: not channel or t.channel == channel
                )
                yield counted.mapped("sent_at"), caps._to_caps()

    def _get_quiet_until(self, context, rules, zones):
        """Return when the quiet days after the last conversation end, if any."""
        talks = (context["history"].get(self.profile_id, self.browse())).filtered(
            "conversation"
        )
        days = max(rules.mapped("silence_days"), default=0)
        if not talks or not days:
            return None
        last = max(talks.mapped("date"))
        return after_conversation(last, days, zones)
