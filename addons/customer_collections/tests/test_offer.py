from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10 09:00:00")
class TestOffer(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.offer_approval_amount = 30
        cls.invoice = cls._invoice(100, days_late=-30)
        cls._run()
        cls.profile = cls._profile()

    def _day(self, days):
        return fields.Date.add(self.today, days=days)

    def _make(self, amount=98.0, days=10, kind="early", user=None, **values):
        user = user or self.collector
        return (
            self.env["collections.offer"]
            .with_user(user)
            ._make(
                self.profile.with_user(user), kind, amount, self._day(days), **values
            )
        )

    def _accepted(self, *args, **kwargs):
        offer = self._make(*args, **kwargs)
        offer._accept()
        return offer

    # === WHAT IT COSTS === #

    def test_the_cost_is_shown_as_a_yearly_rate(self):
        offer = self._make()
        self.assertEqual(offer.days_gained, 20)
        # 2/10 net 30 of the textbooks
        self.assertAlmostEqual(offer.annual_rate, 37.2, places=1)

    def test_the_wizard_says_the_cost_beside_the_companys(self):
        self.company.collections_money_cost = 6
        form = Form(
            self.env["collections.offer.wizard"]
            .with_user(self.collector)
            .with_context(default_profile_id=self.profile.id)
        )
        self.assertEqual(form.amount, 98)
        self.assertIn("37.2% a year; your money costs 6.0%", form.cost)

    def test_what_is_late_already_has_no_yearly_rate(self):
        self.invoice.line_ids.filtered("date_maturity").date_maturity = self._day(-5)
        offer = self._make()
        self.assertEqual((offer.days_gained, offer.annual_rate), (0, 0))

    # === ITS LIFE === #

    def test_an_open_offer_holds_nothing(self):
        self._make()
        self.assertEqual(self.profile.amount_collectible, 100)

    def test_an_accepted_offer_holds_its_items(self):
        self._accepted()
        self.assertEqual(self.profile.amount_collectible, 0)
        self.assertEqual(self.profile.amount_held, 100)
        self.assertLedgerAddsUp()

    def test_an_offer_about_a_cancelled_invoice_ends_and_says_so(self):
        offer = self._accepted()
        self.invoice.button_draft()
        self._run()
        self.assertEqual(offer.state, "accepted")
        self.assertIn(self.invoice.name, offer.activity_ids.summary)
        self.invoice.button_cancel()
        self._run()
        self.assertEqual(offer.state, "withdrawn")
        self.assertIn("cancelled", offer.end_note)

    # === CONFIRMED === #

    def _confirmation(self, offer):
        return self.env["collections.touchpoint"].search([("offer_id", "=", offer.id)])

    def test_an_accepted_offer_is_confirmed_once_through_the_one_door(self):
        offer = self._accepted()
        message = self._confirmation(offer)
        self.assertEqual((message.state, message.channel), ("scheduled", "email"))
        self.assertEqual(message.why, offer.display_name)
        words = message._render_message()
        for word in ("98.00", "100.00", "03/20/2026", self.invoice.name):
            self.assertIn(word, words["subject"] + words["body"])
        message._dispatch()
        self.assertEqual(message.state, "sent")
        self._run()
        self.assertEqual(self._confirmation(offer), message)

    def test_a_settlement_says_that_the_rest_is_forgiven(self):
        offer = self._accepted(80, kind="settlement")
        body = self._confirmation(offer)._render_message()["body"]
        self.assertIn("forgiven", body)

    def test_an_offer_that_is_over_is_not_confirmed(self):
        offer = self._accepted()
        offer._withdraw("A mistake")
        message = self._confirmation(offer)
        message._dispatch()
        self.assertEqual(message.state, "cancelled")
        self.assertFalse(message.sent_at)

    def test_a_confirmation_goes_by_letter_if_need_be(self):
        self.customer.email = False
        message = self._confirmation(self._accepted())
        self.assertEqual(message.channel, "letter")

    def test_under_silence_nothing_is_confirmed(self):
        self.env["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "effect": "silence",
                "date_end": self._day(20),
            }
        )
        message = self._confirmation(self._accepted())
        message._dispatch()
        self.assertFalse(message.sent_at)

    # === ENDED === #

    def test_an_offer_that_nobody_took_ends_on_its_day(self):
        offer = self._make()
        self._run(self._day(10))
        self.assertEqual(offer.state, "open")
        self._run(self._day(11))
        self.assertEqual(offer.state, "expired")

    def test_an_accepted_offer_that_is_not_paid_gives_back_what_it_held(self):
        offer = self._accepted()
        self._run(self._day(11))
        self.assertEqual(offer.state, "expired")
        self.assertEqual(self.profile.amount_collectible, 100)

    def test_paid_in_time_the_rest_is_credited_and_never_chased(self):
        offer = self._accepted(60, kind="settlement", user=self.manager)
        self._pay(self.invoice, 60)
        self.profile.sudo()._redecide()
        self.assertEqual(offer.state, "kept")
        self.assertEqual(self.profile.amount_collectible, 0)
        self.assertTrue(offer.activity_ids)
        credit = self._credit(offer)
        self.assertEqual(credit.amount_total, 40)
        self.assertEqual(credit.state, "draft")
        credit.action_post()
        self.profile.sudo()._redecide()
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertEqual(offer.hold_id.state, "ended")
        self.assertLedgerAddsUp()

    def test_a_withdrawn_offer_gives_back_what_it_held(self):
        offer = self._accepted()
        offer._withdraw("They changed their mind")
        self.assertEqual(offer.state, "withdrawn")
        self.assertEqual(self.profile.amount_collectible, 100)

    # === THE REST IS CREDITED === #

    def _credit(self, offer):
        """Press the button, and confirm Odoo's wizard."""
        action = offer.with_user(self.manager).action_credit()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({})
        )
        wizard.refund_moves()
        return wizard.new_move_ids

    def _pay_unmatched(self, amount):
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "amount": amount,
                "payment_type": "inbound",
                "partner_type": "customer",
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment

    def test_paid_on_its_way_no_more_is_credited_than_is_given_up(self):
        offer = self._accepted()
        self._transaction(self.invoice, 98)
        self.profile.sudo()._redecide()
        self.assertEqual(offer.state, "kept")
        credit = self._credit(offer)
        self.assertEqual(credit.amount_total, 2)
        self.assertEqual(offer.credit_ids, credit)
        # A draft is taken for credited: there is no second one.
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            self._credit(offer)

    def test_the_rest_waits_until_the_payment_is_matched(self):
        offer = self._accepted()
        payment = self._pay_unmatched(98)
        self.profile.sudo()._redecide()
        self.assertEqual(offer.state, "kept")
        with self.assertRaisesRegex(UserError, "100.00 of it is still open.*2.00"):
            offer.with_user(self.manager).action_credit()
        items = (payment.move_id | self.invoice).line_ids
        items.filtered(lambda x: x.account_type == "asset_receivable").reconcile()
        self.assertEqual(self._credit(offer).amount_total, 2)

    def test_a_payment_that_fails_takes_a_kept_offer_back(self):
        offer = self._accepted()
        transaction = self._transaction(self.invoice, 98)
        self.profile.sudo()._redecide()
        credit = self._credit(offer)
        transaction._set_canceled()
        self.profile.sudo()._redecide()
        self.assertEqual((offer.state, offer.ended_on), ("accepted", False))
        self.assertIn("do not post", offer.activity_ids.summary)
        with self.assertRaisesRegex(UserError, "once they have paid"):
            offer.with_user(self.manager).action_credit()
        self._pay(self.invoice, 98)
        self.profile.sudo()._redecide()
        self.assertEqual(offer.state, "kept")
        self.assertNotIn("do not post", offer.activity_ids.summary)
        credit.action_post()
        self.profile.sudo()._redecide()
        self.assertEqual(offer.hold_id.state, "ended")
        self.assertLedgerAddsUp()

    def test_a_payment_that_fails_after_the_day_ends_a_kept_offer(self):
        offer = self._accepted()
        transaction = self._transaction(self.invoice, 98)
        self._run(self._day(5))
        self._run(self._day(11))
        self.assertEqual(offer.state, "kept")
        transaction._set_canceled()
        self._run(self._day(12))
        self.assertEqual(offer.state, "expired")
        self.assertEqual(self.profile.amount_collectible, 100)
        self.assertLedgerAddsUp()

    def test_a_payment_that_fails_after_the_credit_changes_no_history(self):
        offer = self._accepted()
        transaction = self._transaction(self.invoice, 98)
        self.profile.sudo()._redecide()
        self._credit(offer).action_post()
        transaction._set_canceled()
        self.profile.sudo()._redecide()
        self.assertEqual(offer.state, "kept")

    def test_an_offer_for_a_part_of_an_invoice_credits_of_that_part_alone(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Half now, half later",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (60, 90)
                ],
            }
        )
        move = self._invoice(
            1000, invoice_date=self.today, invoice_payment_term_id=terms.id
        )
        first, second = move.line_ids.filtered("date_maturity").sorted("date_maturity")
        offer = self._accepted(450, user=self.manager, items=first)
        self.assertEqual(offer.amount_covered, 500)
        self._pay(move, 450)
        self.profile.sudo()._redecide()
        self.assertEqual(offer.state, "kept")
        credit = self._credit(offer)
        self.assertEqual(credit.amount_total, 50)
        credit.action_post()
        self.profile.sudo()._redecide()
        self.assertEqual((first | second).mapped("amount_residual"), [0, 500])
        self.assertEqual(offer.hold_id.state, "ended")

    def test_the_rest_is_credited_of_what_is_still_open_of_each_invoice(self):
        other = self._invoice(50, days_late=-40)
        offer = self._accepted(140, user=self.manager)
        self._transaction(self.invoice | other, 140)
        self.profile.sudo()._redecide()
        self.assertEqual(offer.state, "kept")
        credit = self._credit(offer)
        self.assertEqual((credit.reversed_entry_id, credit.amount_total), (other, 10))

    def test_the_rest_is_credited_to_the_cent_with_its_taxes(self):
        tax = self.env["account.tax"].create({"name": "21%", "amount": 21})
        self._pay(self.invoice)
        move = self._invoice(
            days_late=-30,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Cake",
                        "quantity": 2,
                        "price_unit": 5,
                        "tax_ids": [Command.set(tax.ids)],
                        "account_id": self.company_data["default_account_revenue"].id,
                    }
                )
                for _line in range(3)
            ],
        )
        offer = self._accepted(36.2)
        self._pay(move, 36.2)
        self.profile.sudo()._redecide()
        credit = self._credit(offer)
        self.assertEqual(credit.amount_total, 0.1)
        self.assertEqual(credit.invoice_line_ids.tax_ids, tax)

    # === WHO MAY === #

    def test_a_manager_approves_what_is_above_the_limit(self):
        offer = self._make(60, kind="settlement")
        self.assertEqual(offer.state, "to_approve")
        with self.assertRaisesRegex(UserError, "open offer"):
            offer._accept()
        with self.assertRaisesRegex(UserError, "manager approves"):
            offer.action_approve()
        offer.with_user(self.manager).action_approve()
        offer._accept()
        self.assertEqual(offer.state, "accepted")

    def test_history_is_not_erased(self):
        with self.assertRaises(AccessError):
            self._make().unlink()

    # === BAD INPUT === #

    def test_a_past_day_is_refused(self):
        with self.assertRaisesRegex(UserError, "is past"):
            self._make(days=-1)

    def test_no_less_than_what_is_owed_is_no_offer(self):
        with self.assertRaisesRegex(UserError, "no offer"):
            self._make(100)

    def test_a_paid_invoice_has_nothing_to_offer(self):
        self._pay(self.invoice)
        with self.assertRaisesRegex(UserError, "nothing to offer"):
            self._make()

    def test_what_was_promised_meanwhile_is_not_offered_twice(self):
        offer = self._make()
        self.env["collections.promise"].with_user(self.collector)._give(
            self.profile.with_user(self.collector), 50, self._day(5)
        )
        with self.assertRaisesRegex(UserError, "changed"):
            offer._accept()
