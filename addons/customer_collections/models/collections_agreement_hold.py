from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Command
from odoo.tools import SQL, format_amount


class CollectionsAgreement(models.AbstractModel):
    """What an agreement covers is held while it lives."""

    _inherit = "collections.agreement"

    def _begin(self, items, date_end=False, order_date=None):
        """Hold what this agreement covers, from now until it ends.

        :param dict items: receivable journal item to the amount of it that is covered,
                           in its currency; all in the currency of the agreement
        :param date date_end: the last day of the hold; open for an agreement that
                              watches its own time
        :param date order_date: when it falls due: of several agreements on one item the
                                earliest is paid first
        :return: the hold
        :raise UserError: if an item is paid, of another customer or currency, or
                          covered by another agreement already
        """
        self.ensure_one()
        self._lock_customer()
        free = self._get_free_amounts()
        for line, amount in items.items():
            self._check_item(line, amount, free)
        # The hold is the system's part of it; the person's right is on the agreement.
        self.sudo().hold_id = (
            self.env["collections.hold"]
            .sudo()
            .with_context(collections_judging=True)
            .create(self._prepare_hold_values(items, date_end, order_date))
        )
        self.sudo().profile_id._redecide()
        return self.hold_id

    def _prepare_hold_values(self, items, date_end, order_date):
        """Return the values of this agreement's hold. Extend it to hold more."""
        [(partial, line)] = self.env.execute_query(
            SQL(
                """SELECT (SELECT COALESCE(MAX(id), 0) FROM account_partial_reconcile),
                          (SELECT COALESCE(MAX(id), 0) FROM account_move_line)"""
            )
        )
        residual = self._get_free_amounts(gross=True)
        invoices = self._get_invoice_figures(items, residual)
        return {
            "profile_id": self.profile_id.id,
            "reason": self._hold_reason,
            "effect": self._hold_effect,
            "scope": "items",
            "currency_id": self.currency_id.id,
            "date_start": self.date_start,
            "date_end": date_end,
            "user_id": self.user_id.id,
            "automatic": True,
            "origin_model": self._name,
            "origin_id": self.id,
            "order_date": order_date,
            "since_partial_id": partial,
            "since_line_id": line,
            "line_ids": [
                Command.create(
                    {
                        "move_line_id": item.id,
                        "amount": amount,
                        "amount_agreed": amount,
                        "amount_base": residual.get(item.id, 0),
                        **invoices[item],
                    }
                )
                for item, amount in items.items()
            ],
        }

    def _get_invoice_figures(self, items, residual):
        """Return what the invoice of each item asks for and what was paid of it, which
        is needed again when it is reset and posted with other items."""
        figures = {}
        # The items beside it are the system's to read.
        holds_sudo = self.env["collections.hold"].sudo()
        for item in items:
            others = holds_sudo._get_move_items(item.sudo().move_id)
            total = sum(others.mapped("amount_currency"))
            still_open = sum(residual.get(other.id, 0) for other in others)
            figures[item] = {
                "item_total": item.amount_currency,
                "invoice_total": total,
                "invoice_paid": max(0, self.currency_id.round(total - still_open)),
            }
        return figures

    def _lock_customer(self):
        """Let nobody else agree something with this customer at the same time.

        :raise UserError: if somebody is doing so
        """
        try:
            # A lock writes nothing; not everybody who agrees may write profiles.
            # Referenced by whoever tries at the same time: they are told at once.
            self.sudo().profile_id.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is just agreeing something with %(customer)s. Try "
                    "again in a moment.",
                    customer=self.profile_id.partner_id.name,
                )
            ) from error
        # Whoever looked before this ended has to look again: PostgreSQL does not let
        # them lock what was written since.
        self.env.cr.execute(
            SQL(
                "UPDATE collections_profile SET id = id WHERE id = %s",
                self.profile_id.id,
            )
        )
        # What was agreed of invoices that were written anew is not free. The system
        # looks: who agrees need not be allowed to write holds.
        holds = self.env["collections.hold"].sudo()
        holds.with_context(collections_judging=True)._take_over_rewritten(
            self.sudo().profile_id.company_id, self.sudo().profile_id
        )

    def _get_free_amounts(self, items=None, gross=False):
        """Return what of each open item no agreement covers, as the ledger has it now.

        :param items: only these receivable journal items
        :param bool gross: what is open in all, covered or not
        :return: dict of journal item id to an amount in its currency, the oldest first;
                 an item that is paid is missing
        """
        self.ensure_one()
        item = self.env["collections.item"]
        for model, fnames in item._depends.items():
            self.env[model].flush_model(fnames)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.id, i.amount_residual - i.amount_pending,
                       COALESCE(a.amount, 0)
                  FROM (%(items)s) AS i
             LEFT JOIN (
                    SELECT l.move_line_id, SUM(l.amount) AS amount
                      FROM collections_hold_line l
                      JOIN collections_hold h ON h.id = l.hold_id
                     WHERE h.state = 'active' AND l.amount_agreed > 0
                       AND h.profile_id = %(profile)s
                  GROUP BY l.move_line_id
                  ) AS a ON a.move_line_id = i.id
                 WHERE i.amount_residual > 0 AND i.currency_id = %(currency)s
              ORDER BY i.date_due, i.id
                """,
                items=item._get_items_sql(
                    fields.Date.context_today(self),
                    SQL("p.id = %s", self.profile_id.id),
                ),
                profile=self.profile_id.id,
                currency=self.currency_id.id,
            )
        )
        return {
            row[0]: self.currency_id.round(
                float(row[1]) - (0 if gross else float(row[2]))
            )
            for row in rows
            if items is None or row[0] in items._ids
        }

    def _check_item(self, line, amount, free):
        """Check that an item can be covered with an amount.

        :raise UserError: in the words of the person who chose it
        """
        self.ensure_one()
        name = line.move_id.name
        currency = line.currency_id
        if line.partner_id.commercial_partner_id != self.profile_id.partner_id:
            raise UserError(
                self.env._("%(invoice)s is of another customer.", invoice=name)
            )
        if line.parent_state != "posted":
            raise UserError(
                self.env._("%(invoice)s is not posted any more.", invoice=name)
            )
        if currency != self.currency_id:
            raise UserError(
                self.env._(
                    "%(invoice)s is in %(theirs)s and this is in %(ours)s; agree on "
                    "each currency apart.",
                    invoice=name,
                    theirs=currency.name,
                    ours=self.currency_id.name,
                )
            )
        if currency.compare_amounts(amount, 0) <= 0:
            raise UserError(
                self.env._("Say how much of %(invoice)s is meant.", invoice=name)
            )
        if line.id not in free:
            raise UserError(self.env._("%(invoice)s is paid already.", invoice=name))
        if currency.compare_amounts(amount, free[line.id]) > 0:
            if currency.compare_amounts(free[line.id], 0) <= 0:
                raise UserError(
                    self.env._(
                        "%(invoice)s is covered by another promise, dispute or plan "
                        "already, or paid and on its way.",
                        invoice=name,
                    )
                )
            raise UserError(
                self.env._(
                    "Only %(free)s of %(invoice)s is open and not agreed upon "
                    "otherwise; %(amount)s is too much.",
                    free=format_amount(self.env, free[line.id], currency),
                    invoice=name,
                    amount=format_amount(self.env, amount, currency),
                )
            )

    def _end_hold(self, note):
        """Give back what is held: the ladder goes on with it.

        :param str note: why, kept with the hold
        """
        # The system's part of it, as in ``_begin``.
        holds = self.sudo().hold_id.with_context(collections_judging=True)
        holds._end(note)
        holds._note_last_money()

    def _get_oldest_items(self, amount=None):
        """Return which items an amount covers, the oldest that are free first.

        :param float amount: in the currency of the agreement; all that is free if None
        :return: dict of journal item to amount, in the form ``_begin`` takes
        """
        self.ensure_one()
        result = {}
        for line_id, free in self._get_free_amounts().items():
            part = free if amount is None else min(free, amount)
            if self.currency_id.compare_amounts(part, 0) <= 0:
                continue
            result[self.env["account.move.line"].browse(line_id)] = part
            if amount is not None:
                amount = self.currency_id.round(amount - part)
        return result
