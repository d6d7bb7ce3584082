from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

# A message that could have left so many days ago has waited too long.
WAIT_DAYS = 3


class CollectionsRun(models.Model):
    _inherit = "collections.run"

    approval_activity_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )


class CollectionsTouchpoint(models.Model):
    """Who is told that messages wait for a manager's word."""

    _inherit = "collections.touchpoint"

    @api.model
    def _ask_to_approve(self, run):
        """Ask a manager to look at what waits, unless one was asked and has not said
        done."""
        company = run.company_id
        count, asked = self._update_asked(company)
        if not count or asked:
            return
        user = company._get_collections_manager(self.env["collections.profile"])
        words = self.with_context(lang=user.lang)
        run.approval_activity_id = self.env["mail.activity"].create(
            {
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "automated": True,
                "user_id": user.id,
                "date_deadline": company._collections_today(),
                "summary": words._say_waiting(count),
                "note": Markup('<a href="/odoo/collections-to-approve">%s</a>')
                % words.env._("Messages to Approve"),
            }
        )

    @api.model
    def _update_asked(self, company):
        """Let what a manager was asked say how many messages wait now, and take it
        back when none does.

        :param company: a root company
        :return: (number of messages, the open activity)
        :rtype: tuple[int, mail.activity]
        """
        # In sudo: whoever decided on a message, what was asked is the system's to keep.
        runs = self.env["collections.run"].sudo()
        asked = runs.search(
            [
                ("company_id", "=", company.id),
                ("approval_activity_id.active", "=", True),
            ]
        ).approval_activity_id
        count = self.sudo().search_count(self._get_waiting_domain(company))
        if not count:
            asked.unlink()
        elif asked:
            summary = self.with_context(lang=asked[0].user_id.lang)._say_waiting(count)
            if asked[0].summary != summary:
                asked[0].summary = summary
        return count, asked

    @api.model
    def _get_waiting_domain(self, company):
        return [("company_id", "=", company.id), ("state", "=", "to_approve")]

    @api.model
    def _say_waiting(self, count):
        if count == 1:
            return self.env._("One message waits for your approval")
        return self.env._("%(count)s messages wait for your approval", count=count)

    @api.model
    def _get_approval_warnings(self, company):
        """Return what the run says of messages that wait for a manager too long.

        :rtype: list[str]
        """
        since = fields.Datetime.now() - timedelta(days=WAIT_DAYS)
        waiting = self.search_count(
            [*self._get_waiting_domain(company), ("scheduled_at", "<", since)]
        )
        if not waiting:
            return []
        return [
            self.env._(
                "%(count)s messages have waited for a manager's approval for more "
                "than %(days)s days.",
                count=waiting,
                days=WAIT_DAYS,
            )
        ]
