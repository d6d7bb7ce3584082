from odoo import api, fields, models
from odoo.exceptions import UserError


class CollectionsPinWizard(models.TransientModel):
    _name = "collections.pin.wizard"
    _description = "Pin a Choice for a Customer"
    _inherit = ["collections.customer.wizard"]
    _check_company_auto = True

    company_id = fields.Many2one(related="profile_id.company_id")
    policy_id = fields.Many2one(related="profile_id.policy_id")
    kind = fields.Selection(selection="_get_kinds", required=True, default="collector")
    segment_id = fields.Many2one(comodel_name="collections.segment", check_company=True)
    collector_id = fields.Many2one(
        comodel_name="res.users", domain=[("share", "=", False)]
    )
    stage_id = fields.Many2one(
        comodel_name="collections.stage",
        string="Last Step",
        help="The ladder stands still here until somebody releases it.",
    )
    contact_id = fields.Many2one(comodel_name="res.partner", string="Recipient")
    current = fields.Char(string="Now", compute="_compute_current")
    reason = fields.Char(string="Why", required=True)

    @api.model
    def _get_kinds(self):
        field = self.env["collections.pin"]._fields["kind"]
        return field._description_selection(self.env)

    @api.model
    def _get_value_fields(self):
        """Return which field of the wizard holds the choice of each kind.

        :rtype: dict[str, str]
        """
        return {
            "segment": "segment_id",
            "collector": "collector_id",
            "stage": "stage_id",
            "contact": "contact_id",
        }

    @api.depends("profile_id", "kind")
    def _compute_current(self):
        for wizard in self:
            profile = wizard.profile_id
            now = {
                "segment": profile.segment_id,
                "collector": profile.collector_id,
                "stage": profile.stage_id,
                "contact": profile.contact_id,
            }.get(wizard.kind)
            wizard.current = (now and now.display_name) or self.env._("Nothing yet")

    def action_pin(self):
        """Pin the choice; the run leaves it alone from now on."""
        self.ensure_one()
        value = self[self._get_value_fields()[self.kind]]
        if not value:
            raise UserError(self.env._("Choose what to pin."))
        self.profile_id._pin(self.kind, value, self.reason)
        return {"type": "ir.actions.act_window_close"}
