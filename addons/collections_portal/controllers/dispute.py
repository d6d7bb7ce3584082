from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .arguments import number, text
from .chosen import CollectionsChosenPortal, get_typed
from .door import door
from .uploads import CollectionsUploadPortal

MAX_TEXT = 4000


class CollectionsDisputePortal(CollectionsChosenPortal, CollectionsUploadPortal):
    """Something is wrong: say what, follow it, answer, take it back."""

    @http.route(
        "/my/collections/<int:profile_id>/disputes",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("act")
    def collections_disputes(self, account, invoice="", done=""):
        """Show what is disputed, and the form.

        :param Account account: whose
        :param str invoice: id of a document to choose at first
        :param str done: ``told`` or ``withdrawn``, just now
        """
        return self._render_disputes(account, invoice=invoice, done=done)

    def _render_disputes(
        self, account, invoice="", done="", texts=None, errors=None, **typed
    ):
        """Return the page of disputes.

        :param dict texts: id of an item to what was typed as its amount
        :param dict errors: sentences by id of an item, ``items``, ``reason``, ``files``
        :param typed: ``reason`` and ``message``
        """
        profile, person = account.profile, account.scope_person
        groups = profile._get_portal_disputables(person)
        chosen, wanted = set(texts or ()), number(invoice)
        if wanted is not None and not texts:
            chosen = {
                item.id
                for group in groups
                for item in group.items
                if item.line.move_id.id == wanted
            }
        return self._render_page(
            "collections_portal.portal_disputes",
            account,
            "dispute",
            disputes=account.get_disputes(),
            groups=groups,
            reasons=profile._get_portal_dispute_reasons(),
            chosen=chosen,
            texts=self._get_texts(groups, texts),
            errors=errors or {},
            done=done,
            reason=typed.get("reason", ""),
            message=typed.get("message", ""),
            status=422 if errors else 200,
        )

    @http.route(
        "/my/collections/<int:profile_id>/disputes/new",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("act", "write")
    def collections_dispute_new(self, account, group="", reason="", message=""):
        """Open a dispute.

        :param Account account: whose
        :param str group: key of company and currency
        :param str reason: id of what is wrong
        :param str message: in the customer's words
        """
        profile = account.profile
        texts, message = get_typed(), text(message, MAX_TEXT)
        groups = profile._get_portal_payables(account.scope_person)
        picked = next((g for g in groups if g.key == group), None)
        amounts, errors = self._parse_typed(texts)
        errors |= profile._check_portal_disputed(picked, amounts)
        found = profile._get_portal_dispute_reasons().filtered(
            lambda r: str(r.id) == reason
        )
        if not texts or not picked:
            errors["items"] = request.env._("Choose at least one invoice.")
        if not found:
            errors["reason"] = request.env._("Choose what is wrong.")
        files = self._read_files(errors)
        if not errors:
            try:
                with request.env.cr.savepoint():
                    dispute = profile._dispute_on_portal(
                        account.person, picked, amounts, found, message, files
                    )
                return request.redirect(account.url(f"disputes/{dispute.id}?done=told"))
            except UserError as error:
                errors["items"] = error.args[0]
        return self._render_disputes(
            account, texts=texts, errors=errors, reason=reason, message=message
        )

    # === FOLLOW IT === #

    @http.route(
        "/my/collections/<int:profile_id>/disputes/<int:dispute>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("act")
    def collections_dispute(self, account, dispute, done=""):
        """Show how a dispute stands.

        :param Account account: whose
        :param int dispute: id of one of theirs
        :param str done: ``told`` or ``answered``, just now
        """
        return self._render_dispute(
            account, account.pick(account.get_disputes(), dispute), done=done
        )

    @http.route(
        "/my/collections/<int:profile_id>/disputes/<int:dispute>/answer",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("act", "write")
    def collections_dispute_answer(self, account, dispute, message=""):
        """Take what the customer adds.

        :param Account account: whose
        :param int dispute: id of one of theirs
        :param str message: in their words
        """
        found = account.pick(account.get_disputes(), dispute)
        message, errors = text(message, MAX_TEXT), {}
        files = self._read_files(errors)
        if not message and not files and not errors:
            errors["message"] = request.env._("Write a few words, or add a file.")
        if errors:
            return self._render_dispute(account, found, errors=errors, message=message)
        found._log_customer_message(message, files, account.person)
        return request.redirect(account.url(f"disputes/{found.id}?done=answered"))

    @http.route(
        "/my/collections/<int:profile_id>/disputes/<int:dispute>/withdraw",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("act", "write")
    def collections_dispute_withdraw(self, account, dispute):
        """Take a dispute back.

        :param Account account: whose
        :param int dispute: id of one of theirs
        """
        found = account.pick(account.get_disputes(), dispute)
        if found.kind != "solved":
            env = account.profile.env
            found._withdraw(
                env._("Taken back on the portal by %s", account.person.name)
            )
            account.profile._receive_portal(
                account.person, env._("%s: the objection is taken back", found.name)
            )
        return request.redirect(account.url("disputes?done=withdrawn"))

    def _render_dispute(self, account, dispute, done="", errors=None, message=""):
        return self._render_page(
            "collections_portal.portal_dispute",
            account,
            "dispute",
            dispute=dispute,
            talk=dispute._get_portal_talk(account.person),
            done=done,
            errors=errors or {},
            message=message,
            status=422 if errors else 200,
        )

    def _get_navigation(self, account):
        """Override: the page of disputes."""
        pages = super()._get_navigation(account)
        return pages + account.page(
            "act", "dispute", request.env._("Objections"), "disputes"
        )
