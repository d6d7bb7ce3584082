from odoo import fields, models


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def _send(self, *args, **kwargs):
        """Override of ``sms``: what lay in the queue for too long, or was lost, passes
        the gate anew. The queue and the button "Resend" both come by here."""
        # The queue gives texts of all companies at once, where Odoo sends for one only
        # and stops at the second. In sudo: whoever sends need not read the message.
        by_company = self.grouped(lambda sms: sms.sudo()._get_sms_company())
        if len(by_company) > 1:
            for texts in by_company.values():
                texts._send(*args, **kwargs)
            return None
        leaving = self - self._take_back_late() - self._leave_out_lost()
        if not leaving:
            return None
        [company] = by_company
        # Else by the account of the company that the job is in. Whoever presses
        # "Resend" may be at home in that one only.
        if self.env.su or company.id in self.env.user._get_company_ids():
            leaving = leaving.with_company(company)
        return super(SmsSms, leaving)._send(*args, **kwargs)

    def _take_back_late(self):
        """Take back what lay in the queue for too long: its hour may be past and its
        amounts paid. It passes the gate anew.

        :return: the texts that may not go
        """
        # The queue runs as anybody.
        touchpoints = self.env["collections.touchpoint"].sudo()
        late = touchpoints._find_late(self.sudo().mail_message_id)
        messages = late.mail_message_id
        late._reopen(
            fields.Datetime.now(),
            self.env._("It waited in the mail queue for too long and is checked anew."),
        )
        return self.filtered(lambda s: s.sudo().mail_message_id in messages)

    def _leave_out_lost(self):
        """Cancel what was lost once and may not go now.

        :return: the texts that may not go
        """
        # As above.
        touchpoints = self.env["collections.touchpoint"].sudo()
        lost = touchpoints._find_lost(self.sudo().mail_message_id).filtered(
            lambda t: any(sms._is_of(t) for sms in self)
        )
        kept_back = lost._knock_again()
        refused = self.filtered(lambda sms: any(map(sms._is_of, kept_back)))
        # In sudo: whoever sends need not be allowed to cancel.
        refused.sudo().action_set_canceled()
        return refused

    def _is_of(self, touchpoint):
        """Tell whether this is the text of a touchpoint: others may have got the same
        message."""
        # As above.
        sms = self.sudo()
        return sms.mail_message_id == touchpoint.mail_message_id and (
            touchpoint._went_to(sms.partner_id, sms.number)
        )
