from datetime import datetime

from odoo import api, fields, models
from odoo.tools import SQL


class CollectionsTouchpoint(models.Model):
    """Why a message is planned and what it would ask for, in one line of a list."""

    _inherit = "collections.touchpoint"

    currency_id = fields.Many2one(related="company_id.currency_id")
    why = fields.Char(
        compute="_compute_why",
        help="What made it due, or why it was not sent, or not yet.",
    )
    amount_asked = fields.Monetary(
        string="Amount",
        compute="_compute_amount_asked",
        help="What it would ask for as the ledger is now, in the company's currency.",
    )

    # What follows from the customer's figures names none of them: all of a customer's
    # messages would be looked up whenever one figure is written.
    @api.depends("state", "kind", "occurrence", "profile_id", "why_not")
    @api.depends_context("lang")
    def _compute_why(self):
        for touchpoint in self:
            words = [touchpoint.why_not]
            if touchpoint.direction == "out":
                words = [*touchpoint._get_why_words(), *words]
            touchpoint.why = " · ".join(filter(None, words)) or False

    @api.depends("state", "kind", "profile_id")
    def _compute_amount_asked(self):
        # Without the others of the list, whose items nobody asks for.
        courtesies = self.filtered(
            lambda t: t.kind == "before_due" and t._is_about_ledger()
        )
        coming = {
            touchpoint: touchpoint._get_amount_coming()
            for touchpoint in courtesies.with_prefetch(courtesies._ids)
        }
        for touchpoint in self:
            amount = coming.get(touchpoint, 0.0)
            if touchpoint.kind == "overdue" and touchpoint._is_about_ledger():
                amount = touchpoint.profile_id.amount_overdue
            touchpoint.amount_asked = amount

    def _get_amount_coming(self):
        """Return what falls due soon of what it is about, in the company's currency.

        :rtype: float
        """
        self.ensure_one()
        company = self.company_id
        return sum(
            line.currency_id._convert(
                line.amount, company.currency_id, company, self._get_day()
            )
            for line in self.about_ids
            if line.kind == "coming"
        )

    def _get_why_words(self):
        """Return what made a planned message due, in few words. Once it is sent, that
        is over.

        An override says what a message that is not about open items is about, for ever.

        :return: parts of a line, none for what a person wrote
        :rtype: list[str]
        """
        self.ensure_one()
        if not self._is_about_ledger():
            return []
        if self.kind == "after_paid":
            return [self.env._("Everything that was overdue is settled")]
        if self.kind == "before_due" and self.occurrence:
            due = datetime.strptime(str(self.occurrence), "%Y%m%d").date()
            return [self.env._("Falls due on %(date)s", date=self._format_date(due))]
        return [self._get_days_late_words(), self._get_last_step_words()]

    def _get_days_late_words(self):
        days = self.profile_id.days_past_due
        if days <= 0:
            return self.env._("Nothing is overdue any more")
        if days == 1:
            return self.env._("Overdue since yesterday")
        return self.env._("Overdue for %(days)s days", days=days)

    def _get_last_step_words(self):
        profile = self.profile_id
        # A step without a day was never taken: going live began behind it.
        if not profile.stage_id or not profile.stage_date:
            return ""
        return self.env._(
            "“%(stage)s” was on %(date)s",
            stage=profile.stage_id.name,
            date=self._format_date(profile.stage_date),
        )

    @api.model
    def _find_held_back(self, company):
        """Return what would be said and is not, as the last run left it: for each
        customer the refusal of the step that would be next, whichever run wrote it
        down. The most overdue first.

        :param company: a root company
        :rtype: collections.touchpoint
        """
        self.flush_model()
        self.env["collections.profile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MAX(t.id)
                  FROM collections_profile p
                  JOIN collections_touchpoint t
                    ON t.profile_id = p.id
                   AND t.episode = p.episode
                   AND t.stage_id = p.next_stage_id
                   AND t.refusal = p.next_code
                 WHERE p.company_id = %s
                   AND t.origin = 'automatic' AND t.state = 'cancelled'
              GROUP BY p.id
              ORDER BY p.amount_overdue DESC, p.id
                """,
                company.id,
            )
        )
        return self.browse([row[0] for row in rows])
