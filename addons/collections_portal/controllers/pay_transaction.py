from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.http import request

from .door import Closed, TooMany
from .pay_order import CollectionsPayOrder


class CollectionsPayTransaction(CollectionsPayOrder):
    """Pay: the ledger is looked at again, and what was chosen is charged."""

    @http.route(
        "/my/collections/<int:profile_id>/pay/transaction",
        type="jsonrpc",
        auth="public",
    )
    def collections_pay_transaction(
        self,
        profile_id,
        access_token=None,
        amount=None,
        landing_route=None,
        payment_reference=None,
        **kwargs,
    ):
        """Create the transaction of an order, after looking at the ledger again.

        :param int profile_id: the account
        :param str access_token: the signed order
        :param float amount: what the page says; the order counts
        :param str landing_route: what the page says; the server knows better
        :param str payment_reference: what the page says; the server knows better
        :param kwargs: how it is paid, as Odoo's payment form sends it
        :return: what the payment form needs to go on
        :rtype: dict
        """
        try:
            account = self._get_account(profile_id, "pay", "write")
        except TooMany:
            raise ValidationError(
                request.env._("Too many requests. Try again in ten minutes.")
            ) from None
        except Closed:
            raise ValidationError(
                request.env._("Please open the link in our message again.")
            ) from None
        key, amounts, drafts = self._read_order(account, access_token)
        self._validate_transaction_kwargs(kwargs)
        try:
            group, order = account.profile._lock_portal_order(
                key, amounts, account.scope_person, drafts
            )
        except UserError as error:
            raise ValidationError(error.args[0]) from error
        return self._pay_order(account, group, order, **kwargs)

    def _pay_order(self, account, group, order, **kwargs):
        """Create the transaction of what is locked.

        :param Account account: whose
        :param PayableGroup group: company and currency
        :param dict order: of ``_lock_portal_order``
        :param kwargs: how it is paid
        :return: what the payment form needs to go on
        :rtype: dict
        """
        currency = group.currency
        total = currency.round(sum(amount for amount, _discount in order.values()))
        kwargs = self._check_means(account, group, total, kwargs)
        names = list(dict.fromkeys(item.name for item in order))
        tx_sudo = self._create_transaction(
            **kwargs,
            amount=total,
            currency_id=currency.id,
            partner_id=account.person.id,
            landing_route=account.url("pay/done"),
            reference_prefix=names[0]
            if len(names) == 1
            else group.company.get_next_batch_payment_communication(),
            custom_create_values={
                "collections_profile_id": account.profile.id,
                "collections_line_ids": [
                    Command.create(self._prepare_order_line(item, amount, discount))
                    for item, (amount, discount) in order.items()
                ],
            },
        )
        tx_sudo.landing_route = account.url(f"pay/done/{tx_sudo.id}")
        return tx_sudo._get_processing_values()

    def _prepare_order_line(self, item, amount, discount):
        values = {"move_line_id": item.id, "amount": amount}
        if discount:
            values["amount_discount"] = discount
        return values
