from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..tools.instalments import breaches, counter_offer, due_dates
from .collections_hold import MANAGER_GROUP
from .collections_plan import LIVE_STATES, RUNNING_STATES


class CollectionsPlan(models.Model):
    """Who says yes: the customer, and beyond the limits a manager."""

    _inherit = "collections.plan"

    # === LIMITS === #

    def _get_limits(self):
        """Return the limits of the template in the plan's currency, or None where
        the policy offers no plans.

        :rtype: tools.instalments.Limits
        """
        self.ensure_one()
        if not self.template_id:
            return None
        # A limit is no secret to who is bound by it.
        return self.template_id.sudo()._get_limits(
            self.company_id, self.currency_id, fields.Date.context_today(self)
        )

    def _get_excess(self):
        """Return in a sentence what goes beyond the limits, or an empty string.

        Extend it to ask a manager for more reasons.

        :rtype: str
        """
        self.ensure_one()
        limits = self._get_limits()
        if limits is None:
            return self.env._("The policy of this customer offers no payment plans.")
        found = breaches(
            self._get_terms(),
            limits,
            fields.Date.context_today(self),
            self.currency_id.rounding,
        )
        sentences = {
            "days": self.env._("It lasts longer than %(days)s days.", days=limits.days),
            "first_days": self.env._(
                "The first payment is more than %(days)s days away.",
                days=limits.first_days,
            ),
            "smallest": self.env._(
                "An instalment is below %(amount)s.",
                amount=format_amount(self.env, limits.smallest, self.currency_id),
            ),
            "deposit_min": self.env._(
                "The deposit is below %(share)s%%.", share=f"{limits.deposit_min:g}"
            ),
            "deposit_max": self.env._(
                "The deposit is above %(share)s%%.", share=f"{limits.deposit_max:g}"
            ),
        }
        return " ".join(sentences[name] for name in found)

    def _get_counter_offer(self):
        """Return the terms nearest to these that need nobody's word.

        :return: values of the fields of the terms; empty where these fit, or where
                 nothing is offered
        :rtype: dict
        """
        self.ensure_one()
        limits = self._get_limits()
        if limits is None or not self._get_excess():
            return {}
        offer = counter_offer(
            self._get_terms(),
            limits,
            fields.Date.context_today(self),
            self.currency_id.rounding,
        )
        return {
            "instalment_count": offer.count,
            "date_first": offer.first,
            "month_day": offer.day,
            "deposit_amount": offer.deposit,
            "deposit_date": offer.deposit_date,
        }

    def _describe(self, values=None):
        """Return the terms in words: "3 instalments from 1 May, every month".

        :param dict values: other terms than its own, as ``_get_counter_offer`` gives
        :rtype: str
        """
        self.ensure_one()
        values = values or {}
        rhythms = dict(self._fields["rhythm"]._description_selection(self.env))
        sentence = self.env._(
            "%(count)s instalments, %(rhythm)s, the first on %(date)s",
            count=values.get("instalment_count", self.instalment_count),
            rhythm=rhythms[self.rhythm].lower(),
            date=format_date(self.env, values.get("date_first", self.date_first)),
        )
        deposit = values.get("deposit_amount", self.deposit_amount)
        if deposit:
            sentence = self.env._(
                "%(amount)s at once, then %(instalments)s",
                amount=format_amount(self.env, deposit, self.currency_id),
                instalments=sentence,
            )
        return sentence

    def _check_limits(self):
        """Ask a manager where the terms go beyond the limits."""
        self.ensure_one()
        excess = self._get_excess()
        self.approval_note = excess
        self.to_approve = bool(excess) and not self.env.user.has_group(MANAGER_GROUP)
        if excess and not self.to_approve:
            self.approved_by_id = self.env.user
        if self.to_approve:
            self._ask_manager()

    def _get_question(self):
        note = self.approval_note
        offer = self._get_counter_offer()
        if offer:
            note = self.env._(
                "%(excess)s Inside the limits: %(offer)s.",
                excess=note,
                offer=self._describe(offer),
            )
        return self.env._("Agree to the plan, or offer one that fits"), note

    # === SAID YES === #

    def action_approve(self):
        """A manager agrees to terms beyond the limits; a plan that the customer has
        accepted begins."""
        self._check_manager(self.env._("A manager agrees to a plan beyond the limits."))
        for plan in self.filtered(lambda p: p.to_approve and p.state == "proposed"):
            plan.write({"to_approve": False, "approved_by_id": self.env.uid})
            plan.activity_unlink(["mail.mail_activity_data_todo"])
            plan._renew_lapse()
            if plan.accepted_at:
                plan._agree()
        return True

    def action_counter(self):
        """Offer the customer the nearest terms inside the limits instead."""
        self.ensure_one()
        self._check_state("proposed")
        offer = self._get_counter_offer()
        if not offer:
            raise UserError(self.env._("There is nothing nearer to offer."))
        self._counter(**offer)
        return True

    def _counter(self, **values):
        """Propose other terms; what the customer said of the earlier ones is void.

        :param values: of the fields of the terms
        :raise UserError: if they make no sense
        """
        self.ensure_one()
        self._check_state("proposed")
        self.write({**values, "accepted_at": False, "accepted_name": False})
        self._check_terms()
        self._make_instalments()
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self._check_limits()
        self._renew_lapse()

    def action_agree(self):
        """The customer said yes to a colleague."""
        for plan in self:
            plan._check_state("proposed")
            plan._accept(plan.profile_id._get_recipient().name, None)
        return True

    def _accept(self, name, ip):
        """Take down that the customer accepts, and who it was.

        A plan that waits for a manager is accepted, and agreed once they say yes.

        :param str name: of the person who accepts
        :param str ip: the address they came from; None if they said it otherwise
        :raise UserError: if the plan is not proposed any more
        """
        self.ensure_one()
        self._check_state("proposed")
        if not (name or "").strip():
            raise UserError(self.env._("Say who accepts the plan."))
        self._lock_customer()
        self.write(
            {
                "accepted_at": fields.Datetime.now(),
                "accepted_name": name.strip(),
                "accepted_ip": ip,
            }
        )
        if not self.to_approve:
            self._agree()

    def _agree(self):
        """Both sides said yes: with a deposit the plan waits for it, else it begins.

        Where days that had passed are moved beyond the limits, it waits for a manager.
        """
        for plan in self:
            plan._move_past_days()
            if plan.to_approve:
                continue
            plan.write(
                {
                    "state": "agreed" if plan.deposit_amount else "active",
                    "accepted_at": plan.accepted_at or fields.Datetime.now(),
                    "date_lapse": False,
                }
            )

    def _get_days(self):
        """Return the day of each instalment, as it is or, while both sides have not
        said yes, as it would be if they did today.

        :rtype: dict[record, date]
        """
        self.ensure_one()
        days = {row: row.date_due for row in self.instalment_ids}
        if self.state in ("draft", "proposed"):
            days.update(self._get_moved_days())
        return days

    def _get_moved_days(self):
        """Return when the payments would be due that a plan has left, if its first day
        passed before both sides said yes: nobody is late with what was not agreed.

        The amounts stay, and so does the time between; a fixed day of the month too.

        :return: nothing where no day has passed
        :rtype: dict[record, date]
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        rows = self.instalment_ids.sorted("number")
        waiting = rows.filtered(lambda i: i.amount_left > 0)[:1]
        if not waiting or waiting.date_due >= today:
            return {}
        rows = rows.filtered(lambda i: i.number >= waiting.number)
        first = self.company_id._collections_add_working_days(
            today - timedelta(days=1), 1
        )
        month_day = self.month_day if self.rhythm == "month_day" else 0
        days, begin = [], first
        if not waiting.number:
            days = [first]
            moved = self.date_first + (first - waiting.date_due)
            begin = max(first, self.date_first) if month_day else moved
        days += due_dates(begin, len(rows) - len(days), self.rhythm, month_day)
        return dict(zip(rows, days, strict=True))

    def _move_past_days(self):
        """Let a plan begin today if its first day passed before both sides said yes."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        # The schedule is the plan's, not a list that people edit.
        days = self.sudo()._get_moved_days()
        if not days:
            return
        waiting = next(iter(days))
        before, first = waiting.date_due, days[waiting]
        for instalment, day in days.items():
            if not instalment.number:
                self.deposit_date = day
            elif instalment.number == 1:
                self.date_first = day
            instalment._move(day, today)
        self._message_log(
            body=self.env._(
                "%(before)s had passed when it was agreed: the payments were moved, "
                "the first one to %(first)s.",
                before=format_date(self.env, before),
                first=format_date(self.env, first),
            )
        )
        # What a manager agreed to they need not be asked again.
        if not self.approved_by_id:
            self._check_limits()

    def _check_state(self, *states):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for plan in self:
            if plan.state not in states:
                raise UserError(
                    self.env._(
                        "%(plan)s is %(state)s; this is not possible any more.",
                        plan=plan.name,
                        state=labels[plan.state].lower(),
                    )
                )

    # === ENDED === #

    def action_propose(self):
        """Propose a plan that was drafted."""
        self.ensure_one()
        self._check_state("draft")
        self._lock_customer()
        self._start(self._choose_items(None))
        return True

    def action_withdraw(self):
        """Ask why the plan is cancelled."""
        return self._ask_why()

    def _withdraw(self, note, replaced_by=None):
        """Cancel plans: what they still held is chased again.

        :param str note: why, kept for ever
        :raise UserError: without a reason
        """
        self._check_why(note)
        live = self.filtered(lambda p: p.state in ("draft", *LIVE_STATES))
        live._end("cancelled", note, fields.Date.context_today(self))
        # What follows for the customer is the system's to work out.
        live.sudo().profile_id._redecide()

    def _end(self, state, note, day):
        """End plans and give back what they held.

        :param str state: ``kept``, ``broken`` or ``cancelled``
        :param str note: why
        :param date day: the day it ended
        """
        self.write(
            {
                "state": state,
                "end_note": note,
                "ended_on": day,
                "to_approve": False,
                "date_lapse": False,
            }
        )
        self._end_hold(note)
        self.activity_unlink(["mail.mail_activity_data_todo"])

    def _is_running(self):
        """Tell whether both sides gave their word and it holds."""
        self.ensure_one()
        return self.state in RUNNING_STATES
