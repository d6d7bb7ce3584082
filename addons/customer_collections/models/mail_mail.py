from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Override of ``mail`` to learn that an e-mail could not be handed over.

        Only here is the failure final: while a mail is being sent, its notification
        stands on ``exception`` as a precaution.
        """
        result = super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
        if failure_type:
            # The mail queue runs as anybody; mails may be gone by now.
            notifications = self.exists().sudo().mail_message_id.notification_ids
            notifications.filtered(
                lambda n: n.notification_status == "exception"
            )._report_to_collections("exception")
        return result
