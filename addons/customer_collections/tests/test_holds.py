from datetime import timedelta
from unittest.mock import patch

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..models import collections_hold_automatic
from .common import NOW, CollectionsCommon

REPLY = """From: {sender}
To: {to}
Subject: {subject}
Message-Id: <answer-{number}@customer.example>
In-Reply-To: {message_id}
References: {message_id}
Date: Tue, 10 Mar 2026 09:30:00 +0000
{headers}Content-Type: text/plain; charset=utf-8

{text}
"""


@tagged("post_install", "-at_install")
class TestHolds(CollectionsCommon):
    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(100, days_late=5)
        self._run()
        self.profile = self._profile()

    def _hold(self, user=None, **values):
        values = {
            "profile_id": self.profile.id,
            "effect": "pause",
            "date_end": self.today + timedelta(days=3),
            **values,
        }
        return (
            self.env["collections.hold"]
            .with_user(user or self.collector)
            .create(values)
        )

    def _receivable(self, move):
        return move.line_ids.filtered(lambda li: li.display_type == "payment_term")

    def _items(self, *moves):
        return [
            Command.create({"move_line_id": self._receivable(move).id})
            for move in moves
        ]

    # === EFFECT AND SCOPE === #

    def test_a_pause_of_everything_stops_the_ladder_and_chases_on(self):
        self._hold(effect="pause")
        self.assertEqual(self.profile.amount_collectible, 100)
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self._touchpoints().refusal, "paused")
        self.assertEqual(self.profile.next_code, "paused")

    def test_people_may_speak_during_a_pause(self):
        self._hold(effect="pause")
        said = self.profile.with_user(self.collector)._say("email", "Hello", "Hello")
        self.assertEqual(said.state, "sent")

    @freeze_time("2026-03-10 20:30:00")
    def test_a_hold_begins_at_once_where_it_is_tomorrow_already(self):
        there = self.env(context={**self.env.context, "tz": "Pacific/Auckland"})
        there["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "effect": "silence",
                "date_end": self.today + timedelta(days=9),
            }
        )
        self.assertEqual(self.profile.hold_effect, "silence")

    def test_silence_stops_people_as_well(self):
        self._hold(effect="silence")
        with self.assertRaisesRegex(UserError, "manager's word"):
            self.profile.with_user(self.collector)._say("email", "Hello", "Hello")

    def test_an_excluded_customer_is_not_chased(self):
        self._hold(effect="exclude")
        self.assertEqual(self.profile.amount_held, 100)
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self.profile.next_code, "held")

    def test_held_items_leave_the_others_to_be_spoken_of(self):
        other = self._invoice(40, days_late=4)
        for effect in ("exclude", "pause", "silence"):
            hold = self._hold(
                effect=effect, scope="items", line_ids=self._items(self.invoice)
            )
            self.assertEqual(self.profile.amount_held, 100, effect)
            self._run()
            self.assertEqual(self._open_touchpoints().stage_id, self.friendly, effect)
            self._dispatch_text_lines(other)
            hold.action_end()

    def _dispatch_text_lines(self, move):
        touchpoint = self._open_touchpoints().sudo()
        touchpoint._check_gate()
        touchpoint.line_ids.unlink()
        touchpoint._insert_current_lines()
        self.assertEqual(touchpoint.line_ids.move_id, move)

    def test_a_part_of_an_item_may_be_held(self):
        self._hold(
            effect="exclude",
            scope="items",
            line_ids=[
                Command.create(
                    {"move_line_id": self._receivable(self.invoice).id, "amount": 30}
                )
            ],
        )
        self.assertEqual(self.profile.amount_held, 30)
        self.assertEqual(self.profile.amount_collectible, 70)

    def test_an_amount_is_held_from_the_oldest_item(self):
        old = self._invoice(50, days_late=50)
        self._hold(effect="exclude", scope="amount", amount=70)
        item = self.env["collections.item"].browse(self._receivable(old).id)
        self.assertEqual(item.amount_held, 50)
        self.assertEqual(self.profile.amount_held, 70)
        self.assertEqual(self.profile.oldest_due_date, self.invoice.invoice_date_due)

    def test_the_strongest_hold_wins(self):
        pause = self._hold(effect="pause")
        silence = self._hold(effect="silence")
        self.assertEqual(self.profile.hold_effect, "silence")
        silence.action_end()
        self.assertEqual(self.profile.hold_effect, "pause")
        pause.action_end()
        self.assertFalse(self.profile.hold_effect)

    def test_a_hold_begins_on_its_day(self):
        self._hold(
            date_start=self.today + timedelta(days=2),
            date_end=self.today + timedelta(days=4),
        )
        self.assertFalse(self.profile.hold_effect)
        self._run(self.today + timedelta(days=2))
        self.assertEqual(self.profile.hold_effect, "pause")

    # === END === #

    def test_the_run_ends_what_has_run_its_time(self):
        hold = self._hold(date_end=self.today + timedelta(days=1))
        self._run(self.today + timedelta(days=1))
        self.assertEqual(hold.state, "active")
        self._run(self.today + timedelta(days=2))
        self.assertEqual(hold.state, "ended")
        self.assertFalse(hold.ended_by_id)
        self.assertTrue(hold.end_note)
        self.assertTrue(self._open_touchpoints())

    def test_an_end_before_the_start_is_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "cannot end on 2026-03-09"):
            self._hold(date_end=self.today - timedelta(days=1))

    def test_only_a_manager_may_leave_a_hold_open(self):
        review = self.today + timedelta(days=30)
        with self.assertRaisesRegex(ValidationError, "only a manager"):
            self._hold(date_end=False, date_review=review)
        hold = self._hold(self.manager, date_end=False, date_review=review)
        self.assertEqual(hold.state, "active")

    def test_an_open_hold_needs_a_day_to_look_again(self):
        with self.assertRaisesRegex(ValidationError, "a day to look at it again"):
            self._hold(self.manager, date_end=False)

    def test_the_owner_is_asked_to_look_again(self):
        self._hold(
            self.manager, date_end=False, date_review=self.today + timedelta(days=2)
        )
        self._run(self.today + timedelta(days=1))
        self.assertFalse(self.profile.activity_ids)
        self._run(self.today + timedelta(days=2))
        self._run(self.today + timedelta(days=3))
        self.assertEqual(self.profile.activity_ids.user_id, self.manager)
        self.assertEqual(len(self.profile.activity_ids), 1)

    def test_who_does_not_answer_is_asked_again_after_a_week(self):
        self._hold(self.manager, date_end=False, date_review=self.today)
        for days, asked in ((0, True), (6, False), (7, True)):
            self._run(self.today + timedelta(days=days))
            self.assertEqual(bool(self.profile.activity_ids), asked, days)
            self.profile.activity_ids.unlink()

    def test_a_hold_is_to_be_looked_at_until_its_owner_names_another_day(self):
        hold = self._hold(self.manager, date_end=False, date_review=self.today)
        self._run()
        self.assertEqual(hold.date_review, self.today)
        hold.with_user(self.manager).date_review = self.today + timedelta(days=2)
        self.profile.activity_ids.unlink()
        self._run(self.today + timedelta(days=2))
        self.assertEqual(self.profile.activity_ids.user_id, self.manager)

    def test_what_is_held_must_be_said(self):
        with self.assertRaisesRegex(ValidationError, "how much"):
            self._hold(scope="amount")
        with self.assertRaisesRegex(ValidationError, "Choose the items"):
            self._hold(scope="items")

    def test_a_negative_part_is_refused_in_words(self):
        line = self._receivable(self.invoice)
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self._hold(
                scope="items",
                line_ids=[Command.create({"move_line_id": line.id, "amount": -30})],
            )

    def test_items_of_another_customer_are_refused_in_words(self):
        other = self._invoice(partner=self._customer("Bert Butcher"))
        with self.assertRaisesRegex(ValidationError, "Bert Butcher"):
            self._hold(scope="items", line_ids=self._items(other))

    def test_items_of_another_company_are_refused_in_words(self):
        house = self.setup_other_company(name="Other House")
        other = self._invoice(
            company_id=house["company"].id,
            journal_id=house["default_journal_sale"].id,
            invoice_line_ids=[Command.create({"name": "Flour", "price_unit": 100})],
        )
        with self.assertRaisesRegex(ValidationError, other.name):
            self._hold(scope="items", line_ids=self._items(other))

    # === ABOUT TO END === #

    def test_the_list_of_holds_about_to_end_shows_those_of_seven_days(self):
        borders = {
            "yesterday, and no run since": -1,
            "today": 0,
            "in seven days": 7,
            "in eight days": 8,
        }
        holds = {
            when: self._hold(
                date_start=self.today - timedelta(days=5),
                date_end=self.today + timedelta(days=days),
            )
            for when, days in borders.items()
        }
        holds["ended"] = self._hold(date_end=self.today + timedelta(days=2))
        holds["ended"].action_end()
        for when, days in (("open, looked at in seven days", 7), ("in eight", 8)):
            holds[when] = self._hold(
                self.manager,
                date_end=False,
                date_review=self.today + timedelta(days=days),
            )
        holds["by the desk"] = self._hold().sudo()
        # What the desk holds by itself ends with its cause
        holds["by the desk"].write(
            {"automatic": True, "date_end": False, "date_review": self.today}
        )
        shown = self._open_menu("menu_holds_ending").filtered(
            lambda hold: hold.profile_id == self.profile
        )
        self.assertEqual(
            [when for when, hold in holds.items() if hold in shown],
            [
                "yesterday, and no run since",
                "today",
                "in seven days",
                "open, looked at in seven days",
                "by the desk",
            ],
        )

    def _open_menu(self, name):
        """Return what a collector finds behind a menu, by the filters it sets."""
        menu = self.env.ref(f"customer_collections.{name}").with_user(self.collector)
        self.assertIn(menu.id, menu._visible_menu_ids())
        action = menu.action.sudo()
        model = self.env[action.res_model].with_user(self.collector)
        search = etree.fromstring(model.get_view(view_type="search")["arch"])
        domain = Domain(safe_eval(action.domain or "[]"))
        for name in safe_eval(action.context):
            found = search.find(f".//filter[@name='{name[len('search_default_') :]}']")
            domain &= Domain(safe_eval(found.get("domain")))
        return model.search(domain)

    # === AUTOMATIC === #

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

    # === THE CUSTOMER ANSWERS === #

    def _reply(self, text="We will look into it.", **kwargs):
        return self.profile.with_user(self.env.ref("base.user_root")).message_post(
            body=text,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
            email_from=self.customer.email_formatted,
            **kwargs,
        )

    def test_whoever_was_spoken_with_waits_for_no_answer(self):
        self._reply()
        hold = self.profile.hold_ids
        profile = self.profile.with_user(self.collector)
        profile._log_contact("call", "out", "no_answer", "", False)
        self.assertEqual(hold.state, "active")
        profile._log_contact("call", "out", "reached", "They pay on Friday", True)
        self.assertEqual(hold.state, "ended")
        self.assertIn("Answered by", hold.end_note)

    def test_a_call_is_the_last_contact(self):
        self.assertFalse(self.profile.last_contact_at)
        profile = self.profile.with_user(self.collector)
        profile._log_contact("call", "out", "no_answer", "", False)
        self.assertEqual(self.profile.last_contact_at, fields.Datetime.now())

    def _receive(
        self,
        text,
        subject="Re: Your invoices",
        headers="",
        sender=None,
        to="catchall@company.example",
        answered=None,
    ):
        """Let a mail answer the reminder, or another message, through the gateway."""
        self._dispatch()
        if not answered:
            answered = (
                self._touchpoints()
                .filtered(lambda t: t.direction == "out" and t.mail_message_id)[:1]
                .mail_message_id
            )
        return self.env["mail.thread"].message_process(
            False,
            REPLY.format(
                sender=sender or self.customer.email,
                to=to,
                subject=subject,
                number=len(self.profile.message_ids),
                message_id=answered.message_id,
                headers=headers,
                text=text,
            ).encode(),
        )

    def test_a_reply_pauses_withdraws_and_asks_for_an_answer(self):
        touchpoint = self._open_touchpoints()
        self._reply()
        hold = self.profile.hold_ids
        self.assertEqual((hold.reason, hold.effect), ("reply", "pause"))
        self.assertEqual(hold.date_end, self.today + timedelta(days=5))
        self.assertEqual(touchpoint.state, "cancelled")
        self.assertEqual(touchpoint.refusal, "paused")
        self.assertEqual(self.profile.activity_ids.summary, "The customer replied")
        kept = self._touchpoints().filtered(lambda t: t.direction == "in")
        self.assertIn("look into it", kept.body)

    def test_a_second_reply_holds_once(self):
        self._reply()
        self._reply()
        self.assertEqual(len(self.profile.hold_ids), 1)
        self.assertEqual(len(self.profile.activity_ids), 1)

    def test_a_second_reply_makes_the_pause_longer(self):
        self._reply()
        with freeze_time(fields.Datetime.to_datetime(NOW) + timedelta(days=4)):
            self._reply("And now?")
        hold = self.profile.hold_ids
        self.assertEqual(hold.date_end, self.today + timedelta(days=9))
        self._run(self.today + timedelta(days=9))
        self.assertFalse(self._open_touchpoints())

    def test_a_second_reply_leaves_a_later_end_that_a_person_gave(self):
        self._reply()
        later = self.today + timedelta(days=20)
        self.profile.hold_ids.with_user(self.collector).date_end = later
        self._reply("And now?")
        self.assertEqual(self.profile.hold_ids.date_end, later)

    def test_a_reply_by_mail_comes_back_to_the_profile(self):
        self._receive("We pay tomorrow.")
        self.assertEqual(self.profile.hold_ids.reason, "reply")
        kept = self._touchpoints().filtered(lambda t: t.direction == "in")
        self.assertEqual(kept.partner_id, self.customer)

    def test_an_answer_by_hand_ends_the_hold(self):
        self._reply()
        self.profile.with_user(self.collector)._say("email", "Re", "Thank you")
        self.assertEqual(self.profile.hold_ids.state, "ended")
        self.assertEqual(self.profile.hold_ids.ended_by_id, self.collector)

    def test_an_answer_on_the_thread_ends_the_hold(self):
        self._reply()
        self.profile.with_user(self.collector).message_post(
            body="Thank you",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
        )
        self.assertEqual(self.profile.hold_ids.state, "ended")

    def _get_received(self):
        """Return what the customer wrote."""
        return self._touchpoints().filtered(lambda t: t.direction == "in")

    def test_an_answer_from_the_mail_program_ends_the_hold(self):
        self._receive("We pay tomorrow.")
        # Odoo hands it on to the author of what it answers.
        self._receive(
            "Thank you!",
            sender=self.collector.email,
            answered=self._get_received().mail_message_id,
        )
        self.assertEqual(self.profile.hold_ids.state, "ended")

    def test_an_answer_to_the_customers_own_address_ends_the_hold(self):
        for address in (self.customer.email, "baker.at.home@private.example"):
            self._receive("We pay tomorrow.", sender=address)
            hold = self.profile.hold_ids.filtered(lambda h: h.state == "active")
            self.assertTrue(hold, address)
            self._receive(
                "Thank you!",
                sender=self.collector.email,
                to=f"{address}, catchall@company.example",
            )
            self.assertEqual(hold.state, "ended", address)

    def test_a_colleagues_out_of_office_does_not_end_the_hold(self):
        self._receive("We pay tomorrow.")
        self._receive(
            "I am away",
            sender=self.collector.email,
            headers="Auto-Submitted: auto-replied\n",
            answered=self._get_received().mail_message_id,
        )
        self.assertEqual(self.profile.hold_ids.state, "active")

    def test_a_note_answered_from_the_mail_program_does_not_end_the_hold(self):
        self._receive("We pay tomorrow.")
        note = self.profile.with_user(self.collector).message_post(
            body="What shall we say?",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.manager.partner_id.ids,
        )
        self._receive("Be kind.", sender=self.manager.email, answered=note)
        self.assertEqual(self.profile.hold_ids.state, "active")

    def test_a_note_to_a_colleague_does_not_end_the_hold(self):
        self._reply()
        self.profile.with_user(self.collector).message_post(
            body="What shall we say?",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.manager.partner_id.ids,
        )
        self.assertEqual(self.profile.hold_ids.state, "active")

    def test_an_unanswered_reply_pauses_for_some_days_only(self):
        self._reply()
        self._run(self.today + timedelta(days=5))
        self.assertFalse(self._open_touchpoints())
        self._run(self.today + timedelta(days=6))
        self.assertTrue(self._open_touchpoints())

    def test_stop_opts_out_at_once(self):
        self._receive("STOP")
        self.assertEqual(self.profile.optout_ids.channel, "email")
        self.assertEqual(self.profile.optout_ids.source, "reply")

    def test_a_quoted_stop_opts_nobody_out(self):
        self._receive("We pay tomorrow.\n\nOn Monday you wrote:\n> stop")
        self.assertFalse(self.profile.optout_ids)

    def test_a_reply_that_names_another_channel_is_for_the_collector_to_read(self):
        self._receive("Do not send letters, email is fine.")
        self.assertFalse(self.profile.optout_ids)
        self.assertEqual(self.profile.hold_ids.reason, "reply")
        self.assertIn(
            "The customer replied", self.profile.activity_ids.mapped("summary")
        )

    def test_a_text_message_opts_out_of_text_messages_alone(self):
        for text, channels in (
            ("Bitte keine E-Mails mehr", []),
            ("Please stop the SMS, email is fine", ["sms"]),
        ):
            self.profile.with_user(self.env.ref("base.user_root")).message_post(
                body=text,
                message_type="sms",
                subtype_xmlid="mail.mt_comment",
                author_id=self.customer.id,
            )
            self.assertEqual(self.profile.optout_ids.mapped("channel"), channels)

    def test_an_out_of_office_does_nothing(self):
        self._receive(
            "I am away until Monday.",
            subject="Automatic reply: Your invoices",
            headers="Auto-Submitted: auto-replied\n",
        )
        self.assertFalse(self.profile.hold_ids)
        self.assertFalse(self._touchpoints().filtered(lambda t: t.direction == "in"))

    def test_an_ended_hold_is_kept(self):
        hold = self._hold()
        with (
            self.assertRaisesRegex(UserError, "ended, not deleted"),
            mute_logger("odoo.models.unlink"),
        ):
            hold.sudo().unlink()

    def test_time_goes_on(self):
        self._hold(date_end=self.today)
        with freeze_time(fields.Datetime.to_datetime(NOW) + timedelta(days=1)):
            self.profile.action_refresh()
            self.assertFalse(self.profile.hold_effect)
