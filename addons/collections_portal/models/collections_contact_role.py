from odoo import fields, models
from odoo.fields import Domain

from ..const import ROLES


class CollectionsContactRole(models.Model):
    """Who at a customer does what, in the customer's own words."""

    _name = "collections.contact.role"
    _description = "Role of a Customer's Contact"
    _order = "profile_id, role, id"
    _rec_name = "partner_id"

    profile_id = fields.Many2one(
        comodel_name="collections.profile",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
    )
    role = fields.Selection(selection=ROLES, required=True)

    _role_uniq = models.Constraint(
        "UNIQUE (profile_id, role)", "One person has this role already."
    )


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    contact_role_ids = fields.One2many(
        comodel_name="collections.contact.role",
        inverse_name="profile_id",
        string="Roles",
    )

    def _get_person_fields(self):
        """Override: roles are people's to choose."""
        return super()._get_person_fields() | {"contact_role_ids"}

    def _is_portal_whole(self, person):
        """Override: accounts payable sees the whole account."""
        return super()._is_portal_whole(person) or bool(
            # In sudo: asked about a visitor, who reads no roles.
            self.sudo().contact_role_ids.filtered(
                lambda r: r.role == "payable" and r.partner_id == person
            )
        )

    def _take_over(self, others):
        """Override: the roles that the merged customers gave go on; where both gave
        one, this profile's stands."""
        given = set(self.contact_role_ids.mapped("role"))
        for role in others.contact_role_ids:
            if role.role not in given:
                given.add(role.role)
                role.profile_id = self
        return super()._take_over(others)

    def _get_portal_people(self):
        """Return who at the customer may be given a role: contacts with an address.

        :rtype: recordset of `res.partner`
        """
        self.ensure_one()
        return self.env["res.partner"].search(
            Domain("commercial_partner_id", "=", self.partner_id.id)
            & Domain("email_normalized", "!=", False),
            limit=200,
        )

    def _set_portal_roles(self, people, person):
        """Note who does what. Accounts payable receives what we send from now on.

        :param dict people: `res.partner` by role; empty for nobody
        :param record person: who says so
        :return: whether anything changed
        :rtype: bool
        """
        self.ensure_one()
        changed = False
        for role, partner in people.items():
            current = self.contact_role_ids.filtered(lambda r, k=role: r.role == k)
            if current.partner_id == partner:
                continue
            changed = True
            if not partner:
                current.unlink()
            elif current:
                current.partner_id = partner
            else:
                current.create(
                    {"profile_id": self.id, "role": role, "partner_id": partner.id}
                )
            if role == "payable":
                self._pin_portal_recipient(partner, person)
        return changed

    def _pin_portal_recipient(self, partner, person):
        if partner:
            reason = self.env._("%(person)s chose it on the portal", person=person.name)
            self._pin("contact", partner, reason)
        else:
            self._unpin("contact")


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    def _get_copy_readers(self):
        """Override: by the roles that the customer gave to their people."""
        readers = super()._get_copy_readers()
        profile = self.profile_id
        if not profile.contact_role_ids:
            return readers
        wanted = self._get_copy_roles()
        roles = profile.contact_role_ids.filtered(lambda role: role.role in wanted)
        return readers | roles.partner_id.filtered(
            lambda person: person.active
            and person != self._get_person()
            # Whoever left the customer meanwhile is nobody of theirs.
            and person.commercial_partner_id == profile.partner_id
        )

    def _get_copy_roles(self):
        """Return the roles whose holders read this message along: whoever approves
        payments while an approval is missing, where to turn when nobody answers from
        the final step on.

        An override adds rules of its own.

        :return: of ``const.ROLES``
        :rtype: set[str]
        """
        self.ensure_one()
        reason = self.reason_entry_id.reason_id or self.profile_id.reason_id
        wanted = set()
        if reason.code == "paperwork_approval":
            wanted.add("approver")
        if self.tone == "final":
            wanted.add("escalation")
        return wanted
