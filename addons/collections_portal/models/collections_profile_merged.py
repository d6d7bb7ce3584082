from odoo import api, models


class CollectionsProfile(models.Model):
    """Links of customers and people that were merged away."""

    _inherit = "collections.profile"

    @api.model
    def _merge_partners(self, sources, target):
        """Override: who holds a link of a contact that goes may ask for a fresh one."""
        result = super()._merge_partners(sources, target)
        self.env["collections.portal.merged"]._remember("partner_id", sources, target)
        return result

    def _take_over(self, others):
        """Override: the same for the customers that go."""
        # First: what they had taken over themselves would go with them.
        self.env["collections.portal.merged"]._remember("profile_id", others, self)
        return super()._take_over(others)
