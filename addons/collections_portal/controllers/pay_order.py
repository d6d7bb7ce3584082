from odoo.exceptions import ValidationError
from odoo.http import request
from odoo.tools import str2bool
from odoo.tools.misc import hash_sign, verify_hash_signed

from odoo.addons.account_payment.controllers.portal import PortalAccount

from .chosen import CollectionsChosenPortal

ORDER_SCOPE = "collections_portal.order"
ORDER_HOURS = 2


class CollectionsPayOrder(CollectionsChosenPortal, PortalAccount):
    """What somebody is about to pay, and with what."""

    # === THE MEANS === #

    def _prepare_payment_form(self, account, group, total, order):
        """Return what Odoo's payment form needs, empty where nothing is paid online.

        :param Account account: whose
        :param PayableGroup group: company and currency
        :param float total: in the currency of the group
        :param str order: signed, of ``_sign_order``
        :rtype: dict
        """
        # In sudo: visitors read no settings.
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
        # In sudo: it is one of those offered, and visitors read no cards.
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
        # In sudo: only the server knows the secret.
        env = account.profile.sudo().env
        try:
            values = verify_hash_signed(env, ORDER_SCOPE, str(token or ""))
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
