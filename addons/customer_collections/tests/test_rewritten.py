from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import NOW
from .plan_common import PlanCommon


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestRewritten(PlanCommon):
    """An invoice reset to draft and posted again with other terms has new items; what
    was agreed of it lives on."""

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
        cls.reason = cls.env.ref("customer_collections.dispute_reason_price")

    def _write_anew(self, move, terms=None, price=None):
        """Reset an invoice and post it with other terms or another price."""
        move.button_draft()
        if terms:
            move.invoice_payment_term_id = terms
        if price:
            move.invoice_line_ids.price_unit = price
        move.action_post()
        self.profile._redecide()

    def _promise(self, amount, move, days=7):
        return self.env["collections.promise"]._give(
            self.profile, amount, self._day(days), self._items(move)
        )

    def _dispute(self, amounts):
        return self.env["collections.dispute"]._raise(
            self.profile, amounts, self.reason
        )

    def _held(self, agreement):
        """Return what is held of each item, the oldest first."""
        lines = agreement.hold_id.line_ids.filtered("move_line_id")
        lines = lines.sorted(lambda x: (x.date_maturity, x.id))
        return lines.mapped("amount")

    def test_a_promise_follows_to_the_new_items(self):
        promise = self._promise(200, self.second)
        self._write_anew(self.second, self.thirds)
        self.assertEqual(len(self._items(self.second)), 3)
        self.assertEqual(self._held(promise), [60, 60, 80])
        self.assertEqual(self.profile.amount_held, 200)
        self.assertFalse(promise.activity_ids)
        self._pay(self.second, 200)
        self.profile._redecide()
        self.assertEqual(promise.state, "kept")
        self.assertLedgerAddsUp()

    def test_a_part_is_held_of_the_oldest_items(self):
        promise = self._promise(70, self.second)
        self._write_anew(self.second, self.thirds)
        self.assertEqual(self._held(promise), [60, 10])
        self.assertLedgerAddsUp()

    def test_back_to_one_item_it_is_one_again(self):
        self.second.button_draft()
        self.second.invoice_payment_term_id = self.thirds
        self.second.action_post()
        promise = self._promise(200, self.second)
        self._write_anew(self.second, self.at_once)
        self.assertEqual(self._held(promise), [200])
        self._pay(self.second, 50)
        self.profile._redecide()
        self.assertEqual(promise.amount_received, 50)
        self.assertEqual(self._held(promise), [150])

    def test_in_draft_nothing_is_owed_and_nothing_held(self):
        promise = self._promise(200, self.second)
        plan = self._plan(self.first)
        self.second.button_draft()
        self.second.invoice_payment_term_id = self.thirds
        self._run()
        self.assertEqual(self.profile.amount_held, 100)
        self.assertEqual(promise.state, "open")
        self.assertPlanAddsUp(plan)
        self.assertLedgerAddsUp()
        self.second.action_post()
        self._run()
        self.assertEqual(self._held(promise), [60, 60, 80])

    def test_a_plan_follows_and_is_kept_by_what_is_paid(self):
        plan = self._plan()
        self._write_anew(self.second, self.thirds)
        self.assertEqual(sum(self._held(plan)), 300)
        self.assertEqual(plan.amount_left, 300)
        self.assertPlanAddsUp(plan)
        self._pay(self.first)
        self._pay(self.second, 200)
        self.profile._redecide()
        self.assertEqual(plan.state, "kept")

    def test_a_dispute_follows_and_may_be_opened_again(self):
        dispute = self._dispute({self._items(self.second): 90})
        self._write_anew(self.second, self.thirds)
        self.assertEqual(self._held(dispute), [60, 30])
        dispute._solve("explained", "It was right")
        self.assertEqual(self.profile.amount_held, 0)
        dispute.action_reopen()
        self.assertEqual(self._held(dispute), [60, 30])

    def test_two_agreements_on_it_never_share_an_amount(self):
        dispute = self._dispute({self._items(self.second): 90})
        promise = self._promise(110, self.second)
        self._write_anew(self.second, self.thirds)
        self.assertEqual(self._held(promise), [60, 50])
        self.assertEqual(self._held(dispute), [10, 80])
        self.assertEqual(self.profile.amount_held, 200)
        self.assertLedgerAddsUp()

    def test_a_smaller_invoice_holds_no_more_than_it_asks_for(self):
        promise = self._promise(200, self.second)
        self._write_anew(self.second, self.thirds, price=150)
        self.assertEqual(self._held(promise), [45, 45, 60])
        told = promise.activity_ids
        self.assertEqual(told.user_id, promise.user_id)
        self.assertIn("was changed from", str(told.note))
        self._pay(self.second, 150)
        self.profile._redecide()
        # They paid all there was: nobody says that they broke their word.
        self.assertEqual(promise.state, "kept")

    def test_a_plan_of_a_smaller_invoice_ends_kept(self):
        plan = self._plan(self.second)
        self._write_anew(self.second, price=150)
        self.assertEqual(plan.amount_left, 150)
        self.assertPlanAddsUp(plan)
        self.assertNotIn("another account", plan.fallen_away or "")
        self._pay(self.second)
        self.profile._redecide()
        self.assertEqual(plan.state, "kept")

    def test_a_larger_invoice_is_asked_for_beyond_what_was_agreed(self):
        promise = self._promise(200, self.second)
        self._write_anew(self.second, self.thirds, price=260)
        self.assertEqual(sum(self._held(promise)), 200)
        self.assertEqual(self.profile.amount_collectible, 160)
        self.assertIn("200.00", str(promise.activity_ids.note))

    def test_what_had_been_paid_before_is_not_paid_for_the_promise(self):
        self._pay(self.second, 50)
        promise = self._promise(150, self.second)
        self._write_anew(self.second, self.thirds)
        self.assertEqual(sum(self._held(promise)), 150)
        credit = self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("account_type", "=", "asset_receivable"),
                ("amount_residual", "<", 0),
            ]
        )
        (credit | self._items(self.second)).reconcile()
        self.profile._redecide()
        self.assertEqual(promise.amount_received, 0)
        self.assertEqual(sum(self._held(promise)), 150)
        self.assertLedgerAddsUp()

    def test_posted_for_another_customer_it_is_held_no_more(self):
        promise = self._promise(200, self.second)
        other = self._customer("Bruno Butcher")
        self.second.button_draft()
        self.second.partner_id = other
        self.second.action_post()
        self._run()
        self.assertEqual(self.profile.amount_held, 0)
        self.assertIn("held any more", str(promise.activity_ids.note))
        self._run()
        self.assertEqual(len(promise.activity_ids), 1)
        self.assertEqual(self._profile(other).amount_collectible, 200)

    def test_nobody_else_agrees_on_it_before_it_was_looked_at_again(self):
        promise = self._promise(200, self.second)
        self.second.button_draft()
        self.second.invoice_payment_term_id = self.thirds
        self.second.action_post()
        self._plan(self.first)
        with self.assertRaisesRegex(Exception, "covered by another"):
            self._dispute({self._items(self.second)[:1]: 10})
        self.assertEqual(self._held(promise), [60, 60, 80])

    def test_an_invoice_never_sent_is_held_with_all_its_new_items(self):
        self.company.collections_hold_unsent = True
        (self.first | self.second).is_move_sent = True
        self.second.is_move_sent = False
        self._run()
        self.assertEqual(self.profile.amount_held, 200)
        self._write_anew(self.second, self.thirds)
        self.assertEqual(len(self._items(self.second)), 3)
        self.assertEqual(self.profile.amount_held, 200)

    def test_a_hold_by_hand_follows_as_well(self):
        self.second.button_draft()
        self.second.invoice_payment_term_id = self.thirds
        self.second.action_post()
        hold = self.env["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "effect": "exclude",
                "scope": "items",
                "date_end": self._day(9),
                "line_ids": [
                    Command.create({"move_line_id": item.id})
                    for item in self._items(self.second)
                ],
            }
        )
        self._write_anew(self.second, self.at_once)
        self.assertEqual(len(hold.line_ids), 1)
        self.assertEqual(self.profile.amount_held, 200)
