from collections import defaultdict

from odoo import api, fields, models

from ..const import CHANNELS, REFUSALS, TONES


class CollectionsRunWizard(models.TransientModel):
    _name = "collections.run.wizard"
    _description = "Run Now or Ask What Would Be"
    _inherit = ["collections.company.wizard"]

    kind = fields.Selection(
        selection=[
            ("now", "Run now"),
            ("what_if", "What if: look at any day and keep nothing of it"),
        ],
        required=True,
        default="now",
    )
    date = fields.Date(
        required=True,
        default=lambda self: fields.Date.context_today(self),
        help="The day the what-if looks from.",
    )
    simulated = fields.Boolean(readonly=True)
    simulated_date = fields.Date(readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    planned_count = fields.Integer(string="Messages", readonly=True)
    refused_count = fields.Integer(string="Not Sent", readonly=True)
    total_ids = fields.One2many(
        comodel_name="collections.run.wizard.total", inverse_name="wizard_id"
    )
    line_ids = fields.One2many(
        comodel_name="collections.run.wizard.line", inverse_name="wizard_id"
    )

    def action_run(self):
        """Run the loop now and show what it did."""
        self.ensure_one()
        run = self.env["collections.run"]._run_company(self.company_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": "collections.run",
            "res_id": run.id,
            "views": [(False, "form")],
        }

    def action_simulate(self):
        """Show what a run on that day would do; nothing of it is kept."""
        self.ensure_one()
        # In sudo: whoever may run may not edit companies, and the first look at a
        # customer is the system's.
        company_sudo = self.company_id.sudo()
        runs = self.env["collections.run"]
        # Customers whom only the trial has seen are gone with it, and the lines below
        # name them.
        runs.sudo()._survey(company_sudo)
        result = runs._simulate(company_sudo, self.date)
        rows = result["planned"] + result["refused"]
        self.total_ids.unlink()
        self.line_ids.unlink()
        self.write(
            {
                "simulated": True,
                "simulated_date": self.date,
                "customer_count": result["run"]["customer_count"],
                "planned_count": len(result["planned"]),
                "refused_count": len(result["refused"]),
                "total_ids": [
                    fields.Command.create(values)
                    for values in self._prepare_totals(rows)
                ],
                "line_ids": [
                    fields.Command.create(self._prepare_line(row))
                    for row in rows[: self._get_line_limit()]
                ],
            }
        )
        return self._reopen(self.env._("Run Now or Ask What Would Be"))

    @api.model
    def _get_line_limit(self):
        """Return how many messages are listed one by one; the totals count all.

        :rtype: int
        """
        return 500

    @api.model
    def _prepare_totals(self, rows):
        """Return one dict of values per step, channel and reason.

        :param list rows: what ``collections.run._simulate`` planned and refused
        :rtype: list[dict]
        """
        totals = defaultdict(lambda: [0, 0.0])
        for row in rows:
            key = (row["stage_id"], row["channel"], row["refusal"])
            totals[key][0] += 1
            totals[key][1] += row["amount"] or 0.0
        return [
            {
                "stage_id": stage,
                "channel": channel,
                "refusal": refusal,
                "count": count,
                "amount": amount,
            }
            for (stage, channel, refusal), (count, amount) in totals.items()
        ]

    @api.model
    def _prepare_line(self, row):
        return {
            field: row[field]
            for field in (
                "profile_id",
                "stage_id",
                "tone",
                "channel",
                "scheduled_at",
                "refusal",
                "amount",
            )
        }


class CollectionsRunWizardTotal(models.TransientModel):
    """How many messages of one kind a run would send or hold back."""

    _name = "collections.run.wizard.total"
    _description = "Messages of One Kind in a What-if"
    _order = "refusal desc, stage_id, channel, id"

    wizard_id = fields.Many2one(
        comodel_name="collections.run.wizard",
        required=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="wizard_id.company_id.currency_id")
    stage_id = fields.Many2one(comodel_name="collections.stage", string="Step")
    channel = fields.Selection(selection=CHANNELS)
    refusal = fields.Selection(selection=REFUSALS, string="Why Not")
    count = fields.Integer(string="Messages")
    amount = fields.Monetary(string="Their Overdue")


class CollectionsRunWizardLine(models.TransientModel):
    """A message a run would send or hold back."""

    _name = "collections.run.wizard.line"
    _description = "Message of a What-if"
    _order = "id"

    wizard_id = fields.Many2one(
        comodel_name="collections.run.wizard",
        required=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="wizard_id.company_id.currency_id")
    profile_id = fields.Many2one(comodel_name="collections.profile", string="Customer")
    stage_id = fields.Many2one(comodel_name="collections.stage", string="Step")
    tone = fields.Selection(selection=TONES)
    channel = fields.Selection(selection=CHANNELS)
    scheduled_at = fields.Datetime(string="When")
    refusal = fields.Selection(selection=REFUSALS, string="Why Not")
    amount = fields.Monetary(string="Overdue")
