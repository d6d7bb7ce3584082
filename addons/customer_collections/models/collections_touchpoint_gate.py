from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class Refusal(NamedTuple):
    """Why a touchpoint may not go out now.

    ``until`` is the naive UTC instant at which to try again; without it the message
    has lost its reason and is cancelled.
    """

    code: str
    note: str
    until: object = None


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    def _check_gate(self):
        """Tell which of these outbound touchpoints may not go out now, and why.

        The truth is read anew from the ledger first. What is checked for whoever
        pressed the button: silence, opt-out, hours, budget, the address; for what
        the run planned also whether its step still is the right one. Override to
        add a reason; never to drop one.

        :return: a refusal for each touchpoint that may not go
        :rtype: dict[int, Refusal]
        """
        refusals = {}
        for touchpoints in self.grouped("company_id").values():
            profiles = touchpoints.profile_id
            profiles._refresh()
            context = touchpoints._get_gate_context(profiles)
            for touchpoint in touchpoints:
                refusal = (
                    touchpoint._refuse_by_state()
                    or touchpoint._refuse_by_ladder()
                    or touchpoint._refuse_by_ledger(context)
                    or touchpoint._refuse_by_recipient()
                    or touchpoint._refuse_by_address()
                    or touchpoint._refuse_by_choice(context)
                    or touchpoint._refuse_by_time(context)
                )
                if refusal:
                    refusals[touchpoint.id] = refusal
        return refusals

    @api.model
    def _get_gate_context(self, profiles):
        """Read once for the whole batch what the checks need.

        :return: dict of ``now`` (naive UTC), ``history`` (the contacts of each
                 profile that may count), ``collectible`` (see ``_get_collectible``)
                 and ``rules`` and ``holidays`` (filled per company as they are asked
                 for)
        """
        now = fields.Datetime.now()
        history = self.search(
            [
                ("profile_id", "in", profiles.ids),
                "|",
                "&",
                ("sent_at", ">=", now - timedelta(days=self._get_history_days())),
                ("direction", "=", "out"),
                "&",
                ("conversation", "=", True),
                ("date", ">=", now - timedelta(days=self._get_history_days())),
            ]
        )
        return {
            "now": now,
            "history": history.grouped("profile_id"),
            "collectible": self._get_collectible(profiles),
            "rules": {},
            "holidays": {},
        }

    @api.model
    def _get_history_days(self):
        """Return how far back contacts may matter to a budget, in days."""
        rules = self.env["collections.contact.rule"].search([("active", "=", True)])
        return (
            max([*rules.cap_ids.mapped("days"), *rules.mapped("silence_days"), 1]) + 1
        )

    @api.model
    def _get_collectible(self, profiles):
        """Return the open items of these profiles, as the ledger has them now.

        :return: dict of profile id to dict of journal item id to a tuple
                 (due date, collectible, residual)
        """
        result = {profile.id: {} for profile in profiles}
        # The refresh that comes before has just classified them.
        rows = self.env.execute_query(
            SQL(
                """SELECT profile_id, id, date_due, amount_collectible, amount_residual
                     FROM collections_tmp_item"""
            )
        )
        for profile_id, line_id, due, collectible, residual in rows:
            result[profile_id][line_id] = (due, collectible, residual)
        return result

    # === THE REASONS === #

    def _refuse_by_state(self):
        """Holds, archived customers, companies that are not live."""
        self.ensure_one()
        profile = self.profile_id
        if self.company_id.collections_mode != "live":
            return Refusal(
                "not_live",
                self.env._(
                    "%(company)s has not gone live; nothing is sent.",
                    company=self.company_id.name,
                ),
            )
        if profile.hold_effect == "silence" and not self._is_service():
            note = profile._get_hold_sentence()
            return Refusal("silenced", note, self._get_next_try())
        if self._is_automatic() and profile.hold_effect == "pause":
            note = profile._get_hold_sentence()
            return Refusal("paused", note, self._get_next_try())
        if self._is_automatic() and not profile.partner_id.active:
            return Refusal(
                "archived",
                self.env._(
                    "%(customer)s is archived; a person must decide.",
                    customer=profile.partner_id.name,
                ),
            )
        return None

    def _get_next_try(self):
        """Return when to ask again about what a hold stands against.

        A step of the ladder is planned anew once the hold is over, and a person is
        told. What the system is to say of an agreement is planned once: it waits.

        :return: naive UTC, or None when it is not to wait
        :rtype: datetime.datetime
        """
        self.ensure_one()
        if self.stage_id or self.origin != "automatic":
            return None
        return fields.Datetime.now() + timedelta(days=1)

    def _refuse_by_ladder(self):
        """A step that was archived since it was planned is not taken, nor one of a
        policy that was."""
        self.ensure_one()
        stage = self.stage_id
        if not self._is_automatic() or not stage:
            return None
        code = (
            "no_policy"
            if not stage.policy_id.active
            else "superseded"
            if not stage.active
            else None
        )
        words = dict(self._fields["refusal"]._description_selection(self.env))
        return Refusal(code, words[code]) if code else None

    def _refuse_by_ledger(self, context):
        """Nothing is said about what is paid, on its way, held or covered."""
        self.ensure_one()
        if not self._is_automatic():
            return None
        items = context["collectible"][self.profile_id.id]
        today = fields.Date.context_today(self)
        overdue = any(due < today and amount > 0 for due, amount, _r in items.values())
        if self.kind == "after_paid":
            if overdue and self.profile_id.amount_overdue > (
                self.profile_id.policy_id.minimum_amount
            ):
                return Refusal("not_clear", self.env._("Something is overdue again."))
            return None
        reasons = [item for item in items.values() if self._is_reason(item[0])]
        # The reason to speak is gone once nothing it was about can be chased.
        if any(collectible > 0 for _due, collectible, _residual in reasons):
            return None
        if any(residual > 0 for _due, _collectible, residual in reasons):
            return Refusal("held", self._say_held())
        return Refusal("settled", self._say_settled())

    def _say_held(self):
        return self.env._(
            "What it was about is held, on its way or covered by the customer's own "
            "credit."
        )

    def _say_settled(self):
        return self.env._("What it was about has been settled.")

    def _refuse_by_recipient(self):
        """Whoever has left the customer since it was planned reads nothing of them.

        By hand a person may well write to others, such as the customer's lawyer.
        """
        self.ensure_one()
        profile, person = self.profile_id, self.partner_id
        if not person or not self._is_said_by_itself() or profile._has_person(person):
            return None
        return Refusal("left", profile._say_left(person))

    def _refuse_by_address(self):
        """There must be somebody to reach, by an address that works."""
        self.ensure_one()
        lack = self._get_lack(self.channel)
        return Refusal("no_channel", lack) if lack else None

    def _get_lack(self, channel):
        """Return, in a sentence, why a channel does not reach the recipient.

        :param str channel: key of a channel
        :return: the sentence, or None when it does
        """
        self.ensure_one()
        person = self.partner_id
        if not person and self.address:
            # An address that is nobody's: Odoo has made sure that it is one.
            return None
        if channel == "email" and not person.email_normalized:
            return self.env._(
                "%(person)s has no valid e-mail address.", person=person.name
            )
        if channel == "email" and person.message_bounce:
            return self.env._(
                "Mail to %(address)s came back.", address=person.email_normalized
            )
        if (
            channel in ("sms", "call")
            and not person._get_phone_partner().phone_sanitized
        ):
            return self.env._(
                "%(person)s has no valid phone number.", person=person.name
            )
        if channel == "letter" and not person._get_postal_partner()._has_street():
            return self.env._("%(person)s has no postal address.", person=person.name)
        return None

    def _refuse_by_choice(self, context):
        """What the customer chose is heeded, whoever pressed the button."""
        return self._get_optout_refusal()

    def _get_optout_refusal(self):
        """A channel that the customer opted out of is never used, but for what they
        ask for: an answer to what they wrote later, a link to their own pages.

        :rtype: Refusal
        """
        self.ensure_one()
        channel = dict(self._fields["channel"]._description_selection(self.env))[
            self.channel
        ]
        optout = self.profile_id.optout_ids.filtered(
            lambda o: self._is_opted_out_by(o) and not self._is_wanted_since(o.date)
        )
        if optout:
            return Refusal(
                "opted_out",
                self.env._(
                    "%(customer)s opted out of %(channel)s on %(date)s.",
                    customer=self.partner_id.name or self.address,
                    channel=channel,
                    date=fields.Date.to_string(optout[0].date),
                ),
            )
        if self.company_id.collections_respect_blacklist and self._is_blacklisted():
            return Refusal(
                "opted_out",
                self.env._(
                    "The address of %(customer)s is on the blacklist.",
                    customer=self.partner_id.name or self.address,
                ),
            )
        return None

    def _is_opted_out_by(self, optout):
        """Tell whether an opt-out is about this recipient and this channel: of the
        same person, or of another contact with the same address.

        :param optout: a ``collections.optout`` of the same customer
        :rtype: bool
        """
        self.ensure_one()
        return optout.channel == self.channel and optout._is_about(
            self.partner_id, self.address
        )

    def _is_wanted_since(self, moment):
        """Tell whether the recipient has asked for this since they opted out.

        :param datetime moment: naive UTC
        :rtype: bool
        """
        self.ensure_one()
        if self._is_service():
            return True
        return self._is_answer() and any(
            said.direction == "in"
            and said.partner_id == self.partner_id
            and said.date > moment
            for said in self.profile_id.touchpoint_ids
        )

    def _is_blacklisted(self):
        person = self.partner_id
        if self.channel not in ("email", "sms", "call"):
            return False
        if person:
            return (
                person.is_blacklisted
                if self.channel == "email"
                else person._get_phone_partner().phone_sanitized_blacklisted
            )
        # In sudo: the lists belong to the settings, their effect to everybody.
        if self.channel == "email":
            listed = self.env["mail.blacklist"].sudo()
            return bool(listed.search_count([("email", "=", self.address)], limit=1))
        listed = self.env["phone.blacklist"].sudo()
        return bool(listed.search_count([("number", "=", self.address)], limit=1))

    def _is_automatic(self):
        """Tell whether nobody decided on this message but the run and its rules."""
        self.ensure_one()
        return self.origin == "automatic"

    def _is_said_by_itself(self):
        """Tell whether the system chose whom this goes to. An override adds what is
        said for a person who chose nobody.

        :rtype: bool
        """
        self.ensure_one()
        return self._is_automatic()

    def _is_answer(self):
        """Tell whether a person answers a customer who wrote and waits for it: that
        is no new contact, and the customer chose the hour."""
        return self.origin == "person" and any(
            hold.reason == "reply" and hold.state == "active"
            for hold in self.profile_id.hold_ids
        )

    def _is_service(self):
        """Tell whether this is a service message: what the customer asked us for this
        very moment, such as a link to their own pages. It is no reminder, and silence
        is there to protect from reminders.

        There is none here; an override knows its own. It must never be true for what
        somebody of ours, or the run, wants to say.

        :rtype: bool
        """
        self.ensure_one()
        return False

    # === WHAT FOLLOWS === #

    def _apply_refusals(self, refusals):
        """Put off what may go later, cancel what lost its reason; keep why."""
        for touchpoint in self:
            refusal = refusals.get(touchpoint.id)
            if not refusal:
                continue
            if refusal.until:
                touchpoint.write(
                    {
                        "scheduled_at": refusal.until,
                        "date": refusal.until,
                        "refusal_note": refusal.note,
                    }
                )
            elif refusal.code in ("opted_out", "no_channel", "left"):
                touchpoint._take_another_way(refusal)
            else:
                touchpoint._cancel(refusal.code, refusal.note)

    def _take_another_way(self, refusal):
        """Cancel what a channel does not carry, or not to this reader; the next run
        finds another one for a step of the ladder.

        :param Refusal refusal: why it does not go this way
        """
        self._cancel(refusal.code, refusal.note)

    def _cancel(self, code, note=None):
        self.write(
            {
                "state": "cancelled",
                "refusal": code,
                "refusal_note": note,
                "date": fields.Datetime.now(),
            }
        )

    def _raise_refusal(self):
        """Raise the reason, in words, if this touchpoint may not go out now.

        :raise UserError: for a person who pressed a button
        """
        self.ensure_one()
        refusal = self._check_gate().get(self.id)
        if refusal:
            raise UserError(self.profile_id._explain_refusal(refusal))
