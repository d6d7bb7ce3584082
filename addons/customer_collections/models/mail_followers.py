from odoo import models


class Recipients(dict):
    """In the context as ``collections_recipients``: what ``_get_recipient_data`` knows
    of a whole batch.

    A class of its own, so that code alone can give it: what comes by RPC is a plain
    dict.
    """


class MailFollowers(models.Model):
    _inherit = "mail.followers"

    def _get_recipient_data(self, records, message_type, subtype_id, pids=None):
        """Override of ``mail``: what was read for a batch is not asked again for each
        message of it."""
        known = self.env.context.get("collections_recipients")
        if isinstance(known, Recipients) and message_type == "user_notification":
            people = known.get(records.id, {}) if len(records) == 1 else {}
            if pids and people.keys() >= set(pids):
                return {records.id: {pid: dict(people[pid]) for pid in pids}}
        return super()._get_recipient_data(records, message_type, subtype_id, pids)
