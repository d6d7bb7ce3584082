from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import HTTPError, Timeout

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from .collections_plan_charge import NoAnswer


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    collections_line_ids = fields.One2many(
        comodel_name="collections.transaction.line",
        inverse_name="transaction_id",
        string="Paid Items",
        help="How much of it is meant for which item. Without them the oldest items "
        "of the invoices are paid first.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of ``payment`` to link the invoices of the items that are paid."""
        transactions = super().create(vals_list)
        for transaction in transactions:
            moves = transaction.collections_line_ids.move_id
            if moves - transaction.invoice_ids:
                transaction.invoice_ids |= moves
        return transactions

    def _update_state(self, *args, **kwargs):
        """Override of ``payment`` to look at the customer again: a payment on its way
        stops what was to be said."""
        transactions = super()._update_state(*args, **kwargs)
        # Whoever pays: the customer is the one whose invoice it is.
        self.invoice_ids._mark_collections_stale()
        self.env["collections.plan.charge"].sudo().search(
            [("transaction_id", "in", transactions.ids)]
        )._receive()
        return transactions

    def _send_api_request(self, *args, **kwargs):
        """Override of ``payment`` to tell a provider that does not answer from one
        that declines: what may have been charged is not an error."""
        try:
            return super()._send_api_request(*args, **kwargs)
        except ValidationError as error:
            lost = self._is_without_answer(error.__context__)
            # Whoever's request it is: charges belong to the system.
            charges = self.env["collections.plan.charge"].sudo()
            if lost and charges.search_count([("transaction_id", "=", self.id)]):
                raise NoAnswer(str(error)) from error
            raise

    def _is_without_answer(self, error):
        """Tell whether a request may have been carried out all the same: nobody
        answered, or only what stands in front of the provider (502, 504).

        :param error: what the request ended with
        :rtype: bool
        """
        if isinstance(error, HTTPError) and error.response is not None:
            return error.response.status_code >= 500
        return isinstance(error, NoConnection | Timeout)

    def _create_payment(self, **extra_create_values):
        """Override of ``account_payment`` to give each item exactly what was meant for
        it, instead of paying the oldest first."""
        if not self._get_collections_lines() or self.amount < 0:
            return super()._create_payment(**extra_create_values)
        named = {tx: tx.invoice_ids for tx in self | self.source_transaction_id}
        invoices = self.env["account.move"].union(*named.values())
        # What has no invoice is not shared out by Odoo.
        for transaction in named:
            transaction.invoice_ids = False
        payment = super(
            PaymentTransaction, self.with_context(collections_transaction=self.id)
        )._create_payment(
            **{
                "invoice_ids": [Command.set(invoices.ids)],
                "destination_account_id": self._get_collections_account().id,
                "write_off_line_vals": self._prepare_collections_discounts(),
                **extra_create_values,
            }
        )
        for transaction, moves in named.items():
            transaction.invoice_ids = moves
        self._reconcile_collections_lines(payment)
        return payment

    def _get_collections_lines(self):
        """Return the items that this pays; those of the payment it is a capture of.

        :rtype: collections.transaction.line
        """
        self.ensure_one()
        source = self.source_transaction_id
        if source and self.operation == source.operation:
            return source.collections_line_ids
        return self.collections_line_ids

    def _get_collections_meant(self):
        """Return how much is meant for which item. What was authorised at once and is
        captured in parts pays one item after the other.

        :return: list of (`collections.transaction.line`, amount)
        """
        self.ensure_one()
        skip = sum(self._get_captured_before().mapped("amount"))
        rest = self.amount
        meant = []
        for line in self._get_collections_lines():
            past = min(line.amount, skip)
            skip = self.currency_id.round(skip - past)
            amount = self.currency_id.round(min(line.amount - past, rest))
            if amount > 0:
                meant.append((line, amount))
                rest = self.currency_id.round(rest - amount)
        return meant

    def _get_captured_before(self):
        """Return the captures before this one of the same payment."""
        return self.source_transaction_id.child_transaction_ids.filtered(
            lambda tx: (
                tx.id < self.id
                and tx.operation == self.operation
                and tx.state not in ("cancel", "error")
            )
        )

    def _get_collections_account(self):
        """Return the receivable account of the first item that is still there.

        :rtype: account.account
        """
        self.ensure_one()
        lines = self._get_collections_lines()
        items = lines.mapped("move_line_id")
        if not items:
            items = lines.move_id.line_ids.filtered(
                lambda item: item.account_type == "asset_receivable"
            )
        return (
            items[:1].account_id
            or self.partner_id.commercial_partner_id.with_company(
                self.company_id
            ).property_account_receivable_id
        )

    def _get_collections_parts(self):
        """Return how this payment is shared out now: as it was meant, never more of an
        item than is open of it, and the rest to nothing in particular.

        :return: list of (item, account, amount in the currency of the payment, with
                 the discount that goes with it)
        """
        self.ensure_one()
        parts = []
        rest = self.amount
        wanting = {}
        for line, meant in self._get_collections_meant():
            item = line._get_open_item()
            left = wanting.setdefault(item, item.amount_residual_currency)
            discount = line._get_discount(left, meant)
            amount = self.currency_id.round(min(meant, left, rest))
            if amount <= 0:
                continue
            settled = self.currency_id.round(amount + discount)
            parts.append((item, item.account_id, settled))
            wanting[item] = left - settled
            rest = self.currency_id.round(rest - amount)
        if rest:
            parts.append(
                (self.env["account.move.line"], self._get_collections_account(), rest)
            )
        return parts

    def _prepare_collections_discounts(self):
        """Return the journal items of the early-payment discounts that are taken.

        :rtype: list[dict]
        """
        self.ensure_one()
        values = []
        for line, meant in self._get_collections_meant():
            item = line._get_open_item()
            if not line._get_discount(item.amount_residual_currency, meant):
                continue
            # As Odoo books the discount of one invoice
            matched = {
                "aml": item,
                "amount_currency": -item.amount_residual_currency,
                "balance": -item.balance,
            }
            discount = (
                item.move_id._get_invoice_counterpart_amls_for_early_payment_discount(
                    [matched], item.balance - item.discount_balance
                )
            )
            for part in discount.values():
                values += [{**vals, "partner_id": item.partner_id.id} for vals in part]
        return values

    def _reconcile_collections_lines(self, payment):
        """Match each part of the payment with its item."""
        self.ensure_one()
        counterparts = payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).sorted("id")
        # Before anything is matched: the parts are those the entry was made of.
        parts = self._get_collections_parts()
        for counterpart, (item, _account, _amount) in zip(
            counterparts, parts, strict=bool(counterparts)
        ):
            if item:
                (counterpart + item).reconcile()
