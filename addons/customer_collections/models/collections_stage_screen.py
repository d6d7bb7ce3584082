from odoo import api, fields, models
from odoo.tools import format_amount


class CollectionsStage(models.Model):
    _inherit = "collections.stage"

    summary = fields.Char(string="In Words", compute="_compute_summary")

    @api.depends(
        "kind",
        "delay_days",
        "tone",
        "channel_ids.channel",
        "minimum_amount",
        "approval",
    )
    @api.depends_context("lang", "company")
    def _compute_summary(self):
        tones = dict(self._fields["tone"]._description_selection(self.env))
        for stage in self:
            stage.summary = " · ".join(
                part
                for part in (
                    stage._get_delay_words(),
                    tones.get(stage.tone),
                    stage._get_channel_words(),
                    stage._get_minimum_words(),
                    self.env._("a manager approves it") if stage.approval else "",
                )
                if part
            )

    @api.depends("name", "policy_id.name")
    @api.depends_context("lang", "stage_with_policy")
    def _compute_display_name(self):
        """Ladders share names of steps: where several meet, name the ladder too."""
        result = super()._compute_display_name()
        if self.env.context.get("stage_with_policy"):
            for stage in self.filtered("policy_id"):
                stage.display_name = f"{stage.name} · {stage.policy_id.name}"
        return result

    def _get_delay_words(self):
        """Return when the step is taken, in words.

        :rtype: str
        """
        self.ensure_one()
        days = abs(self.delay_days)
        if self.kind == "after_paid":
            if not days:
                return self.env._("the day it is paid")
            if days == 1:
                return self.env._("the day after it is paid")
            return self.env._("%(days)s days after it is paid", days=days)
        if not days:
            return self.env._("on the due date")
        if days == 1 and self.delay_days < 0:
            return self.env._("the day before the due date")
        if days == 1:
            return self.env._("the day after the due date")
        if self.delay_days < 0:
            return self.env._("%(days)s days before the due date", days=days)
        return self.env._("%(days)s days after the due date", days=days)

    def _get_channel_words(self):
        """Return the channels in order of preference, in words.

        :rtype: str
        """
        self.ensure_one()
        field = self.channel_ids._fields["channel"]
        names = dict(field._description_selection(self.env))
        return self.env._(", or else ").join(
            names[channel] for channel in self.channel_ids.mapped("channel")
        )

    def _get_minimum_words(self):
        """Return the least amount the step is taken for, in words.

        :rtype: str
        """
        self.ensure_one()
        if not self.minimum_amount:
            return ""
        company = self.company_id or self.env.company
        return self.env._(
            "from %(amount)s",
            amount=format_amount(self.env, self.minimum_amount, company.currency_id),
        )
