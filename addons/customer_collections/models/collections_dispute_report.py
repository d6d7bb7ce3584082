from odoo import fields, models
from odoo.tools import SQL

from .collections_dispute import COLLECTOR

MONTHS = 12


class CollectionsDisputeReport(models.Model):
    """How long it took to solve disputes of the last year, by root cause.

    Half of them were solved within the median, nine of ten within the P90: an average
    would hide both.
    """

    _name = "collections.dispute.report"
    _description = "Days to Solve Disputes"
    _auto = False
    _order = "days_p90 desc, id"
    _rec_name = "cause_id"

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    cause_id = fields.Many2one(
        comodel_name="collections.dispute.cause", string="Root Cause", readonly=True
    )
    solved_count = fields.Integer(string="Solved", readonly=True)
    days_median = fields.Float(
        string="Days: Half Within",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Half of the disputes were solved in so many days or fewer (median).",
    )
    days_p90 = fields.Float(
        string="Days: Nine of Ten Within",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Nine of ten disputes were solved in so many days or fewer (P90).",
    )
    own_days_median = fields.Float(
        string="Our Working Days: Half Within",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Without the working days we waited for the customer.",
    )
    own_days_p90 = fields.Float(
        string="Our Working Days: Nine of Ten Within",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Without the working days we waited for the customer.",
    )
    cost = fields.Monetary(
        string="Credited", readonly=True, currency_field="currency_id"
    )
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT MIN(d.id) AS id, d.company_id, d.cause_id, c.currency_id,
                   COUNT(*) AS solved_count,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY d.days_open)
                       AS days_median,
                   percentile_cont(0.9) WITHIN GROUP (ORDER BY d.days_open)
                       AS days_p90,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY o.days)
                       AS own_days_median,
                   percentile_cont(0.9) WITHIN GROUP (ORDER BY o.days)
                       AS own_days_p90,
                   SUM(d.cost) AS cost
              FROM collections_dispute d
              JOIN res_company c ON c.id = d.company_id
        CROSS JOIN LATERAL (
                SELECT GREATEST(0, d.working_days_open - COALESCE(d.waited_days, 0))
                    AS days
              ) AS o
             WHERE d.kind = 'solved' AND d.ended_on > %s AND %s
          GROUP BY d.company_id, d.cause_id, c.currency_id
            """,
            fields.Date.subtract(fields.Date.context_today(self), months=MONTHS),
            self._get_visible_sql(),
        )

    def _get_visible_sql(self):
        """Return which disputes are counted: those the user may read."""
        if self.env.su or self.env.user.has_group(COLLECTOR):
            return SQL("TRUE")
        # A colleague of sales or operations: what was theirs to solve
        return SQL("%s IN (d.processor_id, d.user_id)", self.env.uid)

    def action_open_disputes(self):
        """Open the disputes that a line counts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_collections.collections_dispute_action"
        )
        action["domain"] = [
            ("kind", "=", "solved"),
            ("cause_id", "=", self.cause_id.id),
            ("company_id", "=", self.company_id.id),
            (
                "ended_on",
                ">",
                fields.Date.subtract(fields.Date.context_today(self), months=MONTHS),
            ),
        ]
        action["context"] = {}
        action["view_mode"] = "list,form"
        action["views"] = [(False, "list"), (False, "form")]
        return action
