from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from ..tools.receipts import spread


class CollectionsHold(models.Model):
    """Invoices that were reset and posted again with other amounts or due dates: what
    was agreed of them goes over to the journal items they have now."""

    _inherit = "collections.hold"

    @api.model
    def _take_over_rewritten(self, company, profiles=None):
        """Let agreements follow invoices that were written anew.

        Nothing of ours runs inside a posting: this is done before agreements are
        measured, so in every refresh, in the gate and before a new agreement.

        :param company: a root company
        :param profiles: only those of these customers
        """
        rows = self._load_rewritten(company, profiles)
        if not rows:
            return
        room = {}
        news = {}
        # Promises and plans before disputes, the one that falls due first before the
        # next: as money is shared out.
        for hold_id, move_id in rows:
            hold = self.browse(hold_id)
            move = self.env["account.move"].browse(move_id)
            note = hold._take_over(move, room)
            if note and hold.origin_model:
                news.setdefault(hold, []).append(note)
        for hold, notes in news.items():
            agreement = self.env[hold.origin_model].browse(hold.origin_id)
            agreement._tell_rewritten(" ".join(notes))

    @api.model
    def _load_rewritten(self, company, profiles):
        """Return which holds are about invoices whose receivable items are not those
        that were held: all holds of such an invoice, for they share it.

        :return: list of (hold id, invoice id)
        """
        self.flush_model()
        self.env["collections.hold.line"].flush_model()
        self.env["collections.promise"].flush_model()
        self.env["collections.dispute"].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                WITH part AS (
                    SELECT h.id, h.reason, h.order_date, h.state, l.move_id,
                           (l.move_line_id IS NULL
                            OR (l.amount_agreed > 0
                                AND (i.amount_currency <> l.item_total
                                     -- A contact that moves takes its debt along
                                     OR (mp.commercial_partner_id <> p.partner_id
                                         AND m.commercial_partner_id NOT IN (
                                            p.partner_id, pp.commercial_partner_id))
                                     OR i.currency_id <> h.currency_id))
                            -- One of the whole invoice, which has more items now
                            OR (h.automatic AND h.origin_model = 'account.move'
                                AND EXISTS (
                                    SELECT FROM account_move_line n
                                     WHERE n.move_id = l.move_id
                                       AND n.account_id IN %(accounts)s
                                       AND n.amount_currency > 0
                                       AND n.reconciled IS NOT TRUE
                                       AND NOT EXISTS (
                                            SELECT FROM collections_hold_line o
                                             WHERE o.hold_id = h.id
                                               AND o.move_line_id = n.id)))
                           ) AS changed
                      FROM collections_hold_line l
                      JOIN collections_hold h ON h.id = l.hold_id
                      JOIN collections_profile p ON p.id = h.profile_id
                      JOIN res_partner pp ON pp.id = p.partner_id
                      JOIN account_move m ON m.id = l.move_id
                 LEFT JOIN res_partner mp ON mp.id = m.commercial_partner_id
                 LEFT JOIN account_move_line i ON i.id = l.move_line_id
                 LEFT JOIN collections_promise cp ON cp.hold_id = h.id
                 LEFT JOIN collections_dispute cd ON cd.hold_id = h.id
                     WHERE h.company_id = %(company)s AND %(where)s
                       AND m.state = 'posted'
                       AND (h.state = 'active'
                            OR (cp.state IN ('broken', 'partly_kept')
                                AND cp.replaced_by_id IS NULL)
                            OR cd.closed_in_full)
                )
                SELECT id, move_id
                  FROM part
                 WHERE move_id IN (SELECT move_id FROM part WHERE changed)
              GROUP BY id, move_id, state, reason, order_date
              ORDER BY state, reason = 'dispute', order_date, id, move_id
                """,
                company=company.id,
                accounts=self.env["collections.item"]._get_receivable_ids(),
                where=SQL("h.profile_id IN %s", profiles._ids)
                if profiles
                else SQL("TRUE"),
            )
        )

    def _take_over(self, move, room):
        """Hold of an invoice as much as was agreed, on the items that it has now: the
        oldest first, never more than there is.

        :param move: the invoice, posted
        :param dict room: journal item to what agreements that go first leave of it;
                          what this hold takes is taken off
        :return: what the owner is to know in a sentence, None if nothing changed in
                 amount
        :rtype: str or None
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda x: x.move_id == move)
        if not any(lines.mapped("amount_agreed")):
            return self._take_over_plain(lines, move)
        currency = self.currency_id
        agreed = currency.round(sum(lines.mapped("amount_agreed")))
        before = lines[0].invoice_total
        items = self._get_move_items(move)
        debtor = self.profile_id.partner_id
        debtor |= debtor.commercial_partner_id
        billed = move.commercial_partner_id
        billed |= billed.commercial_partner_id
        if not billed & debtor or move.currency_id != currency:
            items = items.browse()
        total = currency.round(sum(items.mapped("amount_currency")))
        # What was matched before it began and still is: Odoo unmatches an item only
        # when its amount changes.
        standing = {
            item: sum(
                item.matched_credit_ids.filtered(
                    lambda x: x.id <= self.since_partial_id
                ).mapped("debit_amount_currency")
            )
            for item in items
        }
        rows = spread(
            [(x, x.amount_currency - standing[x], room.get(x)) for x in items],
            max(0, lines[0].invoice_paid - sum(standing.values())),
            agreed,
            currency.rounding / 2,
        )
        if not rows:
            # What it was about is kept, for the record; nothing is held of it.
            lines.write({"move_id": False, "move_line_id": False, "amount": 0})
            return self.env._(
                "%(invoice)s was changed so that nothing of it can be held any more; "
                "%(amount)s was. Agree anew if need be.",
                invoice=move.name,
                amount=format_amount(self.env, agreed, currency),
            )
        self._write_taken_over(lines, move, rows, total)
        taken = currency.round(sum(amount for _item, amount, _base in rows))
        for item, amount, _base in rows:
            left = room.get(item)
            if self.state == "active":
                left = item.amount_currency if left is None else left
                room[item] = currency.round(left - amount)
        if not currency.compare_amounts(total, before) and not (
            currency.compare_amounts(taken, agreed)
        ):
            return None
        return self.env._(
            "%(invoice)s was changed from %(before)s to %(now)s: %(taken)s of it is "
            "agreed upon, %(agreed)s was.",
            invoice=move.name,
            before=format_amount(self.env, before, currency),
            now=format_amount(self.env, total, currency),
            taken=format_amount(self.env, taken, currency),
            agreed=format_amount(self.env, agreed, currency),
        )

    @api.model
    def _get_move_items(self, move):
        """Return what an invoice asks for, the oldest first."""
        accounts = self.env["collections.item"]._get_receivable_ids()
        return move.line_ids.filtered(
            lambda x: x.account_id.id in accounts and x.amount_currency > 0
        ).sorted(lambda x: (x.date_maturity or x.date, x.id))

    def _write_taken_over(self, lines, move, rows, total):
        """Replace the lines of an invoice by those of its new items."""
        paid = lines[0].invoice_paid
        lines.unlink()
        self.env["collections.hold.line"].create(
            [
                {
                    "hold_id": self.id,
                    "move_id": move.id,
                    "move_line_id": item.id,
                    "amount": amount,
                    "amount_agreed": amount,
                    "amount_base": base,
                    "item_total": item.amount_currency,
                    "invoice_total": total,
                    "invoice_paid": paid,
                }
                for item, amount, base in rows
            ]
        )

    def _take_over_plain(self, lines, move):
        """The same for a hold that a person or the run wrote on items: what is held
        of an invoice in whole stays so."""
        gone = lines.filtered(lambda x: not x.move_line_id)
        items = self._get_move_items(move) - lines.move_line_id
        amount = sum(gone.mapped("amount"))
        rows = [(item, 0) for item in items]
        whole = self.automatic and self.origin_model == move._name
        if not whole and all(gone.mapped("amount")):
            spreadable = [(item, item.amount_currency, None) for item in items]
            rows = [(item, part) for item, part, _b in spread(spreadable, 0, amount)]
        gone.unlink()
        self.env["collections.hold.line"].create(
            [
                {"hold_id": self.id, "move_line_id": item.id, "amount": part}
                for item, part in rows
            ]
        )


class CollectionsHoldLine(models.Model):
    _inherit = "collections.hold.line"

    # As they were when it began, or when the invoice was last written anew
    item_total = fields.Monetary(readonly=True)
    invoice_total = fields.Monetary(readonly=True)
    invoice_paid = fields.Monetary(
        readonly=True, help="What was paid of the invoice when the agreement began."
    )
