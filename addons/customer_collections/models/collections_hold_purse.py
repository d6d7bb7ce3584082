from odoo import api, models
from odoo.tools import SQL

from ..tools.receipts import is_in_time


class CollectionsHold(models.Model):
    """What customers paid beside the items of an agreement, handed out once: money
    that nobody has matched yet, and what was paid on other items."""

    _inherit = "collections.hold"

    @api.model
    def _take_from_purses(self, hold, loose, elsewhere):
        """Take for one agreement what was received for it beside its items.

        :return: what it takes of money nobody has matched, and of what was paid on
                 other items; both together no more than it lacks
        :rtype: tuple[list, list]
        """
        purse = hold["profile_id"], hold["currency_id"]
        wanted, until = hold["left"], hold["until"]
        unmatched = self._take_coins(
            loose.get(purse), hold["since_line_id"], wanted, until
        )
        if not hold["any_item"]:
            return unmatched, []
        wanted -= sum(amount for _day, amount in unmatched)
        return unmatched, self._take_coins(
            elsewhere.get(purse), hold["since"], wanted, until
        )

    @api.model
    def _take_coins(self, purse, since, wanted, until=0):
        """Take as much as is wanted of what came later than ``since``, and not after
        ``until``; what one agreement has taken is not there for the next.

        :return: list of (day, amount)
        """
        taken = []
        for coin in purse or []:
            fits = coin["id"] > (since or 0) and is_in_time(coin["money"], until)
            amount = min(coin["amount"], wanted) if fits else 0
            if amount > 0:
                coin["amount"] -= amount
                wanted -= amount
                taken.append((coin["date"], amount))
        return taken

    @api.model
    def _load_elsewhere(self, holds, covered):
        """Return what was paid on items that no agreement covers, for the customers
        whose promise names no invoice."""
        profiles = tuple({h["profile_id"] for h in holds if h["any_item"]})
        if not profiles:
            return {}
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT p.id AS profile_id, d.currency_id, r.id, cl.date,
                       r.debit_amount_currency AS amount,
                       (SELECT MIN(m.id) FROM account_move_line m
                         WHERE m.move_id = cl.move_id) AS money
                  FROM collections_profile p
                  JOIN res_partner rp ON rp.commercial_partner_id = p.partner_id
                  JOIN account_move_line d ON d.partner_id = rp.id
                  JOIN account_partial_reconcile r ON r.debit_move_id = d.id
                  JOIN account_move_line cl ON cl.id = r.credit_move_id
                  JOIN account_move cm ON cm.id = cl.move_id
                  JOIN res_company c ON c.id = d.company_id
                 WHERE p.id IN %s
                   AND split_part(c.parent_path, '/', 1)::int = p.company_id
                   AND d.account_id IN %s
                   AND d.id NOT IN %s
                   AND r.id > %s
                   -- Paid, not forgiven and not carried elsewhere
                   AND cm.move_type <> 'out_refund'
                   AND NOT (%s)
              ORDER BY cl.date, r.id
                """,
                profiles,
                self.env["collections.item"]._get_receivable_ids(),
                tuple(covered),
                min(h["since"] or 0 for h in holds if h["any_item"]),
                self._get_moved_sql(),
            )
        )
        return self._to_purses(rows)

    @api.model
    def _to_purses(self, rows):
        purses = {}
        for row in rows:
            row["amount"] = float(row["amount"])
            purses.setdefault((row["profile_id"], row["currency_id"]), []).append(row)
        return purses

    @api.model
    def _load_loose(self, holds, company):
        """Return the unmatched money and credit notes of these customers, and the bank
        lines that wait to be matched, but for what payments have brought already.

        ``money`` is the first item of the entry: a bank line gets others when it is
        matched.
        """
        profiles = tuple({hold["profile_id"] for hold in holds})
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT p.id AS profile_id, l.currency_id, l.id, l.date,
                       -l.amount_residual_currency AS amount,
                       (SELECT MIN(m.id) FROM account_move_line m
                         WHERE m.move_id = l.move_id) AS money, FALSE AS bank
                  FROM collections_profile p
                  JOIN res_partner r ON r.commercial_partner_id = p.partner_id
                  JOIN account_move_line l ON l.partner_id = r.id
                  JOIN res_company c ON c.id = l.company_id
                 WHERE p.id IN %s
                   AND split_part(c.parent_path, '/', 1)::int = p.company_id
                   AND l.account_id IN %s
                   AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                   AND l.amount_residual_currency < 0
             UNION ALL
                SELECT w.profile_id, w.currency_id, i.id, i.date, w.amount, i.id, TRUE
                  FROM (%s) AS w
                  JOIN account_bank_statement_line b ON b.id = w.origin_id
            CROSS JOIN LATERAL (
                    SELECT m.id, m.date FROM account_move_line m
                     WHERE m.move_id = b.move_id
                  ORDER BY m.id LIMIT 1
                  ) AS i
              ORDER BY date, id
                """,
                profiles,
                self.env["collections.item"]._get_receivable_ids(),
                self._get_unmatched_sql(company, SQL("p.id IN %s", profiles)),
            )
        )
        purses = self._to_purses(rows)
        self._leave_out_payments(purses, min(hold["date_start"] for hold in holds))
        return purses

    @api.model
    def _leave_out_payments(self, purses, since):
        """Take from the bank lines what payments brought that wait for theirs: it is
        the same money, and counts already.

        :param dict purses: of ``_load_loose``, changed
        :param date since: the day of the earliest payment that can count
        """
        profiles = {
            profile
            for (profile, _currency), coins in purses.items()
            if any(coin["bank"] for coin in coins)
        }
        if not profiles:
            return
        self.env["account.payment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id, ap.currency_id, SUM(ap.amount)
                  FROM account_payment ap
                  JOIN res_company c ON c.id = ap.company_id
                  JOIN res_partner r ON r.id = ap.partner_id
                  JOIN collections_profile p
                    ON p.partner_id = r.commercial_partner_id
                   AND p.company_id = split_part(c.parent_path, '/', 1)::int
                 WHERE p.id IN %s
                   AND ap.payment_type = 'inbound' AND ap.partner_type = 'customer'
                   AND ap.state = 'in_process' AND ap.is_matched IS NOT TRUE
                   AND ap.date >= %s
              GROUP BY p.id, ap.currency_id
                """,
                tuple(profiles),
                since,
            )
        )
        for profile, currency, amount in rows:
            rest = float(amount)
            for coin in purses.get((profile, currency), []):
                if coin["bank"]:
                    same = min(coin["amount"], rest)
                    coin["amount"] -= same
                    rest -= same
