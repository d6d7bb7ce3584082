from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override of ``base``: two profiles become one first, because otherwise the
        second would be deleted with its history."""
        # Who merges contacts may know nothing of collections.
        self.env["collections.profile"].sudo()._merge_partners(
            src_partners, dst_partner
        )
        return super()._update_foreign_keys(src_partners, dst_partner)
