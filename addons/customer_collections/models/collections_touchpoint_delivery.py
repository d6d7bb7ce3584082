from odoo import fields, models


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
            # A colleague's copy says nothing of the customer's.
            copied = touchpoint._get_copied_partners() - touchpoint.partner_id
            notification = notifications.filtered(
                lambda n, t=touchpoint, copied=copied: n.mail_message_id
                == t.mail_message_id
                and n.res_partner_id not in copied
            )[:1]
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

    def _get_failure_reason(self, notification):
        field = notification._fields["failure_type"]
        kinds = dict(field._description_selection(self.env))
        return (
            notification.failure_reason
            or notification.mail_mail_id.failure_reason
            or kinds.get(notification.failure_type)
            or self.env._("no reason given")
        )
