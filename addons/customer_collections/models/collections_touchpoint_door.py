from odoo import fields, models


class CollectionsTouchpoint(models.Model):
    """What becomes of a message that another of Odoo's tools was about to send."""

    _inherit = "collections.touchpoint"

    def _tell_refused(self, by_hand):
        """Tell whom it concerns that a message was left out: who sent it, or the
        collector when nobody was at the screen."""
        if by_hand:
            self.env.user._bus_send(
                "simple_notification",
                {
                    "type": "warning",
                    "sticky": True,
                    "message": self.env._(
                        "%(count)s customers were left out. Messages that were not "
                        "sent say why.",
                        count=len(self.profile_id),
                    ),
                },
            )
            return
        for touchpoint in self:
            touchpoint._ask_collector(
                "mail.mail_activity_data_warning",
                self.env._(
                    "A message was not sent: %(why)s", why=touchpoint.refusal_note
                ),
            )

    def _settle_at_door(self, message):
        """Keep what was said by another of Odoo's tools, and what was refused.

        :param message: the ``mail.message``
        :return: those that were said
        """
        said = self.browse()
        for touchpoint in self:
            if touchpoint.state == "cancelled":
                touchpoint.write(
                    {
                        "mail_message_id": message.id,
                        "subject": message.subject,
                        "body": message.body,
                    }
                )
                continue
            touchpoint._mark_sent(
                address=touchpoint.address,
                subject=message.subject,
                body=message.body,
                message=message,
                signer=touchpoint.user_id,
            )
            said |= touchpoint
        said.profile_id.last_contact_at = fields.Datetime.now()
        return said
