from odoo import http
from odoo.http import request

from .access import CollectionsPortal
from .door import door


class CollectionsFilesPortal(CollectionsPortal):
    """Files that were handed in: to see again, with a login."""

    @http.route(
        "/my/collections/<int:profile_id>/files/<int:file>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        multilang=False,
    )
    @door("files", "download")
    def collections_file(self, account, file):
        """Give back a file that the visitor, or a colleague, handed in.

        :param Account account: whose; a login's
        :param int file: id of one of theirs
        """
        found = account.pick(
            account.profile._get_portal_files(account.scope_person), file
        )
        stream = request.env["ir.binary"]._get_stream_from(found)
        # Always as a file to keep: what strangers send is never shown in our frame.
        return stream.get_response(as_attachment=True)
