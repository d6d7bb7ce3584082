from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .access import CollectionsPortal
from .arguments import number
from .door import Closed, door

HISTORY_STEP = 30


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

    @http.route(
        [
            "/my/collections/<int:profile_id>/history",
            "/my/collections/<int:profile_id>/history/page/<int:page>",
        ],
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("view")
    def collections_history(self, account, page=1):
        """Show all that was said.

        :param Account account: whose
        :param int page: from 1
        """
        profile, person = account.profile, account.scope_person
        domain = profile._get_portal_history_domain(person)
        pager = portal_pager(
            url=account.url("history"),
            total=profile.env["collections.touchpoint"].search_count(domain),
            page=number(page) or 1,
            step=HISTORY_STEP,
        )
        return self._render_page(
            "collections_portal.portal_history",
            account,
            "history",
            touchpoints=profile._get_portal_history(
                person, HISTORY_STEP, pager["offset"]
            ),
            pager=pager,
        )

    def _prepare_account_values(self, account):
        """Return what the account page shows besides its frame.

        An override adds sections.

        :param Account account: whose
        :rtype: dict
        """
        profile, person = account.profile, account.scope_person
        profile._refresh_for_portal()
        items = profile._get_portal_items(person)
        figures = profile._get_portal_figures(items)
        return {
            "figures": figures,
            "todo": [
                *self._get_todo(account, figures)[:2],
                *self._get_way_out(account, figures),
            ],
            "next": profile._get_portal_next() if account.whole else None,
            "touchpoints": profile._get_portal_history(person),
            "banks": profile._get_statement_banks() if figures else None,
            "soon_label": request.env._(
                "Due within %(days)s days", days=profile._get_portal_soon_days()
            ),
        }

    def _get_todo(self, account, figures):
        """Return what the customer can do now, the best first. Two are shown.

        An override puts what it offers before or behind these.

        :param Account account: whose
        :param list figures: of ``_get_portal_figures``
        :return: dicts of ``title``, ``text``, ``url`` and ``label`` (of the button)
        :rtype: list[dict]
        """
        return []

    def _get_way_out(self, account, figures):
        """Return the way to a person, as in ``_get_todo``: whatever else is proposed,
        it stays."""
        if not account.may("act") or not any(row["overdue"] for row in figures):
            return []
        env = request.env
        return [
            {
                "title": env._("Something in the way?"),
                "text": env._(
                    "An invoice is missing or not right, or you need more time: "
                    "tell us, and we look for a way."
                ),
                "url": account.url("problem"),
                "label": env._("Tell us"),
            }
        ]

    def _prepare_home_portal_values(self, counters):
        """Override of ``portal``: the card on the portal's home."""
        values = super()._prepare_home_portal_values(counters)
        if "collections_count" in counters:
            values["collections_count"] = len(self._get_accounts())
        return values
