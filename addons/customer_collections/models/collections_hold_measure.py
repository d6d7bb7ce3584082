from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import AGREEMENT_REASONS
from ..tools.receipts import Part, Receipt, share_out


class Measure(NamedTuple):
    """How far an agreement has been met. Amounts in its currency.

    ``agreed``: what was agreed and is still asked for, whether paid or not;
    ``received``: what was received for it, a list of (day, amount); ``loose``: money
    of the customer that came since and is matched with nothing yet, the same way;
    ``elsewhere``: what was paid since on items that no agreement covers; ``left``:
    what it still holds; ``on_its_way``: what is on its way to its items and counts as
    received; ``credited``: what credit notes on its invoices brought of ``received``,
    ``reset``: what those did that were reset to draft. What counts for one agreement
    never counts for another.
    """

    left: float
    received: list
    loose: list
    elsewhere: list
    agreed: float = 0.0
    on_its_way: float = 0.0
    credited: float = 0.0
    reset: float = 0.0

    def received_by(self, day):
        """Return what had been received by the end of a day, not more."""
        return sum(amount for at, amount in self.received if at <= day)

    def counting(self, *names):
        """Return the same with ``loose`` or ``elsewhere`` counted as received."""
        more = [pair for name in names for pair in getattr(self, name)]
        return self._replace(received=sorted(self.received + more))


