from odoo import fields, models


class CollectionsDispute(models.Model):
    """The time we have to solve it: the clock stands still while we wait for the
    customer."""

    _inherit = "collections.dispute"

    waiting_since = fields.Date(
        string="Clock Stands Still Since", readonly=True, copy=False
    )
    waited_days = fields.Integer(
        string="Working Days Waited",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="For the customer: they do not count against the day to solve it by.",
    )

    def write(self, vals):
        """Override: another stage may stop the clock or let it go on."""
        result = super().write(vals)
        if "stage_id" in vals:
            # Whoever moves it: the clock is the system's.
            self.sudo()._keep_clock()
        return result

    def _keep_clock(self):
        today = fields.Date.context_today(self)
        for dispute in self:
            stands = dispute.stage_id.stops_clock
            if stands and not dispute.waiting_since:
                dispute.waiting_since = today
            elif dispute.waiting_since and not stands:
                dispute._go_on(today)

    def _go_on(self, day):
        """Let the clock go on: what was waited is added to the day to solve it by.

        :param date day: when
        """
        self.ensure_one()
        company = self.company_id
        waited = company._collections_count_working_days(self.waiting_since, day)
        self.waiting_since = False
        if not waited:
            return
        self.waited_days += waited
        self.date_sla = company._collections_add_working_days(self.date_sla, waited)
        self.activity_reschedule(
            ["mail.mail_activity_data_todo"],
            date_deadline=max(day, self.date_sla),
        )
