from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CollectionsPolicy(models.Model):
    """A ladder of stages and what holds for all of them."""

    _name = "collections.policy"
    _description = "Collections Policy"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company", index=True)
    description = fields.Text(translate=True)
    stage_ids = fields.One2many(
        comodel_name="collections.stage",
        inverse_name="policy_id",
        string="Stages",
        copy=True,
    )
    archived_stage_ids = fields.One2many(
        comodel_name="collections.stage",
        inverse_name="policy_id",
        string="Archived",
        domain=[("active", "=", False)],
        context={"active_test": False},
    )
    segment_ids = fields.One2many(
        comodel_name="collections.segment",
        inverse_name="policy_id",
        string="Segments",
    )
    reason_ids = fields.One2many(
        comodel_name="collections.reason",
        inverse_name="policy_id",
        string="Reasons",
        help="While one of these stands, this policy applies.",
    )
    minimum_amount = fields.Float(
        digits=0,
        help="Overdue below this, in the company's currency, is not chased and "
        "counts as settled.",
    )
    coming_days = fields.Integer(
        string="Mention What Is Due Within (Days)",
        default=14,
        help="A reminder also lists what falls due in so many days.",
    )
    promise_max_days = fields.Integer(
        string="Promises Reach Ahead (Days)",
        default=30,
        help="A promise for a later day is no promise but a plan. 0: no limit.",
    )
    promise_max_open = fields.Integer(
        string="Open Promises at Once",
        default=3,
        help="Per customer. 0: no limit.",
    )
    promise_grace_days = fields.Integer(
        string="Grace After a Promise (Working Days)",
        default=3,
        help="Money needs time to arrive: so many working days after the promised day "
        "it is judged.",
    )
    promise_approval_amount = fields.Float(
        string="A Manager Agrees Above",
        digits=0,
        help="In the company's currency. 0: collectors agree to any promise.",
    )
    note = fields.Char(string="Worth Knowing", compute="_compute_note")

    @api.depends(
        "stage_ids.kind", "stage_ids.active", "segment_ids.active", "reason_ids"
    )
    def _compute_note(self):
        for policy in self:
            used = policy.segment_ids.filtered("active") or policy.reason_ids
            policy.note = (
                policy._get_lack()
                if used
                else self.env._("No segment uses this policy.")
            )

    @api.constrains("company_id")
    def _check_users(self):
        """Who uses a ladder is of its company, as when it is chosen."""
        # In sudo: used is used, in whatever company.
        env = self.sudo().with_context(active_test=False).env
        for model, fname in (
            ("collections.segment", "policy_id"),
            ("res.company", "collections_policy_id"),
        ):
            env[model].search([(fname, "in", self.ids)])._check_company([fname])

    @api.constrains(
        "minimum_amount",
        "coming_days",
        "promise_max_days",
        "promise_max_open",
        "promise_grace_days",
        "promise_approval_amount",
    )
    def _check_numbers(self):
        for policy in self:
            numbers = (
                policy.minimum_amount,
                policy.coming_days,
                policy.promise_max_days,
                policy.promise_max_open,
                policy.promise_grace_days,
                policy.promise_approval_amount,
            )
            if min(numbers) < 0:
                raise ValidationError(
                    self.env._("Amounts and days of a policy cannot be negative.")
                )

    def _get_lack(self):
        """Return, in a sentence, what the ladder lacks to be used, or False."""
        self.ensure_one()
        stages = self.stage_ids.filtered("active")
        if not stages:
            return self.env._(
                "“%(policy)s” has no stages; its customers hear nothing.",
                policy=self.name,
            )
        if not stages.filtered(lambda s: s.kind == "overdue"):
            return self.env._(
                "“%(policy)s” has no stage for what is overdue.", policy=self.name
            )
        silent = stages.filtered(lambda s: not s.channel_ids)
        if silent:
            return self.env._(
                "The stage “%(stage)s” of “%(policy)s” names no channel.",
                stage=silent[0].name,
                policy=self.name,
            )
        return False

    @api.model
    def _get_warnings(self, company):
        """Return what is wrong with the policies in use, one sentence each."""
        segments = self.env["collections.segment"]._get_active_segments(company)
        policies = segments.policy_id | company.collections_policy_id
        lacks = [lack for policy in policies if (lack := policy._get_lack())]
        waiting = self.env["collections.profile"]._read_group(
            [("company_id", "=", company.id), ("next_code", "=", "template")],
            ["next_stage_id"],
            ["__count"],
        )
        for stage, count in waiting:
            lacks.append(
                self.env._(
                    "The text of “%(stage)s” cannot be put together; %(count)s "
                    "customers wait until it is mended.",
                    stage=stage.name,
                    count=count,
                )
            )
        return lacks
