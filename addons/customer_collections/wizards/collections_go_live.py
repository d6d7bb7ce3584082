from collections import Counter

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import CHANNELS, REFUSALS


class CollectionsGoLive(models.TransientModel):
    """The last look before messages leave: tonight's numbers for each choice."""

    _name = "collections.go.live"
    _description = "Go Live or Back to Preview"
    _inherit = ["collections.company.wizard"]

    live_since = fields.Datetime(related="company_id.collections_live_since")
    warnings = fields.Text(compute="_compute_warnings")
    catch_up = fields.Selection(
        selection="_get_catch_ups",
        string="Debts That Are Old Already",
        required=True,
        default=lambda self: self._get_default_company_sudo().collections_catch_up,
    )
    catch_up_days = fields.Integer(
        string="Older Than (Days)",
        default=lambda self: self._get_default_company_sudo().collections_catch_up_days,
    )
    counted_days = fields.Integer(readonly=True)
    choice_ids = fields.One2many(
        comodel_name="collections.go.live.choice",
        inverse_name="wizard_id",
        readonly=True,
    )
    count_ids = fields.One2many(
        comodel_name="collections.go.live.count",
        inverse_name="wizard_id",
        readonly=True,
    )
    shown_count_ids = fields.Many2many(
        comodel_name="collections.go.live.count",
        compute="_compute_shown_count_ids",
        string="Tonight",
    )
    confirmed = fields.Boolean(
        string="I have read these numbers. Send real messages to real customers."
    )

    @api.model
    def _get_catch_ups(self):
        field = self.env["res.company"]._fields["collections_catch_up"]
        return field._description_selection(self.env)

    @api.depends("company_id")
    def _compute_warnings(self):
        for wizard in self:
            wizard.warnings = "\n".join(
                wizard.company_id._get_collections_mail_warnings()
            )

    @api.depends("catch_up", "count_ids")
    def _compute_shown_count_ids(self):
        for wizard in self:
            wizard.shown_count_ids = wizard.count_ids.filtered(
                lambda line, choice=wizard.catch_up: line.choice == choice
            )

    @api.model_create_multi
    def create(self, vals_list):
        """Override to count the first night as soon as the screen opens."""
        wizards = super().create(vals_list)
        for wizard in wizards.filtered(lambda w: w.company_mode != "live"):
            wizard._count()
        return wizards

    @api.model
    def action_open(self):
        """Open the screen with its numbers.

        :rtype: dict
        """
        self._check_manager()
        return self.create({})._show()

    def action_count(self):
        """Count anew, for another limit of days."""
        self.ensure_one()
        self._check_manager()
        self._count()
        return self._show()

    def action_go_live(self):
        """Go live with the chosen way to treat old debts.

        :raise UserError: without numbers, or without an explicit confirmation
        """
        self.ensure_one()
        self._check_manager()
        if not self.confirmed:
            raise UserError(
                self.env._("Read the numbers and tick the box before you go live.")
            )
        if not self.choice_ids:
            raise UserError(
                self.env._(
                    "The first night has not been counted: open this again and read "
                    "its numbers before you go live."
                )
            )
        if self.catch_up == "person" and self.catch_up_days != self.counted_days:
            raise UserError(
                self.env._(
                    "You changed the limit of days: count again before you go live."
                )
            )
        company_sudo = self._get_company_sudo()
        company_sudo._collections_go_live(self.catch_up, self.catch_up_days)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_preview(self):
        """Stop sending: plan and show only."""
        self.ensure_one()
        self._check_manager()
        self._get_company_sudo()._collections_go_preview()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_off(self):
        """Leave this company alone: take back what is planned, run no more."""
        self.ensure_one()
        self._check_manager()
        self._get_company_sudo()._collections_go_off()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _check_manager(self):
        if not self.env.user.has_group("customer_collections.group_manager"):
            raise AccessError(
                self.env._("Only a collections manager may decide to go live.")
            )

    def _count(self):
        """Count the first night for each choice: go live, run, and take it back."""
        self.ensure_one()
        counts = []
        choices = []
        for choice, _label in self._get_catch_ups():
            result = self._simulate_choice(choice)
            counts += self._prepare_counts(choice, result)
            choices.append(
                {
                    "choice": choice,
                    "planned_count": len(result["planned"]),
                    "refused_count": len(result["refused"]),
                    "amount": sum(row["amount"] or 0.0 for row in result["planned"]),
                }
            )
        self.choice_ids.unlink()
        self.count_ids.unlink()
        self.write(
            {
                "counted_days": self.catch_up_days,
                "choice_ids": [Command.create(values) for values in choices],
                "count_ids": [Command.create(values) for values in counts],
            }
        )

    def _simulate_choice(self, choice):
        """Return what the first night would be, had this choice been made.

        :param str choice: one of ``collections_catch_up``
        :return: see ``collections.run._simulate``
        :rtype: dict
        """
        self.ensure_one()
        return self._get_company_sudo()._collections_simulate_go_live(
            choice, self.catch_up_days
        )

    @api.model
    def _prepare_counts(self, choice, result):
        counter = Counter(
            (row["stage_id"], row["channel"], False) for row in result["planned"]
        )
        counter.update((False, False, row["refusal"]) for row in result["refused"])
        return [
            {
                "choice": choice,
                "stage_id": stage,
                "channel": channel,
                "refusal": refusal,
                "count": count,
            }
            for (stage, channel, refusal), count in counter.items()
        ]

    def _show(self):
        return self._reopen(self.env._("Go Live or Back to Preview"))


class CollectionsGoLiveChoice(models.TransientModel):
    """The first night under one way to treat old debts."""

    _name = "collections.go.live.choice"
    _description = "First Night of a Choice"
    _order = "id"

    wizard_id = fields.Many2one(
        comodel_name="collections.go.live",
        required=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="wizard_id.company_id.currency_id")
    choice = fields.Selection(selection="_get_catch_ups", required=True)
    planned_count = fields.Integer(string="Messages")
    refused_count = fields.Integer(string="Held Back")
    amount = fields.Monetary(string="Their Overdue")

    @api.model
    def _get_catch_ups(self):
        return self.env["collections.go.live"]._get_catch_ups()


class CollectionsGoLiveCount(models.TransientModel):
    """How many messages of one step, or held back for one reason."""

    _name = "collections.go.live.count"
    _description = "Messages of the First Night"
    _order = "refusal desc, stage_id, channel, id"

    wizard_id = fields.Many2one(
        comodel_name="collections.go.live",
        required=True,
        index=True,
        ondelete="cascade",
    )
    choice = fields.Selection(selection="_get_catch_ups", required=True)
    stage_id = fields.Many2one(comodel_name="collections.stage", string="Step")
    channel = fields.Selection(selection=CHANNELS)
    refusal = fields.Selection(selection=REFUSALS, string="Held Back Because")
    count = fields.Integer(string="Messages")

    @api.model
    def _get_catch_ups(self):
        return self.env["collections.go.live"]._get_catch_ups()
