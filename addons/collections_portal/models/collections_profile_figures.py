from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import fields, models
from odoo.tools import SQL


class OpenItem(NamedTuple):
    """An open item as the ledger has it now; amounts in its currency.

    ``residual = collectible + held + pending + covered`` for what is owed; a credit
    has a negative residual alone.
    """

    id: int
    move_id: int
    currency_id: int
    date_due: object
    residual: float
    pending: float
    held: float
    covered: float
    collectible: float


class CollectionsProfile(models.Model):
    """What a customer owes, as the customer reads it: one query for all of it."""

    _inherit = "collections.profile"

    def _get_portal_items(self, person=None):
        """Return the open items to show, oldest first.

        Items excluded from follow-up are the accountant's affair and left out.

        :param record person: only documents addressed to this person
        :rtype: list[OpenItem]
        """
        self.ensure_one()
        items = self.env["collections.item"]
        self.env.flush_all()
        query = items._get_items_sql(
            fields.Date.context_today(self), SQL("p.id = %s", self.id)
        )
        scope = SQL("TRUE")
        if person:
            moves = self.env["account.move"]._search(
                self._get_portal_moves_domain(person)
            )
            scope = SQL("move_id IN %s", moves.subselect())
        rows = self.env.execute_query(
            SQL(
                """SELECT id, move_id, currency_id, date_due, amount_residual,
                          amount_pending, amount_held, amount_covered,
                          amount_collectible
                     FROM (%s) AS item
                    WHERE no_followup IS NOT TRUE AND %s
                 ORDER BY date_due, id""",
                query,
                scope,
            )
        )
        return [OpenItem(*row[:4], *map(float, row[4:])) for row in rows]

    # === WHY AN AMOUNT IS HELD === #

    def _get_portal_holds(self):
        """Return the holds in force today, those on chosen items first.

        :rtype: recordset of `collections.hold`
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        holds = self.env["collections.hold"].search(
            [
                ("profile_id", "=", self.id),
                ("state", "=", "active"),
                ("date_start", "<=", today),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", today),
            ]
        )
        order = ("items", "amount", "all")
        return holds.sorted(lambda hold: (order.index(hold.scope), hold.id))

    def _split_held(self, items):
        """Return why how much of each item is held.

        What several holds claim is told once: those on chosen items come first,
        then those on an amount, oldest item first, then those on everything.

        :param list items: of OpenItem
        :return: for each item that is held, amounts by reason of the hold
        :rtype: dict[int, dict[str, float]]
        """
        self.ensure_one()
        left = {item.id: item.held for item in items if item.held > 0}
        if not left:
            return {}
        shares = {number: defaultdict(float) for number in left}
        for hold in self._get_portal_holds():
            rest = hold.amount if hold.scope == "amount" else None
            for number, most in self._get_claims(hold, items):
                amount = min(left.get(number, 0), most if rest is None else rest)
                if amount <= 0:
                    continue
                shares[number][hold.reason] += amount
                left[number] -= amount
                if rest is not None:
                    rest -= amount
        for number, amount in left.items():
            if amount > 1e-6:
                shares[number]["other"] += amount
        return shares

    def _get_claims(self, hold, items):
        """Return what a hold claims at most of each item.

        :return: pairs of an item's id and an amount
        :rtype: list[tuple[int, float]]
        """
        if hold.scope == "items":
            return [
                (line.move_line_id.id, line.amount or float("inf"))
                for line in hold.line_ids
            ]
        if hold.scope == "amount":
            return [
                (item.id, item.held)
                for item in items
                if item.currency_id == hold.currency_id.id
            ]
        if hold.effect == "exclude":
            return [(item.id, item.held) for item in items]
        return []

    def _get_portal_hold_labels(self):
        """Return what a hold is called before the customer, by its reason.

        A reason without words of its own is "on hold": what we note about people in
        distress is nothing their colleagues need to read.

        :rtype: dict[str, str]
        """
        return {
            "dispute": self.env._("In dispute"),
            "paperwork": self.env._("Paperwork being mended"),
            "paid_already": self.env._("Paid, being looked for"),
            "promise": self.env._("Promised"),
            "plan": self.env._("On a payment plan"),
            "offer": self.env._("Part of an offer"),
            "money_unmatched": self.env._("Payment received, being matched"),
            "invoice_bounced": self.env._("Invoice could not be delivered"),
            "invoice_unsent": self.env._("Invoice not sent to you yet"),
        }

    def _get_portal_hold_label(self, reason):
        """Return what a hold is called before the customer.

        :param str reason: of `collections.hold`
        :rtype: str
        """
        return self._get_portal_hold_labels().get(reason) or self.env._("On hold")

    # === SUMS === #

    def _get_portal_soon_days(self):
        """Return within how many days what falls due is coming up soon.

        :rtype: int
        """
        return self.policy_id.coming_days or 14

    def _get_portal_figures(self, items):
        """Return what is open, one dict per currency, the largest debt first.

        :param list items: of OpenItem
        :return: dicts of ``currency``; ``overdue``, ``soon``, ``later`` (not held);
            ``held`` (triples of reason, label, amount); ``pending``, ``covered``,
            ``credit`` (positive), ``owed`` (without credits), ``balance`` (with
            them); ``oldest`` (date) and ``aging``
        :rtype: list[dict]
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        soon = today + timedelta(days=self._get_portal_soon_days())
        shares = self._split_held(items)
        by_currency = defaultdict(list)
        for item in items:
            by_currency[item.currency_id].append(item)
        figures = []
        for currency_id, chosen in by_currency.items():
            sums = defaultdict(float)
            held = defaultdict(float)
            late = []
            for item in chosen:
                if item.residual < 0:
                    sums["credit"] -= item.residual
                    continue
                sums["owed"] += item.residual
                sums["pending"] += item.pending
                sums["covered"] += item.covered
                if item.date_due < today:
                    sums["overdue"] += item.collectible
                    if item.collectible > 0:
                        late.append(item.date_due)
                else:
                    when = "soon" if item.date_due <= soon else "later"
                    sums[when] += item.collectible
                for reason, amount in shares.get(item.id, {}).items():
                    held[reason] += amount
            currency = self.env["res.currency"].browse(currency_id)
            names = ("overdue", "soon", "later", "pending", "covered", "credit", "owed")
            figures.append(
                {
                    "currency": currency,
                    **{name: currency.round(sums[name]) for name in names},
                    "balance": currency.round(sums["owed"] - sums["credit"]),
                    "held": self._sum_held_by_label(held, currency),
                    "oldest": min(late, default=None),
                    "aging": self._get_portal_aging(chosen, today),
                }
            )
        return sorted(figures, key=lambda row: -row["overdue"])

    def _sum_held_by_label(self, held, currency):
        labels = defaultdict(float)
        reasons = {}
        for reason, amount in held.items():
            label = self._get_portal_hold_label(reason)
            labels[label] += amount
            reasons.setdefault(label, reason)
        return [
            (reasons[label], label, currency.round(amount))
            for label, amount in labels.items()
            if not currency.is_zero(amount)
        ]

    def _get_portal_aging(self, items, today):
        """Return what is owed by age, without credits.

        :param list items: of OpenItem, in one currency
        :param date today: the day days are counted to
        :return: dicts of ``label``, ``amount``, ``percent`` and ``level`` (0 for not
            due, then from young to old)
        :rtype: list[dict]
        """
        limits = self.company_id._get_collections_aging_limits()
        sums = [0.0] * (len(limits) + 2)
        for item in items:
            if item.residual <= 0:
                continue
            days = (today - item.date_due).days
            level = 0 if days <= 0 else 1 + sum(days > limit for limit in limits)
            sums[level] += item.residual
        labels = [self.env._("Not due")]
        for first, last in zip([0, *limits], limits, strict=False):
            labels.append(
                self.env._("%(first)s–%(last)s days", first=first + 1, last=last)
            )
        labels.append(self.env._("Over %(days)s days", days=limits[-1]))
        total = sum(sums)
        return [
            {
                "label": label,
                "amount": amount,
                "percent": round(100 * amount / total, 2),
                "level": level,
            }
            for level, (label, amount) in enumerate(zip(labels, sums, strict=True))
            if amount and total
        ]
