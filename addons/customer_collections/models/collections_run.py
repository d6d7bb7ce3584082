from odoo import fields, models


class CollectionsRun(models.Model):
    """One pass of the loop for one company and one date."""

    _name = "collections.run"
    _description = "Collections Run"
    _order = "date desc, id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    date = fields.Date(
        required=True,
        readonly=True,
        default=lambda self: fields.Date.context_today(self),
        help="The day the run looks from.",
    )
    mode = fields.Selection(
        selection=[("preview", "Preview"), ("live", "Live")],
        required=True,
        readonly=True,
        default="preview",
    )
    origin = fields.Selection(
        selection=[("schedule", "Schedule"), ("person", "By hand")],
        required=True,
        readonly=True,
        default="person",
    )
    state = fields.Selection(
        selection=[
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="running",
    )
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    seconds = fields.Float(readonly=True, digits=(16, 3))
    timings = fields.Json(readonly=True, help="Seconds per step.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    # What the run saw
    customer_count = fields.Integer(string="Customers", readonly=True)
    item_count = fields.Integer(string="Open Items", readonly=True)
    amount_ledger = fields.Monetary(string="Owed", readonly=True)
    amount_collectible = fields.Monetary(string="Collectible", readonly=True)
    amount_held = fields.Monetary(string="Held", readonly=True)
    # What it did
    planned_count = fields.Integer(string="Messages Planned", readonly=True)
    refused_count = fields.Integer(string="Not Planned", readonly=True)
    changed_count = fields.Integer(string="Customers Changed", readonly=True)
    warnings = fields.Text(
        readonly=True, help="What a person should mend, one sentence a line."
    )
    touchpoint_ids = fields.One2many(
        comodel_name="collections.touchpoint",
        inverse_name="run_id",
        string="Messages",
    )
