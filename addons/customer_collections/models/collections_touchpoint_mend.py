from odoo import api, fields, models
from odoo.fields import Domain

# About addresses, a collector is asked so often in a day.
ASKED_AT_ONCE = 20


class CollectionsTouchpoint(models.Model):
    """Who is asked for the data that would let a message arrive."""

    _inherit = "collections.touchpoint"

    # When a person was asked for it, or nothing was found to ask for
    asked_on = fields.Date(readonly=True, copy=False, index="btree_not_null")

    @api.model
    def _report_unreached(self, run):
        """Ask the collectors to mend the addresses of those whom no run could reach,
        after the profiles say who their collector is.

        Nobody is asked before the company is live: a first look at a ledger says in
        the list of messages whom it would not reach.

        :param run: a ``collections.run``, for its company and date
        """
        if run.mode != "live":
            return
        unreached = Domain(
            [
                ("company_id", "=", run.company_id.id),
                ("origin", "=", "automatic"),
                ("state", "=", "cancelled"),
                ("refusal", "=", "no_channel"),
                ("stage_id", "!=", False),
                ("asked_on", "=", False),
                ("profile_id.next_code", "=", "no_channel"),
            ]
        )
        for (collector,) in self._read_group(unreached, ["profile_id.collector_id"]):
            touchpoints = self.search(
                unreached & Domain("profile_id.collector_id", "=", collector.id),
                # Who owes most comes first.
                order="profile_id, id",
                limit=ASKED_AT_ONCE,
            )
            reached = touchpoints.filtered(lambda t: not t._get_lack_of_wanted())
            (touchpoints - reached)._ask_to_mend_addresses(run.date)
            # They make room for others.
            reached.asked_on = run.date

    def _ask_to_mend_addresses(self, today):
        """Ask for the data that made a message take another way, or none at all: of
        who owes most first, and not about all in one day.

        :param date today: the day that counts
        """
        lacking = self.filtered(
            lambda t: t.origin == "automatic" and t._get_lack_of_wanted()
        ).sorted(lambda t: (-t.profile_id.amount_overdue, t.id))
        by_collector = lacking.grouped(lambda t: t.profile_id.collector_id)
        for collector, touchpoints in by_collector.items():
            asked = self.search_count(
                [
                    ("company_id", "in", touchpoints.company_id.ids),
                    ("profile_id.collector_id", "=", collector.id),
                    ("asked_on", "=", today),
                ]
            )
            now = touchpoints[: max(ASKED_AT_ONCE - asked, 0)]
            now._ask_for_addresses()
            now.asked_on = today

    def _get_lack_of_wanted(self):
        """Return, in a sentence, why the channel that comes first could not be taken.

        :return: the sentence, or None when it was taken or nothing is amiss
        """
        self.ensure_one()
        wanted = (
            self.profile_id.preferred_channel or self.stage_id.channel_ids[:1].channel
        )
        if wanted == self.channel and self.state != "cancelled":
            return None
        return self._get_lack(wanted)

    def _ask_for_addresses(self):
        """Give the collectors of these customers something to do, at once, and once
        for the same lack."""
        # In sudo: the task is the system's to give, whoever made the message go. An
        # e-mail about each customer would be many: their list of tasks has them.
        activities = (
            self.env["mail.activity"]
            .sudo()
            .with_context(mail_activity_quick_update=True)
        )
        profiles = self.profile_id.sudo()
        open_ones = {
            (activity.res_id, activity.user_id, activity.summary)
            for activity in activities.search(
                [("res_model", "=", profiles._name), ("res_id", "in", profiles.ids)]
            )
        }
        wanted = dict.fromkeys(
            (t.profile_id.id, t._get_asked_user(), t._get_lack_of_wanted())
            for t in self
        )
        todo = self.env.ref("mail.mail_activity_data_todo")
        model_id = self.env["ir.model"]._get_id(profiles._name)
        # Read at once: each activity asks for the name of its customer.
        profiles.mapped("display_name")
        activities.create(
            [
                {
                    "activity_type_id": todo.id,
                    "automated": True,
                    "date_deadline": fields.Date.context_today(self),
                    "res_model_id": model_id,
                    "res_id": profile_id,
                    "summary": summary,
                    "user_id": user.id,
                }
                for profile_id, user, summary in wanted
                if (profile_id, user, summary) not in open_ones
            ]
        )
