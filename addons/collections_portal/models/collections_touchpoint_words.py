from odoo import models


class CollectionsTouchpoint(models.Model):
    """A message of the past, in one sentence for the customer."""

    _inherit = "collections.touchpoint"

    def _get_portal_sentence(self):
        """Return what happened. Notes of colleagues are never in it.

        The text itself is not shown either: it holds links of whom it was sent to.

        :rtype: str
        """
        self.ensure_one()
        name = self.partner_id.name or self.profile_id.partner_id.name
        say = getattr(self, f"_say_portal_{self.direction}_{self.channel}", None)
        return say(name) if say else self.env._("We were in touch with %s.", name)

    def _say_portal_out_email(self, name):
        return self.env._("We sent %s an e-mail.", name)

    def _say_portal_out_sms(self, name):
        return self.env._("We sent %s a text message.", name)

    def _say_portal_out_letter(self, name):
        return self.env._("We sent %s a letter.", name)

    def _say_portal_out_call(self, name):
        if self.outcome == "voicemail":
            return self.env._("We called %s and left a message.", name)
        if self.outcome in ("no_answer", "wrong_number"):
            return self.env._("We called %s and did not get through.", name)
        return self.env._("We talked with %s on the phone.", name)

    def _say_portal_in_email(self, name):
        return self.env._("%s wrote to us.", name)

    def _say_portal_in_sms(self, name):
        return self.env._("%s sent us a text message.", name)

    def _say_portal_in_letter(self, name):
        return self.env._("%s sent us a letter.", name)

    def _say_portal_in_call(self, name):
        return self.env._("%s talked with us on the phone.", name)

    def _say_portal_in_portal(self, name):
        return self.env._("%s told us on this page.", name)

    def _get_portal_subject(self):
        """Return the subject as it left; empty where there was none.

        Subjects of what was only noted down are a colleague's words.

        :rtype: str
        """
        self.ensure_one()
        told = self.mail_message_id or self.channel in ("letter", "portal")
        return self.subject or "" if told else ""

    def _get_portal_amounts(self):
        """Return how much it was about, formatted, one amount per currency.

        :rtype: str
        """
        self.ensure_one()
        return self._get_amounts_text(self.about_ids)
