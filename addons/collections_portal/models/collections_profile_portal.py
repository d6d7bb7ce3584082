from odoo import models
from odoo.fields import Domain


class CollectionsProfile(models.Model):
    """What of a customer the customer's own people may see."""

    _inherit = "collections.profile"

    def _is_portal_whole(self, person):
        """Tell whether a person at the customer sees all of the customer's affairs.

        An override may widen it, for a role for instance.

        :param record person: a `res.partner` of the customer
        :rtype: bool
        """
        self.ensure_one()
        # In sudo: a setting, asked for a visitor.
        company = self.company_id.sudo()
        return (
            company.collections_portal_entity
            or person == self.partner_id
            or person == self.contact_id
        )

    def _get_portal_moves_domain(self, person=None):
        """Return which documents may be shown: posted ones of this customer.

        :param record person: only those addressed to this person
        :rtype: Domain
        """
        self.ensure_one()
        domain = (
            Domain("company_id", "child_of", self.company_id.id)
            & Domain("state", "=", "posted")
            & Domain("move_type", "in", ("out_invoice", "out_refund", "out_receipt"))
            & Domain("partner_id.commercial_partner_id", "=", self.partner_id.id)
        )
        if person:
            domain &= Domain("partner_id", "child_of", person.id)
        return domain

    def _get_portal_helper(self):
        """Return whom the customer may talk to, for every page.

        :return: ``name``, ``phone``, ``email``; the company's where nobody is known
        :rtype: dict[str, str]
        """
        self.ensure_one()
        # In sudo: name, phone and e-mail are signed under every message.
        company = self.company_id.sudo()
        # In sudo: as above, and visitors read no profile.
        user = self.sudo().collector_id.filtered("active")
        user = user or company.collections_sender_id
        if user and (user._is_superuser() or not user.active):
            user = user.browse()
        return {
            "name": user.name or company.name,
            "is_person": bool(user),
            "phone": user.partner_id.phone or company.phone,
            "email": user.email or company.email,
        }
