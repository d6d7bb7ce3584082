"""Eighteen months of invoices and of money coming in, through Odoo's own flows."""

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from odoo.fields import Command

from .cast import BRANCH, OPEN_INVOICES, TWO_COMPANIES
from .goods import ORDER_WORD, SMALL, TRADES
from .habits import settle, spread, working_day

_logger = logging.getLogger(__name__)

SEED = 19
EUROPEAN_UNION = ("ie", "de", "at", "fr", "be", "es", "nl", "se")
# Invoices made at once: enough to batch, little enough for the cache.
BATCH = 50


@dataclass(frozen=True)
class Planned:
    """An invoice to make: for whom, when, by which company, paid or left open."""

    customer: object
    day: date
    company: object
    stays_open: bool = False


class LedgerBuilder:
    """Posts the invoices and registers the payments of everybody's habit."""

    def __init__(self, env, names, companies, products, terms, today):
        self.env = env
        self.names = names
        self.companies = companies
        self.products = products
        self.terms = terms
        self.today = today
        # One source of chance per customer: adding one leaves the others alone.
        self.rngs = {}
        # key of a customer: the invoices of ``OPEN_INVOICES``, oldest first
        self.open_invoices = defaultdict(env["account.move"].browse)

    def build(self, cast, partners):
        """Post and settle the invoices of the cast.

        :param list[Customer] cast: the customers
        :param dict[str, res.partner] partners: by key of the customer
        """
        plan = self._plan_invoices(cast)
        _logger.info("Demo: %s invoices", len(plan))
        pairs = self._create_invoices(plan, partners)
        invoices = self.env["account.move"].union(*(move for _row, move in pairs))
        self.names.add_all("invoice", invoices)
        _logger.info("Demo: posting them")
        invoices.action_post()
        # What sending them leaves behind; no PDF of eight hundred is worth the wait.
        invoices.is_move_sent = True
        self._pay(pairs)

    def rng(self, customer):
        """Return the source of chance of a customer."""
        return self.rngs.setdefault(customer.key, Random(f"{SEED} {customer.key}"))

    # === INVOICES === #

    def _plan_invoices(self, cast):
        plan = []
        for customer in cast:
            company = self.companies["branch" if customer.key in BRANCH else "main"]
            plan += [
                Planned(customer, day, company)
                for day in spread(self.rng(customer), self.today, customer)
            ]
            plan += [
                Planned(customer, self._ago(age), company, stays_open=True)
                for age in OPEN_INVOICES.get(customer.key, ())
            ]
            plan += [
                Planned(customer, self._ago(age), self.companies["service"])
                for age in TWO_COMPANIES.get(customer.key, ())
            ]
        return sorted(plan, key=lambda row: row.day)

    def _ago(self, days):
        return working_day(self.today - timedelta(days=days))

    def _create_invoices(self, plan, partners):
        pairs = []
        for start in range(0, len(plan), BATCH):
            rows = plan[start : start + BATCH]
            values = [
                self._prepare_invoice_values(row, partners[row.customer.key])
                for row in rows
            ]
            pairs += zip(rows, self.env["account.move"].create(values), strict=True)
        for row, move in pairs:
            if row.stays_open:
                self.open_invoices[row.customer.key] |= move
        return pairs

    def _prepare_invoice_values(self, row, partner):
        customer, company = row.customer, row.company
        rng = self.rng(customer)
        word = ORDER_WORD[customer.lang]
        return {
            "move_type": "out_invoice",
            "company_id": company.id,
            "journal_id": self.get_journal(company, "sale").id,
            "partner_id": self._get_invoice_address(partner),
            "invoice_date": row.day,
            "currency_id": self._get_currency(customer).id,
            "invoice_payment_term_id": self.terms[customer.term].id,
            "invoice_user_id": partner.user_id.id,
            "ref": f"{word} {rng.randint(10000, 99999)}",
            "invoice_line_ids": [
                Command.create(values)
                for values in self._prepare_lines(rng, customer, company)
            ],
        }

    @cache  # noqa: B019  The builder does not outlive the build.
    def _get_invoice_address(self, partner):
        return partner.address_get(["invoice"])["invoice"]

    @cache  # noqa: B019
    def get_journal(self, company, kind):
        """Return the first journal of a kind that a company or branch may use."""
        return self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(company),
                ("type", "=", kind),
            ],
            limit=1,
        )

    def _get_currency(self, customer):
        return self.env.ref(f"base.{customer.currency}")

    def _prepare_lines(self, rng, customer, company):
        """Return a believable order of the customer's trade, with freight."""
        wares = TRADES[customer.trade]
        lines = []
        for key in rng.sample(wares, k=rng.choice((1, 1, 2))):
            most = customer.size * 5 + 1 if key in SMALL else max(1, customer.size - 1)
            lines.append((key, rng.randint(1, most)))
        if rng.random() < 0.3:
            lines.append(("freight", 1))
        return [
            {
                "product_id": self.products[key].id,
                "quantity": quantity,
                "price_unit": self.products[key].list_price,
                "tax_ids": [Command.set(self._get_taxes(customer, company).ids)],
            }
            for key, quantity in lines
        ]

    def _get_taxes(self, customer, company):
        """VAT at home and for consumers of the union; none across a border."""
        domestic = customer.country == company.country_id.code.lower()
        consumer = not customer.is_company and customer.country in EUROPEAN_UNION
        if domestic or consumer:
            return company.root_id.account_sale_tax_id
        return self.env["account.tax"]

    # === PAYMENTS === #

    def _pay(self, pairs):
        values, lines = [], []
        for row, move in pairs:
            if row.stays_open:
                continue
            for line in move.line_ids.filtered("date_maturity").sorted("date_maturity"):
                for payment in self._plan_payments(row, line):
                    values.append(payment)
                    lines.append(line)
        _logger.info("Demo: %s payments", len(values))
        self.names.add_all("payment", self.register(values, lines))

    def _plan_payments(self, row, line):
        rng = self.rng(row.customer)
        total, left = line.amount_currency, line.amount_currency
        due = line.date_maturity
        parts = settle(rng, row.customer.behaviour, row.day, due, self.today)
        for number, (day, share) in enumerate(parts, start=1):
            last = number == len(parts) and sum(s for _day, s in parts) > 0.99
            amount = left if last else line.currency_id.round(total * share)
            left -= amount
            yield self.prepare_payment(line, day, amount)

    def prepare_payment(self, line, day, amount):
        """Return the values of a customer's transfer for a receivable item.

        :param account.move.line line: the item
        :param date day: when the money came
        :param float amount: how much, in the item's currency
        """
        company = line.company_id
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": line.partner_id.id,
            "company_id": company.id,
            "journal_id": self.get_journal(company, "bank").id,
            "currency_id": line.currency_id.id,
            "amount": amount,
            "date": day,
            "memo": line.move_id.name,
            "destination_account_id": line.account_id.id,
        }

    def register(self, values, lines):
        """Post payments and match each with its item.

        What the wizard *Register Payment* does, for hundreds at a time.

        :param list[dict] values: of ``prepare_payment``
        :param list[account.move.line] lines: the item of each
        :rtype: account.payment
        """
        payments = self.env["account.payment"].create(values)
        payments.action_post()
        _logger.info("Demo: matching them")
        plan = [
            payment.move_id.line_ids.filtered(
                lambda counterpart, line=line: counterpart.account_id == line.account_id
            )
            | line
            for payment, line in zip(payments, lines, strict=True)
        ]
        self.env["account.move.line"]._reconcile_plan(plan)
        return payments
