from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..const import AGAIN_MINUTES


class CollectionsProfile(models.Model):
    """What a customer promises on the portal, within their policy."""

    _inherit = "collections.profile"

    def _get_portal_owner(self):
        """Return who of ours looks after what a customer agrees to by themselves.

        :rtype: res.users
        """
        self.ensure_one()
        return self.collector_id or self.env["collections.hold"]._get_default_owner(
            self.company_id
        )

    def _get_portal_promises(self):
        """Return the last promises, those that stand first.

        :rtype: recordset of `collections.promise`
        """
        self.ensure_one()
        promises = self.env["collections.promise"].search(
            [("profile_id", "=", self.id)], limit=10
        )
        return promises.sorted(lambda p: p.state not in ("to_agree", "open"))

    def _get_promise_last_day(self):
        """Return the last day a promise may name, None without a limit.

        :rtype: date or None
        """
        self.ensure_one()
        days = self.policy_id.promise_max_days
        today = fields.Date.context_today(self)
        return today + timedelta(days=days) if days else None

    def _count_free_promises(self):
        """Return how many promises may still be given, None without a limit.

        :rtype: int or None
        """
        self.ensure_one()
        limit = self.policy_id.promise_max_open
        if not limit:
            return None
        standing = self.env["collections.promise"].search_count(
            [("profile_id", "=", self.id), ("state", "in", ("to_agree", "open"))]
        )
        return max(0, limit - standing)

    def _check_portal_promise(self, amount, date_due):
        """Check a promise in the customer's words, before the policy does.

        :param float amount: in its currency
        :param date date_due: the day, None for none
        :return: sentences by the name of a field
        :rtype: dict[str, str]
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        last = self._get_promise_last_day()
        errors = {}
        if not date_due or date_due < today:
            errors["date"] = self.env._("Choose today or a later day.")
        elif last and date_due > last:
            errors["date"] = self.env._(
                "A promise reaches until %(date)s at most. If you need longer, tell us "
                "under “I have a problem”: we find a way.",
                date=format_date(self.env, last),
            )
        if amount is None or amount <= 0:
            errors["amount"] = self.env._("Write how much you will pay.")
        return errors

    def _promise_on_portal(self, person, group, amount, date_due, item_ids=()):
        """Take a promise that a customer gives by themselves.

        :param record person: who gives it
        :param PayableGroup group: its company and currency
        :param float amount: in that currency
        :param date date_due: the promised day
        :param item_ids: only for these items of the group; the oldest if none are
            named, of the person's own where they do not see the whole account
        :return: the promise
        :raise UserError: in words, beyond what the policy or the ledger allows
        """
        self.ensure_one()
        known = {item.id for item in group.items}
        if set(item_ids) - known:
            raise UserError(
                self.env._("Some of it was paid meanwhile. Here is what is left.")
            )
        given = self._get_same_promise(person, group, amount, date_due, item_ids)
        if given:
            return given
        if not item_ids and not self._is_portal_whole(person):
            item_ids = self._get_promisable(group) or known
        promise = self.env["collections.promise"]._give(
            self,
            amount,
            date_due,
            self.env["account.move.line"].browse(sorted(item_ids)) or None,
            currency_id=group.currency.id,
            source="customer",
            user_id=self._get_portal_owner().id,
        )
        self._receive_portal(
            person,
            self.env._(
                "Promise to pay %(amount)s by %(date)s",
                amount=format_amount(self.env, amount, group.currency),
                date=format_date(self.env, date_due),
            ),
        )
        return promise

    def _get_same_promise(self, person, group, amount, date_due, item_ids):
        """Return the promise that was given just now in the same words: a form that is
        sent twice promises once. Parameters as in ``_promise_on_portal``.

        :rtype: recordset of `collections.promise`
        """
        since = fields.Datetime.now() - timedelta(minutes=AGAIN_MINUTES)
        given = self.env["collections.promise"].search(
            [
                ("profile_id", "=", self.id),
                ("currency_id", "=", group.currency.id),
                ("source", "=", "customer"),
                ("state", "in", ("to_agree", "open")),
                ("date_due", "=", date_due),
                ("any_item", "=", not item_ids and self._is_portal_whole(person)),
                ("create_date", ">", since),
            ]
        )
        given = given.filtered(
            lambda promise: not group.currency.compare_amounts(promise.amount, amount)
        )
        if item_ids:
            given = given.filtered(
                lambda promise: (
                    set(promise.line_ids.move_line_id.ids) <= set(item_ids)
                )
            )
        return given[:1]

    def _get_promisable(self, group):
        """Return which items of a group no agreement covers in full.

        :param PayableGroup group: of ``_get_portal_payables``
        :return: ids of journal items
        :rtype: set[int]
        """
        self.ensure_one()
        draft = self.env["collections.promise"].new(
            {"profile_id": self.id, "currency_id": group.currency.id}
        )
        free = draft._get_free_amounts()
        return {
            item.id
            for item in group.items
            if group.currency.compare_amounts(free.get(item.id, 0), 0) > 0
        }
