from odoo import http
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.account_payment.controllers.payment import PaymentPortal
from odoo.addons.account_payment.controllers.portal import PortalAccount

from .access import CollectionsPortal


class CollectionsStockPortal(CollectionsPortal, PortalAccount):
    """Odoo's own "Pay overdue": what is open, instead of what was invoiced once."""

    @http.route()
    def portal_my_overdue_invoices(self, access_token=None, **kw):
        """Override of ``account_payment`` to lead to the account, where several
        currencies, companies and contacts are no obstacle."""
        accounts = list(self._get_accounts().values())
        if accounts:
            path = "/my/collections"
            if len(accounts) == 1:
                path = accounts[0].url("pay?choose=overdue")
            return request.redirect(path)
        return super().portal_my_overdue_invoices(access_token=access_token, **kw)

    def _get_overdue_invoices_domain(self, partner_id=None):
        """Override of ``account``: what is being paid is not asked for again."""
        domain = Domain(super()._get_overdue_invoices_domain(partner_id))
        states = ("pending", "authorized")
        # Whether somebody pays is no secret to whoever owes.
        return domain & Domain("transaction_ids", "not any!", [("state", "in", states)])

    def _overdue_invoices_get_page_view_values(self, overdue_invoices, **kwargs):
        """Override of ``account_payment`` to charge what is still open, for those
        without an account."""
        values = super()._overdue_invoices_get_page_view_values(
            overdue_invoices, **kwargs
        )
        if "payment" in values:
            open_amount = sum(overdue_invoices.mapped("amount_residual"))
            values["amount"] = open_amount
            values["payment"]["amount"] = open_amount
        return values


class CollectionsStockPayment(PaymentPortal):
    @http.route()
    def overdue_invoices_transaction(self, payment_reference, amount=None, **kwargs):
        """Override of ``account_payment`` to charge no more than what is open."""
        invoices = request.env["account.move"].search(
            self._get_overdue_invoices_domain()
        )
        open_amount = sum(invoices.mapped("amount_residual"))
        if not invoices or invoices.currency_id[:1].compare_amounts(
            amount or 0, open_amount
        ):
            raise ValidationError(
                request.env._(
                    "What is open has changed since you opened this page. Nothing was "
                    "charged. Reload it and look again."
                )
            )
        return super().overdue_invoices_transaction(
            payment_reference, amount=amount, **kwargs
        )
