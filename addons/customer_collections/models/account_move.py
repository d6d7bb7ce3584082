from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

COLLECTOR = "customer_collections.group_collector"


class AccountMove(models.Model):
    _inherit = "account.move"

    collections_stage_id = fields.Many2one(
        comodel_name="collections.stage",
        string="Collections Step",
        compute="_compute_collections",
        search="_search_collections_stage_id",
        groups=COLLECTOR,
        help="The last step that was taken with the customer of an overdue invoice.",
    )
    collections_summary = fields.Char(
        string="Collections", compute="_compute_collections", groups=COLLECTOR
    )

    # Few: they are looked for in each run and at the gate.
    _collections_blocked_idx = models.Index(
        "(commercial_partner_id) WHERE payment_state = 'blocked'"
    )

    @api.depends("commercial_partner_id", "company_id", "state", "payment_state")
    def _compute_collections(self):
        domain = self._get_collections_overdue_domain()
        overdue = self.search(Domain("id", "in", self.ids) & domain)
        # One read for the whole list; the badge says less than a profile does.
        profiles = {
            (profile.partner_id, profile.company_id): profile
            for profile in self.env["collections.profile"].search(
                [("partner_id", "in", overdue.commercial_partner_id.ids)]
            )
        }
        for move in self:
            profile = move._origin in overdue and profiles.get(
                (move.commercial_partner_id, move.company_id.root_id)
            )
            move.collections_stage_id = profile and profile.stage_id
            move.collections_summary = profile and profile.next_summary

    @api.model
    def _search_collections_stage_id(self, operator, value):
        """Search overdue invoices by the last step taken with their customers."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in" and False in value:
            taken = Domain("collections_stage_id", "in", list(filter(None, value)))
            return taken | ~self._get_collections_stage_domain("!=", False)
        return self._get_collections_stage_domain(operator, value)

    @api.model
    def _get_collections_stage_domain(self, operator, value):
        """Return the domain of the overdue invoices of customers whose last step is so.

        :rtype: Domain
        """
        profiles = self.env["collections.profile"]
        overdue = self._get_collections_overdue_domain()
        # In sudo: a branch's people need not see the legal entity's record.
        roots = self.env.companies.sudo().root_id
        return overdue & Domain.OR(
            Domain("company_id", "child_of", root.id)
            & Domain(
                "commercial_partner_id",
                "in",
                profiles._search(
                    [("company_id", "=", root.id), ("stage_id", operator, value)]
                ).subselect("partner_id"),
            )
            for root in roots
        )

    @api.model
    def _get_collections_overdue_domain(self):
        """Return which invoices show how their customers are reminded: one instalment
        that is late is enough.

        :rtype: Domain
        """
        late = Domain(
            [
                ("display_type", "=", "payment_term"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("date_maturity", "<", fields.Date.context_today(self)),
            ]
        )
        return Domain("line_ids", "any", late) & Domain(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial", "in_payment")),
            ]
        )

    def action_open_collections(self):
        """Open the collections profile of this document's customer."""
        self.ensure_one()
        return self.commercial_partner_id.with_company(
            self.company_id
        ).action_open_collections()

    def action_collections_promise(self):
        """Open the wizard that takes down a promise about these invoices."""
        return self._open_collections_wizard("collections_promise_wizard_action")

    def action_collections_reason(self):
        """Open the wizard that takes down why these invoices are late."""
        return self._open_collections_wizard("collections_reason_wizard_action")

    def action_collections_dispute(self):
        """Open the wizard that takes down what the customer says is wrong here."""
        return self._open_collections_wizard("collections_dispute_wizard_action")

    def _open_collections_wizard(self, xmlid):
        """Return a wizard about these invoices' customer, prefilled with them.

        :param str xmlid: an action of this addon, whose model has ``profile_id`` and
                          ``move_ids``
        :raise UserError: if they are of several customers, or nothing is open
        """
        still_open = self.filtered(
            lambda move: move.state == "posted"
            and move.move_type == "out_invoice"
            and move.payment_state in ("not_paid", "partial")
        )
        if not still_open:
            raise UserError(
                self.env._("Nothing is open on this; there is nothing to agree upon.")
            )
        # Of a contact that has become part of another since
        customer = still_open.commercial_partner_id.commercial_partner_id
        company = still_open.company_id.root_id
        if len(customer) > 1 or len(company) > 1:
            raise UserError(self.env._("Choose invoices of one customer."))
        # A collector reads profiles; that there is one is the system's.
        profile = (
            self.env["collections.profile"].sudo()._get_or_create(customer, company)
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"customer_collections.{xmlid}"
        )
        action["context"] = {
            "default_profile_id": profile.id,
            "default_move_ids": still_open.ids,
        }
        return action

    # === STALE MARKING === #

    def _mark_collections_stale(self):
        # By line: an entry may speak of many customers, a bill speaks of none.
        self.line_ids._mark_collections_stale()
        # In sudo: whoever resets an entry may not see the bank's side of it.
        self.sudo().statement_line_id._mark_collections_stale()

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"state", "no_followup", "payment_state"}:
            self._mark_collections_stale()
        return result
