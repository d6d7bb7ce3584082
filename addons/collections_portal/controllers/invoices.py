import tempfile
import zipfile

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.fields import Domain
from odoo.http import Response, content_disposition, request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .access import CollectionsPortal
from .arguments import choose, number, text
from .door import Closed, door

STEP = 40
MAX_DOCUMENTS = 50
IN_MEMORY = 8 * 1024 * 1024


class CollectionsInvoicePortal(CollectionsPortal):
    """The documents: found, sorted, downloaded."""

    def _get_navigation(self, account):
        """Override: the list of documents."""
        pages = super()._get_navigation(account)
        return pages + account.page("view", "invoices", request.env._("Invoices"))

    @http.route(
        [
            "/my/collections/<int:profile_id>/invoices",
            "/my/collections/<int:profile_id>/invoices/page/<int:page>",
        ],
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("view")
    def collections_invoices(
        self, account, page=1, filterby="open", sortby="due", search="", chosen=""
    ):
        """List documents.

        :param Account account: whose
        :param int page: from 1
        :param str filterby: key of ``_get_invoice_filters``
        :param str sortby: key of ``_get_invoice_sortings``
        :param str search: part of a number or reference
        :param str chosen: set when a download was asked for and nothing ticked
        """
        profile = account.profile
        filters = self._get_invoice_filters()
        sortings = self._get_invoice_sortings()
        filterby = choose(filterby, filters, "open")
        sortby = choose(sortby, sortings, "due")
        search = text(search, 60)
        items = profile._get_portal_items(account.scope_person)
        domain = account.get_moves_domain()
        domain &= self._get_invoice_filter_domain(filterby, profile, items)
        if search:
            domain &= Domain.OR(
                Domain(name, "ilike", search)
                for name in ("name", "ref", "payment_reference")
            )
        moves = profile.env["account.move"]
        pager = portal_pager(
            url=account.url("invoices"),
            url_args={"filterby": filterby, "sortby": sortby, "search": search},
            total=moves.search_count(domain),
            page=number(page) or 1,
            step=STEP,
        )
        found = moves.search(
            domain, order=sortings[sortby][1], limit=STEP, offset=pager["offset"]
        )
        return self._render_page(
            "collections_portal.portal_invoices",
            account,
            "invoices",
            rows=profile._get_portal_invoice_rows(found, items),
            pager=pager,
            filters={key: label for key, label in filters.items()},
            filterby=filterby,
            sortings={key: label for key, (label, _order) in sortings.items()},
            sortby=sortby,
            search=search,
            nothing_chosen=bool(chosen),
            most=MAX_DOCUMENTS,
        )

    def _get_invoice_filters(self):
        """Return the labels of the lists of documents, by key."""
        env = request.env
        return {
            "open": env._("Open"),
            "overdue": env._("Overdue"),
            "coming": env._("Not due yet"),
            "held": env._("On hold"),
            "credits": env._("Credits"),
            "paid": env._("Paid"),
            "all": env._("All"),
        }

    def _get_invoice_filter_domain(self, key, profile, items):
        """Return which documents are in one of the lists.

        :param str key: of ``_get_invoice_filters``
        :param list items: the open items the visitor may see
        :rtype: Domain
        """
        if key == "all":
            return Domain.TRUE
        if key == "paid":
            return Domain("payment_state", "in", ("paid", "in_payment", "reversed"))
        if key == "credits":
            return Domain("move_type", "=", "out_refund")
        wanted = Domain("id", "in", profile._get_portal_moves_by_state(items)[key])
        if key not in ("open", "held"):
            return wanted
        # What is left out of reminders is open all the same, and shown as on hold.
        left_out = (
            Domain("payment_state", "in", ("not_paid", "partial"))
            & Domain("move_type", "!=", "out_refund")
            & Domain("id", "not in", {item.move_id for item in items})
        )
        return wanted | left_out

    def _get_invoice_sortings(self):
        """Return label and order of the sortings, by key."""
        env = request.env
        return {
            "due": (env._("Due date"), "invoice_date_due, id"),
            "date": (env._("Newest first"), "invoice_date desc, id desc"),
            "name": (env._("Number"), "name, id"),
            "amount": (env._("Amount"), "amount_total desc, id"),
        }

    # === FILES === #

    @http.route(
        "/my/collections/<int:profile_id>/invoices/<int:move_id>/pdf",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        multilang=False,
    )
    @door("view", "download")
    def collections_invoice_pdf(self, account, move_id):
        """Download one document.

        :param Account account: whose
        :param int move_id: of the `account.move`
        """
        move = account.browse_moves([move_id])
        document = move._get_invoice_legal_documents("pdf", allow_fallback=True)
        return self._give_file(document["content"], document["filename"])

    @http.route(
        "/my/collections/<int:profile_id>/invoices/zip",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        multilang=False,
    )
    @door("view", "download")
    def collections_invoices_zip(self, account):
        """Download the documents that were ticked, packed into one file.

        :param Account account: whose
        """
        ids = request.httprequest.args.getlist("document")
        if not ids:
            return request.redirect(f"{account.url('invoices')}?chosen=no")
        if len(ids) > MAX_DOCUMENTS:
            raise Closed()
        moves = account.browse_moves(ids)
        # Packed into a file: however many there are, they do not fill the memory.
        # Not closed here, hence the noqa: it is read while the answer is sent.
        packed = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            taken = set()
            for move in moves:
                document = move._get_invoice_legal_documents("pdf", allow_fallback=True)
                name = document["filename"].replace("/", "_")
                if name in taken:
                    name = f"{move.id}_{name}"
                taken.add(name)
                archive.writestr(name, document["content"])
        size = packed.tell()
        packed.seek(0)
        name = request.env._(
            "Invoices %(company)s.zip", company=account.profile.company_id.name
        )
        return Response(
            wrap_file(request.httprequest.environ, packed),
            headers={
                "Content-Type": "application/zip",
                "Content-Length": size,
                "Content-Disposition": content_disposition(name.replace("/", "_")),
            },
            direct_passthrough=True,
        )

    def _give_file(self, content, filename, mimetype="application/pdf"):
        """Return a file to keep."""
        return request.make_response(
            content,
            headers=[
                ("Content-Type", mimetype),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(filename)),
            ],
        )
