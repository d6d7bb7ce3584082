from odoo import api, fields, models

COLLECTOR = "customer_collections.group_collector"


class AccountMove(models.Model):
    _inherit = "account.move"

    collections_stage_id = fields.Many2one(
        comodel_name="collections.stage",
        string="Collections Step",
        compute="_compute_collections",
        groups=COLLECTOR,
        help="The last step that was taken with the customer of an overdue invoice.",
    )
    collections_summary = fields.Char(
        string="Collections", compute="_compute_collections", groups=COLLECTOR
    )

    @api.depends("commercial_partner_id", "company_id", "state", "payment_state")
    def _compute_collections(self):
        today = fields.Date.context_today(self)
        overdue = self.filtered(
            lambda move: move.move_type == "out_invoice"
            and move.state == "posted"
            and move.payment_state in ("not_paid", "partial", "in_payment")
            and move.invoice_date_due
            and move.invoice_date_due < today
        )
        # One read for the whole list; the badge says less than a profile does.
        profiles = {
            (profile.partner_id, profile.company_id): profile
            for profile in self.env["collections.profile"].search(
                [("partner_id", "in", overdue.commercial_partner_id.ids)]
            )
        }
        for move in self:
            profile = move in overdue and profiles.get(
                (move.commercial_partner_id, move.company_id.root_id)
            )
            move.collections_stage_id = profile and profile.stage_id
            move.collections_summary = profile and profile.next_summary

    def action_open_collections(self):
        """Open the collections profile of this document's customer."""
        self.ensure_one()
        return self.commercial_partner_id.with_company(
            self.company_id
        ).action_open_collections()

    # === STALE MARKING === #

    def _mark_collections_stale(self):
        # By line: an entry may speak of many customers, a bill speaks of none.
        self.line_ids._mark_collections_stale()

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals or "no_followup" in vals:
            self._mark_collections_stale()
        return result
