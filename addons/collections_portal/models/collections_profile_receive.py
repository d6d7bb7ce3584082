from odoo import models


class CollectionsProfile(models.Model):
    """What a customer does on the portal, on the profile at once."""

    _inherit = "collections.profile"

    def _receive_portal(self, person, subject, note=None):
        """Keep what a customer did on the portal, and tell the collector.

        :param record person: the `res.partner` who did it
        :param str subject: what, in words the customer may read again
        :param str note: more of it, for the team alone
        :return: the touchpoint
        """
        self.ensure_one()
        touchpoint = self._log_contact(
            "portal", "in", False, note or subject, False, partner=person
        )
        # Nobody of ours had a part in it.
        touchpoint.write({"subject": subject, "user_id": False})
        self._tell_collector(person, subject)
        return touchpoint

    def _tell_collector(self, person, text):
        """Let the collector know; it stays on the thread where there is none.

        :param record person: who did it
        :param str text: what
        """
        self.message_post(
            body=self.env._(
                "%(person)s on the portal: %(text)s", person=person.name, text=text
            ),
            message_type="notification",
            subtype_xmlid="mail.mt_note",
            author_id=person.id,
            partner_ids=self.collector_id.partner_id.ids,
        )
