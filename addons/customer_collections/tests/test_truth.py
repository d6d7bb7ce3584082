from datetime import timedelta

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestTruth(CollectionsCommon):
    """What is really owed, and what of it may be asked for."""

    def tearDown(self):
        self._run()
        for company in self._profile().company_id | self.company:
            self.assertLedgerAddsUp(company)
        super().tearDown()

    def _balance(self, currency=None, partner=None):
        profile = self._profile(partner)
        return profile.balance_ids.filtered(
            lambda b: b.currency_id == (currency or self.company.currency_id)
        )

    def _figures(self, **search):
        """Return (collectible, held, credit, ledger) of the customer."""
        self._run()
        balance = self._balance(**search)
        return (
            balance.amount_collectible,
            balance.amount_held,
            balance.amount_credit,
            balance.amount_ledger,
        )

    def _item(self, line):
        return self.env["collections.item"].browse(line.id)

    def _receivable(self, move):
        return move.line_ids.filtered(lambda li: li.display_type == "payment_term")

    # === ITEMS === #

    def test_an_instalment_is_late_by_its_own_date(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "30% now, the rest in 60 days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 30, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 70, "nb_days": 60}
                    ),
                ],
            }
        )
        self._invoice(
            100,
            invoice_payment_term_id=term.id,
            invoice_date=self.today - timedelta(days=10),
            invoice_date_due=False,
        )
        self._run()
        profile = self._profile()
        self.assertEqual(profile.amount_collectible, 100)
        self.assertEqual(profile.amount_overdue, 30)
        self.assertEqual(profile.item_count, 2)
        self.assertEqual(profile.oldest_due_date, self.today - timedelta(days=10))

    def test_a_part_payment_leaves_the_rest(self):
        self._pay(self._invoice(100, days_late=5), 30)
        self.assertEqual(self._figures(), (70, 0, 0, 70))

    def test_what_is_due_today_is_not_overdue(self):
        self._invoice(100, days_late=0)
        self._run()
        self.assertEqual(self._profile().amount_overdue, 0)
        self.assertEqual(self._profile().amount_aging_0, 100)

    def test_each_age_has_its_bucket(self):
        for days in (1, 30, 31, 60, 61, 90, 91, 120, 121, 400):
            self._invoice(10, days_late=days)
        self._run()
        profile = self._profile()
        self.assertEqual(
            [profile[f"amount_aging_{n}"] for n in range(6)], [0, 20, 20, 20, 20, 20]
        )

    def test_a_credit_note_covers_the_oldest_item_first(self):
        old = self._invoice(100, days_late=40)
        new = self._invoice(100, days_late=5)
        self._credit_note(120)
        self.assertEqual(self._figures(), (80, 0, 0, 80))
        self.assertEqual(self._item(self._receivable(old)).amount_covered, 100)
        self.assertEqual(self._item(self._receivable(new)).amount_covered, 20)
        self.assertEqual(self._profile().oldest_due_date, new.invoice_date_due)

    def test_a_credit_above_the_debt_stays_a_credit(self):
        self._invoice(100, days_late=5)
        self._credit_note(150)
        self.assertEqual(self._figures(), (0, 0, -50, -50))

    def test_an_unapplied_payment_is_a_credit(self):
        self._invoice(100, days_late=5)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 60,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.assertTrue(payment.move_id)
        self.assertEqual(self._figures(), (40, 0, 0, 40))

    def test_a_covered_customer_hears_nothing(self):
        self._invoice(100, days_late=5)
        self._credit_note(100)
        self._run()
        self.assertFalse(self._touchpoints())

    def test_a_credit_in_another_currency_covers_nothing(self):
        currency = self.setup_other_currency("CHF")
        self._invoice(100, days_late=5)
        self._credit_note(100, currency_id=currency.id)
        self.assertEqual(self._figures()[0], 100)

    def test_what_is_excluded_from_follow_up_is_held(self):
        move = self._invoice(100, days_late=5)
        self._receivable(move).no_followup = True
        self.assertEqual(self._figures(), (0, 100, 0, 100))
        self.assertTrue(self._item(self._receivable(move)).no_followup)
        self.assertFalse(self._open_touchpoints())

    def test_a_non_trade_receivable_is_no_business_of_ours(self):
        account = self.env["account.account"].create(
            {
                "name": "Loans to staff",
                "code": "LOANS",
                "account_type": "asset_receivable",
                "reconcile": True,
                "non_trade": True,
            }
        )
        self.customer.property_account_receivable_id = account
        self._invoice(100, days_late=5)
        self._run()
        self.assertFalse(self._profile())

    # === WHO === #

    def test_contacts_of_one_customer_are_one_customer(self):
        contacts = self.env["res.partner"].create(
            [
                {"name": "Ann", "parent_id": self.customer.id},
                {"name": "Ben", "parent_id": self.customer.id},
            ]
        )
        for contact in contacts:
            self._invoice(100, days_late=5, partner=contact)
        self.assertEqual(self._figures()[0], 200)
        self.assertFalse(self._profile(contacts[0]))

    def test_two_companies_do_not_see_each_other(self):
        data = self.setup_other_company()
        other = data["company"]
        other.collections_mode = "live"
        self._invoice(100, days_late=5)
        self._invoice_in(other, data, 40)
        self.env["collections.run"]._run_company(other)
        self.assertEqual(self._figures()[0], 100)
        profile = self._profile(company=other)
        self.assertEqual(profile.amount_collectible, 40)
        self.assertLedgerAddsUp(other)

    def _invoice_in(self, company, data, amount):
        move = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "journal_id": data["default_journal_sale"].id,
                    "invoice_date": self.today - timedelta(days=35),
                    "invoice_date_due": self.today - timedelta(days=5),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Flour",
                                "price_unit": amount,
                                "tax_ids": [],
                                "account_id": data["default_account_revenue"].id,
                            }
                        )
                    ],
                }
            )
        )
        move.action_post()
        return move

    def test_a_branch_belongs_to_its_company(self):
        self.company.write({"child_ids": [Command.create({"name": "Branch"})]})
        self.cr.precommit.run()
        branch = self.company.child_ids
        self.env.user.company_ids += branch
        move = self._invoice_in(branch, self.company_data, 70)
        self.assertEqual(move.company_id, branch)
        self._invoice(100, days_late=5)
        self.assertEqual(self._figures()[0], 170)
        self.assertFalse(self._profile(company=branch))
        self.assertEqual(self._open_touchpoints().company_id, self.company)

    def test_items_without_a_customer_are_told(self):
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_receivable"
                            ].id,
                            "debit": 100,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_revenue"
                            ].id,
                            "credit": 100,
                        }
                    ),
                ],
            }
        )
        move.action_post()
        self._invoice(50, days_late=5)
        run = self._run()
        self.assertIn("1 open receivable items name no customer", run.warnings)
        self.assertEqual(run.planned_count, 1)

    # === CURRENCIES === #

    def test_totals_are_kept_per_currency(self):
        currency = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        self._invoice(100, days_late=5)
        self._invoice(100, days_late=5, currency_id=currency.id)
        self.assertEqual(self._figures(), (100, 0, 0, 100))
        self.assertEqual(self._balance(currency).amount_collectible, 100)
        self.assertEqual(self._profile().amount_collectible, 150)

    def test_the_rate_of_the_day_counts(self):
        currency = self.setup_other_currency(
            "CHF",
            rates=[
                ("2020-01-01", 2.0),
                (self.today - timedelta(days=1), 4.0),
                (self.today + timedelta(days=1), 8.0),
            ],
        )
        self._invoice(100, days_late=5, currency_id=currency.id)
        self._run()
        self.assertEqual(self._profile().amount_overdue, 25)

    def test_a_currency_without_rate_waits_and_the_others_go_on(self):
        currency = self.setup_other_currency("CHF")
        unlucky = self._customer("Bert Butcher")
        self._invoice(100, days_late=5)
        self._invoice(100, days_late=5, partner=unlucky, currency_id=currency.id)
        currency.rate_ids.unlink()
        run = self._run()
        self.assertIn("CHF has no exchange rate", run.warnings)
        self.assertEqual(len(self._open_touchpoints()), 1)
        self.assertFalse(self._open_touchpoints(unlucky))
        self.assertEqual(self._profile(unlucky).next_code, "no_rate")
        self.assertEqual(self._balance(currency, unlucky).amount_collectible, 100)

    # === ON ITS WAY === #

    def test_a_payment_without_entry_is_on_its_way(self):
        move = self._invoice(100, days_late=5)
        self._pay_without_entry(move, 40)
        self.assertEqual(move.amount_residual, 100)
        self.assertEqual(self._figures(), (60, 40, 0, 100))
        self.assertEqual(self._item(self._receivable(move)).amount_pending, 40)

    def test_a_rejected_payment_is_on_its_way_no_more(self):
        payment = self._pay_without_entry(self._invoice(100, days_late=5))
        self.assertEqual(self._figures(), (0, 100, 0, 100))
        payment.action_reject()
        self.assertEqual(self._figures(), (100, 0, 0, 100))

    def test_one_payment_of_many_invoices_pays_the_oldest_first(self):
        old = self._invoice(100, days_late=40)
        new = self._invoice(100, days_late=5)
        self._pay_without_entry(old | new, 130)
        self.assertEqual(self._figures(), (70, 130, 0, 200))
        self.assertEqual(self._item(self._receivable(old)).amount_pending, 100)
        self.assertEqual(self._item(self._receivable(new)).amount_pending, 30)

    def test_two_payments_of_one_invoice_count_both(self):
        move = self._invoice(100, days_late=5)
        self._pay_without_entry(move, 30)
        self._pay_without_entry(move, 30)
        self.assertEqual(self._figures(), (40, 60, 0, 100))

    def test_a_payment_that_names_no_invoice_counts_for_the_oldest(self):
        old = self._invoice(100, days_late=40)
        self._invoice(100, days_late=5)
        payment = self._pay_without_entry(old, 130, payment_difference_handling="open")
        payment.invoice_ids = False
        self.assertEqual(self._figures(), (70, 130, 0, 200))
        self.assertEqual(self._item(self._receivable(old)).amount_pending, 100)

    def test_what_a_payment_brings_beyond_its_invoice_is_the_customers(self):
        named = self._invoice(100, days_late=5)
        other = self._invoice(100, days_late=40)
        self._pay_without_entry(named, 130, payment_difference_handling="open")
        self.assertEqual(self._figures(), (70, 130, 0, 200))
        self.assertEqual(self._item(self._receivable(named)).amount_pending, 100)
        self.assertEqual(self._item(self._receivable(other)).amount_pending, 30)

    def test_what_a_payment_brings_beyond_is_not_counted_with_its_bank_line(self):
        named = self._invoice(100, days_late=5)
        self._invoice(100, days_late=40)
        self._pay_without_entry(named, 130, payment_difference_handling="open")
        self._book_bank_line(named, 60)
        self.assertEqual(self._figures(), (100, 40, 0, 140))

    def test_what_is_on_its_way_to_an_invoice_of_another_is_not_the_payers(self):
        self._invoice(100, days_late=40)
        payer = self._customer("Bert Butcher")
        paid = self._invoice(100, days_late=5, partner=payer)
        payment = self._pay_without_entry(paid)
        payment.partner_id = self.customer
        self._run()
        for narrow in (None, self._profile().ids):
            items = self.env["collections.item"].with_context(
                collections_items_of=narrow
            )
            own = items.search([("partner_id", "=", self.customer.id)])
            self.assertEqual(own.mapped("amount_pending"), [0], narrow)
            items.invalidate_model()

    def test_what_a_pending_online_payment_brings_beyond_is_nobodys(self):
        self._invoice(100, days_late=40)
        self._transaction(self._invoice(100, days_late=5), 130)
        self.assertEqual(self._figures(), (100, 100, 0, 200))

    def test_a_payment_is_not_counted_again_with_its_bank_line(self):
        move = self._invoice(100, days_late=5)
        payment = self._pay_without_entry(move, 40)
        payment.action_validate()
        self.assertEqual(self._figures(), (60, 40, 0, 100))
        self._book_bank_line(move, 40)
        self.assertEqual(move.amount_residual, 60)
        self.assertEqual(self._figures(), (60, 0, 0, 60))

    def test_a_payment_goes_on_counting_where_a_bank_line_came_before_it(self):
        move = self._invoice(100, days_late=5)
        self._book_bank_line(move, 30)
        self.env.cr.execute(
            "UPDATE account_partial_reconcile SET create_date = %s WHERE id IN %s",
            [self.today - timedelta(days=9), move.line_ids.matched_credit_ids._ids],
        )
        payment = self._pay_without_entry(move, 70)
        self.assertEqual(self._figures(), (0, 70, 0, 70))
        payment.action_validate()
        self.assertEqual(self._figures(), (0, 70, 0, 70))

    def test_what_is_owed_in_an_archived_currency_keeps_its_rate(self):
        yen = self.setup_other_currency(
            "JPY", rounding=1, rates=[("2020-01-01", 100.0)]
        )
        self._invoice(1000, days_late=5, currency_id=yen.id)
        self._invoice(50, days_late=5)
        yen.active = False
        self._run()
        profile = self._profile()
        self.assertEqual(profile.amount_overdue, 60)
        self.assertNotEqual(profile.next_code, "no_rate")

    def _book_bank_line(self, move, amount):
        """Match a new bank line with an invoice, as a bookkeeper does."""
        line = self._bank_line(amount)
        receivable = self._receivable(move)
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.with_context(check_move_validity=False).write(
            {"account_id": receivable.account_id.id}
        )
        (suspense | receivable).reconcile()
        return line

    def test_half_a_unit_of_another_currency_is_rounded_up_as_odoo_does(self):
        yen = self.setup_other_currency(
            "JPY", rounding=1, rates=[("2020-01-01", 130.0)]
        )
        move = self._invoice(1000, days_late=5, currency_id=yen.id)
        # 6.5 yen
        self._pay_without_entry(move, 0.05, currency_id=self.company.currency_id.id)
        self._run()
        self.assertEqual(self._balance(yen).amount_held, 7)

    def test_a_payment_in_another_currency_is_rounded_as_the_item_is(self):
        currency = self.setup_other_currency(
            "JPY", rates=[("2020-01-01", 3.0)], rounding=1
        )
        move = self._invoice(1000, days_late=5, currency_id=currency.id)
        self._pay_without_entry(move, 100.11, currency_id=self.company.currency_id.id)
        self._run()
        balance = self._balance(currency)
        self.assertEqual(balance.amount_held, 300)
        self.assertEqual(balance.amount_collectible, 700)

    def test_a_pending_online_payment_is_on_its_way(self):
        move = self._invoice(100, days_late=5)
        self._transaction(move, 40)
        self.assertEqual(self._figures(), (60, 40, 0, 100))

    def test_an_authorised_online_payment_is_on_its_way(self):
        self._transaction(self._invoice(100, days_late=5), 40, "authorized")
        self.assertEqual(self._figures(), (60, 40, 0, 100))

    def test_an_online_payment_that_is_done_is_on_its_way_until_booked(self):
        move = self._invoice(100, days_late=5)
        transaction = self._transaction(move, 40, "done")
        self.assertEqual(self._figures(), (60, 40, 0, 100))
        transaction.payment_id = self._pay(move, 40)
        transaction.is_post_processed = True
        self.assertEqual(self._figures(), (60, 0, 0, 60))

    def test_a_failed_or_unfinished_online_payment_is_nothing(self):
        move = self._invoice(100, days_late=5)
        self._transaction(move, 40, "canceled")
        self._transaction(move, 40, "draft")
        self.assertEqual(self._figures(), (100, 0, 0, 100))

    def test_an_online_payment_that_stays_pending_counts_no_more(self):
        self.company.collections_pending_days = 3
        self._transaction(self._invoice(100, days_late=5), 40)
        self.env.flush_all()
        with freeze_time(self.today + timedelta(days=2)):
            self.assertEqual(self._figures(), (60, 40, 0, 100))
        with freeze_time(self.today + timedelta(days=4)):
            self.assertEqual(self._figures(), (100, 0, 0, 100))

    def test_a_pending_payment_whose_booking_was_cancelled_is_on_its_way(self):
        move = self._invoice(100, days_late=5)
        transaction = self._transaction(move, 40)
        payment = self._pay(move, 40)
        transaction.payment_id = payment
        payment.action_cancel()
        self.assertEqual(move.amount_residual, 100)
        self.assertEqual(self._figures(), (60, 40, 0, 100))

    def test_a_refund_is_not_on_its_way_to_us(self):
        move = self._invoice(100, days_late=5)
        self._transaction(move, -40, operation="refund")
        self.assertEqual(self._figures(), (100, 0, 0, 100))
