import smtplib

from odoo import api, fields, models
from odoo.tools import email_normalize


class MailMail(models.Model):
    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of ``mail``: an e-mail of a profile that no message of its thread
        stands behind (the composer in mass mode, a template) passes the gate."""
        mails = super().create(vals_list)
        now = fields.Datetime.now()
        mails.filtered(
            lambda m: not m.scheduled_date or m.scheduled_date <= now
        )._pass_collections_gate(self.env["collections.profile"]._is_by_hand())
        return mails

    def send(self, *args, **kwargs):
        """Override of ``mail``: one that was to wait passes the gate as it leaves."""
        refused = self._pass_collections_gate(by_hand=False)
        refused |= self._take_back_late()
        return super(MailMail, self - refused).send(*args, **kwargs)

    def _send(self, *args, **kwargs):
        """Override of ``mail``: when the mail server hangs up, Odoo leaves the mail it
        was about to hand over as failed, and nobody tries again."""
        try:
            return super()._send(*args, **kwargs)
        except smtplib.SMTPServerDisconnected:
            self._requeue_interrupted()
            raise

    def _requeue_interrupted(self):
        """Put the mail of a touchpoint back that the mail server hung up on. It keeps
        its Message-Id: whoever got it already shows it once."""
        # The queue runs as anybody.
        half_sent = self.sudo().filtered(
            lambda m: m.state == "exception"
            and m.failure_type == "unknown"
            and m.model == "collections.profile"
        )
        half_sent.write(
            {"state": "outgoing", "failure_type": False, "failure_reason": False}
        )
        half_sent.mail_message_id.notification_ids.filtered(
            lambda n: n.notification_status == "exception"
        ).write(
            {
                "notification_status": "ready",
                "failure_type": False,
                "failure_reason": False,
            }
        )

    def _take_back_late(self):
        """Take back what lay in the queue for too long: its hour may be past and its
        amounts paid. It passes the gate anew.

        :return: the mails that may not go
        """
        # The queue runs as anybody.
        touchpoints = self.env["collections.touchpoint"].sudo()
        waiting = self.sudo().exists().filtered(lambda m: m.state == "outgoing")
        late = touchpoints._find_late(waiting.mail_message_id)
        messages = late.mail_message_id
        late._reopen(
            fields.Datetime.now(),
            self.env._("It waited in the mail queue for too long and is checked anew."),
        )
        return self.filtered(lambda m: m.sudo().mail_message_id in messages)

    def _pass_collections_gate(self, by_hand):
        """Ask the gate about the mails of profiles that have not passed it yet.

        :return: the mails that may not go
        """
        profiles = self.env["collections.profile"]
        if profiles._has_pass():
            return self.browse()
        # In sudo: whoever may write to a customer may not read the mail queue.
        mails_sudo = (
            self.sudo()
            .exists()
            .filtered(
                lambda m: m.model == profiles._name
                and m.res_id
                and m.state == "outgoing"
            )
        )
        if not mails_sudo:
            return self.browse()
        # In sudo: whoever sends the queue may read no touchpoints. What failed or came
        # back has passed once: to try it again is to knock again.
        touchpoints_sudo = self.env["collections.touchpoint"].sudo()
        said = touchpoints_sudo.search(
            [
                ("mail_message_id", "in", mails_sudo.mail_message_id.ids),
                ("direction", "=", "out"),
                ("state", "in", ("sent", "delivered", "failed", "bounced")),
            ],
            order="id",
        )
        # Of each reader the last word: it got lost for one and not for another.
        last = {(t.mail_message_id, t.partner_id, t.address): t for t in said}
        lost = said.browse(t.id for t in last.values()).filtered(
            lambda t: t.state in ("failed", "bounced")
        )
        passed = said.mail_message_id - lost.mail_message_id
        waiting = mails_sudo.filtered(lambda m: m.mail_message_id not in passed)
        return self.browse(profiles._let_mails_out(waiting, by_hand).ids)

    def _leave_out(self, refused):
        """Take out who may not be reached; cancel the mail if nobody is left.

        :param refused: touchpoints that the gate refused
        """
        self.ensure_one()
        if not refused:
            return
        addresses = set(refused.mapped("address"))
        values = {
            "recipient_ids": [
                fields.Command.unlink(person.id) for person in refused.partner_id
            ]
        }
        for field in ("email_to", "email_cc"):
            kept = [
                email
                for email in (self[field] or "").split(",")
                if email_normalize(email) not in addresses
            ]
            values[field] = ",".join(kept)
        self.write(values)
        if not self.recipient_ids and not self.email_to:
            self.write(
                {
                    "state": "cancel",
                    "failure_reason": "\n".join(
                        dict.fromkeys(refused.mapped("refusal_note"))
                    ),
                }
            )

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Override of ``mail`` to learn that an e-mail could not be handed over.

        Only here is the failure final: while a mail is being sent, its notification
        stands on ``exception`` as a precaution.
        """
        failed = self.env["mail.notification"].sudo()
        if failure_type:
            # The mail queue runs as anybody; what nobody could get is deleted below.
            failed = self.exists().sudo().mail_message_id.notification_ids
        result = super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
        if failed:
            failed.exists().filtered(
                lambda n: n.notification_status == "exception"
            )._report_to_collections("exception")
        return result
