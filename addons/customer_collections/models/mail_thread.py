from odoo import api, models

from ..tools.stop_words import is_automatic_reply
from .collections_profile_door import Pass


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Override of ``mail`` to tell the profile of an automatic reply: only here
        are the headers that show it still at hand."""
        gateway = self
        if any(route[0] == "collections.profile" for route in routes or ()):
            automatic = is_automatic_reply(
                {name: str(value) for name, value in message.items()},
                message_dict.get("subject") or "",
            )
            gateway = self.with_context(collections_automatic_reply=automatic)
        return super(MailThread, gateway)._message_route_process(
            message, message_dict, routes
        )

    def _notify_thread_by_email(self, message, recipients_data, **kwargs):
        """Override of ``mail``: every message of a profile comes by here, whichever
        method wrote it, before anything leaves. Who may not be reached is taken out
        of the list, for what is notified after the e-mails, too."""
        profile = self._get_profile_to_ask(message, kwargs.get("msg_vals"))
        if not profile:
            return super()._notify_thread_by_email(message, recipients_data, **kwargs)
        recipients_data[:] = profile._let_through(message, recipients_data)
        passed = self.with_context(collections_pass=Pass())
        return super(MailThread, passed)._notify_thread_by_email(
            message, recipients_data, **kwargs
        )

    def _notify_thread_by_sms(
        self,
        message,
        recipients_data,
        msg_vals=False,
        sms_content=None,
        sms_numbers=None,
        sms_pid_to_number=None,
        put_in_queue=False,
        **kwargs,
    ):
        """Override of ``sms``: numbers that are nobody's pass the gate as well, and
        who has none of their own is reached at work."""
        profile = self._get_profile_to_ask(message, msg_vals)
        if profile:
            numbers = profile._get_numbers(recipients_data)
            sms_pid_to_number = {**numbers, **(sms_pid_to_number or {})}
        if profile and sms_numbers:
            nobody = self.env["res.partner"]
            contacts = [
                profile._prepare_contact("sms", nobody, number)
                for number in sms_numbers
            ]
            touchpoints = profile._say_on_thread(message, contacts)
            sms_numbers = touchpoints.filtered("sent_at").mapped("address")
        return super()._notify_thread_by_sms(
            message,
            recipients_data,
            msg_vals=msg_vals,
            sms_content=sms_content,
            sms_numbers=sms_numbers,
            sms_pid_to_number=sms_pid_to_number,
            put_in_queue=put_in_queue,
            **kwargs,
        )

    def _get_profile_to_ask(self, message, msg_vals):
        """Return the profile whose gate a message has to pass, if any."""
        profiles = self.env["collections.profile"]
        # What it is about decides whether it must pass, read or not.
        model = (msg_vals or {}).get("model") or message.sudo().model
        if model != profiles._name or profiles._has_pass():
            return profiles
        # As above.
        return profiles.browse((msg_vals or {}).get("res_id") or message.sudo().res_id)
