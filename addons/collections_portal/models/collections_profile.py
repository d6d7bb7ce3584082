import binascii
import time
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools.misc import hash_sign, verify_hash_signed

from ..const import PURPOSES

LINK_SCOPE = "collections_portal.link"


class Link(NamedTuple):
    """What a signed link says. Records are in sudo mode.

    ``state`` is ``valid``, ``expired`` or ``invalid``; an expired link still names
    whom a fresh one may be sent to, an invalid one names nobody.
    """

    state: str
    profile: object
    person: object
    purpose: str | None
    expires: int


class CollectionsProfile(models.Model):
    """The links that open a customer's pages without a password."""

    _inherit = "collections.profile"

    portal_revision = fields.Integer(
        readonly=True,
        copy=False,
        help="Links carry this number: a higher one makes all of them useless.",
    )

    def _get_portal_token(self, person, purpose="account", days=None):
        """Return what opens this customer's pages to one person.

        :param record person: the `res.partner` it is made for
        :param str purpose: key of ``PURPOSES``: what may be done with it
        :param int days: how long it works; the company's choice if not given
        :rtype: str
        """
        self.ensure_one()
        days = days or self.company_id.sudo().collections_portal_link_days
        values = [
            self.id,
            person.id,
            purpose,
            # In sudo: whoever may send a message may put a link into it.
            self.sudo().portal_revision,
            int(time.time()) + days * 24 * 3600,
        ]
        # The expiry is among the values, so that an expired link can still be told
        # from a forged one. In sudo: only the server knows the secret.
        return hash_sign(self.sudo().env, LINK_SCOPE, values)

    def _get_portal_link(self, person, purpose="account", days=None):
        """Return the address that opens this customer's pages to one person.

        :param record person: the `res.partner` it is made for
        :param str purpose: key of ``PURPOSES``
        :param int days: how long it works
        :return: absolute URL
        :rtype: str
        """
        token = self._get_portal_token(person, purpose, days)
        return f"{self.get_base_url()}/my/collections/l/{token}"

    @api.model
    def _from_portal_token(self, token):
        """Return what a link says, as far as its signature holds.

        :param str token: what the URL brought
        :rtype: Link
        """
        nothing = Link("invalid", self.browse(), self.env["res.partner"], None, 0)
        try:
            # In sudo: only the server knows the secret.
            values = verify_hash_signed(self.sudo().env, LINK_SCOPE, token)
            profile_id, person_id, purpose, revision, expires = values or ()
        except (ValueError, TypeError, binascii.Error):
            return nothing
        profile, person = self._get_link_records(profile_id, person_id)
        if not profile or purpose not in PURPOSES:
            return nothing
        valid = revision == profile.portal_revision and expires > time.time()
        return Link("valid" if valid else "expired", profile, person, purpose, expires)

    @api.model
    def _get_link_records(self, profile_id, person_id):
        """Return customer and person of a link, while the one belongs to the other.

        :rtype: tuple[record, record]
        """
        # In sudo: the signature is the right to look, within its purpose.
        profile = self.sudo().browse(profile_id).exists()
        person = self.env["res.partner"].sudo().browse(person_id).exists()
        if (
            profile.active
            and person.active
            and person.commercial_partner_id == profile.partner_id
        ):
            return profile, person
        return self.browse(), person.browse()

    def action_withdraw_portal_links(self):
        """Make every link that was sent so far useless."""
        self.check_access("write")
        for profile in self:
            # In sudo: the number is the system's.
            profile.sudo().portal_revision += 1
        return True
