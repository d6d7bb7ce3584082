from odoo import api, fields, models
from odoo.exceptions import AccessError


class CollectionsWizard(models.AbstractModel):
    """What every dialog may do."""

    _name = "collections.wizard"
    _description = "Dialog of Collections"

    def _check_company(self, fnames=None):
        """Override: Odoo names what belongs to another company, also to those who may
        not read it.

        :raise AccessError: if they may not
        """
        for name in self._fields if fnames is None else fnames:
            field = self._fields[name]
            if field.relational and field.check_company:
                self[name].check_access("read")
        return super()._check_company(fnames)

    def _reopen(self, name, **context):
        """Return the action that shows this dialog again, with what it holds now.

        :param str name: its title
        :param context: of the action
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    def _close_telling(self, message):
        """Return the action that closes the dialog and tells what became of it.

        :param str message: a sentence
        :rtype: dict
        """
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class CollectionsCompanyWizard(models.AbstractModel):
    """A dialog about collections of a company as a whole."""

    _name = "collections.company.wizard"
    _description = "Dialog About a Company"
    _inherit = ["collections.wizard"]

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
    )
    company_mode = fields.Selection(related="company_id.collections_mode")

    @api.model_create_multi
    def create(self, vals_list):
        """Override: nobody asks about a company that is not theirs."""
        wizards = super().create(vals_list)
        wizards._check_own_company()
        return wizards

    def write(self, vals):
        """Override: as in ``create``."""
        result = super().write(vals)
        if "company_id" in vals:
            self._check_own_company()
        return result

    def _check_own_company(self):
        """Check that the company is one of the user's, or that of one of their
        branches.

        :raise AccessError: if it is not
        """
        if not self.env.su and self.company_id - self.env.user.company_ids.root_id:
            raise AccessError(
                self.env._(
                    "This company is not one of yours: ask a collections manager who "
                    "works for it."
                )
            )

    @api.model
    def _get_default_company_sudo(self):
        """Return the legal entity of who asks, to begin with what it has now: a
        manager of a branch need not see its record.

        :rtype: res.company
        """
        return self.env.company.sudo().root_id

    def _get_company_sudo(self):
        """Return the company to read and write as the system: a collections manager
        decides about it, and may not edit companies. Who that is, the caller checks.

        :raise AccessError: if the company is not one of the user's
        """
        self.ensure_one()
        self._check_own_company()
        return self.company_id.sudo()


class CollectionsCustomerWizard(models.AbstractModel):
    """A dialog about one customer."""

    _name = "collections.customer.wizard"
    _description = "Dialog About a Customer"
    _inherit = ["collections.wizard"]

    profile_id = fields.Many2one(
        comodel_name="collections.profile", string="Customer", required=True
    )
    commercial_partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Commercial Partner"
    )
