from odoo import api, models
from odoo.tools import format_amount, format_date

from ..const import OPEN_STATES


class CollectionsProfile(models.Model):
    """The one sentence on a customer: what happens next, and why."""

    _inherit = "collections.profile"

    @api.depends(
        "next_code",
        "next_date",
        "next_stage_id",
        "amount_overdue",
        "amount_held",
        "hold_ids.state",
        "touchpoint_ids.state",
        "stage_date",
    )
    @api.depends_context("lang", "tz")
    def _compute_next_summary(self):
        # Once for all of them: what is picked out below would be read one by one.
        self.touchpoint_ids.partner_id.fetch(["name"])
        self.hold_ids.user_id.fetch(["name"])
        for profile in self:
            sentence = getattr(profile, f"_say_{profile.next_code or 'unknown'}", None)
            profile.next_summary = sentence() if sentence else profile._say_refused()

    # === WORDS === #

    def _format_amount(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _format_next_date(self):
        return format_date(self.env, self.next_date) if self.next_date else ""

    def _get_why(self):
        """Return why there is something to say: the oldest debt and the sum."""
        self.ensure_one()
        kind = self.next_stage_id.kind
        if kind == "after_paid":
            return self.env._("everything that was overdue is settled")
        if kind == "before_due":
            return self.env._("an invoice falls due soon and nobody spoke of it yet")
        return self.env._(
            "%(amount)s is overdue, the oldest of it for %(days)s days",
            amount=self._format_amount(self.amount_overdue),
            days=self.days_past_due,
        )

    def _say_unknown(self):
        return self.env._("Nothing is known yet; the next run looks at it.")

    def _say_nothing_owed(self):
        if not self.item_count:
            return self.env._("Nothing: no amount is owed or due soon.")
        if not self.amount_collectible:
            return self.env._(
                "Nothing: what is open is excluded from follow-up, held, on its way, "
                "or covered by the customer's own credit."
            )
        if not self.amount_held:
            return self.env._("Nothing: what is open is not late.")
        return self.env._(
            "Nothing: what is open is not late, or is excluded from follow-up, held or "
            "on its way."
        )

    def _say_due(self):
        return self.env._(
            "“%(stage)s” is due now and is planned by the next run, because %(why)s.",
            stage=self.next_stage_id.name,
            why=self._get_why(),
        )

    def _say_waiting(self):
        return self.env._(
            "“%(stage)s” (%(tone)s) comes on %(date)s, because %(why)s.",
            stage=self.next_stage_id.name,
            tone=self._get_tone(self.next_stage_id).lower(),
            date=self._format_next_date(),
            why=self._get_why(),
        )

    def _say_planned(self):
        touchpoint = self._get_open_touchpoint()
        if not touchpoint:
            return self._say_due()
        values = {
            "stage": self.next_stage_id.name,
            "tone": self._get_tone(touchpoint).lower(),
            "channel": dict(
                touchpoint._fields["channel"]._description_selection(self.env)
            )[touchpoint.channel],
            "person": touchpoint.partner_id.name or self.partner_id.name,
            "date": format_date(self.env, touchpoint.scheduled_at),
            "why": self._get_why(),
        }
        if touchpoint.state == "to_approve":
            return self.env._(
                "“%(stage)s” (%(tone)s) by %(channel)s to %(person)s waits for a "
                "manager's approval, because %(why)s.",
                **values,
            )
        if self.company_id.collections_mode != "live":
            return self.env._(
                "Preview: “%(stage)s” (%(tone)s) would go by %(channel)s to "
                "%(person)s on %(date)s, because %(why)s.",
                **values,
            )
        return self.env._(
            "“%(stage)s” (%(tone)s) goes by %(channel)s to %(person)s on %(date)s, "
            "because %(why)s.",
            **values,
        )

    def _say_ladder_done(self):
        return self.env._(
            "Every step was taken, the last on %(date)s, and %(why)s: a person "
            "decides what comes now.",
            date=format_date(self.env, self.stage_date),
            why=self._get_why(),
        )

    def _say_held(self):
        return self.env._(
            "Nothing is chased: what is overdue (%(amount)s) is held or on its way. "
            "%(hold)s",
            amount=self._format_amount(self.amount_held),
            hold=self._get_hold_sentence(),
        )

    def _say_paused(self):
        return self.env._(
            "The ladder stands still. %(hold)s", hold=self._get_hold_sentence()
        )

    def _say_silenced(self):
        return self.env._(
            "Nothing goes out, not even by hand. %(hold)s",
            hold=self._get_hold_sentence(),
        )

    def _say_refused(self):
        """Return the sentence of a step that would be due and is not taken."""
        self.ensure_one()
        label = dict(self._fields["next_code"]._description_selection(self.env)).get(
            self.next_code, ""
        )
        if not self.next_stage_id:
            return self.env._("Nothing is sent: %(why_not)s.", why_not=label.lower())
        return self.env._(
            "“%(stage)s” would be next, but it is not sent: %(why_not)s. It is looked "
            "at again every night.",
            stage=self.next_stage_id.name,
            why_not=label.lower(),
        )

    # === WHERE THE WORDS COME FROM === #

    def _get_tone(self, record):
        return dict(record._fields["tone"]._description_selection(self.env)).get(
            record.tone, ""
        )

    def _get_open_touchpoint(self):
        self.ensure_one()
        return self.touchpoint_ids.filtered(
            lambda t: t.origin == "automatic"
            and t.state in OPEN_STATES
            and t.stage_id == self.next_stage_id
        )[:1]

    def _get_hold_sentence(self):
        """Return why and until when this customer is held, in words."""
        self.ensure_one()
        strength = ["exclude", "pause", "silence"]
        holds = self.hold_ids.filtered(lambda hold: hold.state == "active")
        if not holds:
            return ""
        hold = holds.sorted(lambda h: strength.index(h.effect), reverse=True)[0]
        reason = dict(hold._fields["reason"]._description_selection(self.env))[
            hold.reason
        ]
        if hold.date_end:
            return self.env._(
                "%(reason)s, until %(date)s (%(owner)s).",
                reason=reason,
                date=format_date(self.env, hold.date_end),
                owner=hold.user_id.name,
            )
        if hold.date_review:
            return self.env._(
                "%(reason)s, to be looked at again on %(date)s (%(owner)s).",
                reason=reason,
                date=format_date(self.env, hold.date_review),
                owner=hold.user_id.name,
            )
        return self.env._(
            "%(reason)s (%(owner)s).", reason=reason, owner=hold.user_id.name
        )
