from odoo import http
from odoo.http import request

from .access import CollectionsPortal
from .arguments import text
from .door import Closed

# Purposes with a page of the same name, where their links lead to
LINK_PAGES = ("pay", "preferences")


class CollectionsLinkPortal(CollectionsPortal):
    """Links in messages: opened without a password, for a limited time."""

    @http.route(
        "/my/c/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def collections_link(self, token, **_kwargs):
        """Open what a link is for; the address bar then no longer shows it.

        Nothing changes but what this visit may see: programs that follow every link
        of a message do no harm.

        :param str token: signed, from the message
        """
        try:
            self._count("read")
            link = request.env["collections.profile"]._from_portal_token(token)
            if link.state != "valid":
                self._count("stranger")
                return self._harden(self._render_expired(token))
        except Closed as closed:
            return self._harden(self._render_closed(closed))
        self._open_scope(link)
        return self._harden(self._redirect_to_account(link))

    @http.route(
        "/my/collections/fresh",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def collections_fresh_link(self, token="", **_kwargs):
        """Send a fresh link to the address on file, and say the same to everybody.

        :param str token: the link that does not work any more
        """
        try:
            if request.httprequest.method != "POST":
                raise Closed()
            self._count("send")
            profiles = request.env["collections.profile"]
            link = profiles._from_portal_token(text(token, 500))
            if link.state != "invalid":
                link.profile._send_fresh_portal_link(link.person, link.purpose)
        except Closed as closed:
            return self._harden(self._render_closed(closed))
        return self._harden(
            request.render(
                "collections_portal.portal_link_sent", {"page_name": "collections"}
            )
        )

    def _render_expired(self, token):
        return request.render(
            "collections_portal.portal_link_expired",
            {"page_name": "collections", "token": token},
            status=404,
        )

    def _redirect_to_account(self, link):
        path = self._get_link_path(link)
        lang = link.person.lang
        if not request.env.user._is_public() or not lang:
            return request.redirect(path)
        # The link of a message speaks the language of the message.
        languages = request.env["ir.http"]
        lang = languages.get_nearest_lang(lang) or request.lang.code
        request.future_response.set_cookie("frontend_lang", lang)
        return request.redirect(languages._url_lang(path, lang))

    def _get_link_path(self, link):
        """Return where a link leads to, by its purpose.

        An override adds purposes of its own.

        :param Link link: a valid link
        :rtype: str
        """
        path = f"/my/collections/{link.profile.id}"
        return f"{path}/{link.purpose}" if link.purpose in LINK_PAGES else path
