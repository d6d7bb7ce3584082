from odoo import fields, models
from odoo.tools import email_normalize


class CollectionsTouchpoint(models.Model):
    """What follows from what was sent, and what became of it on its way."""

    _inherit = "collections.touchpoint"

    def _advance_profiles(self):
        """Move each customer to the step that was taken."""
        today = fields.Date.context_today(self)
        for touchpoint in self.filtered(lambda t: t.origin == "automatic"):
            profile = touchpoint.profile_id
            if touchpoint.kind == "overdue":
                profile.write({"stage_id": touchpoint.stage_id.id, "stage_date": today})
            elif touchpoint.kind == "after_paid":
                profile.write(
                    {
                        "stage_id": False,
                        "stage_date": False,
                        "episode": profile.episode + 1,
                    }
                )
        self.profile_id.write({"last_contact_at": fields.Datetime.now()})

    def _take_back(self, state, note):
        """It never arrived: the step is open again, for the next channel."""
        for touchpoint in self:
            touchpoint.write(
                {"state": state, "refusal": "no_channel", "refusal_note": note}
            )
            touchpoint._take_step_back()
            touchpoint._ask_collector("mail.mail_activity_data_warning", note)
        # What the profile says of its next step is true at once.
        self.profile_id._redecide()

    def _receive_delivery(self, notifications, status):
        """Learn what became of messages from Odoo's delivery tracking.

        :param notifications: the ``mail.notification`` rows that changed
        :param str status: their new ``notification_status``
        """
        for touchpoint in self.filtered(lambda t: t.state in ("sent", "delivered")):
            notification = notifications.filtered(touchpoint._is_notified_by)[:1]
            if not notification:
                continue
            reason = touchpoint._get_failure_reason(notification)
            if status == "bounce":
                touchpoint._take_back(
                    "bounced",
                    touchpoint.env._(
                        "The message to %(address)s came back: mend the address.",
                        address=touchpoint.address,
                    ),
                )
            elif status == "exception" and touchpoint._is_temporary(notification):
                touchpoint._try_again(reason)
            elif status == "exception":
                touchpoint._take_back(
                    "failed",
                    touchpoint.env._(
                        "The message to %(address)s could not be delivered: %(why)s",
                        address=touchpoint.address,
                        why=reason,
                    ),
                )
            elif status == "sent" and touchpoint.channel == "sms":
                # For an SMS, Odoo's "sent" is the operator's word of delivery.
                touchpoint.state = "delivered"

    def _is_notified_by(self, notification):
        """Tell whether a notification is that of this reader: others may have got the
        same message, such as another contact or a colleague their copy.

        :param notification: a ``mail.notification``
        :rtype: bool
        """
        self.ensure_one()
        return notification.mail_message_id == self.mail_message_id and self._went_to(
            notification.res_partner_id,
            notification.sms_number
            if notification.notification_type == "sms"
            else email_normalize(notification.mail_email_address),
        )

    def _went_to(self, person, address):
        """Tell whether it is this reader whom Odoo sent something to.

        :param person: a ``res.partner``, empty for an address alone
        :param str address: as Odoo wrote it down, normalized
        :rtype: bool
        """
        self.ensure_one()
        if person or not (address and self.address):
            return bool(person) and person == self.partner_id
        if self.channel == "sms":
            number = self.profile_id._phone_format(number=self.address)
            return address in (number, self.address)
        return address == self.address

    def _get_failure_reason(self, notification):
        field = notification._fields["failure_type"]
        kinds = dict(field._description_selection(self.env))
        return (
            notification.failure_reason
            or notification.mail_mail_id.failure_reason
            or kinds.get(notification.failure_type)
            or self.env._("no reason given")
        )