class CollectionsHold(models.Model):
    """What is held by agreements, measured against what was paid since."""

    _inherit = "collections.hold"

    # The last matching and the last journal item there were when it began: exact where
    # clocks are not.
    since_partial_id = fields.Integer(readonly=True, copy=False)
    since_line_id = fields.Integer(readonly=True, copy=False)
    until_line_id = fields.Integer(
        readonly=True,
        copy=False,
        help="The last journal item there was when its agreement was kept; 0 where "
        "what kept it was still on its way.",
    )
    order_date = fields.Date(
        readonly=True,
        copy=False,
        help="Which of several agreements on one item is paid first: the one that "
        "falls due first.",
    )

    @api.model
    def _measure(self, company, as_of, profiles=None):
        """Measure all agreements that live, and let their holds shrink or grow.

        Recomputed from the ledger as it is, so that an undone payment counts no more.
        Set-based: a handful of statements whatever the number of customers.

        :param company: a root company
        :param date as_of: the day it is looked from; a payment on its way counts with
                           this date
        :param profiles: only those of these customers
        :return: dict of hold id to :class:`Measure`
        """
        self._take_over_rewritten(company, profiles)
        rows = self._load_parts(company, profiles)
        if not rows:
            return {}
        parts = [
            Part(
                key=row["line_id"],
                item=row["move_line_id"],
                since=row["since"] or 0,
                order=(
                    # What the ledger closed keeps its place: what closed it would
                    # count for the next one else.
                    not (row["live"] or row["over"] or row["reason"] == "dispute"),
                    row["order_date"] or as_of,
                    row["hold_id"],
                ),
                agreed=float(row["amount_agreed"]),
                base=float(row["amount_base"]),
                disputed=row["reason"] == "dispute",
                agreement=row["hold_id"],
                over=row["over"],
                until=row["until"],
            )
            for row in rows
        ]
        items = tuple({part.item for part in parts})
        still_open, pending = self._load_open(items, as_of)
        receipts = self._load_receipts(items, as_of, pending)
        tiny = min(row["rounding"] for row in rows) / 2
        shares = {
            part.key: share
            for part, share in share_out(parts, receipts, still_open, tiny).items()
        }
        live = {row["line_id"] for row in rows if row["live"]}
        self._write_left({key: shares[key].left for key in live})
        return self._gather(rows, shares, pending, company)

    def _note_last_money(self):
        """Note which money was there when these ended: what comes later is for other
        agreements. Not where some is still on its way, which comes in its place."""
        if not self:
            return
        [(last,)] = self.env.execute_query(
            SQL("SELECT COALESCE(MAX(id), 0) FROM account_move_line")
        )
        items = self.env["collections.item"].with_context(
            collections_items_of=self.profile_id.ids
        )
        found = items.search([("id", "in", self.line_ids.move_line_id.ids)])
        coming = found.filtered("amount_pending").move_line_id
        for hold in self:
            hold.until_line_id = 0 if hold.line_ids.move_line_id & coming else last

    @api.model
    def _load_parts(self, company, profiles):
        """Return the items of the agreements that live, of promises that were not kept
        and may be kept late, and of disputes that the ledger closed and that open again
        when it is undone, or whose credit note would count for another that lives; and
        of what was kept while one of these lived (``over``),
        lest the same money keep both."""
        self.flush_model()
        for name in ("promise", "plan", "offer", "dispute", "hold.line"):
            self.env[f"collections.{name}"].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT h.id AS hold_id, h.state = 'active' AS live, h.profile_id,
                       h.reason, h.order_date, h.date_start,
                       h.since_partial_id AS since, h.since_line_id, h.currency_id,
                       l.id AS line_id, l.amount_agreed, l.amount_base,
                       -- No item while its invoice is written anew
                       COALESCE(l.move_line_id, -l.id) AS move_line_id,
                       c.rounding, COALESCE(p.any_item, FALSE) AS any_item,
                       kept.over, CASE WHEN kept.over THEN COALESCE(h.until_line_id, 0)
                                       ELSE 0 END AS until
                  FROM collections_hold h
                  JOIN collections_hold_line l ON l.hold_id = h.id
                  JOIN res_currency c ON c.id = h.currency_id
             LEFT JOIN account_move_line i ON i.id = l.move_line_id
             LEFT JOIN collections_promise p ON p.hold_id = h.id
             LEFT JOIN collections_dispute d ON d.hold_id = h.id
             LEFT JOIN collections_plan n ON n.hold_id = h.id
             LEFT JOIN collections_offer f ON f.hold_id = h.id
            CROSS JOIN LATERAL (
                    SELECT h.state <> 'active'
                           AND (COALESCE(p.state IN ('kept', 'kept_late'), FALSE)
                                OR 'kept' IN (n.state, f.state)) IS TRUE AS over
                  ) AS kept
                 WHERE h.company_id = %s
                   AND h.reason IN %s AND l.amount_agreed > 0
                   AND (h.state = 'active'
                        OR (p.state IN ('broken', 'partly_kept')
                            AND p.replaced_by_id IS NULL)
                        OR (d.closed_in_full
                            AND (i.reconciled IS NOT TRUE
                                 -- Odoo leaves a credit note matched that is reset
                                 OR EXISTS (
                                    SELECT FROM account_partial_reconcile r
                                      JOIN account_move_line n
                                        ON n.id = r.credit_move_id
                                     WHERE r.debit_move_id = i.id
                                       AND n.parent_state <> 'posted')
                                 OR EXISTS (
                                    SELECT FROM collections_hold_line ol
                                      JOIN collections_hold o ON o.id = ol.hold_id
                                     WHERE ol.move_line_id = i.id
                                       AND o.state = 'active' AND o.id <> h.id
                                       AND o.reason IN %s)))
                        OR (kept.over AND EXISTS (
                                SELECT FROM collections_hold o
                                 WHERE o.profile_id = h.profile_id
                                   AND o.state = 'active' AND o.id <> h.id
                                   AND o.reason IN %s
                                   -- Begun before what kept this one was there
                                   AND CASE WHEN h.until_line_id > 0
                                            THEN COALESCE(o.since_line_id, 0)
                                                 < h.until_line_id
                                            ELSE o.date_start
                                                 <= GREATEST(h.ended_on, p.kept_on)
                                       END)))
                   AND %s
              ORDER BY h.id, l.id
                """,
                company.id,
                AGREEMENT_REASONS,
                AGREEMENT_REASONS,
                AGREEMENT_REASONS,
                SQL("h.profile_id IN %s", profiles._ids) if profiles else SQL("TRUE"),
            )
        )

    @api.model
    def _load_open(self, items, as_of):
        """Return what is open of each item without what is on its way, and the latter.

        An item whose entry is not posted any more is open for ``None``.

        :rtype: tuple[dict, dict]
        """
        item = self.env["collections.item"]
        for model, fnames in item._depends.items():
            self.env[model].flush_model(fnames)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.id,
                       CASE WHEN l.parent_state = 'posted'
                            THEN l.amount_residual_currency END,
                       COALESCE(i.amount_pending, 0)
                  FROM account_move_line l
             LEFT JOIN (%s) AS i ON i.id = l.id
                 WHERE l.id IN %s
                """,
                item._get_items_sql(
                    as_of,
                    SQL(
                        """p.partner_id IN (SELECT r.commercial_partner_id
                              FROM account_move_line x
                              JOIN res_partner r ON r.id = x.partner_id
                             WHERE x.id IN %s)""",
                        items,
                    ),
                ),
                items,
            )
        )
        pending = {row[0]: float(row[2]) for row in rows if row[2]}
        still_open = {
            row[0]: None if row[1] is None else float(row[1]) - pending.get(row[0], 0)
            for row in rows
        }
        return still_open, pending

    @api.model
    def _load_receipts(self, items, as_of, pending):
        """Return every matching of these items, and what is on its way.

        Matched with an entry that carries the debt to another account of the same
        customer, nothing was received: ``moved``.
        """
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.move"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT r.debit_move_id, r.id, cl.date, r.debit_amount_currency,
                       CASE WHEN cm.move_type = 'out_refund'
                                 AND cm.reversed_entry_id = d.move_id THEN 'credit'
                            WHEN %s THEN 'moved'
                            ELSE 'money' END,
                       (SELECT MAX(p.hold_id)
                          FROM collections_dispute_refund_rel f
                          JOIN collections_dispute p ON p.id = f.dispute_id
                         WHERE f.move_id = cm.id),
                       (SELECT MIN(m.id) FROM account_move_line m
                         WHERE m.move_id = cl.move_id),
                       cm.state <> 'posted'
                  FROM account_partial_reconcile r
                  JOIN account_move_line d ON d.id = r.debit_move_id
                  JOIN account_move_line cl ON cl.id = r.credit_move_id
                  JOIN account_move cm ON cm.id = cl.move_id
                 WHERE r.debit_move_id IN %s
                """,
                self._get_moved_sql(),
                items,
            )
        )
        receipts = [
            Receipt(item, seq, day, float(amount), *rest)
            for item, seq, day, amount, *rest in rows
        ]
        last = max((receipt.seq for receipt in receipts), default=0)
        [(newest,)] = self.env.execute_query(
            SQL("SELECT COALESCE(MAX(id), 0) FROM account_partial_reconcile")
        )
        return receipts + [
            Receipt(item, max(last, newest) + 1, as_of, amount)
            for item, amount in pending.items()
        ]

    @api.model
    def _get_moved_sql(self):
        """Return the condition on ``cl`` (account_move_line, the credit of a matching)
        and ``cm`` (its entry): the debt was carried to another account of the same
        customer, nobody paid."""
        return SQL(
            """
            cm.move_type = 'entry'
            AND cl.statement_line_id IS NULL
            AND cl.payment_id IS NULL
            AND EXISTS (
                SELECT FROM account_move_line o
                  JOIN account_account a ON a.id = o.account_id
                 WHERE o.move_id = cl.move_id
                   AND o.balance > 0
                   AND o.partner_id = cl.partner_id
                   AND o.account_id <> cl.account_id
                   AND a.account_type IN (
                        'asset_receivable', 'asset_current', 'asset_non_current'))
            """
        )

    @api.model
    def _write_left(self, left):
        """Write what is still held of each line, where it differs."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_hold_line l
                   SET amount = n.amount
                  FROM unnest(%s::int[], %s::numeric[]) AS n(id, amount)
                 WHERE n.id = l.id AND l.amount IS DISTINCT FROM n.amount
                """,
                list(left),
                list(left.values()),
            )
        )
        self.env["collections.hold.line"].invalidate_model(["amount"])

    @api.model
    def _gather(self, rows, shares, pending, company):
        """Add up the shares of each hold, and hand out the money that nobody has
        matched yet: to the agreement that falls due first."""
        holds = {}
        for row in rows:
            hold = holds.setdefault(
                row["hold_id"],
                {
                    **row,
                    "left": 0,
                    "agreed": 0,
                    "received": [],
                    "on_its_way": 0,
                    "credited": 0,
                    "reset": 0,
                },
            )
            share = shares[row["line_id"]]
            hold["left"] += share.left
            hold["agreed"] += float(row["amount_agreed"])
            hold["received"] += share.received
            hold["credited"] += share.credited
            hold["reset"] += share.reset
            hold["on_its_way"] += pending.get(row["move_line_id"], 0)
        covered = {row["move_line_id"] for row in rows}
        loose = self._load_loose(holds.values(), company)
        elsewhere = self._load_elsewhere(holds.values(), covered)
        result = {}
        for key, hold in sorted(
            holds.items(), key=lambda pair: (str(pair[1]["order_date"]), pair[0])
        ):
            taken = [], []
            if hold["reason"] != "dispute":
                taken = self._take_from_purses(hold, loose, elsewhere)
            if hold["over"]:
                # It has had its own; that is all there is to know of it.
                continue
            result[key] = Measure(
                hold["left"],
                sorted(hold["received"]),
                *taken,
                agreed=hold["agreed"],
                on_its_way=hold["on_its_way"],
                credited=hold["credited"],
                reset=hold["reset"],
            )
        return result
