import re

from odoo import models

# Nobody could have got it.
_NO_ADDRESS = ("mail_email_invalid", "mail_email_missing")
# A reply that begins with 5 is for good (RFC 5321, 4.2.1).
_FOR_GOOD = re.compile(r"\(5\d\d, b")


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """Override of ``mail`` to learn what became of a message: the delivery state
        of each recipient ends up here, whoever sent it."""
        result = super().write(vals)
        status = vals.get("notification_status")
        if status:
            # An e-mail that is being sent stands on "exception" as a precaution; what
            # really failed is told by ``mail.mail._postprocess_sent_message``.
            told = self.filtered(
                lambda n: status != "exception" or n.notification_type != "email"
            )
            told._report_to_collections(status)
        return result

    def _report_to_collections(self, status):
        # The mail queue and webhooks run as anybody.
        messages = self.sudo().mail_message_id
        touchpoints = (
            self.env["collections.touchpoint"]
            .sudo()
            .search(
                [("mail_message_id", "in", messages.ids), ("direction", "=", "out")]
            )
        )
        if touchpoints:
            # Delivery is told by the mail server, for whoever wrote.
            touchpoints._receive_delivery(self.sudo(), status)
        lost = self.sudo().filtered(lambda n: n._is_lost(status))
        invoices = lost.mail_message_id.filtered(lambda m: m.model == "account.move")
        if invoices:
            # As above: nobody presses a button when mail comes back.
            self.env["collections.hold"].sudo()._hold_bounced(
                self.env["account.move"].sudo().browse(invoices.mapped("res_id"))
            )

    def _is_lost(self, status):
        """Tell whether a customer will never get this e-mail: it came back, or was
        refused for good. A mail server that is away, or says "later", proves nothing.

        :param str status: the new ``notification_status``
        :rtype: bool
        """
        self.ensure_one()
        if status not in ("bounce", "exception") or self.notification_type != "email":
            return False
        person = self.res_partner_id
        if person and not person.partner_share:
            # A colleague's copy says nothing of the customer's.
            return False
        return (
            status == "bounce"
            or self.failure_type in _NO_ADDRESS
            or bool(_FOR_GOOD.search(self.failure_reason or ""))
        )
