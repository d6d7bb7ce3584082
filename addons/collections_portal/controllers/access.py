"""Who is visiting, how often, and the frame of every page."""

import time

from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..const import ADDRESS_FACTOR, LOGIN_RIGHTS, PAGES, PURPOSES
from .door import Account, Closed, TooMany

SCOPES = "collections_portal"
MAX_SCOPES = 10


class CollectionsPortal(CustomerPortal):
    """What the pages of the customer's side stand on."""

    # === WHO === #

    def _get_account(self, profile_id=None, right="view", rate="read"):
        """Return the account the visitor asks for, if it is theirs. The one door.

        :param int profile_id: as the URL has it
        :param str right: of ``LOGIN_RIGHTS``, that the visitor needs
        :param str rate: key of ``LIMITS``, counted for the customer and the address
        :rtype: Account
        :raise Closed: for a stranger, and for whoever lacks the right
        :raise TooMany: when it happens too often
        """
        self._count(rate)
        account = self._get_accounts().get(profile_id)
        if not account or not account.may(right):
            self._count("stranger")
            raise Closed()
        self._count(rate, account)
        return account

    def _get_accounts(self):
        """Return the accounts the visitor may see, by id of their profile.

        Those of a portal user's own customer in the companies the user belongs to,
        and those of the links opened in this visit.

        :rtype: dict[int, Account]
        """
        accounts = {}
        for profile, person, purpose in self._get_link_scopes():
            accounts[profile.id] = self._prepare_account(
                profile, person, PURPOSES[purpose], is_link=True
            )
        user = request.env.user
        if user._is_portal():
            # In sudo: portal users read no profiles; theirs are those searched for.
            profiles_sudo = request.env["collections.profile"].sudo()
            found = profiles_sudo.search(
                [
                    ("partner_id", "=", user.partner_id.commercial_partner_id.id),
                    ("company_id", "in", user.company_ids.root_id.ids),
                ],
                order="company_id, id",
            )
            for profile in found:
                accounts[profile.id] = self._prepare_account(
                    profile, user.partner_id, LOGIN_RIGHTS, is_link=False
                )
        return accounts

    def _prepare_account(self, profile, person, rights, is_link):
        """Return an account with its records in the company and language they are
        shown in, on the day that it is there."""
        company = profile.company_id
        profile = profile.with_company(company).with_context(
            allowed_company_ids=company.ids,
            lang=request.env.lang,
            tz=company._collections_zone(),
        )
        return Account(profile, person.with_env(profile.env), rights, is_link)

    # === LINKS === #

    def _get_link_scopes(self):
        """Return (profile, person, purpose) of the links opened in this visit that
        still hold."""
        scopes = request.session.get(SCOPES) or {}
        found = []
        for scope in scopes.values():
            person_id, purpose, revision, expires, profile_id = scope
            if expires <= time.time() or purpose not in PURPOSES:
                continue
            profile, person = request.env["collections.profile"]._get_link_records(
                profile_id, person_id
            )
            if profile and profile.portal_revision == revision:
                found.append((profile, person, purpose))
        return found

    def _open_scope(self, link):
        """Let this visit see what a link opens, until the link expires."""
        scopes = dict(request.session.get(SCOPES) or {})
        key = str(link.profile.id)
        scopes.pop(key, None)
        scopes[key] = [
            link.person.id,
            link.purpose,
            link.profile.portal_revision,
            link.expires,
            link.profile.id,
        ]
        # The newest ones: a visit is no address book.
        request.session[SCOPES] = dict(list(scopes.items())[-MAX_SCOPES:])

    # === HOW OFTEN === #

    def _count(self, rate, account=None):
        """Count a request for its address, or for its customer.

        :raise TooMany: above the limit
        """
        # In sudo: visitors are counted and read no counts.
        hits = request.env["collections.portal.hit"].sudo()
        if account:
            allowed = hits._allow(rate, f"p{account.profile.id}")
        else:
            address = hits._get_address_key(request.httprequest.remote_addr)
            factor = 1 if rate == "stranger" else ADDRESS_FACTOR
            allowed = hits._allow(rate, address, factor)
        if not allowed:
            raise TooMany()

    # === ANSWERS === #

    def _render_closed(self, closed):
        """Return the page of a door that stays closed."""
        # In sudo: the company's phone and e-mail, for a visitor who is nobody.
        company = request.env.company.sudo()
        return request.render(
            closed.template,
            {
                "page_name": "collections",
                "company": company,
                "is_public": request.env.user._is_public(),
            },
            status=closed.status,
        )

    def _render_page(self, template, account, page, **values):
        """Return a page of an account, in its frame.

        :param str template: XML id of the page
        :param Account account: whose page it is
        :param str page: key of ``_get_navigation``, marked as the current one
        :param values: what the page needs; ``status`` sets the HTTP status
        """
        status = values.pop("status", 200)
        company = account.profile.company_id
        if not request.env.context.get("tz"):
            # Nobody knows the visitor's clock: better the company's than UTC.
            request.update_context(tz=account.profile.env.context["tz"])
        return request.render(
            template,
            {
                "page_name": "collections",
                "collections_page": page,
                "account": account,
                "accounts": list(self._get_accounts().values()),
                "company": company,
                # In sudo: the frame shows whose account it is, logo and name.
                "res_company": company.sudo(),
                "helper": account.profile._get_portal_helper(),
                "navigation": sorted(
                    self._get_navigation(account), key=self._get_page_place
                ),
                **values,
            },
            status=status,
        )

    def _get_page_place(self, page):
        """Return where a page stands among the others, as a number."""
        key = page["key"]
        return PAGES.index(key) if key in PAGES else len(PAGES) - 1.5

    def _get_navigation(self, account):
        """Return the pages of an account; ``const.PAGES`` has their order.

        An override adds pages of its own.

        :return: dicts of ``key``, ``label`` and ``url``
        :rtype: list[dict]
        """
        return account.page("view", "account", request.env._("Account"), "")

    def _harden(self, response):
        """Keep a page with amounts out of caches, frames and other sites' logs."""
        headers = response.headers
        headers["Cache-Control"] = "no-store"
        headers["X-Frame-Options"] = "SAMEORIGIN"
        headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Robots-Tag"] = "noindex"
        headers["X-Content-Type-Options"] = "nosniff"
        if response.status_code == 429:
            headers["Retry-After"] = "600"
        return response
