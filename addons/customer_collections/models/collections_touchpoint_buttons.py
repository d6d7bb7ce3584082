from odoo import fields, models
from odoo.exceptions import UserError

from ..const import OPEN_STATES


class CollectionsTouchpoint(models.Model):
    """Who is asked to do something, and what people do with a message."""

    _inherit = "collections.touchpoint"

    def _ask_collector(self, activity_type, summary, note=None):
        """Give the customer's collector something to do, once.

        :return: the activity, an earlier one if it is still to be done
        """
        self.ensure_one()
        # In sudo: the task is the system's to give, whoever made the message go. An
        # e-mail about each would be many: the list of tasks has them.
        profile = self.profile_id.sudo().with_context(mail_activity_quick_update=True)
        user = self._get_asked_user()
        asked = profile.activity_ids.filtered(
            lambda a: a.summary == summary and a.user_id == user
        )
        return asked[:1] or profile.activity_schedule(
            activity_type, summary=summary, note=note, user_id=user.id
        )

    def _get_asked_user(self):
        """Return who is asked when something is to be done for the customer.

        :rtype: res.users
        """
        self.ensure_one()
        # In sudo: who is asked is no question of who made the message go.
        profile = self.profile_id.sudo()
        collector = profile.collector_id
        return (
            (collector if collector.active else self._get_signer())
            # A task that is nobody's is never done.
            or profile.company_id._get_collections_manager(profile)
        )

    # === BUTTONS === #

    def action_approve(self):
        """Let messages go that wait for a manager's word."""
        if not self.env.user.has_group("customer_collections.group_manager"):
            raise UserError(self.env._("Only a collections manager may approve."))
        self.check_access("read")
        # In sudo: people write no touchpoints, the buttons are their doors.
        waiting = self.sudo().filtered(lambda t: t.state == "to_approve")
        waiting.write({"state": "scheduled", "refusal_note": False})
        for company in waiting.company_id:
            waiting._update_asked(company)
        return True

    def action_send_now(self):
        """Send one message now; the gate says in words why it may not."""
        self.ensure_one()
        if self.state != "scheduled":
            raise UserError(
                self.env._("Only a scheduled message can be sent; approve it first.")
            )
        self._raise_refusal()
        # In sudo: as for approving; the gate was asked before and is asked again.
        self.sudo()._dispatch()
        if self.state == "failed":
            # Raising would undo the note of what went wrong.
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {"type": "danger", "message": self.refusal_note},
            }
        # In sudo: a job is no record for people; it is only woken.
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return True

    def _postpone(self, until):
        """Let it wait until then.

        :param datetime until: naive UTC
        :raise UserError: if it has left already, or the day is past
        """
        self._check_open()
        if until <= fields.Datetime.now():
            raise UserError(self.env._("Choose a day that is still to come."))
        # In sudo: people write no touchpoints, this is their door.
        self.sudo().write({"scheduled_at": until, "date": until})

    def _refuse(self, note):
        """A person's word that this is not said; the ladder goes on without it.

        :param str note: why, kept with the message
        """
        self._check_open()
        # In sudo: people write no touchpoints, this is their door; what follows for
        # the customer is the system's to work out.
        touchpoints = self.sudo()
        touchpoints._keep_lines()
        touchpoints._cancel("refused", note)
        for company in touchpoints.company_id:
            touchpoints._update_asked(company)
        touchpoints.profile_id._redecide()

    def _edit(self, subject, body):
        """Replace the text by a person's own; it is sent as it stands."""
        self._check_open()
        # In sudo: people write no touchpoints, this is their door.
        touchpoints = self.sudo()
        touchpoints._keep_lines()
        touchpoints.write({"subject": subject, "body": body, "edited": True})
        for touchpoint in touchpoints:
            # It says their name.
            touchpoint.user_id = touchpoint._get_signer()
        if not self.env.user.has_group("customer_collections.group_manager"):
            # A manager approved another text.
            touchpoints.filtered(
                lambda t: t.state == "scheduled" and t.stage_id.approval
            ).state = "to_approve"

    def _check_open(self):
        self.check_access("read")
        if any(t.state not in OPEN_STATES for t in self):
            raise UserError(
                self.env._("What was sent or cancelled is history and stays as it is.")
            )
        return self

    def _as_door(self):
        """Return these touchpoints for a person to change through a button: nobody
        writes them directly, whoever may see them may use the buttons."""
        self.check_access("read")
        # In sudo: see above.
        return self.sudo()
