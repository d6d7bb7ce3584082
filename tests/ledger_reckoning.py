"""A second reckoning of a ledger: item by item, by the ORM and in decimals.

It follows the words of ``collections.item`` and shares no code with it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

NOTHING = Decimal(0)


@dataclass
class Part:
    """What is known of one open item, in its own currency."""

    residual: Decimal
    pending: Decimal = NOTHING
    held: Decimal = NOTHING
    covered: Decimal = NOTHING

    @property
    def collectible(self):
        """What may be asked for; of a credit, nothing."""
        if self.residual < 0:
            return NOTHING
        return self.residual - self.pending - self.held - self.covered


@dataclass
class Pool:
    """What is shared out over a customer's items in one currency."""

    credit: Decimal = NOTHING
    pending: Decimal = NOTHING
    held: Decimal = NOTHING


@dataclass
class Incoming:
    """Money on its way, and how much of it its invoices take."""

    amount: Decimal
    currency: object
    lines: object
    taken: Decimal = NOTHING


@dataclass
class Balance:
    """What a customer owes in one currency."""

    ledger: Decimal = NOTHING
    collectible: Decimal = NOTHING
    held: Decimal = NOTHING
    credit: Decimal = NOTHING
    covered: Decimal = NOTHING
    overdue: Decimal = NOTHING

    def add(self, part, overdue):
        """Add an item, and say whether it is overdue."""
        self.ledger += part.residual
        self.collectible += part.collectible
        self.covered += part.covered
        self.held += part.pending + part.held
        self.credit += min(part.residual, NOTHING) + part.covered
        if overdue:
            self.overdue += part.collectible


def _number(amount):
    return Decimal(str(round(amount, 6)))


