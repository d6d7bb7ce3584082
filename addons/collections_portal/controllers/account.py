from odoo import http
from odoo.http import request

from .access import Closed, CollectionsPortal, door


class CollectionsAccountPortal(CollectionsPortal):
    """The account: what is open, what was said, what comes next."""

    @http.route(
        "/my/collections",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def collections_home(self, **_kwargs):
        """Lead to the visitor's account, or let them choose among several."""
        try:
            self._count("read")
            accounts = list(self._get_accounts().values())
            if not accounts and not request.env.user._is_portal():
                self._count("stranger")
                raise Closed()
        except Closed as closed:
            return self._harden(self._render_closed(closed))
        if len(accounts) == 1:
            return self._harden(request.redirect(accounts[0].url()))
        return self._harden(
            request.render(
                "collections_portal.portal_accounts",
                {"page_name": "collections", "accounts": accounts},
            )
        )

    @http.route(
        "/my/collections/<int:profile_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("view")
    def collections_account(self, account):
        """Show one account.

        :param Account account: whose
        """
        return self._render_page(
            "collections_portal.portal_account",
            account,
            "account",
            **self._prepare_account_values(account),
        )

    def _prepare_account_values(self, account):
        """Return what the account page shows besides its frame.

        An override adds sections.

        :param Account account: whose
        :rtype: dict
        """
        return {}

    def _prepare_home_portal_values(self, counters):
        """Override of ``portal``: the card on the portal's home."""
        values = super()._prepare_home_portal_values(counters)
        if "collections_count" in counters:
            values["collections_count"] = len(self._get_accounts())
        return values
