from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from .arguments import day
from .chosen import CollectionsChosenPortal, get_chosen
from .door import door


class CollectionsPromisePortal(CollectionsChosenPortal):
    """Promise: an amount, a day, one screen."""

    @http.route(
        "/my/collections/<int:profile_id>/promise",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    @door("act")
    def collections_promise(self, account, group="", amount="", date="", done=""):
        """Show the form, or take a promise.

        :param Account account: whose
        :param str group: key of company and currency
        :param str amount: as typed
        :param str date: the promised day, as a date field sends it
        :param str done: one was just given
        """
        groups = account.profile._get_portal_payables(account.scope_person)
        if request.httprequest.method != "POST":
            return self._render_promise(account, groups, done=bool(done))
        self._count("write", account)
        typed = {"group": group, "amount": amount[:40], "date": date[:10]}
        picked = next((g for g in groups if g.key == group), None)
        if not picked:
            errors = {"amount": request.env._("Nothing of this is open any more.")}
            return self._render_promise(account, groups, typed=typed, errors=errors)
        errors = self._take_promise(account, picked, typed)
        if errors:
            return self._render_promise(account, groups, typed=typed, errors=errors)
        return request.redirect(account.url("promise?done=1"))

    def _take_promise(self, account, group, typed):
        """Take a promise.

        :return: sentences by the name of a field; none if it is taken
        :rtype: dict[str, str]
        """
        date_due = day(typed["date"], None)
        try:
            amount = group.currency.round(self._parse_amount(typed["amount"]))
        except ValueError as error:
            return {"amount": str(error)}
        errors = account.profile._check_portal_promise(amount, date_due)
        if errors:
            return errors
        try:
            with request.env.cr.savepoint():
                account.profile._promise_on_portal(
                    account.person, group, amount, date_due, get_chosen()
                )
        except UserError as error:
            return {"amount": error.args[0]}
        return {}

    def _render_promise(self, account, groups, typed=None, errors=None, done=False):
        profile = account.profile
        left = profile._count_free_promises()
        typed = typed or {}
        amounts = {
            group.key: self._format_amount_input(
                group.currency.round(
                    sum(item.open for item in group.items if item.suggested)
                    or group.get_total()
                ),
                group.currency,
            )
            for group in groups
        }
        if typed:
            amounts[typed["group"]] = typed["amount"]
        return self._render_page(
            "collections_portal.portal_promise",
            account,
            "promise",
            groups=groups,
            amounts=amounts,
            typed=typed,
            errors=errors or {},
            done=done,
            chosen=set(get_chosen()) if typed else set(),
            promises=profile._get_portal_promises() if account.whole else (),
            full=left == 0,
            today=fields.Date.context_today(profile),
            last_day=profile._get_promise_last_day(),
            status=422 if errors else 200,
        )

    def _get_navigation(self, account):
        """Override: the page to promise."""
        pages = super()._get_navigation(account)
        return pages + account.page("act", "promise", request.env._("Promise"))