@dataclass
class Reckoning:
    """The open items of a company and its branches on a day.

    ``parts`` has one :class:`Part` for each journal item.
    """

    env: object
    company: object
    as_of: object
    parts: dict = field(default_factory=dict)

    def __post_init__(self):
        for line in self.env["account.move.line"].search(
            [
                ("company_id", "child_of", self.company.id),
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
                ("account_id.non_trade", "=", False),
                ("reconciled", "=", False),
                ("partner_id", "!=", False),
            ]
        ):
            if not line.currency_id.is_zero(line.amount_residual_currency):
                self.parts[line] = Part(_number(line.amount_residual_currency))
        self._holds = self.env["collections.hold"].search(
            [
                ("state", "=", "active"),
                ("date_start", "<=", self.as_of),
                *["|", ("date_end", "=", False), ("date_end", ">=", self.as_of)],
            ]
        )
        payments = {p: self._of_payment(p) for p in self._get_payments()}
        for incoming in (*payments.values(), *self._of_transactions()):
            self._allot(incoming)
        self._hold()
        self._share_out(payments)

    def balances(self):
        """Return what each customer owes in each currency.

        :rtype: dict[tuple, Balance]
        """
        found = defaultdict(Balance)
        for line, part in self.parts.items():
            key = self._owner(line), line.currency_id
            found[key].add(part, self._due(line) < self.as_of)
        return found

    def rate(self, currency, to):
        """Return how many units of a currency one of another is on the day.

        :rtype: Decimal
        """
        if currency == to:
            return Decimal(1)
        rate = currency._get_conversion_rate(currency, to, self.company, self.as_of)
        return Decimal(str(rate))

    def worth(self, currency):
        """Return how many units of the company's currency one of another counts for:
        none where the company knows no rate.

        :rtype: Decimal
        """
        own = self.company.currency_id
        known = currency == own or self.env["res.currency.rate"].search_count(
            [
                ("currency_id", "=", currency.id),
                ("company_id", "in", [False, self.company.id]),
            ]
        )
        return self.rate(currency, own) if known else NOTHING

    def _due(self, line):
        return line.date_maturity or line.date

    def _owner(self, line):
        return line.partner_id.commercial_partner_id

    def _debits(self, lines):
        """Return those of the lines that are owed, the oldest first."""
        owed = (line for line in lines if line in self.parts)
        return sorted(
            (line for line in owed if self.parts[line].residual > 0),
            key=lambda line: (self._due(line), line.id),
        )

    # === MONEY ON ITS WAY === #

    def _get_payments(self):
        return self.env["account.payment"].search(
            [
                ("company_id", "child_of", self.company.id),
                ("move_id", "=", False),
                ("payment_type", "=", "inbound"),
                ("state", "in", ["in_process", "paid"]),
            ]
        )

    def _of_bank(self, lines):
        """Return what was matched of these items with lines of a bank statement."""
        return lines.matched_credit_ids.filtered("credit_move_id.statement_line_id")

    def _of_payment(self, payment):
        """Return what a payment brings; paid, and seen at the bank, it is no longer on
        its way."""
        moves = payment.invoice_ids
        if payment.state == "paid":
            moves = moves.filtered(
                lambda m: not self._of_bank(m.line_ids).filtered(
                    lambda p: p.create_date >= payment.create_date
                )
            )
        return Incoming(_number(payment.amount), payment.currency_id, moves.line_ids)

    def _of_transactions(self):
        """Return what online payments bring, for what they say that it is for."""
        for transaction in self.env["payment.transaction"].search([]):
            if not self._is_on_its_way(transaction):
                continue
            currency = transaction.currency_id
            said = self.env["collections.transaction.line"].search(
                [("transaction_id", "=", transaction.id)]
            )
            for line in said:
                if line.move_id in transaction.invoice_ids:
                    amount = _number(line.amount + line.amount_discount)
                    items = line.move_line_id or line.move_id.line_ids
                    yield Incoming(amount, currency, items)
            if not said:
                items = transaction.invoice_ids.line_ids
                yield Incoming(_number(transaction.amount), currency, items)

    def _is_on_its_way(self, transaction):
        payment = transaction.payment_id
        if payment and payment.state != "canceled":
            return False
        if transaction.operation in ("refund", "validation"):
            return False
        if transaction.state == "done":
            return not transaction.is_post_processed
        if transaction.state not in ("pending", "authorized"):
            return False
        waits = self.as_of - transaction.last_state_change.date()
        company = transaction.company_id.root_id
        return waits.days <= company.collections_pending_days

    def _allot(self, incoming):
        """Give it to the items that it names, the oldest first."""
        before = NOTHING
        for line in self._debits(incoming.lines):
            part = self.parts[line]
            rate = self.rate(incoming.currency, line.currency_id)
            unit = Decimal(1).scaleb(-line.currency_id.decimal_places)
            amount = (incoming.amount * rate).quantize(unit, ROUND_HALF_UP)
            taken = max(NOTHING, min(part.residual, amount - before))
            before += part.residual
            incoming.taken += taken / rate
            part.pending = min(part.residual, part.pending + taken)

    # === HOLDS === #

    def _hold(self):
        """Take away what is excluded from follow-up, or held item by item."""
        excluded = self._holds.filtered(
            lambda h: (
                h.scope == "all"
                and h.effect == "exclude"
                and h.profile_id.company_id == self.company
            )
        ).profile_id.partner_id
        held = self._holds.filtered(lambda h: h.scope == "items").line_ids
        for line in self._debits(self.parts):
            part = self.parts[line]
            theirs = held.filtered(lambda x, line=line: x.move_line_id == line)
            rest = part.residual - part.pending
            if line.no_followup or self._owner(line) in excluded:
                part.held = rest
            elif any(not x.amount and not x.amount_agreed for x in theirs):
                part.held = rest
            elif theirs:
                part.held = min(rest, _number(sum(theirs.mapped("amount"))))

    # === WHAT IS SHARED OUT === #

    def _share_out(self, payments):
        """Give a customer's credit, money that names no invoice, and held amounts, in
        this order, to what is left of the items, the oldest first."""
        pools = self._get_pools(payments)
        for line in self._debits(self.parts):
            part = self.parts[line]
            pool = pools[self._owner(line), line.currency_id]
            part.covered = min(part.collectible, pool.credit)
            pool.credit -= part.covered
            pending = min(part.collectible, pool.pending)
            part.pending += pending
            pool.pending -= pending
            held = min(part.collectible, pool.held)
            part.held += held
            pool.held -= held

    def _get_pools(self, payments):
        pools = defaultdict(Pool)
        for line, part in self.parts.items():
            if part.residual < 0:
                pools[self._owner(line), line.currency_id].credit -= part.residual
        for payment, incoming in payments.items():
            if self._is_theirs(payment):
                unit = Decimal(1).scaleb(-payment.currency_id.decimal_places)
                taken = incoming.taken.quantize(unit, ROUND_HALF_UP)
                owner = payment.partner_id.commercial_partner_id
                pools[owner, payment.currency_id].pending += max(
                    NOTHING, incoming.amount - taken
                )
        for hold in self._holds:
            if hold.scope == "amount" and hold.profile_id.company_id == self.company:
                owner = hold.profile_id.partner_id
                pools[owner, hold.currency_id].held += _number(hold.amount)
        return pools

    def _is_theirs(self, payment):
        """Tell whether what a payment brings beyond its invoices is the payer's: not
        when an invoice is somebody else's by now, or was seen at the bank since."""
        named = payment.invoice_ids.line_ids
        payer = payment.partner_id.commercial_partner_id
        return (
            payment.state == "in_process"
            and payment.partner_type == "customer"
            and named.partner_id.commercial_partner_id <= payer
            and not self._of_bank(named).filtered(
                lambda p: p.create_date >= payment.create_date
            )
        )
