import time
from typing import NamedTuple

from odoo import api, fields, models

from ..const import PURPOSES

LINK_SCOPE = "collections_portal.link"
# Links count hours from 2025 on: small numbers make short links.
HOUR_ZERO = 1735689600 // 3600


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
        # In sudo: whoever may send a message may put a link into it.
        profile = self.sudo()
        days = days or profile.company_id.collections_portal_link_days
        # Until the end of the hour
        last_hour = int(time.time()) // 3600 + days * 24 - HOUR_ZERO
        return self.env["collections.link"]._sign(
            LINK_SCOPE,
            [
                self.id,
                person.id,
                list(PURPOSES).index(purpose),
                profile.portal_revision,
                last_hour,
            ],
        )

    def _get_portal_link(self, person, purpose="account", days=None):
        """Return the address that opens this customer's pages to one person.

        :param record person: the `res.partner` it is made for
        :param str purpose: key of ``PURPOSES``
        :param int days: how long it works
        :return: absolute URL
        :rtype: str
        """
        token = self._get_portal_token(person, purpose, days)
        return f"{self.get_base_url()}/my/c/{token}"

    @api.model
    def _from_portal_token(self, token):
        """Return what a link says, as far as its signature holds.

        :param str token: what the URL brought
        :rtype: Link
        """
        nothing = Link("invalid", self.browse(), self.env["res.partner"], None, 0)
        numbers = self.env["collections.link"]._read_signed(LINK_SCOPE, token)
        if not numbers:
            return nothing
        profile_id, person_id, place, revision, last_hour = numbers
        profile, person = self._get_link_records(profile_id, person_id)
        expires = (last_hour + HOUR_ZERO + 1) * 3600
        valid = revision == profile.portal_revision and expires > time.time()
        if not profile:
            profile, person = self._get_merged_records(profile_id, person_id)
            valid = False
        if not profile or place >= len(PURPOSES):
            return nothing
        purpose = list(PURPOSES)[place]
        return Link("valid" if valid else "expired", profile, person, purpose, expires)

    @api.model
    def _get_link_records(self, profile_id, person_id):
        """Return customer and person of a link, while the one belongs to the other.

        :rtype: tuple[record, record]
        """
        # In sudo: the signature is the right to look, within its purpose.
        env = self.sudo().env
        profile = env[self._name].browse(profile_id).exists()
        person = env["res.partner"].browse(person_id).exists()
        if (
            profile.active
            and person.active
            and person.commercial_partner_id == profile.partner_id
        ):
            return profile, person
        return self.browse(), person.browse()

    @api.model
    def _get_merged_records(self, profile_id, person_id):
        """Return whom the customer and the person of a link were merged into. Their
        account is another now: the link does not open it, but says who may be sent one.

        :rtype: tuple[record, record]
        """
        # In sudo: whoever holds the signed link reads nothing of it.
        merged = self.env["collections.portal.merged"].sudo()
        return self._get_link_records(
            merged._find("profile_id", profile_id).id or profile_id,
            merged._find("partner_id", person_id).id or person_id,
        )

    def action_withdraw_portal_links(self):
        """Make every link that was sent so far useless."""
        self.check_access("write")
        for profile in self:
            # In sudo: the number is the system's.
            profile.sudo().portal_revision += 1
        return True
