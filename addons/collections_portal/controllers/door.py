"""The door: who is looking, at which account, and what they may do there."""

import functools
import inspect

from odoo.fields import Domain


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

    def page(self, right, key, label, path=None):
        """Return a page for the row of tabs, as ``_get_navigation`` lists them.

        :param str right: of ``LOGIN_RIGHTS``, without which there is no such page
        :param str key: of ``PAGES``
        :param str label: what the visitor reads
        :param str path: below the account's address, if not the key
        :return: none or one
        :rtype: list[dict]
        """
        if not self.may(right):
            return []
        path = key if path is None else path
        return [{"key": key, "label": label, "url": self.url(path)}]

    def get_disputes(self):
        """Return the disputes the visitor may see.

        :rtype: recordset of `collections.dispute`
        """
        return self.profile._get_portal_disputes(self.scope_person)

    def get_plans(self):
        """Return the plans the visitor may see: an affair of the whole customer.

        :rtype: recordset of `collections.plan`
        """
        plans = self.profile._get_portal_plans()
        return plans if self.whole else plans.browse()

    def get_offers(self):
        """Return the offers the visitor may see: an affair of the whole customer.

        :rtype: recordset of `collections.offer`
        """
        offers = self.profile._get_portal_offers()
        return offers if self.whole else offers.browse()

    def pick(self, records, number):
        """Return the one that a request names among what the visitor may see.

        :param recordset records: what they may see
        :param number: an id, or a word that should be
        :raise Closed: when it is none of these
        """
        found = records.filtered(lambda record: str(record.id) == str(number))
        if not found:
            raise Closed()
        return found

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

    Arguments that the method does not name are dropped, and so are files, which are
    read by ``read_uploads`` alone. Whoever may not enter sees one and the same page,
    whether or not there is such an account. Every answer carries the headers that
    pages with amounts need.

    :param str right: of ``LOGIN_RIGHTS``, needed to enter
    :param str rate: key of ``LIMITS``
    """

    def decorate(method):
        # The door gives these itself: a request that names them does not.
        names = set(inspect.signature(method).parameters) - {"self", "account"}

        @functools.wraps(method)
        def enter(self, profile_id=None, **kwargs):
            try:
                account = self._get_account(profile_id, right, rate)
                known = {
                    name: kwargs[name]
                    for name in names & set(kwargs)
                    if isinstance(kwargs[name], str | int)
                }
                response = method(self, account, **known)
            except Closed as closed:
                response = self._render_closed(closed)
            return self._harden(response)

        # Odoo reads the signature: whatever a request brings is sorted out above.
        del enter.__wrapped__
        enter.collections_right = right
        return enter

    return decorate
