"""The one door: who is looking, at which account, and what they may do there."""

import functools
import inspect
import time

from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..const import ADDRESS_FACTOR, LOGIN_RIGHTS, PAGES, PURPOSES

SCOPES = "collections_portal"
MAX_SCOPES = 10


class Closed(Exception):
    """The door stays closed. What is shown does not tell whether anything is behind.

    :param str template: the page shown
    :param int status: its HTTP status
    """

    def __init__(self, template="collections_portal.portal_closed", status=404):
        super().__init__(template)
        self.template = template
        self.status = status


class TooMany(Closed):
    """Too many requests in a short time."""

    def __init__(self):
        super().__init__("collections_portal.portal_too_many", 429)


class Account:
    """A customer's account in one company, as one person may see it.

    ``profile`` and ``person`` are in sudo mode, in the visitor's language and the
    account's company: read from them only what is meant for the customer.
    """

    def __init__(self, profile, person, rights, is_link):
        self.profile = profile
        self.person = person
        self.rights = rights
        self.is_link = is_link
        self.whole = profile._is_portal_whole(person)
        # Whose documents are shown; None for everybody's at the customer
        self.scope_person = None if self.whole else person

    def may(self, right):
        """Tell whether the visitor has a right, of ``LOGIN_RIGHTS``."""
        return right in self.rights

    def url(self, path=""):
        """Return the address of a page of this account, below ``/my/collections``."""
        base = f"/my/collections/{self.profile.id}"
        return f"{base}/{path}" if path else base

    def get_moves_domain(self):
        """Return which documents the visitor may see: posted ones of this customer
        and company, of the visitor alone where they do not see the whole.

        :rtype: Domain
        """
        return self.profile._get_portal_moves_domain(
            None if self.whole else self.person
        )

    def get_items_domain(self):
        """Return which open items (`collections.item`) the visitor may see.

        :rtype: Domain
        """
        domain = Domain("profile_id", "=", self.profile.id)
        domain &= Domain("no_followup", "=", False)
        if not self.whole:
            domain &= Domain("move_id", "any", self.get_moves_domain())
        return domain

    def browse_moves(self, ids):
        """Return documents by what a request brought.

        :param ids: numbers, or words that should be
        :return: of `account.move`, in sudo mode, in the order asked for
        :raise Closed: when one of them is not the visitor's to see
        """
        try:
            wanted = list(dict.fromkeys(int(number) for number in ids))
        except (TypeError, ValueError):
            raise Closed() from None
        if not wanted or len(wanted) > 1000 or not all(0 < i < 2**31 for i in wanted):
            raise Closed()
        moves = self.profile.env["account.move"]
        found = moves.search(self.get_moves_domain() & Domain("id", "in", wanted))
        if len(found) != len(wanted):
            raise Closed()
        return moves.browse(wanted)


def door(right, rate="read"):
    """Make a route of an account: its first argument is the :class:`Account`.

    Arguments that the method does not name are dropped. Whoever may not enter sees
    one and the same page, whether or not there is such an account. Every answer
    carries the headers that pages with amounts need.

    :param str right: of ``LOGIN_RIGHTS``, needed to enter
    :param str rate: key of ``LIMITS``
    """

    def decorate(method):
        names = set(inspect.signature(method).parameters)

        @functools.wraps(method)
        def enter(self, profile_id=None, **kwargs):
            try:
                account = self._get_account(profile_id, right, rate)
                known = {name: kwargs[name] for name in names & set(kwargs)}
                response = method(self, account, **known)
            except Closed as closed:
                response = self._render_closed(closed)
            return self._harden(response)

        # Odoo reads the signature: whatever a request brings is sorted out above.
        del enter.__wrapped__
        enter.collections_right = right
        return enter

    return decorate


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
        and those of the links opened in this session.

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
            profiles = (
                request.env["collections.profile"]
                .sudo()
                .search(
                    [
                        ("partner_id", "=", user.partner_id.commercial_partner_id.id),
                        ("company_id", "in", user.company_ids.root_id.ids),
                    ],
                    order="company_id, id",
                )
            )
            for profile in profiles:
                accounts[profile.id] = self._prepare_account(
                    profile, user.partner_id.sudo(), LOGIN_RIGHTS, is_link=False
                )
        return accounts

    def _prepare_account(self, profile, person, rights, is_link):
        """Return an account with its records in the company and language they are
        shown in."""
        company = profile.company_id
        profile = profile.with_company(company).with_context(
            allowed_company_ids=company.ids, lang=request.env.lang
        )
        return Account(profile, person.with_env(profile.env), rights, is_link)

    # === LINKS === #

    def _get_link_scopes(self):
        """Return (profile, person, purpose) of the links opened in this session that
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
        """Let this session see what a link opens, until the link expires."""
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
        # The newest ones: a session is no address book.
        request.session[SCOPES] = dict(list(scopes.items())[-MAX_SCOPES:])

    # === HOW OFTEN === #

    def _count(self, rate, account=None):
        """Count a request for its address, or for its customer.

        :raise TooMany: above the limit
        """
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
        return request.render(
            closed.template,
            {
                "page_name": "collections",
                "company": request.env.company.sudo(),
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
        return request.render(
            template,
            {
                "page_name": "collections",
                "collections_page": page,
                "account": account,
                "accounts": list(self._get_accounts().values()),
                "company": account.profile.company_id,
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
        env = request.env
        pages = []
        if account.may("view"):
            pages.append(
                {"key": "account", "label": env._("Account"), "url": account.url()}
            )
        return pages

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
