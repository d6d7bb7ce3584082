from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import CHANNELS


class CollectionsContactWizard(models.TransientModel):
    _name = "collections.contact.wizard"
    _description = "Log a Contact With a Customer"
    _inherit = ["collections.customer.wizard"]

    channel = fields.Selection(selection=CHANNELS, required=True, default="call")
    direction = fields.Selection(
        selection=[("out", "We contacted them"), ("in", "They contacted us")],
        required=True,
        default="out",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="With",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    phone = fields.Char(compute="_compute_phone")
    outcome = fields.Selection(
        selection="_get_outcomes",
        compute="_compute_outcome",
        store=True,
        readonly=False,
        precompute=True,
    )
    conversation = fields.Boolean(
        string="We Spoke With Each Other",
        compute="_compute_conversation",
        store=True,
        readonly=False,
        precompute=True,
        help="Quiet days follow a conversation, as the contact rules say.",
    )
    note = fields.Text(string="What Was Said")
    follow_up = fields.Boolean(string="Remind Me")
    follow_up_date = fields.Date(
        string="On",
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=3),
    )
    follow_up_summary = fields.Char(string="To Do")

    @api.model
    def _get_outcomes(self):
        field = self.env["collections.touchpoint"]._fields["outcome"]
        return field._description_selection(self.env)

    @api.depends("profile_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = (
                wizard.partner_id
                or wizard.profile_id.contact_id
                or wizard.profile_id.partner_id
            )

    @api.depends("partner_id")
    def _compute_phone(self):
        for wizard in self:
            wizard.phone = wizard.partner_id._get_phone_partner().phone

    @api.depends("channel")
    def _compute_outcome(self):
        """How a call went is asked of calls only."""
        for wizard in self:
            if wizard.channel != "call":
                wizard.outcome = False
            elif not wizard.outcome:
                wizard.outcome = "reached"

    @api.depends("channel", "outcome")
    def _compute_conversation(self):
        for wizard in self:
            wizard.conversation = (
                wizard.channel == "call" and wizard.outcome == "reached"
            )

    def action_log(self):
        """Keep the contact, and the reminder if one is wanted."""
        self.ensure_one()
        if self.follow_up and not self.follow_up_date:
            raise UserError(self.env._("Say on which day you want to be reminded."))
        self.profile_id._log_contact(
            self.channel,
            self.direction,
            self.outcome,
            self.note,
            self.conversation,
            partner=self.partner_id,
        )
        if self.follow_up:
            self.profile_id.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.follow_up_date,
                summary=self.follow_up_summary or self.env._("Follow up"),
                user_id=self.env.uid,
            )
        return {"type": "ir.actions.act_window_close"}
