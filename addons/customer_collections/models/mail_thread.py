from odoo import api, models

from ..tools.stop_words import is_automatic_reply


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
