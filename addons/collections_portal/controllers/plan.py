from datetime import timedelta

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from .arguments import choose, day, text
from .chosen import CollectionsChosenPortal
from .door import door

RHYTHMS = ("week", "fortnight", "month")


class CollectionsPlanPortal(CollectionsChosenPortal):
    """Time to pay: put a plan together, look at it, agree."""

    @http.route(
        "/my/collections/<int:profile_id>/plan",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("act")
    def collections_plans(self, account):
        """Show the plans, and the form for one.

        :param Account account: whose
        """
        return self._render_plans(account)

    def _render_plans(self, account, typed=None, error="", preview=None):
        """Return the page of plans.

        :param dict typed: what was written into the form
        :param str error: what is wrong with it
        :param dict preview: a plan to look at before agreeing
        """
        profile = account.profile
        today = fields.Date.context_today(profile)
        template = profile.env["collections.plan"]._get_template(profile)
        typed = {
            "group": "",
            "deposit": "",
            "count": str(template.instalment_count or 3),
            "rhythm": choose(template.rhythm, RHYTHMS, "month"),
            "first": str(today + timedelta(days=14)),
            **(typed or {}),
        }
        return self._render_page(
            "collections_portal.portal_plans",
            account,
            "plan",
            plans=account.get_plans(),
            groups=profile._get_plannable() if account.whole and template else [],
            offered=template,
            typed=typed,
            rhythms=self._get_rhythms(profile),
            today=today,
            preview=preview,
            error=error,
            status=422 if error else 200,
        )

    def _get_rhythms(self, profile):
        labels = dict(
            profile.env["collections.plan"]
            ._fields["rhythm"]
            ._description_selection(profile.env)
        )
        return {key: labels[key] for key in RHYTHMS}

    @http.route(
        "/my/collections/<int:profile_id>/plan/preview",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("act")
    def collections_plan_preview(
        self, account, group="", deposit="", count="", rhythm="", first=""
    ):
        """Show a plan before anybody agrees. Nothing is written.

        :param Account account: whose
        :param str group: key of company and currency
        :param str deposit: paid at once, as typed
        :param str count: of instalments
        :param str rhythm: of ``RHYTHMS``
        :param str first: the day of the first instalment
        """
        typed = self._get_typed(group, deposit, count, rhythm, first)
        try:
            preview = self._sketch(account, typed)
        except UserError as error:
            return self._render_plans(account, typed, error.args[0])
        return self._render_plans(account, typed, preview=preview)

    @http.route(
        "/my/collections/<int:profile_id>/plan/agree",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("act", "write")
    def collections_plan_agree(
        self,
        account,
        group="",
        deposit="",
        count="",
        rhythm="",
        first="",
        name="",
        agree="",
        seen="",
    ):
        """Take a plan that was looked at.

        :param Account account: whose
        :param str name: of the person who accepts
        :param str agree: the box is ticked
        :param str seen: what stands for the schedule of the page

        The others as in ``collections_plan_preview``.
        """
        typed = self._get_typed(group, deposit, count, rhythm, first)
        preview = None
        try:
            preview = self._sketch(account, typed)
            account.profile._check_seen(preview["seen"], seen)
            account.profile._check_accepted(text(name, 100), agree)
            with request.env.cr.savepoint():
                plan = account.profile._plan_on_portal(
                    account.person,
                    preview["group"],
                    preview["terms"],
                    text(name, 100),
                    request.httprequest.remote_addr,
                )
        except UserError as error:
            return self._render_plans(account, typed, error.args[0], preview)
        return request.redirect(account.url(f"plan/{plan.id}?done=agreed"))

    def _get_typed(self, group, deposit, count, rhythm, first):
        return {
            "group": group,
            "deposit": deposit[:40],
            "count": count[:4],
            "rhythm": choose(rhythm, RHYTHMS, "month"),
            "first": first[:10],
        }

    def _sketch(self, account, typed):
        """Return a plan as it would be: ``plan``, ``rows``, ``seen``, ``excess``,
        ``offer``.

        :raise UserError: in words
        """
        profile = account.profile
        env = profile.env
        group = next(
            (g for g in profile._get_plannable() if g.key == typed["group"]), None
        )
        if not group or not account.whole:
            raise UserError(env._("Nothing of this is open any more."))
        if not typed["count"].isdecimal():
            raise UserError(env._("Write in how many instalments you pay."))
        try:
            deposit = (
                group.currency.round(self._parse_amount(typed["deposit"]))
                if typed["deposit"].strip()
                else 0.0
            )
        except ValueError as error:
            raise UserError(str(error)) from None
        first = day(typed["first"], None)
        if not first:
            raise UserError(env._("Choose the day of the first instalment."))
        terms = {
            "instalment_count": int(typed["count"]),
            "rhythm": typed["rhythm"],
            "date_first": first,
            "deposit_amount": deposit,
            "deposit_date": fields.Date.context_today(profile) if deposit else False,
        }
        plan = profile._sketch_plan(group, terms)
        rows = profile._get_sketch_rows(plan)
        offer = plan._get_counter_offer()
        return {
            "group": group,
            "terms": terms,
            "plan": plan,
            "rows": rows,
            "seen": profile._get_seen(plan, rows),
            "excess": plan._get_excess(),
            "offer": offer,
            "offer_text": plan._describe(offer) if offer else "",
            "offer_deposit": self._format_amount_input(
                offer["deposit_amount"], group.currency
            )
            if offer
            else "",
        }

    def _get_navigation(self, account):
        """Override: the page of plans."""
        pages = super()._get_navigation(account)
        return pages + account.page("act", "plan", request.env._("Payment plan"))
