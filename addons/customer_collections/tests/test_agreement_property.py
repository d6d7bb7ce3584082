from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .ledger_history import LedgerHistory


@tagged("post_install", "-at_install")
class TestAgreementProperty(LedgerHistory):
    """Whatever happens to the ledger, an agreement holds what is agreed and not paid,
    never more than is open, and gives back exactly that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.promise_max_open = 0
        cls.promises = cls.env["collections.promise"]
        # What was changed on an invoice since it was promised is no payment of it.
        cls.rewritten = cls.env["account.move"]

    def test_a_first_history_of_promises(self):
        self._live_through(7)

    def test_a_second_history_of_promises(self):
        self._live_through(11)

    def _get_events(self):
        return [
            *super()._get_events(),
            (self._promise_some, 6),
            (self._promise_a_sum, 2),
            (self._withdraw_some, 2),
        ]

    def _look(self, when):
        result = super()._look(when)
        self._assert_holds_follow_the_ledger(when)
        return result

    def _assert_holds_follow_the_ledger(self, when):
        lines = self.env["collections.hold.line"].search(
            [("hold_id.state", "=", "active"), ("amount_agreed", ">", 0)]
        )
        for item, of_item in lines.grouped("move_line_id").items():
            pending = (
                self.env["collections.item"].search([("id", "=", item.id)])
            ).amount_pending
            still_open = item.amount_residual_currency - pending
            if item.parent_state != "posted":
                still_open = 0
            held = sum(of_item.mapped("amount"))
            self.assertLessEqual(held, max(0, still_open) + 0.005, when)
            if len(of_item) == 1 and item.move_id not in self.rewritten:
                # Worked out apart: what the item came down by since it was agreed
                paid = max(of_item.amount_base - still_open, 0)
                expected = max(0, of_item.amount_agreed - paid)
                if self._alone_since(of_item):
                    self.assertAlmostEqual(
                        of_item.amount, expected, 2, f"{when}: {item.move_id.name}"
                    )

    def _alone_since(self, line):
        """Tell whether no other agreement ever shared the item."""
        return (
            self.env["collections.hold.line"].search_count(
                [
                    ("move_line_id", "=", line.move_line_id.id),
                    ("amount_agreed", ">", 0),
                ]
            )
            == 1
        )

    # === WHAT MAY HAPPEN BESIDES === #

    def _give(self, profile, amount, items=None, **values):
        """Promise, and see what is refused: nothing is left behind of it."""
        before = self.promises.search_count([])
        day = self.today + timedelta(days=self.random.randrange(0, 20))
        try:
            with self.env.cr.savepoint():
                self.promises._give(profile, amount, day, items, **values)
        except UserError:
            self.assertEqual(self.promises.search_count([]), before)

    def _promise_some(self):
        move = self._some_move()
        if move:
            share = self.random.choice([0.3, 0.5, 1, 1, 1.5])
            self._give(
                self._profile(move.partner_id),
                move.currency_id.round(move.amount_residual * share),
                move.line_ids.filtered(
                    lambda li: li.account_type == "asset_receivable"
                ),
                currency_id=move.currency_id.id,
            )

    def _promise_a_sum(self):
        self._give(
            self._profile(self.random.choice(self.customers)),
            self._amount(),
            currency_id=self.random.choice(self.currencies).id,
        )

    def _withdraw_some(self):
        live = self.promises.search([("state", "=", "open")])
        if not live:
            return
        promise = self.random.choice(live)
        profile = promise.profile_id
        profile._redecide()
        if promise.state != "open":
            return
        held_before = self._held(profile, promise.currency_id)
        own = sum(promise.line_ids.mapped("amount"))
        alone = self._is_alone(promise)
        promise._withdraw("They cannot")
        if alone:
            self.assertAlmostEqual(
                self._held(profile, promise.currency_id), held_before - own, 2
            )

    def _held(self, profile, currency):
        self.env["collections.item"].invalidate_model()
        return sum(
            self.env["collections.item"]
            .search(
                [("profile_id", "=", profile.id), ("currency_id", "=", currency.id)]
            )
            .mapped("amount_held")
        )

    def _is_alone(self, promise):
        """Tell whether no other hold or credit can take the place of this one."""
        return not (
            promise.profile_id.hold_ids.filtered(
                lambda h: h.state == "active" and h.reason != "promise"
            )
            or self.env["collections.item"].search_count(
                [
                    ("profile_id", "=", promise.profile_id.id),
                    ("amount_residual", "<", 0),
                ]
            )
        )

    def _reset(self):
        move = super()._reset()
        self.rewritten |= move or self.env["account.move"]
        return move
