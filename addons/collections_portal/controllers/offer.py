from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .access import CollectionsPortal
from .door import door


class CollectionsOfferPortal(CollectionsPortal):
    """Less for paying by a day: see it, understand it, take it."""

    @http.route(
        "/my/collections/<int:profile_id>/offers",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("act")
    def collections_offers(self, account, done=""):
        """Show the offers that stand.

        :param Account account: whose
        :param str done: one was just accepted
        """
        return self._render_offers(account, done=bool(done))

    @http.route(
        "/my/collections/<int:profile_id>/offers/<int:offer>/accept",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("act", "write")
    def collections_offer_accept(self, account, offer):
        """Accept an offer.

        :param Account account: whose
        :param int offer: id of one of theirs
        """
        found = account.pick(account.get_offers(), offer)
        try:
            with request.env.cr.savepoint():
                account.profile._accept_offer_on_portal(account.person, found)
        except UserError as error:
            return self._render_offers(account, error=error.args[0])
        return request.redirect(account.url("offers?done=1"))

    def _render_offers(self, account, done=False, error=""):
        return self._render_page(
            "collections_portal.portal_offers",
            account,
            "offers",
            offers=account.get_offers(),
            done=done,
            error=error,
            status=422 if error else 200,
        )

    def _get_navigation(self, account):
        """Override: the page of offers, while there is one."""
        pages = super()._get_navigation(account)
        if not account.get_offers():
            return pages
        return pages + account.page("act", "offers", request.env._("Offers"))
