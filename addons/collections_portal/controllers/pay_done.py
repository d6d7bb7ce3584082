from odoo import http
from odoo.http import request

from .access import CollectionsPortal
from .arguments import number
from .door import Closed, door


class CollectionsPayDone(CollectionsPortal):
    """What became of a payment."""

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
        transactions_sudo = request.env["payment.transaction"].sudo()
        found = transactions_sudo.search(
            [
                ("id", "=", number(transaction) or 0),
                ("collections_profile_id", "=", account.profile.id),
                ("partner_id", "=", account.person.id),
            ]
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
