from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10 09:00:00")
class TestReason(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.collections_calendar_id = False
        cls.seller = new_test_user(
            cls.env,
            "seller",
            groups="base.group_user,account.group_account_invoice",
            name="Sam Seller",
            email="sam@company.example",
        )
        cls.cashier = new_test_user(
            cls.env,
            "cashier",
            groups="customer_collections.group_collector",
            email="cash@company.example",
        )
        cls.company.collections_cash_user_id = cls.cashier
        cls.invoice = cls._invoice(100, days_late=5, invoice_user_id=cls.seller.id)
        cls._run()
        cls.profile = cls._profile()
        cls.profile.sudo().write(
            {
                "collector_id": cls.collector.id,
                "team_id": cls.env["collections.team"]
                .create({"name": "South", "user_id": cls.manager.id})
                .id,
            }
        )
        # The friendly step has been taken, two days ago
        cls._touchpoints().sudo()._cancel("superseded")
        cls.profile.sudo().write(
            {"stage_id": cls.friendly.id, "stage_date": cls._day(-2)}
        )
        cls.profile.sudo()._redecide()

    @classmethod
    def _day(cls, days):
        return fields.Date.add(cls.today, days=days)

    def _reason(self, code):
        return self.env.ref(f"customer_collections.reason_{code}")

    def _receivable(self, moves=None):
        return (moves or self.invoice).line_ids.filtered(
            lambda x: x.account_type == "asset_receivable"
        )

    def _give(self, code, items=None, user=None, **values):
        user = user or self.collector
        return self.profile.with_user(user)._give_reason(
            self._reason(code).with_user(user), items=items, **values
        )

    def _activity(self):
        return self.env["mail.activity"].search(
            [("res_model", "in", ("collections.profile", "account.move"))],
            order="id desc",
            limit=1,
        )

    def _next_step(self):
        profile = self.profile
        hold = profile.hold_ids.filtered(lambda h: h.state == "active")
        return (
            profile.next_code,
            profile.next_stage_id.name,
            profile.next_date,
            hold.reason,
            self._activity().user_id.login,
        )

    # === THE SAME INVOICE UNDER EACH REASON === #

    def test_without_a_reason_the_ladder_goes_on(self):
        self.assertEqual(
            self._next_step(), ("waiting", "Firm", self._day(10), False, False)
        )

    @freeze_time("2026-03-10 20:30:00")
    def test_a_reason_holds_at_once_where_it_is_tomorrow_already(self):
        there = self.profile.with_user(self.collector).with_context(
            tz="Pacific/Auckland"
        )
        there._give_reason(self._reason("disputed"), items=self._receivable())
        self.assertEqual(self.profile.amount_held, 100)

    def test_forgot_waits_a_few_days_and_asks_for_a_promise(self):
        self._give("forgot")
        self.assertEqual(self._next_step()[0], "paused")
        self.assertEqual(self._next_step()[3], "forgot")
        action = self._reason("forgot")._get_next_action(self.profile, self.invoice)
        self.assertEqual(action["res_model"], "collections.promise.wizard")

    def test_paperwork_sends_the_invoice_again_with_a_copy_to_who_can_mend_it(self):
        self._give("paperwork_order_number", self._receivable())
        self._dispatch()
        sent = self._touchpoints().filtered(lambda t: t.state == "sent")
        self.assertIn(self.invoice.name, sent.subject)
        self.assertIn("order number", sent.body)
        message = sent.mail_message_id
        self.assertEqual(message.partner_ids, self.customer | self.seller.partner_id)
        self.assertEqual(len(message.attachment_ids), 1)
        self.assertEqual(message.attachment_ids.mimetype, "application/pdf")
        self.assertEqual(self._next_step()[0], "held")
        self.assertEqual(self._next_step()[3:], ("paperwork", "seller"))

    def test_disputed_is_not_chased_while_somebody_finds_out(self):
        self._give("disputed", self._receivable())
        self.assertEqual(self._next_step()[0], "held")
        self.assertEqual(self._next_step()[3:], ("dispute", "collector"))

    def test_hardship_pauses_asks_a_manager_and_leads_to_the_gentle_ladder(self):
        self._give("hardship")
        self.assertEqual(self._next_step()[0], "paused")
        self.assertEqual(self._next_step()[3:], ("hardship", "manager"))
        self.assertEqual(
            self.profile.policy_id, self.env.ref("customer_collections.policy_gentle")
        )

    def test_cannot_leads_to_the_gentle_ladder_and_the_collector_calls(self):
        self._give("cannot")
        self.assertEqual(self._next_step()[0], "paused")
        self.assertEqual(self._next_step()[3:], ("cannot", "collector"))
        self._run(self._day(11))
        self.assertEqual(self.profile.next_stage_id.name, "How Can We Help?")

    def test_the_ladder_of_another_company_does_not_apply(self):
        other = self.setup_other_company(name="Other House")["company"]
        gentle = self._reason("cannot").policy_id
        gentle.company_id = other
        self._give("cannot")
        self.assertEqual(self.profile.policy_id, self.policy)
        self._run()
        self.assertEqual(self.profile.policy_id, self.policy)

    def test_will_not_shortens_the_ladder_and_skips_nothing(self):
        self._give("will_not")
        # Half of fifteen days after the due date, half a week after the last step
        self.assertEqual(
            self._next_step(), ("waiting", "Firm", self._day(3), False, "manager")
        )

    def test_will_not_begins_at_the_gentle_end_all_the_same(self):
        self.profile.sudo().write({"stage_id": False, "stage_date": False})
        self._give("will_not")
        self.assertEqual(self.profile.next_stage_id, self.friendly)

    def test_paid_already_asks_for_proof_and_sends_cash_application_to_look(self):
        self._give("paid_already", self._receivable())
        self._dispatch()
        sent = self._touchpoints().filtered(lambda t: t.state == "sent")
        self.assertIn("is paid", sent.body)
        self.assertEqual(self._next_step()[0], "held")
        self.assertEqual(self._next_step()[3:], ("paid_already", "cashier"))

    def test_what_a_colleague_takes_down_keeps_to_hours_while_an_answer_waits(self):
        self.profile.sudo().message_post(
            author_id=self.customer.id,
            body="We are looking into it.",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(self.profile.hold_ids.reason, "reply")
        with freeze_time("2026-03-10 20:00:00"):
            self._give("paperwork_order_number", self._receivable(), source="customer")
            self._dispatch()
        waiting = self._open_touchpoints()
        self.assertTrue(waiting.reason_entry_id)
        self.assertIn(waiting.reason_entry_id.reason_id.name, waiting.why)
        # Eight in the morning in Brussels
        self.assertEqual(str(waiting.scheduled_at), "2026-03-11 07:00:00")

    def test_what_waits_for_a_reader_who_leaves_is_for_a_person_to_say(self):
        ann = self.env["res.partner"].create(
            {
                "name": "Ann",
                "parent_id": self.customer.id,
                "type": "invoice",
                "email": "ann@customer.example",
            }
        )
        self._run()
        with freeze_time("2026-03-10 21:00:00"):
            self._give("paperwork_order_number", self._receivable(), source="customer")
            self._dispatch()
        waiting = self._open_touchpoints().filtered("reason_entry_id")
        self.assertEqual(waiting.partner_id, ann)
        ann.active = False
        with freeze_time("2026-03-11 09:00:00"):
            self._dispatch()
        self.assertEqual((waiting.state, waiting.refusal), ("cancelled", "left"))
        summaries = " ".join(self.profile.activity_ids.mapped("summary"))
        self.assertIn("A message was not sent: Ann is archived", summaries)

    def test_each_reason_gives_another_next_step(self):
        steps = [self._next_step()]
        codes = (
            "forgot",
            "paperwork_order_number",
            "disputed",
            "hardship",
            "cannot",
            "will_not",
            "paid_already",
        )
        for code in codes:
            self._give(code)
            steps.append(self._next_step())
        self.assertEqual(len(set(steps)), len(codes) + 1)

    # === HARDSHIP NEVER GETS A DEMAND === #

    def test_hardship_never_gets_a_demand_from_the_run(self):
        reason = self._reason("hardship")
        reason.write({"policy_id": self.policy.id, "hold_effect": False})
        self._give("hardship")
        for days in range(0, 120, 10):
            self._run(self._day(days))
        self.assertEqual(self.profile.next_code, "ladder_done")
        tones = self._touchpoints().filtered(lambda t: t.refusal != "superseded")
        self.assertFalse({"firm", "final"} & set(tones.mapped("tone")))

    def test_a_demand_planned_before_is_withdrawn_when_hardship_is_told(self):
        with freeze_time("2026-03-24 09:00:00"):
            self._run()
            self.assertEqual(self._open_touchpoints().stage_id, self.firm)
            self._give("hardship")
            self.assertFalse(self._open_touchpoints())

    def test_the_gate_refuses_a_demand_whoever_pressed_the_button(self):
        self._reason("hardship").hold_effect = False
        self._give("hardship")
        with self.assertRaisesRegex(UserError, "gentler"):
            self.profile.with_user(self.manager)._say(
                "email", "Pay", "<p>Now</p>", tone="final"
            )
        self.profile.with_user(self.manager)._say(
            "email", "Can we help?", "<p>Call me</p>", tone="helpful"
        )

    def test_the_letter_by_hand_starts_from_a_gentle_text(self):
        self._reason("hardship").write({"hold_effect": False, "policy_id": False})
        self._give("hardship")
        wizard = (
            self.env["collections.message.wizard"]
            .with_user(self.collector)
            .with_context(default_profile_id=self.profile.id)
            .create({})
        )
        self.assertEqual(wizard.stage_id, self.friendly)

    def test_what_is_agreed_takes_the_place_of_what_the_reason_held(self):
        entry = self._give("forgot").sudo()
        self.env["collections.promise"].with_user(self.collector)._give(
            self.profile.with_user(self.collector), 60, self._day(7), self._receivable()
        )
        self.assertEqual(entry.hold_id.state, "ended")
        self.assertFalse(entry.ended_on)
        self.assertEqual(self.profile.amount_collectible, 40)
        self.assertNotEqual(self.profile.next_code, "paused")

    # === HISTORY === #

    def test_a_later_word_replaces_the_earlier_one_and_both_are_kept(self):
        first = self._give("paperwork_approval", self._receivable())
        hold = first.sudo().hold_id
        second = self._give("cannot", source="customer", note="Next month")
        self.assertEqual(first.ended_on, self.today)
        self.assertIn("cannot", first.end_note)
        self.assertEqual(hold.state, "ended")
        self.assertFalse(second.ended_on)
        self.assertEqual(self.profile.reason_id.code, "cannot")
        self.assertEqual(len(self.profile.reason_entry_ids), 2)

    def test_a_reason_is_read_while_its_invoice_has_no_number(self):
        entry = self._give("forgot", self._receivable())
        self.invoice.button_draft()
        self.invoice.name = False
        entry.invalidate_recordset()
        self.assertTrue(entry.documents)

    def test_reasons_about_different_invoices_stand_side_by_side(self):
        other = self._invoice(50, days_late=9)
        first = self._give("disputed", self._receivable())
        second = self._give("paperwork_approval", self._receivable(other))
        self.assertFalse((first | second).filtered("ended_on"))
        self.assertEqual(self.profile.amount_held, 150)

    def test_a_word_about_one_invoice_leaves_what_was_said_of_the_others(self):
        other = self._invoice(50, days_late=9)
        both = self._receivable(self.invoice | other)
        first = self._give("disputed", both)
        second = self._give("paperwork_order_number", self._receivable(other))
        self.assertEqual(
            first.end_note, f"Replaced by “{second.reason_id.display_name}”"
        )
        self.assertEqual(first.line_ids, both)
        standing = self.profile.reason_entry_ids.filtered(lambda e: not e.ended_on)
        self.assertEqual(
            {e.reason_id.code: e.line_ids.move_id for e in standing},
            {"disputed": self.invoice, "paperwork_order_number": other},
        )
        self.assertEqual(self.profile.amount_held, 150)
        for entry in standing:
            self.assertEqual(entry.sudo().hold_id.line_ids.move_line_id, entry.line_ids)

    def test_a_word_about_one_invoice_ends_no_hardship(self):
        self._invoice(50, days_late=9)
        hardship = self._give("hardship")
        hold = hardship.sudo().hold_id
        self._give("paid_already", self._receivable())
        self.assertFalse(hardship.ended_on)
        self.assertEqual(hold.state, "active")
        self.assertEqual(self.profile.reason_id.code, "hardship")
        self.assertEqual(self.profile.policy_id, self._reason("hardship").policy_id)
        self._run()
        self.assertEqual(self.profile.reason_id.code, "hardship")

    def test_a_dispute_of_one_invoice_leaves_the_others_held(self):
        other = self._invoice(50, days_late=9)
        both = self._receivable(self.invoice | other)
        hold = self._give("disputed", both).sudo().hold_id
        item = self._receivable()
        self.env["collections.dispute"].with_user(self.collector)._raise(
            self.profile.with_user(self.collector),
            {item: 100},
            self.env.ref("customer_collections.dispute_reason_price"),
        )
        self.assertEqual(hold.state, "active")
        self.assertEqual(hold.line_ids.move_id, other)
        self.assertEqual(self.profile.amount_held, 150)

    def test_somebody_of_one_company_is_asked_whoever_sees_several(self):
        other = self.setup_other_company(name="Other House")["company"]
        self.collector.company_ids |= other
        companies = [other.id, self.company.id]
        self.profile.with_user(self.collector).with_context(
            allowed_company_ids=companies
        )._give_reason(self._reason("paid_already"))
        self.assertEqual(self._activity().user_id, self.cashier)

    def test_a_message_that_reaches_nobody_is_for_the_collector_to_say(self):
        self.customer.email = False
        entry = self._give("paperwork_not_received", self._receivable())
        self.assertEqual(entry.touchpoint_id.state, "cancelled")
        told = self.profile.activity_ids.filtered(
            lambda a: "was not sent" in (a.summary or a.note or "")
        )
        self.assertEqual(told.user_id, self.collector)

    def test_what_is_paid_needs_no_explanation_any_more(self):
        entry = self._give("will_not")
        self._pay(self.invoice)
        self._run()
        self.assertEqual(entry.end_note, "Settled")
        self.assertFalse(self.profile.reason_id)

    def test_a_reason_stands_while_its_invoice_is_corrected(self):
        entry = self._give("will_not")
        self.invoice.button_draft()
        self._run()
        self.assertFalse(entry.ended_on)
        self.invoice.action_post()
        self._run()
        self.assertEqual(self.profile.reason_id.code, "will_not")

    def test_ending_a_reason_brings_back_the_usual_ladder(self):
        entry = self._give("hardship")
        entry.with_user(self.collector).action_end()
        self.assertEqual(self.profile.policy_id, self.policy)
        self.assertEqual(self._next_step()[:2], ("waiting", "Firm"))

    # === INFERRED === #

    def test_an_invoice_never_sent_is_taken_for_paperwork(self):
        self.company.collections_hold_unsent = True
        self._run()
        self.assertEqual(self.profile.reason_id.code, "paperwork_not_received")
        self.assertEqual(self.profile.reason_entry_ids.source, "inferred")
        self._run()
        self.assertEqual(len(self.profile.reason_entry_ids), 1)

    def test_what_was_inferred_ends_when_the_invoice_is_sent(self):
        self.company.collections_hold_unsent = True
        self._run()
        self.invoice.is_move_sent = True
        self._run()
        self.assertFalse(self.profile.reason_id)

    def test_a_persons_word_replaces_what_was_inferred_for_good(self):
        self.company.collections_hold_unsent = True
        self._run()
        self._give("cannot")
        self._run()
        self.assertEqual(self.profile.reason_id.code, "cannot")
        standing = self.profile.reason_entry_ids.filtered(lambda e: not e.ended_on)
        self.assertEqual(len(standing), 1)

    # === BAD INPUT === #

    def test_a_paid_invoice_has_nothing_to_explain(self):
        item = self._receivable()
        self._pay(self.invoice)
        with self.assertRaisesRegex(UserError, "is paid"):
            self._give("forgot", item)
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            self._give("forgot")

    def test_an_invoice_of_somebody_else_is_refused(self):
        other = self._invoice(50, 3, partner=self._customer("Bruno Cars"))
        with self.assertRaisesRegex(UserError, "another customer"):
            self._give("forgot", self._receivable(other))

    def test_a_reason_cannot_slow_a_ladder_or_hold_for_no_days(self):
        reason = self._reason("will_not")
        with self.assertRaisesRegex(ValidationError, "shortens"):
            reason.pace_percent = 150
        with self.assertRaisesRegex(ValidationError, "at least one day"):
            self._reason("forgot").hold_days = 0

    # === WHO === #

    def test_a_collector_writes_no_history(self):
        entry = self._give("forgot").with_user(self.collector)
        with self.assertRaises(AccessError):
            entry.note = "Something else"
        with self.assertRaises(AccessError):
            entry.unlink()
        with self.assertRaises(AccessError):
            self._reason("forgot").with_user(self.collector).name = "Lazy"

    def test_another_companys_reasons_are_not_seen(self):
        entry = self._give("forgot")
        other = self.setup_other_company()["company"]
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="customer_collections.group_collector",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(
            self.env["collections.reason.entry"]
            .with_user(stranger)
            .search([("id", "=", entry.id)])
        )
        with self.assertRaises(AccessError):
            self.profile.with_user(stranger)._give_reason(self._reason("forgot"))

    def test_the_wizard_takes_it_down_and_goes_on_to_the_promise(self):
        action = self.invoice.with_user(self.collector).action_collections_reason()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.collector)
            .with_context(**action["context"])
            .create({"reason_id": self._reason("forgot").id})
        )
        following = wizard.action_give()
        self.assertEqual(following["res_model"], "collections.promise.wizard")
        self.assertEqual(self.profile.reason_entry_ids.line_ids, self._receivable())
        self.assertEqual(self.profile.reason_entry_ids.user_id, self.collector)
