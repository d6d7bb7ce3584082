from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_amount

PROCESSOR = "customer_collections.group_dispute"
COLLECTOR = "customer_collections.group_collector"

OUTCOMES = [
    ("credited", "Credited"),
    ("partly_credited", "Partly Credited"),
    ("goodwill", "Goodwill"),
    ("explained", "Explained"),
    ("withdrawn", "Withdrawn"),
    ("paid", "Paid After All"),
]


class CollectionsDispute(models.Model):
    """What a customer says is wrong, about part of one or several invoices.

    Open, it holds exactly what is disputed; the rest stays to be paid. It closes by
    itself once the ledger has paid or credited it, and opens again if that is undone.
    """

    _name = "collections.dispute"
    _description = "Dispute"
    _inherit = ["collections.agreement", "mail.tracking.duration.mixin"]
    _order = "priority desc, date_sla, id"
    _track_duration_field = "stage_id"

    _hold_reason = "dispute"

    name = fields.Char(readonly=True, copy=False, help="The invoices it is about.")
    reason_id = fields.Many2one(
        comodel_name="collections.dispute.reason", required=True, tracking=True
    )
    cause_id = fields.Many2one(
        comodel_name="collections.dispute.cause",
        string="Root Cause",
        compute="_compute_cause_id",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="What really went wrong, on whichever side.",
    )
    stage_id = fields.Many2one(
        comodel_name="collections.dispute.stage",
        required=True,
        index=True,
        copy=False,
        default=lambda self: self.env["collections.dispute.stage"]._get_first("new"),
        group_expand="_read_group_stage_ids",
        ondelete="restrict",
        tracking=True,
    )
    kind = fields.Selection(related="stage_id.kind", store=True, index=True)
    priority = fields.Selection(
        selection=[("0", "Normal"), ("1", "High"), ("2", "Urgent")], default="0"
    )
    user_id = fields.Many2one(string="Coordinator", help="Keeps the customer informed.")
    processor_id = fields.Many2one(
        comodel_name="res.users",
        string="Processor",
        required=True,
        index=True,
        compute="_compute_processor_id",
        store=True,
        readonly=False,
        precompute=True,
        domain=lambda self: self._get_processor_domain(),
        tracking=True,
        help="Finds out what happened and says what we do about it.",
    )
    item_ids = fields.One2many(
        comodel_name="collections.dispute.line",
        inverse_name="dispute_id",
        string="Disputed Items",
        readonly=True,
    )
    date_sla = fields.Date(
        string="Solve By",
        compute="_compute_date_sla",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
        help="So many working days after it was opened as the reason says.",
    )

    # === FIELDS THAT FOLLOW === #

    @api.depends("reason_id")
    def _compute_cause_id(self):
        for dispute in self:
            dispute.cause_id = dispute.cause_id or dispute.reason_id.cause_id

    @api.depends("reason_id")
    def _compute_processor_id(self):
        for dispute in self:
            dispute.processor_id = (
                dispute.processor_id
                or dispute.reason_id.processor_id
                or dispute.user_id
            )

    @api.depends("reason_id", "date_start", "profile_id")
    def _compute_date_sla(self):
        for dispute in self:
            # Read for a colleague who sees disputes and no customers' figures.
            company = dispute.sudo().profile_id.company_id
            dispute.date_sla = (
                company
                and dispute.date_start
                and company._collections_add_working_days(
                    dispute.date_start, dispute.reason_id.sla_days + dispute.waited_days
                )
            )

    @api.depends("name", "partner_id", "amount", "currency_id")
    def _compute_display_name(self):
        for dispute in self:
            dispute.display_name = self.env._(
                "%(customer)s disputes %(amount)s of %(invoices)s",
                customer=dispute.partner_id.name or "",
                amount=format_amount(
                    self.env,
                    dispute.amount,
                    dispute.currency_id or self.env.company.currency_id,
                ),
                invoices=dispute.name or "",
            )

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        return stages.search([("kind", "!=", False)])

    @api.model
    def _get_processor_domain(self):
        """Return the domain of the users who may work on disputes."""
        group = self.env.ref(PROCESSOR, raise_if_not_found=False)
        return [("share", "=", False), ("all_group_ids", "in", group.ids or [0])]

    @api.constrains("processor_id")
    def _check_processor(self):
        for dispute in self:
            # Who belongs to a group is no secret to who hands out work.
            user = dispute.processor_id.sudo()
            if not user.has_group(PROCESSOR):
                raise ValidationError(
                    self.env._(
                        "%(user)s has no access to disputes. An administrator gives "
                        "it: Collections / Disputes, in the settings of the user.",
                        user=user.name,
                    )
                )

    # === OPENED === #

    @api.model
    def _raise(self, profile, items, reason, **values):
        """Open a dispute and hold what is disputed; the rest stays to be paid.

        :param profile: the customer
        :param dict items: receivable journal item to the amount of it that is disputed,
                           in its currency; all in one currency
        :param reason: a `collections.dispute.reason`
        :return: the dispute
        :raise UserError: if an item is paid, of another customer, covered by another
                          agreement, or nothing is named
        """
        if not items:
            raise UserError(
                self.env._("Say which invoice is wrong, and how much of it.")
            )
        currency = next(iter(items)).currency_id
        items = {line: currency.round(amount) for line, amount in items.items()}
        dispute = self.create(
            {
                "profile_id": profile.id,
                "currency_id": currency.id,
                "amount": currency.round(sum(items.values())),
                "reason_id": reason.id,
                "user_id": self._get_coordinator(profile).id,
                "name": self._prepare_name(items),
                **values,
            }
        )
        # What is held is the system's part; the person's right was to open it.
        dispute.sudo()._hold_items(items)
        dispute._tell_processor(self.env._("Look into the dispute"))
        return dispute

    @api.model
    def _prepare_name(self, items):
        """Return the names of the invoices, in the order they were chosen."""
        return ", ".join(dict.fromkeys(line.move_id.name or "" for line in items))

    @api.model
    def _get_coordinator(self, profile):
        """Return who keeps the customer informed: their collector, else whoever opens
        it, else a manager."""
        # Who looks after a customer is no secret to who opens a dispute.
        user = profile.sudo().collector_id or self.env.user
        if user.has_group(COLLECTOR):
            return user
        # As above.
        return profile.sudo().company_id._get_collections_manager(profile)

    def _hold_items(self, items):
        """Hold these amounts and keep what they are of, whatever becomes of it."""
        self.ensure_one()
        opened = self._get_free_amounts(gross=True)
        self._begin(items)
        self.item_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "move_line_id": line.id,
                        "move_id": line.move_id.id,
                        "name": line.move_id.name,
                        "date_due": line.date_maturity or line.date,
                        "amount_invoice": opened.get(line.id, 0),
                        "amount": amount,
                    }
                )
                for line, amount in items.items()
            ),
        ]

    def _attach(self, attachments):
        """Keep papers with the dispute: for those who may read it, never public."""
        self.ensure_one()
        attachments.write({"res_model": self._name, "res_id": self.id, "public": False})

    def _tell_processor(self, summary):
        """Give the processor something to do by the day it is to be solved.

        :param str summary: what, in words
        """
        for dispute in self:
            dispute.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                user_id=dispute.processor_id.id,
                date_deadline=max(
                    fields.Date.context_today(self),
                    dispute.date_sla or dispute.date_start,
                ),
            )

    # === WHO MAY CHANGE WHAT === #

    @api.model
    def _get_person_fields(self):
        """Return the names of the fields that the user may write by hand; the rest
        follows from the ledger and from the buttons.

        :rtype: set[str]
        """
        names = {"stage_id", "cause_id", "priority", "note"}
        if self.env.user.has_group(COLLECTOR):
            names |= {"reason_id", "user_id", "processor_id", "date_sla", "source"}
        thread = ("mail.thread", "mail.activity.mixin")
        return names.union(*(self.env[model]._fields for model in thread))

    def write(self, vals):
        """Override: people write their own fields, and solve with an outcome."""
        refused = set() if self.env.su else set(vals) - self._get_person_fields()
        if refused:
            raise AccessError(
                self.env._(
                    "%(fields)s of a dispute cannot be changed by hand.",
                    fields=", ".join(
                        sorted(self._fields[name].string for name in refused)
                    ),
                )
            )
        if "stage_id" in vals and not self.env.context.get("collections_solving"):
            self._check_stage(
                self.env["collections.dispute.stage"].browse(vals["stage_id"])
            )
        return super().write(vals)

    def _check_stage(self, stage):
        """Check that a person may move these to a stage.

        :raise UserError: into or out of "solved", which has its own buttons
        """
        moved = self.filtered(lambda dispute: dispute.stage_id != stage)
        if stage.kind == "solved" and moved.filtered(lambda d: d.kind != "solved"):
            raise UserError(
                self.env._("Press Solve and say how it ended; it then moves by itself.")
            )
        if stage.kind != "solved" and moved.filtered(lambda d: d.kind == "solved"):
            raise UserError(
                self.env._("This dispute is solved. Press Open Again to work on it.")
            )
