from itertools import chain

from odoo import models


class CollectionsProfile(models.Model):
    """The files a customer handed in, for themselves to see again."""

    _inherit = "collections.profile"

    def _get_portal_files(self, person=None):
        """Return the files that the customer's people handed in on the portal.

        Files of ours are not among them, wherever they hang.

        :param record person: only those of this person
        :rtype: recordset of `ir.attachment`
        """
        self.ensure_one()
        domain = [
            ("profile_id", "=", self.id),
            ("direction", "=", "in"),
            ("channel", "=", "portal"),
        ]
        if person:
            domain.append(("partner_id", "=", person.id))
        touchpoints = self.env["collections.touchpoint"].search(domain)
        return touchpoints._get_portal_files()


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    def _get_portal_files(self):
        """Return the files that came with what customers said on the portal.

        :rtype: recordset of `ir.attachment`
        """
        said = self.filtered(lambda t: t.direction == "in" and t.channel == "portal")
        # Asked for one message after the other, they are read for all that are shown.
        said = said.with_prefetch(self._prefetch_ids)
        files = said.attachment_ids, said.mail_message_id.attachment_ids
        shown = chain.from_iterable(part._prefetch_ids for part in files)
        return self.env["ir.attachment"].union(*files).with_prefetch(tuple(shown))
