import os

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import NOW
from .plan_common import PlanCommon

STEPS_A_HISTORY = 15
# Thousands are lived through with COLLECTIONS_HISTORY_STEPS=5000 in the environment.
STEPS = int(os.environ.get("COLLECTIONS_HISTORY_STEPS", 90))

MOVES = 3
ACTIONS = (
    *("pay", "pay", "pay", "credit", "match", "unmatch", "unpay", "undo"),
    *("reset", "post", "post", "reword", "reprice", "promise", "withdraw"),
)
steps = st.tuples(
    st.sampled_from(ACTIONS),
    st.integers(0, MOVES - 1),
    # How much of it, or which of several
    st.integers(1, 100),
)
histories = st.fixed_dictionaries(
    {
        "amounts": st.lists(st.integers(2000, 30000), min_size=MOVES, max_size=MOVES),
        "covered": st.integers(1, MOVES),
        "count": st.integers(1, 5),
        "deposit": st.sampled_from((0, 5)),
        "steps": st.lists(steps, min_size=4, max_size=STEPS_A_HISTORY),
    }
)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestPlanProperty(PlanCommon):
    """Any history of payments, credit notes and resets, in any order, against a second
    reckoning that is read from the ledger by the ORM."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.thirds = cls.env["account.payment.term"].create(
            {
                "name": "Three months",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((30, 0), (30, 30), (40, 60))
                ],
            }
        )
        cls.at_once = cls.env.ref("account.account_payment_term_immediate")
        cls.policy.promise_max_open = 0

    # === THE SECOND RECKONING === #

    def _reckon(self, line, began):
        """Return what is left of an item: what was agreed less what was matched with
        it since, never more than what is open of it."""
        item = line.move_line_id
        if not item or item.parent_state != "posted":
            return 0
        since = item.matched_credit_ids.filtered(lambda p: p.id > began)
        paid = sum(since.mapped("debit_amount_currency"))
        still = max(0, item.amount_residual_currency)
        # Undone payments of before raise the debt again and are paid first
        undone = max(0, still + paid - line.amount_base)
        return max(0, min(line.amount_agreed - max(0, paid - undone), still))

    def _check(self, plan):
        compare = self.company.currency_id.compare_amounts
        lines = plan.hold_id.line_ids
        for move, amount in self.agreed.items():
            if move.state != "posted":
                continue
            # Never more than the invoice asks for beyond what was paid before
            asked = sum(self._items(move).mapped("amount_currency"))
            amount = min(amount, max(0, asked - self.paid_before.get(move, 0)))
            if move not in self.shared:
                of_move = lines.filtered(lambda x, move=move: x.move_id == move)
                self.assertEqual(
                    compare(sum(of_move.mapped("amount_agreed")), amount), 0
                )
            self.agreed[move] = amount
        alone = lines.filtered(lambda x: x.move_id not in self.shared)
        for line in alone:
            expected = self._reckon(line, plan.hold_id.since_partial_id)
            self.assertEqual(compare(line.amount, expected), 0, line.move_id.name)
        # Σ of the plan = what it covers and is not paid
        self.assertPlanAddsUp(plan)
        for item, of_item in self._get_held().grouped("move_line_id").items():
            held = sum(of_item.mapped("amount"))
            still = max(0, item.amount_residual_currency)
            still = still if item.parent_state == "posted" else 0
            self.assertLessEqual(compare(held, still), 0, item.move_id.name)
        self.assertLedgerAddsUp()

    def _get_held(self):
        return self.env["collections.hold.line"].search(
            [
                ("hold_id.profile_id", "=", self.profile.id),
                ("hold_id.state", "=", "active"),
                ("move_line_id", "!=", False),
            ]
        )

    # === WHAT PEOPLE DO === #

    def _pay_some(self, move, share):
        cents = int(move.amount_residual * share)
        if move.state == "posted" and cents:
            self._pay(move, cents / 100)

    def _credit_some(self, move, share):
        amount = int(move.amount_residual * share / 100)
        if move.state == "posted" and amount:
            note = self._credit_note(amount, partner=move.partner_id)
            self._match(note, move)

    def _match(self, credit, move):
        for item in self._items(move).sorted("date_maturity"):
            debt = credit.line_ids.filtered(
                lambda x: x.account_type == "asset_receivable" and not x.reconciled
            )
            if debt and not item.reconciled:
                (debt | item).reconcile()

    def _match_some(self, move, share):
        """Somebody matches what lies about with this invoice."""
        credits = self.env["account.move.line"].search(
            [
                ("partner_id", "=", move.partner_id.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("balance", "<", 0),
            ]
        )
        if credits and move.state == "posted":
            self._match(credits[share % len(credits)].move_id, move)

    def _unmatch_one(self, move, share):
        partials = self._items(move).matched_credit_ids
        if partials:
            partials[share % len(partials)].unlink()

    def _unpay_one(self, move, share):
        payments = move.reconciled_payment_ids
        if payments:
            payment = payments[share % len(payments)]
            payment.action_draft()
            payment.unlink()

    def _undo_all(self, move, share):
        if move.state == "posted":
            self._items(move).remove_move_reconcile()

    def _reset(self, move, share):
        if move.state == "posted":
            move.button_draft()

    def _post(self, move, share):
        if move.state == "draft":
            move.action_post()

    def _reword(self, move, share):
        """Other terms: other journal items."""
        self._reset(move, share)
        move.invoice_payment_term_id = self.thirds if share % 2 else self.at_once
        if share % 3:
            move.action_post()

    def _reprice(self, move, share):
        self._reset(move, share)
        move.invoice_line_ids.price_unit = 20 + 3 * share
        if share % 3:
            move.action_post()

    def _promise_some(self, move, share):
        """Another agreement on what is free of it; from then on they share it."""
        try:
            with self.env.cr.savepoint():
                self.env["collections.promise"]._give(
                    self.profile, share, self._day(5), self._items(move)
                )
            self.shared |= move
        except UserError:
            return

    def _withdraw_promises(self, move, share):
        live = self.profile.promise_ids.filtered(lambda p: p.state == "open")
        if live:
            live._withdraw("They cannot")

    def _step(self, action, move, share):
        {
            "pay": self._pay_some,
            "credit": self._credit_some,
            "match": self._match_some,
            "unmatch": self._unmatch_one,
            "unpay": self._unpay_one,
            "undo": self._undo_all,
            "reset": self._reset,
            "post": self._post,
            "reword": self._reword,
            "reprice": self._reprice,
            "promise": self._promise_some,
            "withdraw": self._withdraw_promises,
        }[action](move, share)

    # === THE TEST === #

    def _live_through(self, history):
        customer = self._customer("Bruno Butcher")
        moves = [
            self._invoice(cents / 100, days_late=10 + cents % 30, partner=customer)
            for cents in history["amounts"]
        ]
        self._pay(moves[0], 10)
        self._run()
        self.profile = self._profile(customer)
        plan = self._plan(
            self.env["account.move"].union(*moves[: history["covered"]]),
            user=self.manager,
            profile=self.profile,
            instalment_count=history["count"],
            deposit_amount=history["deposit"],
        )
        self.shared = self.env["account.move"]
        self.paid_before = {moves[0]: 10}
        self.agreed = {x.move_id: x.amount_agreed for x in plan.hold_id.line_ids}
        self._check(plan)
        for action, which, share in history["steps"]:
            self._step(action, moves[which], share)
            self.profile._redecide()
            if plan.state not in ("agreed", "active"):
                break
            self._check(plan)
        self._end(plan)

    def _end(self, plan):
        """Ended, it gives back exactly what it held."""
        if plan.state not in ("agreed", "active"):
            self.assertFalse(plan.hold_id.state == "active")
            return
        held = sum(plan.hold_id.line_ids.mapped("amount"))
        before = self.profile.amount_held
        plan._withdraw("Enough")
        if not self.shared:
            gone = before - self.profile.amount_held
            self.assertEqual(self.company.currency_id.compare_amounts(gone, held), 0)
        self.assertLedgerAddsUp()

    @given(history=histories)
    @settings(
        max_examples=max(1, STEPS // STEPS_A_HISTORY),
        deadline=None,
        derandomize="COLLECTIONS_HISTORY_STEPS" not in os.environ,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @example(
        history={
            "amounts": [10000, 20000, 5000],
            "covered": 2,
            "count": 3,
            "deposit": 5,
            "steps": [
                ("pay", 1, 40),
                ("reword", 1, 1),
                ("promise", 2, 30),
                ("unmatch", 0, 1),
                ("match", 1, 1),
                ("reprice", 1, 40),
                ("unpay", 1, 1),
                ("reset", 0, 1),
                ("post", 0, 1),
                ("pay", 0, 100),
            ],
        }
    )
    def test_the_plan_is_what_is_covered_after_any_history(self, history):
        savepoint = self.env.cr.savepoint()
        try:
            self._live_through(history)
        finally:
            # Each history begins with the same books.
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            self.env.transaction.clear()
