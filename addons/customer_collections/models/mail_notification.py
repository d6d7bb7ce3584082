from odoo import models


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
        if status == "bounce":
            # A colleague's copy that came back says nothing of the customer's.
            to_customers = self.sudo().filtered(
                lambda n: not n.res_partner_id or n.res_partner_id.partner_share
            )
            invoices = to_customers.mail_message_id.filtered(
                lambda m: m.model == "account.move"
            )
            if invoices:
                # As above: nobody presses a button when mail comes back.
                self.env["collections.hold"].sudo()._hold_bounced(
                    self.env["account.move"].sudo().browse(invoices.mapped("res_id"))
                )
