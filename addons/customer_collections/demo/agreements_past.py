"""What customers of the demo company agreed before today, judged by the ledger."""

from datetime import timedelta

from odoo.fields import Command


class PastAgreements:
    """Takes down what was agreed then. An heir has ``env``, ``company``, ``today``,
    ``collector``, ``names``, ``taken`` and ``_take``."""

    def _get_lines(self, *domain):
        return self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "=", "out_invoice"),
                ("partner_id.active", "=", True),
                ("no_followup", "=", False),
                ("partner_id", "not in", self.taken.partner_id.ids),
                *domain,
            ],
            order="date_maturity desc, id",
        )

    def _find_paid(self):
        """Return an item that was paid late, lately."""
        return self._get_lines(
            ("reconciled", "=", True),
            ("date_maturity", ">", self.today - timedelta(days=120)),
        ).filtered(lambda line: self._get_paid_on(line) > line.date_maturity)[:1]

    def _find_open(self, part_paid, days=0):
        """Return an item that is open and late by more than some days, with or without
        a first payment."""
        return self._get_lines(
            ("reconciled", "=", False),
            ("date_maturity", "<", self.today - timedelta(days=days)),
        ).filtered(
            lambda line: 0 < line.amount_residual_currency
            and (line.amount_residual_currency < line.amount_currency) == part_paid
        )[:1]

    def _get_paid_on(self, line):
        days = line.matched_credit_ids.credit_move_id.mapped("date")
        return max(days, default=line.date_maturity)

    def _promise_earlier(self, line, paid_after=None):
        """Take down what was promised then; the ledger says what came of it.

        :param line: the receivable item
        :param int paid_after: days from the promised day to the payment; where nothing
                               more came, the promise was for twelve days ago
        """
        profile = self._take(
            self.env["collections.profile"]._get_or_create(
                line.partner_id.commercial_partner_id, self.company
            )
        )
        due = self.today - timedelta(days=12)
        if paid_after is not None:
            due = self._get_paid_on(line) - timedelta(days=paid_after)
        start = due - timedelta(days=7)
        promise = self.env["collections.promise"].create(
            {
                "profile_id": profile.id,
                "currency_id": line.currency_id.id,
                "amount": line.amount_currency,
                "date_start": start,
                "date_due": due,
                "source": "customer",
                "user_id": self.collector.id,
            }
        )
        self._hold_since(promise, line, promise.date_limit, due)
        self._name(promise)

    def _hold_since(self, agreement, line, end, order_date):
        """Hold an item as it was before anything was paid of it.

        :param line: the receivable item
        :param date end: last day of the hold
        :param date order_date: the day by which agreements share what comes in
        """
        values = agreement._prepare_hold_values({}, end, order_date)
        values.update(
            since_partial_id=0,
            since_line_id=line.id,
            line_ids=[
                Command.create(
                    {
                        "move_line_id": line.id,
                        "amount": line.amount_currency,
                        "amount_agreed": line.amount_currency,
                        "amount_base": line.amount_currency,
                    }
                )
            ],
        )
        judging = self.env["collections.hold"].with_context(collections_judging=True)
        agreement.hold_id = judging.create(values)

    def _plan_earlier(self, line, first, name):
        """Take down a plan in three parts, two weeks apart.

        :param line: the receivable item
        :param date first: when the first part was due
        :param str name: who accepted it
        """
        profile = self._take(
            self.env["collections.profile"]._get_or_create(
                line.partner_id.commercial_partner_id, self.company
            )
        )
        agreed = first - timedelta(days=6)
        plans = self.env["collections.plan"]
        plan = plans.create(
            {
                "profile_id": profile.id,
                "template_id": plans._get_template(profile).id,
                "currency_id": line.currency_id.id,
                "amount": line.amount_currency,
                "rhythm": "fortnight",
                "instalment_count": 3,
                "date_first": first,
                "date_start": agreed,
                "source": "customer",
                "user_id": self.collector.id,
                "state": "active",
                "accepted_at": agreed,
                "accepted_name": name,
            }
        )
        plan._make_instalments()
        self._hold_since(plan, line, plan.date_last, first)
        return plan

    def _offer_earlier(self, line, share, due):
        """Take down an offer that the customer accepted at once.

        :param float share: of the amount, still to be paid
        :param date due: by when
        """
        profile = self._take(
            self.env["collections.profile"]._get_or_create(
                line.partner_id.commercial_partner_id, self.company
            )
        )
        made = due - timedelta(days=10)
        offer = self.env["collections.offer"].create(
            {
                "profile_id": profile.id,
                "kind": "settlement",
                "currency_id": line.currency_id.id,
                "amount": line.currency_id.round(line.amount_currency * share),
                "amount_covered": line.amount_currency,
                "offered_line_ids": [Command.link(line.id)],
                "date_start": made,
                "date_due": due,
                "state": "accepted",
                "accepted_on": made,
                "user_id": self.collector.id,
            }
        )
        self._hold_since(offer, line, due, due)
        return offer
