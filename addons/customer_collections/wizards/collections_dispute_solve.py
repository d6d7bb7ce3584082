from odoo import api, fields, models
from odoo.exceptions import UserError

CREDIT = ("credited", "goodwill")


class CollectionsDisputeSolve(models.TransientModel):
    _name = "collections.dispute.solve"
    _description = "Solve a Dispute"
    _inherit = ["collections.wizard"]

    dispute_id = fields.Many2one(
        comodel_name="collections.dispute",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    outcome = fields.Selection(
        selection=[
            ("credited", "They are right: credit it"),
            ("explained", "It is right, and explained"),
            ("goodwill", "It is right; credit it out of goodwill"),
            ("withdrawn", "They take it back"),
        ],
        string="How Does It End?",
        required=True,
        default="credited",
    )
    amount = fields.Monetary(
        string="Credit",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        help="Including tax. Less than what is disputed: the rest is asked for again.",
    )
    cause_id = fields.Many2one(
        comodel_name="collections.dispute.cause",
        string="What Really Went Wrong",
        compute="_compute_cause_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    note = fields.Text(string="In Words")

    @api.depends("dispute_id")
    def _compute_amount(self):
        for wizard in self:
            # Who solves a dispute need not see holds.
            held = wizard.dispute_id.sudo().hold_id.line_ids
            wizard.amount = sum(held.mapped("amount"))

    @api.depends("dispute_id")
    def _compute_cause_id(self):
        for wizard in self:
            wizard.cause_id = wizard.dispute_id.cause_id

    def action_solve(self):
        """End the dispute, or have its credit note made: posted, that ends it."""
        self.ensure_one()
        dispute = self.dispute_id
        if not self.cause_id and self.outcome != "withdrawn":
            raise UserError(
                self.env._("Say what really went wrong, so that it can be mended.")
            )
        if self.cause_id:
            dispute.cause_id = self.cause_id
        if self.outcome not in CREDIT:
            dispute._solve(self.outcome, self.note)
            return {"type": "ir.actions.act_window_close"}
        if dispute._credit(self.amount, self.outcome, self.note):
            return dispute.action_open_refunds()
        return self._close_telling(
            self.env._(
                "A colleague who may make credit notes was asked for it. The "
                "dispute is solved when it is posted."
            )
        )
