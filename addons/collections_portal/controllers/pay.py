from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.http import request
from odoo.tools import str2bool
from odoo.tools.misc import hash_sign, verify_hash_signed

from odoo.addons.account_payment.controllers.portal import PortalAccount

from .access import Closed, TooMany, door
from .chosen import CollectionsChosenPortal, get_typed

ORDER_SCOPE = "collections_portal.order"
ORDER_HOURS = 2


class CollectionsPayPortal(CollectionsChosenPortal, PortalAccount):
    """Pay: choose, look at it once more, pay."""

    # === CHOOSE === #

    @http.route(
        "/my/collections/<int:profile_id>/pay",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("pay")
    def collections_pay(
        self, account, choose="overdue", invoice=None, plan="", offer=""
    ):
        """Show what can be paid, with a suggestion.

        :param Account account: whose
        :param str choose: ``overdue``, ``all`` or ``none``
        :param str invoice: id of a document to suggest instead
        :param str plan: id of a plan whose next instalment is suggested instead
        :param str offer: id of an offer that was accepted, suggested instead
        """
        groups = account.profile._get_portal_payables(account.scope_person)
        if plan or offer:
            texts = self._suggest_agreed(account, groups, plan, offer)
            return self._render_pay(account, groups, set(texts), texts)
        return self._render_pay(account, groups, self._suggest(groups, choose, invoice))

    def _suggest_agreed(self, account, groups, plan, offer):
        """Return what pays the next instalment of a plan, or an offer: id of an item
        to a text."""
        profile = account.profile
        plans = profile._get_portal_plans() if account.whole else ()
        offers = profile._get_portal_offers() if account.whole else ()
        found = [
            *(one for one in plans if str(one.id) == plan),
            *(one for one in offers if str(one.id) == offer),
        ]
        if not found:
            raise Closed()
        if plan:
            amounts = profile._get_plan_amounts(found[0])
        else:
            amounts = profile._share_amount(found[0], found[0].amount)
        return {
            item.id: self._format_amount_input(
                min(amounts[item.id], item.amount), group.currency
            )
            for group in groups
            for item in group.items
            if item.id in amounts
        }

    def _suggest(self, groups, choose, invoice):
        """Return the ids of the items that are ticked at first."""
        items = [item for group in groups for item in group.items]
        if invoice and invoice.isdigit():
            return {item.id for item in items if item.line.move_id.id == int(invoice)}
        if choose == "all":
            return {item.id for item in items if not item.label}
        if choose == "none":
            return set()
        chosen = {item.id for item in items if item.suggested}
        # Nothing is late: whoever comes here wants to pay all the same.
        return chosen or {item.id for item in items if not item.label}

    def _render_pay(self, account, groups, chosen, texts=None, errors=None, error=""):
        """Return the page to choose on.

        :param Account account: whose
        :param list groups: of ``_get_portal_payables``
        :param set chosen: ids of the items that are ticked
        :param dict texts: id of an item to what was typed as its amount
        :param dict errors: id of an item to what is wrong with it
        :param str error: what is wrong with all of it
        """
        return self._render_page(
            "collections_portal.portal_pay",
            account,
            "pay",
            groups=groups,
            chosen=chosen,
            texts=self._get_texts(groups, texts),
            errors=errors or {},
            error=error,
            pending=account.profile._get_pending_payments(account.scope_person),
            banks=account.profile._get_statement_banks(),
            decimal_point=self._get_lang().decimal_point,
        )

    # === LOOK AT IT ONCE MORE === #

    @http.route(
        "/my/collections/<int:profile_id>/pay/review",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("pay")
    def collections_pay_review(self, account, group="", change=""):
        """Show what will be paid, and with what. Nothing is written.

        :param Account account: whose
        :param str group: key of what was chosen from
        :param str change: go back, with what was typed
        """
        groups = account.profile._get_portal_payables(account.scope_person)
        texts = get_typed()
        amounts, errors = self._parse_typed(texts)
        picked = next((g for g in groups if g.key == group), None)
        errors |= account.profile._check_portal_amounts(picked, amounts)
        error = ""
        if not texts:
            error = request.env._("Choose at least one invoice.")
        elif not picked or set(texts) - {item.id for item in picked.items}:
            error = request.env._(
                "Some of it was paid meanwhile, or its payment is on its way. Here is "
                "what is left."
            )
        elif errors:
            error = request.env._("Please look at the amounts marked below.")
        if error or change:
            return self._render_pay(
                account, groups, set(texts), texts, errors, "" if change else error
            )
        return self._render_review(account, picked, amounts, texts)

    def _render_review(self, account, group, amounts, texts):
        rows = [
            (item, group.currency.round(amounts[item.id]))
            for item in group.items
            if item.id in amounts
        ]
        total = group.currency.round(sum(amount for _item, amount in rows))
        started = account.profile._get_started_payments(list(amounts))
        return self._render_page(
            "collections_portal.portal_pay_review",
            account,
            "pay",
            group=group,
            rows=rows,
            texts=texts,
            total=total,
            started=started,
            banks=account.profile._get_statement_banks(),
            payment=self._prepare_payment_form(
                account,
                group,
                total,
                self._sign_order(account, group, amounts, started),
            ),
        )

    def _prepare_payment_form(self, account, group, total, order):
        """Return what Odoo's payment form needs, empty where nothing is paid online.

        :param Account account: whose
        :param PayableGroup group: company and currency
        :param float total: in the currency of the group
        :param str order: signed, of ``_sign_order``
        :rtype: dict
        """
        parameters = request.env["ir.config_parameter"].sudo()
        if not str2bool(parameters.get_param("account_payment.enable_portal_payment")):
            return {}
        values = self._get_common_page_view_values(
            {
                "partner": account.person,
                "company": group.company,
                "total_amount": total,
                "currency": group.currency,
                "amount_residual": total,
                "landing_route": account.url("pay/done"),
                "transaction_route": account.url("pay/transaction"),
            },
            access_token=order,
        )
        if values["company_mismatch"]:
            return {}
        values.update({"partner_id": account.person.id, "amount": total})
        if not account.may("cards"):
            # Who holds a link is not known well enough to see or leave a card.
            values["tokens_sudo"] = values["tokens_sudo"].browse()
            values["show_tokenize_input_mapping"] = dict.fromkeys(
                values["providers_sudo"].ids, False
            )
        return values if values["payment_methods_sudo"] or values["tokens_sudo"] else {}

    # === THE ORDER === #

    def _sign_order(self, account, group, amounts, started):
        """Return what was chosen, signed: what is charged is what was seen."""
        values = [
            account.profile.id,
            account.person.id,
            group.key,
            [[item_id, amount] for item_id, amount in amounts.items()],
            started.ids,
        ]
        # In sudo: only the server knows the secret.
        env = account.profile.sudo().env
        return hash_sign(env, ORDER_SCOPE, values, expiration_hours=ORDER_HOURS)

    def _read_order(self, account, token):
        """Return (key, amounts, known drafts) of an order signed for this visitor.

        :raise ValidationError: in the customer's words
        """
        try:
            values = verify_hash_signed(
                account.profile.sudo().env, ORDER_SCOPE, token or ""
            )
            profile_id, person_id, key, pairs, drafts = values or ()
        except (ValueError, TypeError):
            profile_id = None
        if profile_id != account.profile.id or person_id != account.person.id:
            raise ValidationError(
                request.env._(
                    "This page is too old. Nothing was charged. Go back and choose "
                    "again what you pay."
                )
            )
        return key, {int(item_id): amount for item_id, amount in pairs}, drafts

    # === PAY === #

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

    def _check_means(self, account, group, total, kwargs):
        """Return how it is paid, once it is among what the page offered.

        :raise ValidationError: when it was not
        """
        offered = self._prepare_payment_form(account, group, total, "")
        flow = kwargs.get("flow")
        if flow == "token":
            allowed = offered and kwargs.get("token_id") in offered["tokens_sudo"].ids
        else:
            allowed = (
                offered
                and flow in ("redirect", "direct")
                and kwargs.get("provider_id") in offered["providers_sudo"].ids
                and kwargs.get("payment_method_id")
                in offered["payment_methods_sudo"].ids
            )
        if not allowed or kwargs.pop("is_validation", False):
            raise ValidationError(
                request.env._(
                    "This way to pay is not offered any more. Choose another."
                )
            )
        token = request.env["payment.token"].sudo().browse(kwargs.get("token_id"))
        return {
            "flow": flow,
            "provider_id": token.provider_id.id
            if flow == "token"
            else kwargs["provider_id"],
            "payment_method_id": kwargs.get("payment_method_id"),
            "token_id": token.id if flow == "token" else None,
            "tokenization_requested": bool(
                kwargs.get("tokenization_requested") and account.may("cards")
            ),
        }

    # === THANKS === #

    @http.route(
        [
            "/my/collections/<int:profile_id>/pay/done",
            "/my/collections/<int:profile_id>/pay/done/<int:transaction>",
        ],
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("pay")
    def collections_pay_done(self, account, transaction=0):
        """Say what became of a payment.

        :param Account account: whose
        :param int transaction: id of one this person started
        """
        # In sudo: searched for among this person's payments of this account.
        found = (
            request.env["payment.transaction"]
            .sudo()
            .search(
                [
                    ("id", "=", min(transaction, 2**31 - 1)),
                    ("collections_profile_id", "=", account.profile.id),
                    ("partner_id", "=", account.person.id),
                ]
            )
        )
        if not found:
            raise Closed()
        account.profile._refresh_for_portal()
        return self._render_page(
            "collections_portal.portal_pay_done",
            account,
            "pay",
            transaction=found.with_env(account.profile.env),
        )

    # === IN THE FRAME === #

    def _get_navigation(self, account):
        """Override: the page to pay."""
        pages = super()._get_navigation(account)
        if account.may("pay"):
            pages.append(
                {"key": "pay", "label": request.env._("Pay"), "url": account.url("pay")}
            )
        return pages
