from random import Random

from odoo.tests import freeze_time, tagged

from .common import NOW
from .plan_common import PlanCommon


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestPlanProperty(PlanCommon):
    """Random histories against a second reckoning, read from the ledger by the ORM."""

    def _reckon(self, plan, agreed, began):
        """Return what is left of each item: what was agreed less what was matched
        with it since, never more than what is open of it."""
        left = {}
        bases = {x.move_line_id: x.amount_base for x in plan.hold_id.line_ids}
        for item, amount in agreed.items():
            if item.parent_state != "posted":
                left[item] = 0
                continue
            since = item.matched_credit_ids.filtered(lambda p: p.id > began)
            paid = sum(since.mapped("debit_amount_currency"))
            still = item.amount_residual_currency
            # Undone payments of before raise the debt again and are paid first
            undone = max(0, still + paid - bases[item])
            left[item] = max(0, min(amount - max(0, paid - undone), still))
        return left

    def _step(self, random, moves):
        """Do something to the ledger that people do."""
        move = random.choice(moves)
        action = random.choice(("pay", "pay", "pay", "credit", "undo", "reset", "post"))
        if action == "pay" and move.state == "posted" and move.amount_residual:
            cents = int(move.amount_residual * 100)
            self._pay(move, random.randint(1, cents) / 100)
        elif action == "credit" and move.state == "posted" and move.amount_residual > 1:
            amount = random.randint(1, int(move.amount_residual))
            note = self._credit_note(amount, partner=move.partner_id)
            self._items(move | note).reconcile()
        elif action == "undo" and move.state == "posted":
            self._items(move).remove_move_reconcile()
        elif action == "reset" and move.state == "posted":
            self._items(move).remove_move_reconcile()
            move.button_draft()
        elif action == "post" and move.state == "draft":
            move.action_post()

    def test_the_plan_is_what_is_covered_after_any_history(self):
        compare = self.company.currency_id.compare_amounts
        for seed in range(4):
            with self.subTest(seed=seed):
                random = Random(seed)
                customer = self._customer(f"Customer{seed}")
                moves = [
                    self._invoice(
                        random.randint(2000, 30000) / 100,
                        days_late=random.randint(1, 40),
                        partner=customer,
                    )
                    for _index in range(3)
                ]
                self._pay(moves[0], 10)
                self._run()
                self.profile = self._profile(customer)
                plan = self._plan(
                    self.env["account.move"].union(*moves[: random.randint(1, 3)]),
                    user=self.manager,
                    profile=self.profile,
                    instalment_count=random.randint(1, 5),
                    deposit_amount=random.choice((0, 5)),
                )
                agreed = {x.move_line_id: x.amount for x in plan.hold_id.line_ids}
                began = plan.hold_id.since_partial_id
                for _index in range(8):
                    self._step(random, moves)
                    self.profile._redecide()
                    if plan.state not in ("agreed", "active"):
                        break
                    expected = self._reckon(plan, agreed, began)
                    for line in plan.hold_id.line_ids:
                        self.assertEqual(
                            compare(line.amount, expected[line.move_line_id]), 0
                        )
                    self.assertPlanAddsUp(plan)
                    self.assertEqual(
                        compare(plan.amount_left, sum(expected.values())), 0
                    )
                held = sum(plan.hold_id.line_ids.mapped("amount"))
                if plan.state in ("agreed", "active"):
                    before = self.profile.amount_held
                    plan._withdraw("Enough")
                    self.assertEqual(
                        compare(before - self.profile.amount_held, held), 0
                    )
                self.assertLedgerAddsUp()
