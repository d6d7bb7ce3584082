from datetime import timedelta

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user

from odoo.addons.customer_collections.tests.text_common import CollectionsTextCommon


class CollectionsPortalCommon(CollectionsTextCommon):
    """A customer with a portal login, a colleague of theirs, and a stranger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_user = cls._portal_user("ada", cls.person)
        cls.sibling = cls.env["res.partner"].create(
            {
                "name": "Sven Sibling",
                "parent_id": cls.customer.id,
                "email": "sven@customer.example",
            }
        )
        cls.sibling_user = cls._portal_user("sven", cls.sibling)
        cls.stranger = cls._customer("Other Ltd")
        cls.stranger_user = cls._portal_user("other", cls.stranger)
        cls.stranger_profile = cls._make_profile(cls.stranger)
        cls.employee = new_test_user(cls.env, "employee", groups="base.group_user")
        # The run's work: figures, recipient, collector
        cls._run()

    @classmethod
    def _portal_user(cls, login, partner):
        return cls.env["res.users"].create(
            {
                "login": login,
                "partner_id": partner.id,
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
            }
        )

    @classmethod
    def _offer(cls, amount=250, move=None):
        """Return an offer that stands: so much for an invoice, the dollars (300) if
        none is given."""
        move = move or cls.dollars
        offer = cls.env["collections.offer"]._make(
            cls.profile,
            "settlement",
            amount,
            cls.today + timedelta(days=5),
            move.line_ids.filtered("date_maturity"),
            currency_id=move.currency_id.id,
        )
        # In sudo: what a manager approves is not the subject here.
        offer.sudo().state = "open"
        return offer

    @classmethod
    def _token(cls, person=None, purpose="account", profile=None, days=None):
        return (profile or cls.profile)._get_portal_token(
            person or cls.person, purpose, days
        )


class CollectionsPortalHttpCommon(CollectionsPortalCommon, HttpCase):
    """Requests as a portal user, as a link-holder, as nobody."""

    def _get(self, path="", profile=None, **kwargs):
        """Get a page of an account.

        :param str path: below the account, or whole
        """
        return self.url_open(self._path(path, profile), **kwargs)

    def _path(self, path="", profile=None):
        if path.startswith("/"):
            return path
        base = f"/my/collections/{(profile or self.profile).id}"
        return f"{base}/{path}" if path else base

    def _open_link(self, token=None, **kwargs):
        """Open a link as whoever is not signed in."""
        self.authenticate(None, None)
        return self.url_open(f"/my/c/{token or self._token()}", **kwargs)

    def _post(self, path="", profile=None, **form):
        """Send a form of a page, with the token against forgery."""
        from odoo import http

        form["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(self._path(path, profile), form)

    def _main(self, response):
        """Return what a page says, without its frame."""
        return response.text.split("<main>")[-1].split("</main>")[0]
