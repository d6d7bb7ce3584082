from collections import defaultdict

from odoo import fields, models


class CollectionsProfile(models.Model):
    """The customer's documents: which are open, and how each stands."""

    _inherit = "collections.profile"

    def _get_portal_moves_by_state(self, items):
        """Return which documents are open, overdue, not due, or on hold.

        :param list items: of OpenItem
        :return: ids of `account.move`
        :rtype: dict[str, set[int]]
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        found = {"open": set(), "overdue": set(), "coming": set(), "held": set()}
        for item in items:
            if item.residual <= 0:
                continue
            found["open"].add(item.move_id)
            if item.held > 0:
                found["held"].add(item.move_id)
            if item.date_due >= today:
                found["coming"].add(item.move_id)
            elif item.collectible > 0:
                found["overdue"].add(item.move_id)
        return found

    def _get_portal_invoice_rows(self, moves, items):
        """Return documents as the customer reads them, one dict each.

        :param recordset moves: of `account.move`, allowed already
        :param list items: of OpenItem, of these documents and others
        :return: ``move``, ``open`` (what is left, negative for a credit), ``due``
            (the next date), ``states`` (pairs of label and kind: ``overdue``,
            ``held``, ``pending``, ``open``, ``done``)
        :rtype: list[dict]
        """
        self.ensure_one()
        by_move = defaultdict(list)
        for item in items:
            by_move[item.move_id].append(item)
        shares = self._split_held([i for move in moves for i in by_move[move.id]])
        return [
            {
                "move": move,
                "open": self._get_portal_invoice_open(move, by_move[move.id]),
                "due": min(
                    (item.date_due for item in by_move[move.id]),
                    default=move.invoice_date_due,
                ),
                "states": self._get_portal_invoice_states(
                    move, by_move[move.id], shares
                ),
            }
            for move in moves
        ]

    def _get_portal_invoice_open(self, move, items):
        """Return what is left of a document; negative for a credit.

        :rtype: float
        """
        if items:
            return move.currency_id.round(sum(item.residual for item in items))
        # What is left out of reminders is open all the same.
        sign = -1 if move.move_type == "out_refund" else 1
        return sign * move.amount_residual

    def _get_portal_invoice_states(self, move, items, shares):
        """Return how a document stands, in words.

        :rtype: list[tuple[str, str]]
        """
        today = fields.Date.context_today(self)
        if not items:
            if move.payment_state == "reversed":
                return [(self.env._("Credited"), "done")]
            if move.payment_state == "in_payment":
                return [(self.env._("Payment on its way"), "pending")]
            if move.payment_state in ("not_paid", "partial"):
                return [(self._get_portal_hold_label(None), "held")]
            return [(self.env._("Paid"), "done")]
        if all(item.residual < 0 for item in items):
            return [(self.env._("Credit"), "done")]
        states = []
        if any(item.collectible > 0 and item.date_due < today for item in items):
            days = max(
                (today - item.date_due).days for item in items if item.collectible > 0
            )
            label = (
                self.env._("1 day late")
                if days == 1
                else self.env._("%(days)s days late", days=days)
            )
            states.append((label, "overdue"))
        reasons = {reason for item in items for reason in shares.get(item.id, {})}
        labels = {self._get_portal_hold_label(reason) for reason in reasons}
        states += [(label, "held") for label in sorted(labels)]
        if any(item.pending > 0 for item in items):
            states.append((self.env._("Payment on its way"), "pending"))
        if any(item.covered > 0 for item in items):
            states.append((self.env._("Covered by your credit"), "pending"))
        return states or [(self.env._("Not due yet"), "open")]
