from odoo import api, fields, models
from odoo.fields import Domain

# The team leader first, then a manager; then it is on their desk.
ESCALATIONS = 2


class CollectionsDispute(models.Model):
    """What the run looks after: time, and invoices that are gone."""

    _inherit = "collections.dispute"

    escalation = fields.Integer(
        string="Escalated",
        compute="_compute_escalation",
        store=True,
        help="How many times it was brought to somebody because it was late.",
    )
    date_escalate = fields.Date(
        compute="_compute_escalation",
        store=True,
        help="After this day it is brought to the next person.",
    )

    @api.depends("date_sla")
    def _compute_escalation(self):
        for dispute in self:
            dispute.escalation = 0
            dispute.date_escalate = dispute.date_sla

    @api.model
    def _watch(self, run):
        """Look after what is open: bring what is late to somebody, tell of invoices
        that are gone, count days. Set-based."""
        mine = Domain("company_id", "=", run.company_id.id)
        still_open = mine & Domain("kind", "!=", "solved")
        self.search(
            still_open
            & Domain("waiting_since", "=", False)
            & Domain("date_escalate", "<", run.date)
            & Domain("escalation", "<", ESCALATIONS)
        )._escalate(run.date)
        self.search(
            still_open
            & Domain("invoice_gone", "=", False)
            & Domain(
                "item_ids",
                "any",
                Domain("move_id", "=", False) | Domain("move_id.state", "!=", "posted"),
            )
        )._tell_invoice_gone()
        self.search(
            mine
            & Domain("kind", "=", "solved")
            & Domain("closed_in_full", "=", False)
            & Domain("outcome", "in", ("credited", "partly_credited", "goodwill"))
            & Domain("refund_ids", "any", Domain("state", "!=", "posted"))
        ).filtered(lambda d: not d._get_posted_credit())._reopen_from_ledger(run.date)
        self.search(still_open)._count_days(run.date)

    def _escalate(self, day):
        """Bring late disputes to the next person, once per step.

        :param date day: the day it is looked from
        """
        for dispute in self:
            user = dispute._get_escalation_user()
            dispute.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._(
                    "This dispute should be solved by now: help %(user)s",
                    user=dispute.processor_id.name,
                ),
                user_id=user.id,
            )
            dispute.write(
                {
                    "escalation": dispute.escalation + 1,
                    "date_escalate": dispute.company_id._collections_add_working_days(
                        day, dispute.reason_id.sla_days
                    ),
                }
            )

    def _get_escalation_user(self):
        """Return whom a late dispute is brought to: the leader of the customer's team,
        and in the second step a manager of collections. Override it for another way.

        :rtype: res.users
        """
        self.ensure_one()
        if self.escalation:
            company = self.company_id
            return company._get_collections_manager(self.env["collections.profile"])
        return self.company_id._get_collections_manager(self.profile_id)

    def _tell_invoice_gone(self):
        """Tell the coordinator, once, that an invoice is not in the ledger any more."""
        for dispute in self:
            gone = dispute.item_ids.filtered(
                lambda item: item.move_id.state != "posted"
            )
            dispute.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._(
                    "%(invoices)s was reset or cancelled: is there still a dispute?",
                    invoices=", ".join(dict.fromkeys(gone.mapped("name"))),
                ),
                user_id=dispute.user_id.id,
            )
        self.invoice_gone = True

    def _count_days(self, day):
        """Keep how long disputes are open, for lists and reports."""
        for (company, _start), disputes in self.grouped(
            lambda dispute: (dispute.company_id, dispute.date_start)
        ).items():
            values = disputes[0].with_company(company)._prepare_days(day)
            disputes.filtered(
                lambda dispute, values=values: any(
                    dispute[name] != value for name, value in values.items()
                )
            ).write(values)
