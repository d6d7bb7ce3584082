from odoo import http
from odoo.http import request

from .arguments import number
from .chosen import get_typed
from .door import door
from .pay_order import CollectionsPayOrder


class CollectionsPayPortal(CollectionsPayOrder):
    """Pay: choose, look at it once more."""

    # === CHOOSE === #

    @http.route(
        "/my/collections/<int:profile_id>/pay",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("pay")
    def collections_pay(
        self, account, choose="overdue", invoice=None, plan="", offer=""
    ):
        """Show what can be paid, with a suggestion.

        :param Account account: whose
        :param str choose: ``overdue``, ``all`` or ``none``
        :param str invoice: id of a document to suggest instead
        :param str plan: id of a plan whose next instalment is suggested instead
        :param str offer: id of an offer that was accepted, suggested instead
        """
        groups = account.profile._get_portal_payables(account.scope_person)
        if plan or offer:
            texts = self._suggest_agreed(account, groups, plan, offer)
            return self._render_pay(account, groups, set(texts), texts)
        return self._render_pay(account, groups, self._suggest(groups, choose, invoice))

    def _suggest_agreed(self, account, groups, plan, offer):
        """Return what pays the next instalment of a plan, or what is left to pay of
        an offer: id of an item to a text."""
        profile = account.profile
        if plan:
            found = account.pick(account.get_plans(), plan)
            amounts = profile._get_plan_amounts(found)
        else:
            found = account.pick(account.get_offers(), offer)
            left = found.currency_id.round(found.amount - found.amount_received)
            amounts = profile._share_amount(found, left)
        return {
            item.id: self._format_amount_input(
                min(amounts[item.id], item.amount), group.currency
            )
            for group in groups
            for item in group.items
            if item.id in amounts
        }

    def _suggest(self, groups, choose, invoice):
        """Return the ids of the items that are ticked at first."""
        items = [item for group in groups for item in group.items]
        wanted = number(invoice)
        if wanted is not None:
            return {item.id for item in items if item.line.move_id.id == wanted}
        if choose == "all":
            return {item.id for item in items if not item.label}
        if choose == "none":
            return set()
        chosen = {item.id for item in items if item.suggested}
        # Nothing is late: whoever comes here wants to pay all the same.
        return chosen or {item.id for item in items if not item.label}

    def _render_pay(self, account, groups, chosen, texts=None, errors=None, error=""):
        """Return the page to choose on.

        :param Account account: whose
        :param list groups: of ``_get_portal_payables``
        :param set chosen: ids of the items that are ticked
        :param dict texts: id of an item to what was typed as its amount
        :param dict errors: id of an item to what is wrong with it
        :param str error: what is wrong with all of it
        """
        # What is ticked comes first: the button that is seen first is the one for it.
        groups = sorted(
            groups, key=lambda group: chosen.isdisjoint(i.id for i in group.items)
        )
        return self._render_page(
            "collections_portal.portal_pay",
            account,
            "pay",
            groups=groups,
            chosen=chosen,
            texts=self._get_texts(groups, texts),
            errors=errors or {},
            error=error,
            pending=account.profile._get_pending_payments(account.scope_person),
            banks=account.profile._get_statement_banks(),
            decimal_point=self._get_lang().decimal_point,
        )

    # === LOOK AT IT ONCE MORE === #

    @http.route(
        "/my/collections/<int:profile_id>/pay/review",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("pay")
    def collections_pay_review(self, account, group="", change=""):
        """Show what will be paid, and with what. Nothing is written.

        :param Account account: whose
        :param str group: key of what was chosen from
        :param str change: go back, with what was typed
        """
        groups = account.profile._get_portal_payables(account.scope_person)
        texts = get_typed()
        amounts, errors = self._parse_typed(texts)
        picked = next((g for g in groups if g.key == group), None)
        errors |= account.profile._check_portal_amounts(picked, amounts)
        error = ""
        if not texts:
            error = request.env._("Choose at least one invoice.")
        elif not picked or set(texts) - {item.id for item in picked.items}:
            error = request.env._(
                "Some of it was paid meanwhile, or its payment is on its way. Here is "
                "what is left."
            )
        elif errors:
            error = request.env._("Please look at the amounts marked below.")
        if error or change:
            return self._render_pay(
                account, groups, set(texts), texts, errors, "" if change else error
            )
        return self._render_review(account, picked, amounts, texts)

    def _render_review(self, account, group, amounts, texts):
        rows = [
            (item, group.currency.round(amounts[item.id]))
            for item in group.items
            if item.id in amounts
        ]
        total = group.currency.round(sum(amount for _item, amount in rows))
        started = account.profile._get_started_payments(list(amounts))
        return self._render_page(
            "collections_portal.portal_pay_review",
            account,
            "pay",
            group=group,
            rows=rows,
            texts=texts,
            total=total,
            started=started,
            banks=account.profile._get_statement_banks(),
            payment=self._prepare_payment_form(
                account,
                group,
                total,
                self._sign_order(account, group, amounts, started),
            ),
        )

    # === IN THE FRAME === #

    def _get_navigation(self, account):
        """Override: the page to pay."""
        pages = super()._get_navigation(account)
        return pages + account.page("pay", "pay", request.env._("Pay"))
