from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .arguments import choose, text
from .door import door
from .uploads import CollectionsUploadPortal


class CollectionsProblemPortal(CollectionsUploadPortal):
    """I have a problem: tell us, hand something in, be called back."""

    def _get_navigation(self, account):
        """Override: the way to a person."""
        pages = super()._get_navigation(account)
        return pages + account.page("act", "problem", request.env._("I have a problem"))

    @http.route(
        "/my/collections/<int:profile_id>/problem",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("act")
    def collections_problem(self, account, done="", reason=""):
        """Show what a customer may tell us.

        :param Account account: whose
        :param str done: what has just been received
        :param str reason: chosen already, by a link to this page
        """
        done = choose(done, ("told", "noted", "call"), "")
        return self._render_problem(account, done=done, reason=reason)

    def _render_problem(self, account, **values):
        profile = account.profile
        reasons = {r.code: r.customer_wording for r in profile._get_portal_reasons()}
        return self._render_page(
            "collections_portal.portal_problem",
            account,
            "problem",
            reasons=reasons,
            slots=profile._get_portal_call_slots(),
            zone=profile._get_portal_zone(),
            advice=profile._get_advice(),
            phone=values.pop("phone", account.person.phone or ""),
            reason=choose(values.pop("reason", ""), reasons, ""),
            status=422 if values.get("errors") else 200,
            **{"done": "", "errors": {}, "message": "", "slot": "", **values},
        )

    @http.route(
        "/my/collections/<int:profile_id>/problem/tell",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("act", "write")
    def collections_problem_tell(self, account, reason="", message=""):
        """Take what a customer tells us, with files.

        :param Account account: whose
        :param str reason: code of one of ``_get_portal_reasons``
        :param str message: in their words
        """
        profile, person = account.profile, account.person
        reasons = profile._get_portal_reasons().grouped("code")
        chosen = reasons.get(choose(reason, reasons, ""))
        message = text(message, 4000)
        errors = {}
        files = self._read_files(errors)
        if not (chosen or message or files) and not errors:
            errors["reason"] = request.env._(
                "Please choose a reason, or write a few words."
            )
        if not errors and chosen:
            try:
                with request.env.cr.savepoint():
                    profile._receive_portal_reason(
                        person, chosen, self._get_items_meant(account), message
                    )
            except UserError as error:
                errors["reason"] = str(error)
        if errors:
            return self._render_problem(
                account, errors=errors, reason=reason, message=message
            )
        if not message and not files:
            return request.redirect(f"{account.url('problem')}?done=noted")
        subject = chosen and chosen.customer_wording
        profile._receive_portal_word(
            person,
            subject or request.env._("A message from your pages"),
            message,
            files,
        )
        return request.redirect(f"{account.url('problem')}?done=told")

    def _get_items_meant(self, account):
        """Return what a reason is about: everything, or the visitor's own alone."""
        if account.whole:
            return None
        items = account.profile._get_portal_items(account.scope_person)
        lines = account.profile.env["account.move.line"]
        return lines.browse([item.id for item in items if item.residual > 0])

    @http.route(
        "/my/collections/<int:profile_id>/problem/call",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("act", "write")
    def collections_problem_call(self, account, slot="", phone="", about=""):
        """Take the wish to be called.

        :param Account account: whose
        :param str slot: key of a slot
        :param str phone: the number to call
        :param str about: what it is about
        """
        slots = {s["key"]: s for s in account.profile._get_portal_call_slots()}
        phone, about = text(phone, 40), text(about, 1000)
        errors = {}
        if not isinstance(slot, str) or slot not in slots:
            errors["slot"] = request.env._("Please choose a time.")
        if sum(c.isdigit() for c in phone) < 5:
            errors["phone"] = request.env._("Please give us a phone number.")
        if errors:
            return self._render_problem(
                account, errors=errors, phone=phone, about=about, slot=slot
            )
        account.profile._receive_portal_call(account.person, slots[slot], phone, about)
        return request.redirect(f"{account.url('problem')}?done=call")
