from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import OPEN_STATES

# How many of those held back the preview lists.
HELD_BACK_SHOWN = 100

STEPS = [
    ("customers", "Customers"),
    ("segments", "Segments"),
    ("ladder", "Ladder"),
    ("sender", "Sender and hours"),
    ("preview", "Preview"),
    ("live", "Live"),
]


class CollectionsSetup(models.TransientModel):
    """From installed to live in ten minutes; each step keeps what it asked."""

    _name = "collections.setup"
    _description = "Guided Setup"
    _inherit = ["collections.company.wizard"]
    _check_company_auto = True

    step = fields.Selection(selection=STEPS, required=True, default="customers")
    currency_id = fields.Many2one(related="company_id.currency_id")
    # Who the customers are
    business = fields.Selection(
        selection="_get_businesses",
        string="Your Customers Are Mostly",
        required=True,
        default=lambda self: self._get_default_company_sudo().collections_business,
    )
    # Which groups are in the ledger, and how they are talked to
    segment_ids = fields.Many2many(
        comodel_name="collections.segment", compute="_compute_segment_ids"
    )
    unclaimed_count = fields.Integer(
        string="Claimed by No Segment", compute="_compute_segment_ids"
    )
    policy_id = fields.Many2one(
        comodel_name="collections.policy",
        string="Default Policy",
        check_company=True,
        default=lambda self: self._get_default_company_sudo().collections_policy_id,
        help="For customers whom no segment claims.",
    )
    stage_ids = fields.Many2many(
        comodel_name="collections.stage", compute="_compute_stage_ids"
    )
    # Who signs, and when
    sender_id = fields.Many2one(
        comodel_name="res.users",
        string="Default Sender",
        domain=[("share", "=", False)],
        default=lambda self: self._default_sender_id(),
        help="Signs what is said to customers who have no collector yet.",
    )
    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Holidays From",
        default=lambda self: self._default_calendar_id(),
    )
    rule_ids = fields.Many2many(
        comodel_name="collections.contact.rule",
        string="Contact Rules",
        context={"active_test": False},
        default=lambda self: self._default_rule_ids(),
    )
    hold_unsent = fields.Boolean(
        string="Do Not Chase Invoices That Odoo Never Sent",
        default=lambda self: self._default_hold_unsent(),
    )
    # What it would do
    run_id = fields.Many2one(comodel_name="collections.run", readonly=True)
    # Read with the user's rights: the form could name the run of another company
    run_customer_count = fields.Integer(
        related="run_id.customer_count", related_sudo=False
    )
    run_amount_ledger = fields.Monetary(
        related="run_id.amount_ledger", related_sudo=False
    )
    run_amount_collectible = fields.Monetary(
        related="run_id.amount_collectible", related_sudo=False
    )
    run_amount_held = fields.Monetary(related="run_id.amount_held", related_sudo=False)
    warnings = fields.Text(compute="_compute_warnings")
    touchpoint_ids = fields.Many2many(
        comodel_name="collections.touchpoint", compute="_compute_touchpoint_ids"
    )
    planned_count = fields.Integer(compute="_compute_touchpoint_ids")
    held_back_ids = fields.Many2many(
        comodel_name="collections.touchpoint", compute="_compute_held_back_ids"
    )
    held_back_count = fields.Integer(
        string="Not Planned", compute="_compute_held_back_ids"
    )

    @api.model
    def _get_businesses(self):
        field = self.env["res.company"]._fields["collections_business"]
        return field._description_selection(self.env)

    @api.model
    def _default_sender_id(self):
        company = self._get_default_company_sudo()
        return company.collections_sender_id or self.env.user

    @api.model
    def _default_hold_unsent(self):
        company = self._get_default_company_sudo()
        return (
            company.collections_hold_unsent
            or not company.collections_live_since
            and company._suggest_collections_hold_unsent()
        )

    @api.model
    def _default_calendar_id(self):
        company = self._get_default_company_sudo()
        return company.collections_calendar_id or company.resource_calendar_id

    @api.model
    def _default_rule_ids(self):
        """Show the packs that are switched off, too: the manager switches them on."""
        return (
            self.env["collections.contact.rule"]
            .with_context(active_test=False)
            .search([("company_id", "in", (False, self.env.company.root_id.id))])
        )

    @api.depends("step", "company_id")
    def _compute_segment_ids(self):
        for wizard in self:
            company = wizard.company_id
            wizard.segment_ids = self.env["collections.segment"].search(
                [("company_id", "in", (False, company.id))]
            )
            wizard.unclaimed_count = self.env["collections.profile"].search_count(
                [("company_id", "=", company.id), ("segment_id", "=", False)]
            )

    @api.depends("segment_ids", "policy_id")
    def _compute_stage_ids(self):
        for wizard in self:
            policies = wizard.segment_ids.policy_id | wizard.policy_id
            wizard.stage_ids = policies.stage_ids

    @api.depends("run_id.warnings", "company_id")
    def _compute_warnings(self):
        """What the run says, and what it says only of a company that is live."""
        for wizard in self:
            lines = (wizard.run_id.warnings or "").splitlines()
            lines += wizard.company_id._get_collections_mail_warnings()
            wizard.warnings = "\n".join(dict.fromkeys(lines))

    @api.depends("step", "run_id")
    def _compute_touchpoint_ids(self):
        """All that waits to go out, whichever run planned it."""
        for wizard in self:
            wizard.touchpoint_ids = self.env["collections.touchpoint"].search(
                [
                    ("company_id", "=", wizard.company_id.id),
                    ("state", "in", OPEN_STATES),
                ],
                order="date, id",
            )
            wizard.planned_count = len(wizard.touchpoint_ids)

    @api.depends("step", "run_id")
    def _compute_held_back_ids(self):
        """What is held back, whichever run wrote it down; the list shows the most
        overdue."""
        touchpoints = self.env["collections.touchpoint"]
        for wizard in self:
            found = touchpoints._find_held_back(wizard.company_id)
            wizard.held_back_ids = found[:HELD_BACK_SHOWN]
            wizard.held_back_count = len(found)

    def action_next(self):
        """Keep what this step asked and show the next one."""
        self.ensure_one()
        self._apply()
        if self.step in ("customers", "sender"):
            self._look()
        return self._go(1)

    def action_back(self):
        """Show the previous step."""
        self.ensure_one()
        return self._go(-1)

    def action_open_messages(self):
        """Show the planned messages, to read them one by one."""
        self.ensure_one()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "customer_collections.collections_touchpoint_action_planned"
        )

    def action_go_live(self):
        """Show tonight's numbers, the last look before messages leave."""
        self.ensure_one()
        self._apply()
        return self.env["collections.go.live"].action_open()

    def _apply(self):
        """Write to the company what was asked.

        :raise AccessError: for anybody but a collections manager
        """
        if not self.env.user.has_group("customer_collections.group_manager"):
            raise AccessError(
                self.env._("Only a collections manager may set up collections.")
            )
        self._get_company_sudo().write(self._prepare_company_values())

    def _prepare_company_values(self):
        """Return what the setup writes to the company.

        :rtype: dict
        """
        return {
            "collections_business": self.business,
            "collections_policy_id": self.policy_id.id,
            "collections_sender_id": self.sender_id.id,
            "collections_calendar_id": self.calendar_id.id,
            "collections_hold_unsent": self.hold_unsent,
        }

    def _look(self):
        """Run the loop once, so that the steps show the company's own figures.

        A live company is not run just to be looked at: its last run is shown.
        """
        runs = self.env["collections.run"]
        if self.company_mode == "off":
            self._get_company_sudo().collections_mode = "preview"
        if self.company_mode == "live":
            self.run_id = runs.search(
                [("company_id", "=", self.company_id.id)], limit=1
            )
        else:
            self.run_id = runs._run_company(self.company_id, origin="person")

    def _go(self, move):
        steps = [step for step, _label in STEPS]
        position = steps.index(self.step) + move
        if not 0 <= position < len(steps):
            raise UserError(self.env._("There is no such step."))
        self.step = steps[position]
        return self._reopen(self.env._("Guided Setup"), dialog_size="extra-large")
