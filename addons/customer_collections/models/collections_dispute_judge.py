from odoo import api, fields, models
from odoo.exceptions import UserError

from .collections_dispute import OUTCOMES


class CollectionsDispute(models.Model):
    """How a dispute ends: by a person's answer, or by what the ledger says."""

    _inherit = "collections.dispute"

    outcome = fields.Selection(
        selection=OUTCOMES, readonly=True, copy=False, index=True, tracking=True
    )
    closed_in_full = fields.Boolean(
        readonly=True,
        copy=False,
        help="Closed because the ledger paid or credited all of it: undone, the "
        "dispute opens again.",
    )
    amount_credited = fields.Monetary(
        string="Credited", readonly=True, copy=False, tracking=True
    )
    credited_before = fields.Monetary(
        readonly=True,
        copy=False,
        help="What had been credited of it when a person opened it again.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount_company = fields.Monetary(
        string="Disputed (Company Currency)",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
    )
    cost = fields.Monetary(
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
        help="What was credited, in the company's currency.",
    )
    days_open = fields.Integer(readonly=True, copy=False, default=0, aggregator="avg")
    working_days_open = fields.Integer(
        readonly=True, copy=False, default=0, aggregator="avg"
    )

    @api.depends(
        "amount", "amount_credited", "credited_before", "currency_id", "company_id"
    )
    def _compute_amount_company(self):
        for dispute in self:
            company = dispute.company_id or self.env.company
            for name, amount in (
                ("amount_company", dispute.amount),
                ("cost", dispute.credited_before + dispute.amount_credited),
            ):
                dispute[name] = (dispute.currency_id or company.currency_id)._convert(
                    amount,
                    company.currency_id,
                    company,
                    dispute.date_start or fields.Date.context_today(self),
                )

    # === SOLVED BY A PERSON === #

    def _solve(self, outcome, note):
        """Say how disputes ended; what they held is asked for again.

        :param str outcome: a key of ``OUTCOMES``; credit goes through ``_credit``
        :param str note: how, in words, kept for ever
        :raise UserError: without a word, or if one is solved already
        """
        if not (note or "").strip():
            raise UserError(self.env._("Say how it was solved, for those who read it."))
        self.check_access("write")
        self._check_open()
        self._cancel_draft_refunds()
        today = fields.Date.context_today(self)
        # The outcome is kept by the system: nobody writes it by hand.
        for dispute_sudo in self.sudo():
            dispute_sudo._close(outcome, today, note)
        self.sudo().profile_id._redecide()

    def _check_open(self):
        for dispute in self.filtered(lambda d: d.kind == "solved"):
            raise UserError(
                self.env._(
                    "This dispute is solved already, on %(date)s: %(how)s",
                    date=dispute.ended_on,
                    how=dispute.end_note or "",
                )
            )

    def _withdraw(self, note):
        """The customer takes it back; see ``collections.withdraw.wizard``."""
        self._solve("withdrawn", note)

    def _close(self, outcome, day, note, in_full=False):
        """End a dispute and give back what it held.

        :param date day: when
        :param bool in_full: the ledger paid or credited all of it
        """
        self.ensure_one()
        self.with_context(collections_solving=True).write(
            {
                "stage_id": self.env["collections.dispute.stage"]
                ._get_first("solved")
                .id,
                "outcome": outcome,
                "ended_on": day,
                "end_note": note,
                "closed_in_full": in_full,
                **self._prepare_days(day),
            }
        )
        self._end_hold(note)
        self.activity_unlink(["mail.mail_activity_data_todo"])

    def _prepare_days(self, day):
        """Return how long the dispute has been open on a day."""
        self.ensure_one()
        return {
            "days_open": (day - self.date_start).days,
            "working_days_open": self.company_id._collections_count_working_days(
                self.date_start, day
            ),
        }

    def action_reopen(self):
        """Work again on what a person solved: what is still open of it, and was not
        credited, is held."""
        self.ensure_one()
        self.check_access("write")
        if self.kind != "solved":
            return True
        # As in ``_raise``: to hold and to write how it stands is the system's part.
        dispute_sudo = self.sudo()
        free = dispute_sudo._get_free_amounts()
        items = {}
        left = dispute_sudo.amount - dispute_sudo.amount_credited
        for item in dispute_sudo.item_ids:
            rest = min(item.amount, left)
            for line in item._get_items_now():
                part = min(rest, free.get(line.id, 0) - items.get(line, 0))
                if part > 0:
                    items[line] = items.get(line, 0) + part
                    rest -= part
                    left -= part
        if not items:
            raise UserError(
                self.env._(
                    "Nothing of it is open any more, or something else is agreed "
                    "about it; there is nothing to open again."
                )
            )
        dispute_sudo._set_aside_credits()
        dispute_sudo.amount = sum(items.values())
        dispute_sudo._hold_items(items)
        dispute_sudo._write_reopened()
        self._tell_processor(self.env._("Opened again: look into the dispute"))
        return True

    def _set_aside_credits(self):
        """What was credited before it is opened again stays what it cost, and closes it
        no more."""
        self.ensure_one()
        posted = self.refund_ids.filtered(lambda move: move.state == "posted")
        self.write(
            {
                "credited_before": self.credited_before + self.amount_credited,
                "amount_credited": 0,
                "since_refund_id": max(posted.ids, default=self.since_refund_id),
            }
        )

    def _write_reopened(self):
        self.with_context(collections_solving=True).write(
            {
                "stage_id": self.env["collections.dispute.stage"]
                ._get_first("review")
                .id,
                "outcome": False,
                "ended_on": False,
                "end_note": False,
                "closed_in_full": False,
                "credit_outcome": False,
            }
        )

    # === JUDGED FROM THE LEDGER === #

    def _judge(self, measures, as_of):
        """Closed once all of it is paid or credited, opened again if that is undone."""
        result = super()._judge(measures, as_of)
        undone = self.browse()
        for dispute in self:
            measure = measures[dispute.id]
            dispute._write_credited(measure.credited)
            full = (
                dispute.currency_id.compare_amounts(
                    # A credit note that was reset stays matched and settles nothing
                    dispute.amount_received - measure.reset,
                    # Nobody pays what an invoice no longer asks for
                    min(dispute.amount, measure.agreed),
                )
                >= 0
            )
            if dispute.kind != "solved":
                if full or dispute._get_posted_credit():
                    last = max((d for d, _a in measure.received), default=as_of)
                    # Statements are entered later than their lines are dated
                    day = min(max(last, dispute.date_start), as_of)
                    dispute._close_from_ledger(day, full)
            elif dispute.closed_in_full and not full:
                undone |= dispute
        undone._reopen_from_ledger(as_of)
        return result

    def _write_credited(self, matched):
        """Keep what was credited of it, matched or only posted."""
        self.ensure_one()
        currency = self.currency_id
        amount = currency.round(
            min(self.amount, max(matched, self._get_posted_credit()))
        )
        if currency.compare_amounts(amount, self.amount_credited):
            self.amount_credited = amount

    def _close_from_ledger(self, day, full):
        currency = self.currency_id
        if currency.compare_amounts(self.amount_credited, self.amount) >= 0:
            outcome = "credited"
        elif currency.is_zero(self.amount_credited):
            outcome = "paid"
        else:
            outcome = "partly_credited"
        if self.credit_outcome == "goodwill" and outcome != "paid":
            outcome = "goodwill"
        if full:
            self._cancel_draft_refunds()
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        note = outcome != "paid" and self.credit_note
        self._close(outcome, day, note or labels[outcome], in_full=full)

    def _reopen_from_ledger(self, as_of):
        """Hold again what a payment or credit note no longer covers."""
        if not self:
            return
        self.hold_id.with_context(collections_judging=True).write(
            {"state": "active", "ended_on": False, "end_note": False}
        )
        self._write_reopened()
        self.flush_recordset()
        for company, disputes in self.grouped("company_id").items():
            # How much it is again, per item
            self.env["collections.hold"]._measure(company, as_of, disputes.profile_id)
        self._tell_processor(
            self.env._("Opened again: its payment or credit note was undone")
        )
