from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .access import CollectionsPortal
from .chosen import get_chosen
from .door import door


class CollectionsCreditsPortal(CollectionsPortal):
    """Credit notes and payments not yet matched: see them, use them."""

    @http.route(
        "/my/collections/<int:profile_id>/credits",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("pay")
    def collections_credits(self, account, done=""):
        """Show the credits and what they could pay.

        :param Account account: whose
        :param str done: something was just applied
        """
        return self._render_credits(account, done=bool(done))

    @http.route(
        "/my/collections/<int:profile_id>/credits/apply",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("pay", "write")
    def collections_credits_apply(self, account, group=""):
        """Use credits for invoices.

        :param Account account: whose
        :param str group: key of what both are of
        """
        profile = account.profile
        chosen, items = set(get_chosen("credit")), set(get_chosen())
        try:
            with request.env.cr.savepoint():
                applied, currency = profile._apply_portal_credits(
                    group, chosen, items, account.scope_person
                )
        except UserError as error:
            return self._render_credits(
                account, error=error.args[0], chosen=chosen | items
            )
        profile._receive_portal_credit(account.person, applied, currency)
        return request.redirect(account.url("credits?done=1"))

    def _render_credits(self, account, done=False, error="", chosen=None):
        profile, person = account.profile, account.scope_person
        credit_groups = profile._get_portal_credits(person)
        groups = {group.key: group for group in profile._get_creditable(person)}
        currencies = {
            key: credits[0].line.currency_id for key, credits in credit_groups.items()
        }
        if chosen is None:
            # With one credit there is nothing to choose
            chosen = {c[0].id for c in credit_groups.values() if len(c) == 1}
        return self._render_page(
            "collections_portal.portal_credits",
            account,
            "credits",
            credit_groups=credit_groups,
            groups=groups,
            currencies=currencies,
            chosen=chosen,
            done=done,
            error=error,
            status=422 if error else 200,
        )

    def _get_navigation(self, account):
        """Override: the page of credits, while there are some."""
        pages = super()._get_navigation(account)
        return pages + account.page("pay", "credits", request.env._("Credits"))
