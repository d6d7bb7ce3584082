from odoo import http
from odoo.http import request

from ..models.collections_touchpoint_optout import OPTOUT_CHANNELS


class CollectionsOptout(http.Controller):
    """The way out of a channel, without a password.

    Looking at the page changes nothing, so that programs which follow every link of
    a message cannot opt anybody out; only sending the form does.
    """

    @http.route(
        "/my/o/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def optout(self, token, **post):
        """Show, and on POST set, the channels the recipient does not want.

        :param str token: signed, from the message
        :param dict post: of the form: a key for each channel to leave
        """
        touchpoint_sudo, channel = self._get_touchpoint(token)
        if not touchpoint_sudo:
            return self._render({"invalid": True}, status=400)
        posted = request.httprequest.method == "POST"
        if posted:
            touchpoint_sudo._set_optouts({c for c in OPTOUT_CHANNELS if c in post})
        optouts = touchpoint_sudo._get_optouts()
        chosen = set(optouts.mapped("channel"))
        if not posted and not chosen:
            chosen = {channel}
        return self._render(
            {
                "touchpoint": touchpoint_sudo,
                "company": touchpoint_sudo.company_id,
                # The frame shows whose message it was: logo and name.
                "res_company": touchpoint_sudo.company_id,
                "signer": touchpoint_sudo._get_signer(),
                "saved": posted,
                "active": set(optouts.mapped("channel")),
                "common": set(
                    optouts.filtered(lambda o: not o.partner_id).mapped("channel")
                ),
                "chosen": chosen,
            }
        )

    @http.route(
        "/my/o/<string:token>/one-click",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        sitemap=False,
    )
    def optout_one_click(self, token, **post):
        """Opt out as mail programs do it for their users (RFC 8058).

        The signature stands in for the form's protection. Only POST acts; whoever
        opens the address in a browser is shown the page.

        :param str token: signed, from the header of the message
        """
        if request.httprequest.method != "POST":
            return request.redirect(f"/my/o/{token}")
        touchpoint_sudo, channel = self._get_touchpoint(token)
        if not touchpoint_sudo:
            return request.make_response("", status=400)
        current = set(touchpoint_sudo._get_optouts().mapped("channel"))
        touchpoint_sudo._set_optouts(current | {channel})
        return request.make_response("", status=200)

    def _get_touchpoint(self, token):
        """Return the message of the token in its language, and the channel."""
        touchpoint_sudo, channel = request.env[
            "collections.touchpoint"
        ]._from_optout_token(token)
        if touchpoint_sudo:
            request.update_context(lang=touchpoint_sudo._get_lang())
            touchpoint_sudo = touchpoint_sudo.with_context(
                lang=touchpoint_sudo._get_lang()
            )
        return touchpoint_sudo, channel

    def _render(self, values, status=200):
        response = request.render(
            "customer_collections.portal_optout",
            {"page_name": "collections_optout", **values},
            status=status,
        )
        # The address is a key: it must not travel further than this page.
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Cache-Control"] = "no-store"
        return response
