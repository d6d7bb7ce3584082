from odoo import fields, models


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    asked_for = fields.Boolean(
        readonly=True, help="The customer asked for it on the portal."
    )

    to_colleague = fields.Boolean(
        readonly=True, help="Somebody else at the customer asked for it."
    )

    def _get_portal_url(self):
        """Override: the recipient's own link to the account."""
        self.ensure_one()
        person = self._get_person()
        if person.commercial_partner_id != self.profile_id.partner_id:
            # A link is for the customer's own people.
            return super()._get_portal_url()
        return self.profile_id._get_portal_link(person)

    def _is_answer(self):
        """Override: what the customer asks for is no new contact, and the customer
        chose the hour."""
        return self.asked_for or super()._is_answer()

    def _is_service(self):
        """Override: a link or a document the customer asked for on the portal."""
        return self.asked_for or super()._is_service()

    def _is_wanted_since(self, moment):
        """Override: the colleague it goes to has asked for nothing."""
        return not self.to_colleague and super()._is_wanted_since(moment)

    def _get_message_attachments(self):
        """Override: add the documents the customer asked for."""
        files = super()._get_message_attachments()
        return [*files, *self.env.context.get("collections_portal_files", ())]
