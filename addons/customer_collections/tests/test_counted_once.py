from odoo.tests import freeze_time, tagged

from .plan_common import PlanCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10 09:00:00")
class TestCountedOnce(PlanCommon):
    """The same money keeps one agreement, however often it is judged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.promise_grace_days = 3

    def _promise(self, amount, days, moves=None):
        return (
            self.env["collections.promise"]
            .with_user(self.collector)
            ._give(
                self.profile.with_user(self.collector),
                amount,
                self._day(days),
                moves and self._items(moves),
            )
            .with_env(self.env)
        )

    def _pay_on_account(self, amount):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.customer.id,
                "amount": amount,
                "date": self.today,
            }
        )
        payment.action_post()
        if not payment.move_id:
            payment._generate_journal_entry()
            payment.move_id.action_post()
        return payment

    def _judge_twice(self):
        for _turn in range(2):
            self.profile._redecide()

    def test_one_payment_keeps_one_of_two_promises_on_an_invoice(self):
        soon = self._promise(100, 5, self.second)
        late = self._promise(100, 20, self.second)
        self._pay(self.second, 100)
        self._judge_twice()
        self.assertEqual((soon.state, late.state), ("kept", "open"))
        self.assertEqual(self.profile.amount_held, 100)
        self._pay(self.second, 100)
        self._judge_twice()
        self.assertEqual(late.state, "kept")

    def test_one_payment_keeps_one_of_two_promises_that_name_no_invoice(self):
        soon = self._promise(100, 5)
        late = self._promise(100, 20)
        self._pay(self.first)
        self._judge_twice()
        self.assertEqual((soon.state, late.state), ("kept", "open"))

    def test_money_nobody_has_matched_keeps_one_promise(self):
        soon = self._promise(100, 5)
        late = self._promise(100, 20)
        payment = self._pay_on_account(100)
        self._judge_twice()
        self.assertEqual((soon.state, late.state), ("kept", "open"))
        credit = payment.move_id.line_ids.filtered(
            lambda x: x.account_type == "asset_receivable"
        )
        (credit | self._items(self.first)).reconcile()
        self._judge_twice()
        self.assertEqual(late.state, "open")

    def test_a_bank_line_that_waits_to_be_matched_keeps_one_promise(self):
        soon = self._promise(100, 5, self.first)
        late = self._promise(100, 20, self.second)
        line = self._bank_line(100, date=self._day(4))
        self._run_at(9)
        self.assertEqual((soon.state, late.state), ("kept", "open"))
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = self._items(self.first).account_id
        (suspense | self._items(self.first)).reconcile()
        self._run_at(25)
        self.assertEqual((soon.state, late.state), ("kept", "broken"))

    def test_a_payment_and_its_bank_line_are_the_same_money(self):
        for register in (self._pay, self._pay_without_entry):
            promise = self._promise(50, 5)
            register(self.second, 25)
            self._bank_line(25)
            self._judge_twice()
            self.assertEqual(promise.state, "open", register.__name__)
            self._bank_line(25)
            self._judge_twice()
            self.assertEqual(promise.state, "kept", register.__name__)

    def test_what_kept_one_promise_is_counted_once_for_it(self):
        elsewhere = self._invoice(100, days_late=1)
        soon = self._promise(100, 5)
        late = self._promise(100, 20)
        self._pay(elsewhere)
        self._pay_on_account(100)
        self._judge_twice()
        self.assertEqual((soon.state, late.state), ("kept", "kept"))

    def test_what_kept_a_promise_late_keeps_no_later_one(self):
        broken = self._promise(100, 2, self.second)
        self._run_at(9)
        self.assertEqual(broken.state, "broken")
        with self._at(12):
            later = self._promise(100, 20)
            self._pay(self.second, 100)
            self._judge_twice()
        self.assertEqual((broken.state, later.state), ("kept_late", "open"))

    def test_a_promise_given_afterwards_is_kept_by_its_own_money(self):
        self._promise(100, 5)
        self._pay(self.second, 100)
        self._judge_twice()
        again = self._promise(100, 9, self.first)
        self._judge_twice()
        self.assertEqual((again.state, self.profile.amount_held), ("open", 100))
        self._pay(self.first)
        self._judge_twice()
        self.assertEqual(again.state, "kept")

    def test_an_invoice_that_is_forgiven_keeps_no_promise(self):
        promise = self._promise(100, 5, self.first)
        promise.any_item = True
        refund = self.second._reverse_moves(cancel=True)
        self.assertEqual(self.second.amount_residual, 0, refund)
        self._judge_twice()
        self.assertEqual(promise.state, "open")

    def test_a_plan_whose_last_payment_comes_to_nothing_goes_on(self):
        plan = self._plan(self.first, instalment_count=1, date_first=self._day(3))
        transaction = self._transaction(self.first, 100, "pending")
        self._judge_twice()
        self.assertEqual(plan.amount_left, 0)
        self.assertEqual(plan.state, "active")
        self.assertEqual(self.profile.amount_collectible, 200)
        transaction._set_error("The account is closed")
        self._judge_twice()
        self.assertEqual((plan.amount_left, plan.instalment_ids.state), (100, "coming"))
        self.assertEqual(self.profile.amount_collectible, 200)
        self._pay(self.first)
        self._judge_twice()
        self.assertEqual(plan.state, "kept")
