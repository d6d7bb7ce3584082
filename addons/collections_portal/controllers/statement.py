from dateutil.relativedelta import relativedelta

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import email_normalize

from .arguments import choose, day, text
from .door import door
from .invoices import CollectionsInvoicePortal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_YEARS = 3


class CollectionsStatementPortal(CollectionsInvoicePortal):
    """The statement of account: seen, kept, sent to a colleague."""

    def _get_navigation(self, account):
        """Override: the statement, for whoever sees the whole."""
        pages = super()._get_navigation(account)
        if not account.whole:
            return pages
        return pages + account.page("view", "statement", request.env._("Statement"))

    @http.route(
        "/my/collections/<int:profile_id>/statement",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("view")
    def collections_statement(self, account, date_from="", date_to=""):
        """Show what was charged and paid in a time.

        :param Account account: whose
        :param str date_from: first day
        :param str date_to: last day
        """
        period = self._get_period(account, date_from, date_to)
        return self._render_statement(account, *period)

    def _render_statement(self, account, first, last, **values):
        tables, too_long = None, ""
        if account.whole:
            try:
                tables = account.profile._get_ledger_statement(first, last)
            except UserError as error:
                tables, too_long = [], error.args[0]
        return self._render_page(
            "collections_portal.portal_statement",
            account,
            "statement",
            tables=tables,
            too_long=too_long,
            date_from=first,
            date_to=last,
            **values,
        )

    def _get_period(self, account, date_from, date_to):
        """Return the days of a statement: at most a few years, the last quarter if
        nothing is asked for.

        :rtype: tuple[date, date]
        """
        today = fields.Date.context_today(account.profile)
        last = day(date_to, today)
        first = day(date_from, last - relativedelta(months=3))
        first, last = min(first, last), max(first, last)
        return max(first, last - relativedelta(years=MAX_YEARS)), last

    @http.route(
        "/my/collections/<int:profile_id>/statement/file",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("view", "download")
    def collections_statement_file(
        self, account, kind="", file="", date_from="", date_to=""
    ):
        """Download a statement.

        :param Account account: whose
        :param str kind: ``time`` or ``open``
        :param str file: ``pdf`` or ``xlsx``
        """
        if not account.whole:
            return request.redirect(account.url("statement"))
        period = self._get_period(account, date_from, date_to)
        if self._is_too_long(account, kind, period):
            # The page says so where the figures would stand.
            return self._render_statement(account, *period, status=422)
        name, content, mimetype = self._make_statement(account, kind, file, period)
        return self._give_file(content, name, mimetype)

    def _is_too_long(self, account, kind, period):
        """Tell whether there is no statement of a time: what is open has no limit."""
        return kind != "open" and account.profile._is_ledger_too_long(*period)

    def _make_statement(self, account, kind, file, period):
        """Return name, content and type of a statement in the visitor's language."""
        profile = account.profile
        kind = choose(kind, ("time", "open"), "time")
        file = choose(file, ("pdf", "xlsx"), "pdf")
        if kind == "open":
            name = profile._get_statement_filename(profile.env.lang)
            if file == "pdf":
                content = profile._render_statement(profile.env.lang)
                return name, content, "application/pdf"
            return f"{name[:-4]}.xlsx", profile._render_open_items_xlsx(), XLSX
        name = profile._get_ledger_filename(*period, file)
        if file == "pdf":
            return name, profile._render_ledger_pdf(*period), "application/pdf"
        return name, profile._render_ledger_xlsx(*period), XLSX

    @http.route(
        "/my/collections/<int:profile_id>/statement/send",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("send", "send")
    def collections_statement_send(
        self, account, email="", kind="", file="", date_from="", date_to=""
    ):
        """Send a statement to a colleague whose address is on file.

        To others it is not sent, with or without asking somebody first: whoever may
        see it can download and forward it, and we write to nobody whom the customer
        did not name as a contact.

        :param Account account: whose
        :param str email: the colleague's address
        """
        first, last = self._get_period(account, date_from, date_to)
        address = email_normalize(text(email)) or ""
        # Before it is known whose address it is: nothing tells that.
        if account.whole and self._is_too_long(account, kind, (first, last)):
            return self._render_statement(account, first, last, status=422)
        if account.whole and address:
            colleague = account.profile._get_portal_colleague(address)
            if colleague:
                name, content, _type = self._make_statement(
                    account, kind, file, (first, last)
                )
                account.profile._send_portal_document(
                    account.person, colleague, name, content
                )
        return self._render_statement(
            account, first, last, sent_to=address, not_an_address=not address
        )
