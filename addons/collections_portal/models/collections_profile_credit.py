from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class Credit(NamedTuple):
    """Money of the customer that pays nothing yet; ``amount`` is positive."""

    id: int
    line: object
    name: str
    is_note: bool
    date: object
    amount: float


class CollectionsProfile(models.Model):
    """A customer's credit notes and unmatched payments, matched by themselves."""

    _inherit = "collections.profile"

    def _get_portal_credits(self, person=None):
        """Return the credits, by the key of the group of what they can pay.

        :param record person: only documents addressed to this person
        :return: as in ``PayableGroup.key``, the oldest credit first
        :rtype: dict[str, list[Credit]]
        """
        self.ensure_one()
        items = [i for i in self._get_portal_items(person) if i.residual < 0]
        lines = self.env["account.move.line"].browse([item.id for item in items])
        credit_groups = defaultdict(list)
        for item, line in zip(items, lines, strict=True):
            if self._is_paid_out(line):
                continue
            is_note = line.move_id.move_type == "out_refund"
            name, reference = self._name_statement_line(line)
            credit_groups[f"{line.company_id.id}-{line.currency_id.id}"].append(
                Credit(
                    id=item.id,
                    line=line,
                    # A payment is known by what was written on it.
                    name=name if is_note else reference or name or "",
                    is_note=is_note,
                    date=line.date,
                    amount=line.currency_id.round(-item.residual),
                )
            )
        return credit_groups

    def _is_paid_out(self, line):
        """Tell whether a credit is on its way back to the customer: a payment that
        Odoo keeps without a journal entry, as in ``collections.item``, until a bank
        line makes the entry. Odoo matches a credit in whole, so that what is left
        beside a part must wait, too.

        :param record line: the `account.move.line` of a credit
        :rtype: bool
        """
        # In sudo: a customer reads no payments; whether there is one is all.
        line_sudo = line.sudo()
        states = {"in_process"}
        # Marked as paid, and no bank line made the entry
        if not line_sudo.matched_debit_ids.debit_move_id.statement_line_id:
            states.add("paid")
        return any(
            payment.payment_type == "outbound"
            and not payment.move_id
            and payment.state in states
            for payment in line_sudo.move_id.matched_payment_ids
        )

    def _get_creditable(self, person=None):
        """Return what credit can pay: open and with no payment on its way.

        :param record person: only documents addressed to this person
        :rtype: list[PayableGroup]
        """
        groups = self._get_portal_payables(person)
        return [
            group._replace(
                items=[
                    item
                    for item in group.items
                    if not group.currency.compare_amounts(
                        item.open, item.line.amount_residual_currency
                    )
                ]
            )
            for group in groups
        ]

    def _apply_portal_credits(self, key, credit_ids, item_ids, person=None):
        """Match credits with invoices through Odoo's own reconciliation, the oldest
        with the oldest, as far as they reach.

        What is chosen must be this customer's, of one company and currency, on one
        account, open, and a credit or a debt as the case may be: Odoo itself checks
        only the account.

        :param str key: of the group both are of
        :param set credit_ids: ids of credits
        :param set item_ids: ids of items to pay with them
        :param record person: only documents addressed to this person
        :return: the amount applied, and its currency
        :rtype: tuple[float, record]
        :raise UserError: in the customer's words
        """
        self.ensure_one()
        if not credit_ids or not item_ids:
            raise UserError(
                self.env._("Choose a credit, and at least one invoice to pay with it.")
            )
        self._lock_portal_items(sorted(credit_ids | item_ids))
        credits_by_id = {c.id: c for c in self._get_portal_credits(person).get(key, ())}
        group = next((g for g in self._get_creditable(person) if g.key == key), None)
        items_by_id = {item.id: item for item in group.items} if group else {}
        if credit_ids - set(credits_by_id) or item_ids - set(items_by_id):
            raise UserError(
                self.env._(
                    "Some of it was paid or used meanwhile. Here is what is left."
                )
            )
        before = sum(items_by_id[number].open for number in item_ids)
        for item in group.items:
            for credit in credits_by_id.values():
                if item.id not in item_ids or credit.id not in credit_ids:
                    continue
                pair = credit.line + item.line
                if len(pair.account_id) == 1 and not any(pair.mapped("reconciled")):
                    pair.reconcile()
        lines = self.env["account.move.line"].browse(item_ids)
        left = sum(lines.mapped("amount_residual_currency"))
        applied = group.currency.round(before - left)
        if group.currency.is_zero(applied):
            raise UserError(
                self.env._(
                    "This credit cannot be used for these invoices: they are kept on "
                    "different accounts. Please ask us."
                )
            )
        return applied, group.currency

    def _receive_portal_credit(self, person, applied, currency):
        """Keep on the profile that a customer used their credit.

        :param record person: who did it
        :param float applied: in the currency
        :param record currency: of the amount
        """
        self._receive_portal(
            person,
            self.env._(
                "Credit of %s used for invoices",
                format_amount(self.env, applied, currency),
            ),
        )
