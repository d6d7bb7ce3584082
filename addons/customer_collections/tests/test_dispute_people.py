from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDisputePeople(DisputeCommon):
    """Who works on it, by when, who sees it, and what the customer says."""

    def _day(self, days):
        return self.today + relativedelta(days=days)

    def _late(self, dispute):
        return dispute.activity_ids.filtered(lambda a: "solved by now" in a.summary)

    # === IN TIME === #

    def test_the_reason_says_who_looks_into_it_and_by_when(self):
        self.price.write({"processor_id": self.sales.id, "sla_days": 5})
        dispute = self._dispute(30)
        self.assertEqual(dispute.processor_id, self.sales)
        # Tuesday and five working days
        self.assertEqual(dispute.date_sla, self._day(7))
        todo = dispute.activity_ids
        self.assertEqual((todo.user_id, todo.date_deadline), (self.sales, self._day(7)))

    def test_without_a_processor_it_is_whoever_looks_after_the_customer(self):
        self.assertEqual(self._dispute(30).processor_id, self.collector)

    def test_a_late_dispute_is_brought_to_the_next_person_once_per_step(self):
        leader = new_test_user(
            self.env, "leader", groups="customer_collections.group_manager"
        )
        team = self.env["collections.team"].create(
            {"name": "North", "user_id": leader.id}
        )
        self.profile.sudo().team_id = team
        dispute = self._dispute(30)
        dispute.sudo()._escalate(self._day(8))
        self.assertEqual(self._late(dispute).user_id, leader)

    def test_the_run_escalates_once_per_step(self):
        dispute = self._dispute(30)
        self._run(self._day(7))
        self.assertFalse(self._late(dispute))
        for day in (8, 8, 9, 14):
            self._run(self._day(day))
            self.assertEqual(len(self._late(dispute)), 1, day)
        # Five more working days are over
        for day in (16, 17, 60):
            self._run(self._day(day))
            self.assertEqual(len(self._late(dispute)), 2, day)

    def test_more_time_puts_the_escalation_off(self):
        dispute = self._dispute(30)
        dispute.date_sla = self._day(20)
        self._run(self._day(20))
        self.assertFalse(self._late(dispute))

    # === THE CLOCK === #

    def test_the_clock_stands_still_while_the_customer_is_asked(self):
        dispute = self._dispute(30)
        before = dispute.date_sla
        waiting = self.env.ref("customer_collections.dispute_stage_waiting")
        with freeze_time(self._day(1)):
            dispute.stage_id = waiting
        self.assertEqual(dispute.waiting_since, self._day(1))
        self._run(self._day(40))
        self.assertFalse(self._late(dispute))
        # Wednesday to Wednesday a week later: five working days
        with freeze_time(self._day(8)):
            dispute.with_user(self.collector).stage_id = self.env.ref(
                "customer_collections.dispute_stage_review"
            )
        self.assertFalse(dispute.waiting_since)
        self.assertEqual(dispute.waited_days, 5)
        self.assertEqual(
            dispute.date_sla, self.company._collections_add_working_days(before, 5)
        )
        task = dispute.activity_ids.filtered(lambda a: a.user_id)
        self.assertEqual(task[:1].date_deadline, dispute.date_sla)
        self._run(self._day(14))
        self.assertFalse(self._late(dispute))
        self._run(self._day(16))
        self.assertTrue(self._late(dispute))

    def test_another_reason_keeps_the_days_that_were_waited(self):
        dispute = self._dispute(30)
        dispute.stage_id = self.env.ref("customer_collections.dispute_stage_waiting")
        with freeze_time(self._day(7)):
            dispute._solve("explained", "It was right")
            dispute.action_reopen()
            dispute.reason_id = self.env.ref(
                "customer_collections.dispute_reason_quality"
            )
        self.assertEqual(dispute.waited_days, 5)
        self.assertEqual(
            dispute.date_sla,
            self.company._collections_add_working_days(self.today, 15),
        )

    def test_any_stage_may_stop_the_clock(self):
        stage = self.env["collections.dispute.stage"].create(
            {"name": "At the Carrier", "kind": "review"}
        )
        self.assertFalse(stage.stops_clock)
        stage.stops_clock = True
        dispute = self._dispute(30)
        dispute.stage_id = stage
        self.assertEqual(dispute.waiting_since, self.today)

    def test_half_and_nine_of_ten_are_told_by_root_cause(self):
        for days in (1, 1, 2, 3, 20):
            dispute = self._dispute(10)
            with freeze_time(self._day(days)):
                dispute._solve("explained", "It was right")
        other = self._dispute(
            10, reason=self.env.ref("customer_collections.dispute_reason_quality")
        )
        with freeze_time(self._day(4)):
            other._solve("explained", "It was right")
        with freeze_time(self._day(30)):
            report = self.env["collections.dispute.report"].with_user(self.collector)
            rows = {row.cause_id: row for row in report.search([])}
            row = rows[self.price.cause_id]
            self.assertEqual(row.solved_count, 5)
            self.assertEqual(row.days_median, 2)
            self.assertAlmostEqual(row.days_p90, 13.2)
            self.assertEqual(rows[other.cause_id].days_median, 4)
            opened = row.action_open_disputes()
            self.assertEqual(
                self.env["collections.dispute"].search_count(opened["domain"]), 5
            )

    def test_days_we_waited_for_the_customer_are_not_ours(self):
        dispute = self._dispute(10)
        dispute.stage_id = self.env.ref("customer_collections.dispute_stage_waiting")
        with freeze_time(self._day(7)):
            dispute._solve("explained", "It was right")
            row = self.env["collections.dispute.report"].search([])
            self.assertEqual((row.days_median, row.own_days_median), (7, 0))

    def test_a_processor_sees_the_days_of_their_own_disputes(self):
        self._dispute(10, processor_id=self.sales.id)._solve("explained", "It is so")
        self._dispute(10)._solve("explained", "It is so")
        row = self.env["collections.dispute.report"].with_user(self.sales).search([])
        self.assertEqual(row.solved_count, 1)

    def test_what_is_solved_is_not_late(self):
        dispute = self._dispute(30)
        dispute._solve("explained", "The price list says so")
        self._run(self._day(30))
        self.assertFalse(self._late(dispute))

    def test_many_late_disputes_cost_the_run_few_statements_each(self):
        def count(number):
            for _n in range(number):
                self._dispute(1)
            self._run(self._day(8))
            before = self.cr.sql_log_count
            self._run(self._day(8))
            return self.cr.sql_log_count - before

        count(1)
        few, many = count(2), count(20)
        self.assertLessEqual(many, few + 5)

    # === WHO SEES WHAT === #

    def test_a_processor_sees_their_own_disputes_only(self):
        own = self._dispute(30, processor_id=self.sales.id)
        other = self._dispute(10)
        seen = self.env["collections.dispute"].with_user(self.sales).search([])
        self.assertEqual(seen, own)
        self.assertEqual(own.with_user(self.sales).item_ids.amount, 30)
        for record in (other, other.item_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.sales).read(["amount"])

    def test_a_processor_sees_nothing_else_of_collections(self):
        for name in (
            "collections.profile",
            "collections.item",
            "collections.hold",
            "collections.promise",
            "collections.touchpoint",
            "collections.policy",
            "account.move",
        ):
            self.assertFalse(self.env[name].with_user(self.sales).has_access("read"))

    def test_a_processor_reads_the_form_and_the_board(self):
        dispute = self._dispute(30, processor_id=self.sales.id)
        model = self.env["collections.dispute"].with_user(self.sales)
        for view_type in ("form", "kanban", "list"):
            fields = model.get_views([(False, view_type)])["models"][model._name]
            names = [n for n in fields["fields"] if n in model._fields]
            spec = {
                name: {"fields": {"display_name": {}}}
                if model._fields[name].type == "many2one"
                else {}
                for name in names
                if model._has_field_access(model._fields[name], "read")
            }
            spec.pop("profile_id", None)
            spec.pop("hold_id", None)
            [found] = model.web_search_read([], spec)["records"]
            self.assertEqual(found["id"], dispute.id, view_type)

    def test_a_processor_works_on_it_and_solves_it(self):
        dispute = self._dispute(30, processor_id=self.sales.id)
        own = dispute.with_user(self.sales)
        own.stage_id = self.env.ref("customer_collections.dispute_stage_review")
        own.message_post(body="The carrier was asked")
        self.env["collections.dispute.solve"].with_user(self.sales).create(
            {
                "dispute_id": own.id,
                "outcome": "explained",
                "note": "Signed for on Monday",
            }
        ).action_solve()
        self.assertEqual(dispute.outcome, "explained")
        self.assertEqual(self.profile.amount_collectible, 100)

    def test_a_processor_hands_nothing_on_and_opens_nothing(self):
        own = self._dispute(30, processor_id=self.sales.id).with_user(self.sales)
        for values in (
            {"processor_id": self.collector.id},
            {"date_sla": self._day(90)},
        ):
            with self.assertRaisesRegex(AccessError, "by hand"):
                own.write(values)
        with self.assertRaises(AccessError):
            self._dispute(10, user=self.sales)

    def test_only_who_has_access_is_made_a_processor(self):
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        with self.assertRaisesRegex(ValidationError, "no access to disputes"):
            self._dispute(30, processor_id=clerk.id)

    def test_another_company_sees_nothing(self):
        other = self.setup_other_company(name="Other House")["company"]
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="customer_collections.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        dispute = self._dispute(30)
        for record in (dispute, dispute.item_ids):
            self.assertFalse(record.with_user(stranger).search([]))

    # === WITH THE CUSTOMER === #

    def test_a_message_to_the_customer_goes_by_the_one_door_and_is_kept(self):
        dispute = self._dispute(30)
        action = dispute.action_write_customer()
        wizard = (
            self.env["collections.message.wizard"]
            .with_user(self.collector)
            .with_context(**action["context"])
            .create({})
        )
        self.assertIn(self.invoice.name, wizard.subject)
        wizard.action_send()
        touchpoint = dispute.touchpoint_ids
        self.assertEqual(touchpoint.state, "sent")
        self.assertEqual(touchpoint.profile_id, self.profile)
        self.assertIn(wizard.subject, dispute.message_ids[0].body)
        self.assertEqual(dispute.message_ids[0].message_type, "notification")

    def test_an_ordinary_message_is_of_no_dispute(self):
        dispute = self._dispute(30)
        self.profile.with_user(self.collector)._say("email", "Hello", "<p>Hello</p>")
        self.assertFalse(dispute.touchpoint_ids)

    def test_what_the_customer_says_is_kept_read_and_brings_it_back(self):
        dispute = self._dispute(30, processor_id=self.sales.id)
        dispute.stage_id = self.env.ref("customer_collections.dispute_stage_waiting")
        touchpoint = dispute._log_customer_message(
            "Here is <the> slip", [("slip.txt", b"signed")], self.customer
        )
        self.assertEqual(dispute.kind, "review")
        self.assertEqual(touchpoint.direction, "in")
        self.assertEqual(touchpoint.channel, "portal")
        self.assertIn("&lt;the&gt;", touchpoint.body)
        message = dispute.message_ids.filtered("attachment_ids")
        self.assertEqual(message.author_id, self.customer)
        self.assertEqual(message.attachment_ids.raw, b"signed")
        self.assertFalse(message.attachment_ids.public)
        self.assertEqual(message.attachment_ids.res_id, dispute.id)
        self.assertIn(self.sales.partner_id, message.notified_partner_ids)
        self.assertIn(
            self.sales,
            dispute.activity_ids.filtered(lambda a: "wrote" in a.summary).user_id,
        )

    def test_the_customer_hears_nothing_through_the_thread(self):
        dispute = self._dispute(30)
        dispute.message_subscribe(self.customer.ids)
        dispute.message_post(
            body="Between us",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
        )
        self.assertFalse(
            self.env["mail.mail"].search([("recipient_ids", "in", self.customer.ids)])
        )

    # === STAGES === #

    def test_a_stage_of_each_kind_stays(self):
        waiting = self.env.ref("customer_collections.dispute_stage_waiting")
        with self.assertRaisesRegex(UserError, "Waiting for the customer"):
            waiting.unlink()
        with self.assertRaisesRegex(UserError, "Waiting for the customer"):
            waiting.kind = "review"
