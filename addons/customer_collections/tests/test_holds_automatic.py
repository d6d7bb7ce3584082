from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..models import collections_hold_automatic
from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestHoldsAutomatic(HoldCommon):
    def test_an_invoice_never_sent_is_held_if_the_company_says_so(self):
        self.company.collections_hold_unsent = True
        self._run()
        hold = self.profile.hold_ids
        self.assertEqual(hold.reason, "invoice_unsent")
        self.assertEqual(hold.line_ids.move_id, self.invoice)
        self.assertEqual(self.profile.amount_held, 100)
        self._run()
        self.assertEqual(len(self.profile.hold_ids), 1)
        self.invoice.is_move_sent = True
        self._run()
        self.assertEqual(hold.state, "ended")
        self.assertTrue(self._open_touchpoints())

    def test_an_invoice_whose_payment_is_blocked_is_not_asked_for(self):
        self.invoice.action_toggle_block_payment()
        self._run()
        hold = self.profile.hold_ids
        self.assertEqual(hold.reason, "payment_blocked")
        self.assertEqual(self.profile.amount_held, 100)
        self.assertFalse(self._open_touchpoints())
        self.invoice.action_toggle_block_payment()
        self._run()
        self.assertEqual(hold.state, "ended")
        self.assertEqual(self.profile.amount_collectible, 100)
        self.assertTrue(self._open_touchpoints())

    def test_a_payment_blocked_after_the_run_stops_what_was_planned(self):
        self.company.collections_mode = "live"
        self._run()
        touchpoint = self._open_touchpoints()
        self.invoice.action_toggle_block_payment()
        self._dispatch()
        self.assertEqual(touchpoint.state, "cancelled")
        self.assertEqual(self.profile.amount_held, 100)

    def test_a_person_who_ended_an_automatic_hold_wins(self):
        self.company.collections_hold_unsent = True
        self._run()
        self.profile.hold_ids.with_user(self.collector).action_end()
        self._run()
        self.assertEqual(self.profile.hold_ids.mapped("state"), ["ended"])

    def test_the_owner_of_money_nobody_matched_is_asked_once(self):
        self._bank_line(60)
        self._bank_line(20)
        self._run()
        for days, asked in ((13, False), (14, True), (15, False), (30, False)):
            self._run(self.today + timedelta(days=days))
            told = self.profile.activity_ids.filtered(
                lambda a: a.summary == "Look at the hold again"
            )
            self.assertEqual(len(told), asked, days)
            self.assertLessEqual(told.user_id, self.collector)
            told.unlink()

    def test_an_owner_of_many_holds_is_not_asked_about_all_at_once(self):
        other = self._customer("Bert Butcher")
        self._invoice(80, days_late=5, partner=other)
        self._bank_line(60)
        self._bank_line(60, partner=other)
        self._run()
        profiles = self.profile | self._profile(other)
        with patch.object(collections_hold_automatic, "ASKED_AT_ONCE", 1):
            for days, asked in ((14, 1), (15, 2), (16, 2)):
                self._run(self.today + timedelta(days=days))
                told = profiles.activity_ids.filtered(
                    lambda a: a.summary == "Look at the hold again"
                )
                self.assertEqual(len(told), asked, days)

    def test_asking_owners_costs_the_run_no_more_for_many_holds(self):
        def count(number):
            for _n in range(number):
                partner = self._customer("Grown Ltd")
                self._invoice(50, days_late=5, partner=partner)
                self._bank_line(10, partner=partner)
            self._run()
            self.env.flush_all()
            before = self.cr.sql_log_count
            self._run(self.today + timedelta(days=14))
            return self.cr.sql_log_count - before

        count(1)
        few, many = count(2), count(20)
        self.assertLessEqual(many, few + 3)

    def _bounce(self, move, partner=None):
        self._send_invoice(move, "bounce", partner)

    def _send_invoice(self, move, status, partner=None, **kwargs):
        """Send an invoice; ``status`` is what becomes of the e-mail."""
        message = move.message_post(
            body="Your invoice",
            partner_ids=(partner or move.partner_id).ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **{"attachments": [("invoice.txt", b"100.00")], **kwargs},
        )
        message.sudo().notification_ids.write({"notification_status": status})

    def test_an_invoice_whose_mail_bounced_is_held(self):
        self._bounce(self.invoice)
        hold = self.profile.hold_ids
        self.assertEqual(hold.reason, "invoice_bounced")
        self.assertEqual(self.profile.amount_held, 100)
        self.assertIn("never arrived", self.profile.activity_ids.summary)
        self.assertEqual(hold.date_review, self.today + timedelta(days=14))
        self._bounce(self.invoice)
        self.assertEqual(len(self.profile.hold_ids), 1)
        self._pay(self.invoice)
        self._run()
        self.assertEqual(hold.state, "ended")

    def test_an_invoice_of_a_new_customer_that_bounced_is_held(self):
        newcomer = self._customer("Bert Butcher")
        self._bounce(self._invoice(partner=newcomer, days_late=5))
        self._run()
        self.assertEqual(self._profile(newcomer).hold_ids.reason, "invoice_bounced")
        self.assertFalse(self._open_touchpoints(newcomer))

    def test_an_invoice_that_arrives_at_last_is_chased_again(self):
        self._bounce(self.invoice)
        hold = self.profile.hold_ids
        self._send_invoice(self.invoice, "sent")
        self._run()
        # It may still come back.
        self.assertEqual(hold.state, "active")
        self._run(self.today + timedelta(days=1))
        self.assertEqual(hold.state, "ended")
        self.assertEqual(hold.line_ids.move_id, self.invoice)
        self.assertTrue(self._open_touchpoints())

    def test_an_invoice_that_came_back_again_stays_held(self):
        self._bounce(self.invoice)
        self._bounce(self.invoice)
        self._send_invoice(self.invoice, "sent", attachments=[])
        self._send_invoice(self.invoice, "sent", self.manager.partner_id)
        self._run(self.today + timedelta(days=1))
        self.assertEqual(self.profile.hold_ids.state, "active")

    def test_what_left_before_an_invoice_came_back_proves_nothing(self):
        self._send_invoice(self.invoice, "sent")
        self._bounce(self.invoice)
        self._run(self.today + timedelta(days=1))
        self.assertEqual(self.profile.hold_ids.state, "active")

    def test_a_colleague_who_got_no_copy_holds_nothing(self):
        self._bounce(self.invoice, self.manager.partner_id)
        self.assertFalse(self.profile.hold_ids)

    def test_money_that_is_not_matched_holds_as_much(self):
        line = self._bank_line(60)
        self._run()
        hold = self.profile.hold_ids
        self.assertEqual(hold.reason, "money_unmatched")
        self.assertEqual(hold.scope, "amount")
        self.assertEqual(self.profile.amount_held, 60)
        self._match_bank_line(line, self.invoice)
        self._run()
        self.assertEqual(hold.state, "ended")
        self.assertEqual(self.profile.amount_collectible, 40)

    def test_money_that_was_registered_is_not_held_again_with_its_bank_line(self):
        self._invoice(60, days_late=9)
        self._pay(self.invoice)
        self._bank_line(100)
        self._run()
        self.assertFalse(self.profile.hold_ids)
        self.assertEqual(self.profile.amount_collectible, 60)
        # A second line is other money.
        self._bank_line(100)
        self._run()
        self.assertEqual(self.profile.hold_ids.amount, 100)

    def test_a_payment_of_last_month_is_not_this_months_bank_line(self):
        self._invoice(60, days_late=9)
        self._pay(self.invoice, payment_date=self.today - timedelta(days=30))
        self._bank_line(100)
        self._run()
        self.assertEqual(self.profile.hold_ids.amount, 100)

    def _foreign_bank_line(self, amount):
        """Return a bank line in a currency of which two make one of the company's."""
        currency = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        return self._bank_line(
            amount / 2, foreign_currency_id=currency.id, amount_currency=amount
        )

    def test_money_in_a_currency_nobody_owes_in_leaves_the_customer_in_peace(self):
        line = self._foreign_bank_line(196)
        self._run()
        hold = self.profile.hold_ids
        self.assertEqual((hold.reason, hold.effect), ("money_unmatched", "pause"))
        self.assertEqual(self.profile.next_code, "paused")
        self.assertEqual(self.profile.amount_held, 0)
        self._match_bank_line(line, self.invoice)
        self._run()
        self.assertEqual(hold.state, "ended")

    def test_money_in_another_currency_that_pays_no_item_stops_nothing(self):
        self._foreign_bank_line(20)
        self._run()
        self.assertEqual(self.profile.hold_ids.effect, "exclude")
        self.assertEqual(self.profile.next_code, "planned")

    def test_money_in_another_currency_holds_what_is_owed_in_it(self):
        line = self._foreign_bank_line(196)
        currency = line.foreign_currency_id
        self._invoice(50, days_late=5, currency_id=currency.id)
        self._run()
        hold = self.profile.hold_ids
        self.assertEqual((hold.effect, hold.amount), ("exclude", 196))
        balances = self.profile.balance_ids.grouped("currency_id")
        self.assertEqual(balances[currency].amount_held, 50)

    def test_money_that_comes_after_the_run_stops_what_was_planned(self):
        planned = self._open_touchpoints()
        self._bank_line(100)
        self.assertFalse(self._dispatch())
        self.assertEqual((planned.state, planned.refusal), ("cancelled", "held"))
        self.assertEqual(self.profile.hold_ids.reason, "money_unmatched")
        self.assertEqual(self.profile.next_code, "held")

    def test_money_that_is_matched_after_the_run_is_deducted_once(self):
        line = self._bank_line(60)
        self._run()
        hold = self.profile.hold_ids
        self._match_bank_line(line, self.invoice)
        self.profile.with_user(self.collector)._refresh()
        self.assertEqual(hold.state, "ended")
        self.assertEqual(self.profile.amount_collectible, 40)
        self.assertEqual(self.profile.amount_held, 0)

    def test_money_that_was_somebody_elses_is_held_for_them_alone(self):
        other = self._customer("Bert Butcher")
        self._invoice(80, days_late=5, partner=other)
        line = self._bank_line(60)
        self._run()
        line.partner_id = other
        (self.profile | self._profile(other)).with_user(self.collector)._refresh()
        self.assertEqual(self.profile.hold_ids.state, "ended")
        self.assertEqual(self.profile.amount_collectible, 100)
        self.assertEqual(self._profile(other).amount_collectible, 20)

    def test_a_person_who_ended_a_hold_in_the_daytime_wins(self):
        self._bank_line(60)
        self._run()
        self.profile.hold_ids.with_user(self.collector).action_end()
        self.assertEqual(self.profile.hold_ids.mapped("state"), ["ended"])
        self.assertEqual(self.profile.amount_collectible, 100)

    def test_a_partial_match_leaves_the_rest_held(self):
        line = self._bank_line(60)
        self._run()
        hold = self.profile.hold_ids
        _liquidity, suspense, _other = line._seek_for_lines()
        receivable = self._receivable(self.invoice)
        line.move_id.with_context(skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.update(suspense.id, {"credit": 35}),
                    Command.create(
                        {
                            "account_id": receivable.account_id.id,
                            "partner_id": self.customer.id,
                            "credit": 25,
                        }
                    ),
                ]
            }
        )
        matched = line.move_id.line_ids.filtered(lambda li: li.credit == 25)
        (matched | receivable).reconcile()
        self.assertEqual(line.amount_residual, -35)
        self._run()
        self.assertEqual(hold.state, "active")
        self.assertEqual(hold.amount, 35)
        self.assertEqual(self.profile.amount_held, 35)
        self.assertEqual(self.profile.amount_collectible, 40)
