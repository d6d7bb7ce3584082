from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import CHANNELS, STAGE_KINDS, TONES


class CollectionsStage(models.Model):
    """One step of a ladder: when, in which tone, by which channels."""

    _name = "collections.stage"
    _description = "Collections Stage"
    _order = "policy_id, kind_sequence, delay_days, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    policy_id = fields.Many2one(
        comodel_name="collections.policy",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    kind = fields.Selection(selection=STAGE_KINDS, required=True, default="overdue")
    kind_sequence = fields.Integer(compute="_compute_kind_sequence", store=True)
    delay_days = fields.Integer(
        string="Days After the Due Date",
        required=True,
        help="Negative for a stage before the due date; counted from the payment "
        "for a stage after it.",
    )
    interval_days = fields.Integer(
        string="Days Since the Previous Step",
        default=7,
        help="At least so many days pass between the previous step and this one.",
    )
    tone = fields.Selection(selection=TONES, required=True, default="friendly")
    minimum_amount = fields.Float(
        digits=0,
        help="In the company's currency. Below it the step waits.",
    )
    approval = fields.Boolean(
        string="Needs Approval",
        help="A manager approves each message of this stage before it goes out.",
    )
    signer = fields.Selection(
        selection=[
            ("collector", "The collector"),
            ("salesperson", "The salesperson"),
            ("company", "The company's default sender"),
        ],
        required=True,
        default="collector",
    )
    channel_ids = fields.One2many(
        comodel_name="collections.stage.channel",
        inverse_name="stage_id",
        string="Channels",
        copy=True,
        help="In order of preference. A customer's own preference comes first.",
    )
    email_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Text",
        domain=[("model", "=", "collections.touchpoint")],
        help="Used for e-mails and letters.",
    )
    sms_template_id = fields.Many2one(
        comodel_name="sms.template",
        string="SMS Text",
        domain=[("model", "=", "collections.touchpoint")],
    )
    call_script = fields.Html(translate=True)
    attach_statement = fields.Boolean(help="Attach a statement of account as PDF.")
    attach_invoices = fields.Boolean(help="Attach the PDF of each invoice.")

    @api.depends("kind")
    def _compute_kind_sequence(self):
        order = [kind for kind, _label in STAGE_KINDS]
        for stage in self:
            stage.kind_sequence = order.index(stage.kind) if stage.kind else 0

    @api.constrains("kind", "delay_days", "interval_days", "minimum_amount")
    def _check_days(self):
        for stage in self:
            if stage.kind == "before_due" and stage.delay_days >= 0:
                raise ValidationError(
                    self.env._(
                        "“%(stage)s” comes before the due date: give its days as a "
                        "negative number.",
                        stage=stage.name,
                    )
                )
            if stage.kind == "overdue" and stage.delay_days < 1:
                raise ValidationError(
                    self.env._(
                        "“%(stage)s” comes after the due date: at least one day.",
                        stage=stage.name,
                    )
                )
            if stage.interval_days < 0 or stage.minimum_amount < 0:
                raise ValidationError(
                    self.env._("Days and amounts of a stage cannot be negative.")
                )

    @api.constrains("tone", "delay_days", "kind", "policy_id", "active")
    def _check_tone_order(self):
        """A ladder never starts hard: no later step is gentler than an earlier one."""
        order = [tone for tone, _label in TONES]
        for policy in self.policy_id:
            ladder = policy.stage_ids.filtered(lambda s: s.kind == "overdue")
            ladder = ladder.sorted(lambda s: (s.delay_days, s.id))
            for before, after in zip(ladder, ladder[1:], strict=False):
                if order.index(after.tone) < order.index(before.tone):
                    raise ValidationError(
                        self.env._(
                            "“%(after)s” comes later than “%(before)s” and cannot be "
                            "gentler.",
                            after=after.name,
                            before=before.name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # Used is used, in whatever company.
        used = (
            self.env["collections.touchpoint"]
            .sudo()
            .search_count([("stage_id", "in", self.ids)], limit=1)
        )
        if used:
            raise UserError(
                self.env._(
                    "Messages of this stage were written; archive it instead, so that "
                    "the record stays readable."
                )
            )


class CollectionsStageChannel(models.Model):
    _name = "collections.stage.channel"
    _description = "Channel of a Stage"
    _order = "sequence, id"
    _rec_name = "channel"

    stage_id = fields.Many2one(
        comodel_name="collections.stage",
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    channel = fields.Selection(
        selection=[c for c in CHANNELS if c[0] != "portal"],
        required=True,
        default="email",
    )

    _channel_uniq = models.Constraint(
        "UNIQUE (stage_id, channel)", "A stage names each channel once."
    )
