from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from .access import CollectionsPortal
from .arguments import text
from .door import Closed, door


class CollectionsPlanPage(CollectionsPortal):
    """One plan: accept it, follow it, let a card pay it."""

    @http.route(
        "/my/collections/<int:profile_id>/plan/<int:plan>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("act")
    def collections_plan(self, account, plan, done=""):
        """Show a plan and its instalments.

        :param Account account: whose
        :param int plan: id of one of theirs
        :param str done: ``agreed`` or ``card``, just now
        """
        return self._render_plan(
            account, account.pick(account.get_plans(), plan), done=done
        )

    @http.route(
        "/my/collections/<int:profile_id>/plan/<int:plan>/accept",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("act", "write")
    def collections_plan_accept(self, account, plan, name="", agree="", seen=""):
        """Accept a plan that we proposed.

        :param Account account: whose
        :param int plan: id of one of theirs
        :param str name: of the person who accepts
        :param str agree: the box is ticked
        :param str seen: what stands for the schedule of the page
        """
        found = account.pick(account.get_plans(), plan)
        name = text(name, 100)
        try:
            account.profile._check_seen(self._get_seen(account, found), seen)
            account.profile._check_accepted(name, agree)
            with request.env.cr.savepoint():
                account.profile._accept_plan_on_portal(
                    account.person, found, name, request.httprequest.remote_addr
                )
        except UserError as error:
            return self._render_plan(account, found, error=error.args[0])
        return request.redirect(account.url(f"plan/{found.id}?done=agreed"))

    @http.route(
        "/my/collections/<int:profile_id>/plan/<int:plan>/card",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("cards", "write")
    def collections_plan_card(self, account, plan, card=""):
        """Let a saved card pay the instalments, or stop it.

        :param Account account: whose; a login's
        :param int plan: id of one of theirs
        :param str card: id of one of this person's cards; empty to stop
        """
        found = account.pick(account.get_plans(), plan)
        cards = account.profile._get_plan_cards(found, account.person)
        token = cards.filtered(lambda one: str(one.id) == card)
        if card and not token:
            raise Closed()
        env = account.profile.env
        try:
            with request.env.cr.savepoint():
                found._set_token(token)
        except ValidationError as error:
            return self._render_plan(account, found, error=error.args[0])
        account.profile._receive_portal(
            account.person,
            env._("Automatic payment of the plan switched on")
            if token
            else env._("Automatic payment of the plan switched off"),
        )
        return request.redirect(account.url(f"plan/{found.id}?done=card"))

    @http.route(
        "/my/collections/<int:profile_id>/plan/<int:plan>/document",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("act", "download")
    def collections_plan_document(self, account, plan):
        """Give the agreement as a PDF.

        :param Account account: whose
        :param int plan: id of one of theirs
        """
        found = account.pick(account.get_plans(), plan)
        report = account.profile.env["ir.actions.report"]
        content, _kind = report._render_qweb_pdf(
            "customer_collections.action_report_collections_plan", found.ids
        )
        return request.make_response(
            content,
            [
                ("Content-Type", "application/pdf"),
                (
                    "Content-Disposition",
                    http.content_disposition(f"{found.name.replace('/', '-')}.pdf"),
                ),
            ],
        )

    def _get_seen(self, account, plan):
        days = plan._get_days()
        rows = [(days[row], row.amount) for row in plan.instalment_ids]
        return account.profile._get_seen(plan, rows)

    def _render_plan(self, account, plan, done="", error=""):
        may = account.may("cards")
        return self._render_page(
            "collections_portal.portal_plan",
            account,
            "plan",
            plan=plan,
            seen=self._get_seen(account, plan),
            cards=account.profile._get_plan_cards(plan, account.person) if may else (),
            done=done,
            error=error,
            status=422 if error else 200,
        )
