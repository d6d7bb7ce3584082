from datetime import timedelta

from odoo import fields, models
from odoo.fields import Command


class CollectionsReasonEntry(models.Model):
    """The track of a reason: what is held, who is asked, what is said."""

    _inherit = "collections.reason.entry"

    def _follow_track(self):
        """Do what the reason calls for. Extend it to do more."""
        self.ensure_one()
        self._hold_track()
        self._ask_track()
        self._say_track()

    # === WHAT IS HELD === #

    def _hold_track(self):
        reason = self.reason_id
        if not reason.hold_effect:
            return
        # One look at what comes next for all of it, by the caller
        holds = self.env["collections.hold"].with_context(collections_judging=True)
        self.hold_id = holds.create(self._prepare_hold_values())

    def _prepare_hold_values(self):
        """Return the values of the hold that this reason writes."""
        self.ensure_one()
        reason = self.reason_id
        return {
            "profile_id": self.profile_id.id,
            "reason": reason.hold_reason,
            "effect": reason.hold_effect,
            "scope": reason.hold_scope,
            "date_start": self.date,
            "date_end": self.date + timedelta(days=reason.hold_days),
            "user_id": self._get_track_user("collector").id,
            "line_ids": [
                Command.create({"move_line_id": line.id}) for line in self.line_ids
            ]
            if reason.hold_scope == "items"
            else [],
        }

    def _give_way(self, next_action, items):
        """End the holds of reasons that waited for what is agreed now; what it does not
        cover is held on.

        :param str next_action: what is agreed, as the reason names it
        :param items: receivable journal items that it covers
        """
        waited = self.filtered(
            lambda entry: not entry.ended_on
            and entry.hold_id.state == "active"
            and entry.reason_id.next_action == next_action
            and entry.line_ids & items
        )
        wider = waited.filtered(lambda entry: entry._holds_more_than(items))
        wider._let_go(items)
        (waited - wider)._end_holds(self.env._("Something was agreed in its place"))

    def _holds_more_than(self, items):
        """Tell whether the track holds items one by one, and others than these."""
        hold = self.hold_id
        return hold.scope == "items" and bool(hold.line_ids.move_line_id - items)

    def _let_go(self, items):
        """Hold these items no more. What a hardship rule holds is the rule's.

        :param items: receivable journal items
        """
        # In sudo: which rule it is may tell of somebody's health.
        holds = self.sudo().hold_id.filtered(lambda hold: not hold.rule_id)
        holds.line_ids.filtered(lambda line: line.move_line_id in items).unlink()

    # === WHO IS ASKED === #

    def _ask_track(self):
        reason = self.reason_id
        if not reason.activity_type_id:
            return
        user = self._get_track_user(reason.activity_for)
        record = self._get_activity_record(user)
        if not record:
            user = self._get_track_user("collector")
            record = self.profile_id
        deadline = self.company_id._collections_add_working_days(
            self.date, reason.activity_days
        )
        record.with_context(mail_activity_quick_update=True).activity_schedule(
            activity_type_id=reason.activity_type_id.id,
            date_deadline=deadline,
            summary=reason.with_context(lang=user.lang).activity_summary
            or reason.activity_type_id.name,
            note=self.documents,
            user_id=user.id,
        )

    def _get_activity_record(self, user):
        """Return where somebody is asked: on the customer, else on an invoice that
        they may see; nowhere if neither."""
        self.ensure_one()
        # In sudo: where a colleague works, whoever asks. And there alone they look.
        companies = user.sudo().company_ids.filtered(
            lambda company: company.root_id == self.company_id
        )
        for record in (self.profile_id, *self.line_ids.move_id):
            seen = record.with_user(user).with_context(
                allowed_company_ids=companies.ids
            )
            if companies and seen.has_access("read"):
                return record
        return None

    def _get_track_user(self, kind):
        """Return the person whom a track means.

        :param str kind: key of ``TRACK_PEOPLE``
        :rtype: res.users
        """
        self.ensure_one()
        profile = self.profile_id
        company = self.company_id
        collector = profile.collector_id or self.env[
            "collections.hold"
        ]._get_default_owner(company)
        if kind == "salesperson":
            sellers = self.line_ids.move_id.invoice_user_id | profile.partner_id.user_id
            return (
                sellers.filtered(lambda u: u.active and not u._is_superuser())[:1]
                or collector
            )
        if kind == "cash":
            return company.collections_cash_user_id or collector
        if kind == "manager":
            return company._get_collections_manager(profile)
        return collector

    # === WHAT IS SAID === #

    def _say_track(self):
        """Say what the reason calls for, through the one door."""
        template = self.reason_id.email_template_id
        if not template:
            return
        recipient = self.profile_id._get_recipient()
        touchpoint = self.env["collections.touchpoint"].create(
            {
                "profile_id": self.profile_id.id,
                "company_id": self.company_id.id,
                "partner_id": recipient.id,
                "origin": "person",
                "channel": "email",
                "state": "scheduled",
                "scheduled_at": fields.Datetime.now(),
                "lang": recipient.lang,
                "user_id": self._get_track_user("collector").id,
                "episode": self.profile_id.episode,
                "reason_entry_id": self.id,
            }
        )
        self.touchpoint_id = touchpoint
        message = touchpoint._render_template_batch(template, touchpoint._get_lang())
        message = message[touchpoint.id]
        if message.get("error"):
            touchpoint._fail(message["error"], refusal="template")
            return
        # No fixed text: it is made anew for each who reads it.
        touchpoint.write(message)
        # Whoever may not be written to is not; the reason stands all the same.
        touchpoint._apply_refusals(touchpoint._check_gate())
        if touchpoint.state == "scheduled":
            self.env.ref("customer_collections.ir_cron_dispatch")._trigger(
                touchpoint.scheduled_at
            )


class CollectionsAgreement(models.AbstractModel):
    _inherit = "collections.agreement"

    def _begin(self, items, date_end=False, order_date=None):
        """Override: what is agreed takes the place of what the reason held until
        then."""
        # A reason is history; only its hold gives way, and by this door alone.
        self.sudo().profile_id.reason_entry_ids._give_way(
            self._hold_reason, self.env["account.move.line"].union(*items)
        )
        return super()._begin(items, date_end=date_end, order_date=order_date)
