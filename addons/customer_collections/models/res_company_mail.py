from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_collections_mail_warnings(self):
        """Return what of the company's e-mail a person should mend before customers
        are written to, one sentence each. Extend it to say more.

        :rtype: list[str]
        """
        self.ensure_one()
        # In sudo: who may not read e-mail domains is told all the same.
        company_sudo = self.sudo().root_id
        if company_sudo.catchall_email:
            return []
        return [
            self.env._(
                "Customers' replies do not come back to Odoo and pause nothing: "
                "%(company)s has no alias domain with a catchall address. Set one in "
                "the general settings.",
                company=company_sudo.name,
            )
        ]
