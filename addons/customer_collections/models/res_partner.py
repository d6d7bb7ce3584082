from odoo import api, fields, models

COLLECTOR = "customer_collections.group_collector"


class ResPartner(models.Model):
    _inherit = "res.partner"

    collections_profile_id = fields.Many2one(
        comodel_name="collections.profile",
        compute="_compute_collections_profile_id",
        groups=COLLECTOR,
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_collections_profile_id(self):
        profiles = self.env["collections.profile"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.root_id.id),
            ]
        )
        by_partner = profiles.grouped("partner_id")
        for partner in self:
            partner.collections_profile_id = by_partner.get(
                partner.commercial_partner_id
            )

    # === BY WHAT THEY ARE REACHED === #

    def _get_phone_partner(self):
        """Return whose number reaches this person: without a valid one of their own
        they are at work.

        :rtype: record of `res.partner`
        """
        company = self.commercial_partner_id
        borrows = not self.phone_sanitized and company.phone_sanitized
        return company if borrows else self

    def _get_postal_partner(self):
        """Return whose street a letter to this person goes to, as above.

        :rtype: record of `res.partner`
        """
        company = self.commercial_partner_id
        borrows = not self._has_street() and company._has_street()
        return company if borrows else self

    def _has_street(self):
        return bool(self.street and self.city)

    def action_open_collections(self):
        """Open this customer's collections profile in the current company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_collections.collections_profile_action"
        )
        profile = self.collections_profile_id
        if profile:
            action.update(res_id=profile.id, view_mode="form", views=[(False, "form")])
        else:
            action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        return action

    def write(self, vals):
        """Override: a new address has not bounced yet; a contact that moves takes
        its debt along."""
        if "email" in vals and "message_bounce" not in vals:
            moved = self.filtered(
                lambda p: p.message_bounce and p.email != vals["email"]
            )
            if moved:
                moved.message_bounce = 0
        if not vals.keys() & {"parent_id", "is_company"}:
            return super().write(vals)
        customers = self.commercial_partner_id
        result = super().write(vals)
        customers |= self.commercial_partner_id
        self.env["collections.stale"]._mark_customers(customers)
        return result
