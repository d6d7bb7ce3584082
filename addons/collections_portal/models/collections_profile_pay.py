from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL, format_amount

from odoo.addons.customer_collections.models.collections_plan_autopay import (
    STARTED_MINUTES,
)


class Payable(NamedTuple):
    """An open item that can be paid now; amounts in its currency.

    ``amount`` settles it: less than ``open`` where a discount is still due.
    ``label`` says why it is not chased at the moment, if so.
    """

    id: int
    line: object
    name: str
    date_due: object
    is_overdue: bool
    open: float
    amount: float
    discount: float
    discount_until: object
    label: str
    suggested: bool


class PayableGroup(NamedTuple):
    """What can be paid in one payment: one company, one currency."""

    key: str
    company: object
    currency: object
    items: list

    def get_total(self):
        """Return what settles all of it, in the currency."""
        return self.currency.round(sum(item.amount for item in self.items))


class CollectionsProfile(models.Model):
    """What a customer can pay now, checked again when they do."""

    _inherit = "collections.profile"

    def _take_over(self, others):
        """Override: what becomes of payments under way is told here."""
        # In sudo: whoever merges contacts need not read payments.
        transactions_sudo = self.env["payment.transaction"].sudo()
        transactions_sudo.search(
            [("collections_profile_id", "in", others.ids)]
        ).collections_profile_id = self
        return super()._take_over(others)

    # === WHAT CAN BE PAID === #

    def _get_portal_payables(self, person=None):
        """Return what can be paid, for each company and currency.

        Not what is on its way, nor what is blocked. The number of queries does not
        depend on the number of items.

        :param record person: only documents addressed to this person
        :rtype: list[PayableGroup]
        """
        self.ensure_one()
        items = self._get_portal_items(person)
        shares = self._split_held(items)
        items = [item for item in items if item.residual > 0]
        lines = self.env["account.move.line"].browse([item.id for item in items])
        lines.move_id.fetch(["name", "payment_state", "payment_reference"])
        today = fields.Date.context_today(self)
        # All at once: Odoo asks for each document whether something is matched
        discounted = lines.filtered(
            lambda line: line.discount_date and line.discount_date >= today
        )
        discounted.fetch(["matched_debit_ids", "matched_credit_ids"])
        groups = defaultdict(list)
        for item, line in zip(items, lines, strict=True):
            payable = self._prepare_payable(item, line, shares.get(item.id))
            if payable:
                groups[line.company_id, line.currency_id].append(payable)
        return [
            PayableGroup(f"{company.id}-{currency.id}", company, currency, payables)
            for (company, currency), payables in groups.items()
        ]

    def _prepare_payable(self, item, line, shares):
        """Return how an item can be paid, None when it cannot.

        An override may forbid it, for an item in legal hands for instance.

        :param OpenItem item: as the ledger has it
        :param record line: the journal item
        :param dict shares: of ``_split_held``
        :rtype: Payable or None
        """
        currency = line.currency_id
        left = currency.round(item.residual - item.pending)
        if currency.compare_amounts(left, 0) <= 0:
            return None
        if line.move_id.payment_state == "blocked":
            return None
        discount = self._get_payable_discount(item, line)
        today = fields.Date.context_today(self)
        labels = [self._get_portal_hold_label(reason) for reason in shares or ()]
        is_overdue = item.date_due < today
        return Payable(
            id=item.id,
            line=line,
            name=line.move_id.name or line.name or "",
            date_due=item.date_due,
            is_overdue=is_overdue,
            open=left,
            amount=currency.round(left - discount),
            discount=discount,
            discount_until=line.discount_date if discount else None,
            label=", ".join(dict.fromkeys(labels)),
            # What is disputed, promised or covered is theirs to choose
            suggested=is_overdue and currency.compare_amounts(item.collectible, 0) > 0,
        )

    def _get_payable_discount(self, item, line):
        """Return the early-payment discount that is still due on an item.

        Whoever paid a part already, or has one under way, has none: so Odoo has it.

        :param OpenItem item: as the ledger has it
        :param record line: its journal item
        :return: in the currency of the item
        :rtype: float
        """
        today = fields.Date.context_today(self)
        currency = line.currency_id
        if (
            item.pending
            or not line.discount_date
            or line.discount_date < today
            # Nowhere to book it
            or not line.company_id.account_journal_early_pay_discount_loss_account_id
            or currency.compare_amounts(item.residual, line.amount_currency)
            or not line.move_id._is_eligible_for_early_payment_discount(currency, today)
        ):
            return 0.0
        return currency.round(line.amount_currency - line.discount_amount_currency)

    # === AN ORDER TO PAY === #

    def _check_portal_amounts(self, group, amounts):
        """Check what somebody chose to pay against what is open now.

        :param PayableGroup group: of ``_get_portal_payables``
        :param dict amounts: id of an item to an amount in the currency of the group
        :return: sentences for the customer, by id of an item
        :rtype: dict[int, str]
        """
        payables = {item.id: item for item in group.items} if group else {}
        refused = {}
        for item_id, amount in amounts.items():
            payable = payables.get(item_id)
            if not payable:
                refused[item_id] = self.env._(
                    "This is paid, or its payment is on its way."
                )
            elif group.currency.compare_amounts(amount, 0) <= 0:
                refused[item_id] = self.env._("Say how much you pay.")
            elif group.currency.compare_amounts(amount, payable.open) > 0 or (
                # Between the discounted amount and the whole there is nothing to gain
                payable.discount
                and group.currency.compare_amounts(amount, payable.amount) > 0
            ):
                refused[item_id] = self.env._(
                    "%(amount)s is enough: no more is open.",
                    amount=format_amount(self.env, payable.amount, group.currency),
                )
        return refused

    def _lock_portal_order(self, key, amounts, person=None, known_drafts=()):
        """Return the items of an order, once nobody else can pay them meanwhile.

        :param str key: of a :class:`PayableGroup`
        :param dict amounts: id of an item to an amount in its currency
        :param record person: only documents addressed to this person
        :param known_drafts: ids of unfinished payments the customer was told of
        :return: the group, and of each item the amount paid and the discount taken
        :rtype: tuple[PayableGroup, dict[Payable, tuple[float, float]]]
        :raise UserError: in the customer's words, when it cannot be paid so
        """
        self.ensure_one()
        self._lock_portal_items(list(amounts))
        group = next(
            (g for g in self._get_portal_payables(person) if g.key == key), None
        )
        if not group or self._check_portal_amounts(group, amounts):
            raise UserError(
                self.env._(
                    "What is open has changed since you opened this page. Nothing was "
                    "charged. Go back and look again."
                )
            )
        started = self._get_started_payments(list(amounts))
        if set(started.ids) - set(known_drafts):
            raise UserError(
                self.env._(
                    "A payment of this was just started and may still be under way. "
                    "Nothing was charged now. If you did not finish it, reload this "
                    "page and go on."
                )
            )
        order = {}
        for payable in group.items:
            if payable.id not in amounts:
                continue
            amount = group.currency.round(amounts[payable.id])
            settles = not group.currency.compare_amounts(amount, payable.amount)
            order[payable] = amount, payable.discount if settles else 0.0
        return group, order

    def _lock_portal_items(self, ids):
        """Let nobody else pay, promise or match these items at the same time.

        :raise UserError: when somebody is doing so
        """
        try:
            self.lock_for_update()
            self.env["account.move.line"].browse(ids).lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else at your company is just paying or agreeing "
                    "something. Try again in a moment."
                )
            ) from error
        # Whoever waited for this lock with an older view of the database has to
        # start anew, and then sees the payment made here.
        self.env.cr.execute(
            SQL("UPDATE collections_profile SET id = id WHERE id = %s", self.id)
        )

    def _get_started_payments(self, ids):
        """Return recent payments of these items that were started and not finished.

        :rtype: recordset of `payment.transaction`
        """
        lines = self.env["collections.transaction.line"].search(
            [
                ("move_line_id", "in", ids),
                ("transaction_id.state", "=", "draft"),
                (
                    "transaction_id.create_date",
                    ">",
                    fields.Datetime.now() - timedelta(minutes=STARTED_MINUTES),
                ),
            ]
        )
        return lines.transaction_id

    def _get_pending_payments(self, person=None):
        """Return the online payments of this customer that are on their way: as in
        ``collections.item``, not those that stay so for too long.

        :param record person: only what this person paid
        :rtype: recordset of `payment.transaction`
        """
        self.ensure_one()
        days = self.company_id.collections_pending_days
        oldest = fields.Date.context_today(self) - timedelta(days=days)
        domain = [
            ("collections_profile_id", "=", self.id),
            ("state", "in", ("pending", "authorized")),
            ("last_state_change", ">=", fields.Datetime.to_datetime(oldest)),
        ]
        if person:
            domain.append(("partner_id", "=", person.id))
        return self.env["payment.transaction"].search(domain, limit=20)
