from unittest.mock import patch

from requests import Response
from requests.exceptions import ReadTimeout

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import NOW
from .plan_common import PlanCommon


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestAutopay(PlanCommon):
    """Charged once, booked once, whatever happens in between."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        journal = cls.env["account.journal"].create(
            {"name": "Online", "code": "ONL", "type": "bank"}
        )
        cls.provider = (
            cls.env["payment.provider"]
            .sudo()
            .search([("code", "=", "demo")], limit=1)
            .copy(
                {
                    "company_id": cls.company.id,
                    "state": "test",
                    "journal_id": journal.id,
                }
            )
        )
        cls.method = cls.env["payment.method"].sudo().search([], limit=1)
        cls.token = cls._token()
        cls.sent = []

    @classmethod
    def _token(cls, partner=None, result="done"):
        return (
            cls.env["payment.token"]
            .sudo()
            .create(
                {
                    "provider_id": cls.provider.id,
                    "payment_method_id": cls.method.id,
                    "payment_details": "1111",
                    "partner_id": (partner or cls.customer).id,
                    "provider_ref": "demo",
                    "demo_simulated_state": result,
                }
            )
        )

    def _autoplan(self, result="done", **values):
        plan = self._plan(**values).sudo()
        self.token.demo_simulated_state = result
        plan._set_token(self.token)
        return plan

    def _charge(self, days, hour=9):
        """Let the scheduled job charge on a day."""
        with self._at(days, hour), self.enter_registry_test_mode():
            self.env.ref("customer_collections.ir_cron_autopay").method_direct_trigger()
        self.env.invalidate_all()
        with self._at(days, hour):
            self.profile._redecide()

    def _interrupt(self, plan):
        """Let a worker be killed after it began to send, an hour before the next."""
        with self._at(10):
            charge = plan._prepare_charges()
            charge.started_at = "2026-03-20 08:00:00"
        return charge

    def _charge_repeatably(self, *days):
        """Let the job run with a provider that charges once, though asked twice."""
        with patch.object(
            self.env.registry["collections.plan.charge"],
            "_is_repeatable",
            lambda charge: True,
        ):
            for day in days:
                self._charge(day)

    def test_each_instalment_is_charged_on_its_day_and_pays_the_oldest(self):
        plan = self._autoplan()
        self._charge(9)
        self.assertFalse(plan.charge_ids)
        self._charge(10)
        self.assertEqual(plan.charge_ids.tx_state, "done")
        self.assertEqual(self.first.payment_state, "paid")
        self.assertEqual(plan.amount_left, 200)
        self._charge(10)
        self._charge(11)
        self.assertEqual(len(plan.charge_ids), 1)
        self.assertPlanAddsUp(plan)

    def test_one_charge_pays_exact_parts_of_several_invoices(self):
        plan = self._autoplan(instalment_count=2)
        self._charge(10)
        self.assertEqual(self.first.amount_residual, 0)
        self.assertEqual(self.second.amount_residual, 150)
        self.assertEqual(plan.charge_ids.transaction_id.payment_id.amount, 150)

    def test_a_part_that_was_paid_otherwise_is_not_charged(self):
        plan = self._autoplan()
        self._pay(self.first, 30)
        self._charge(10)
        self.assertEqual(plan.charge_ids.amount, 70)

    def test_what_nobody_may_pay_is_not_charged(self):
        plan = self._autoplan()
        self.first.action_toggle_block_payment()
        self._charge(10)
        self.assertFalse(plan.charge_ids)
        self.first.action_toggle_block_payment()
        self._charge(11)
        self.assertEqual(plan.charge_ids.tx_state, "done")

    def test_a_pending_payment_that_succeeds_later_is_booked_once(self):
        plan = self._autoplan("pending")
        self._charge(10)
        transaction = plan.charge_ids.transaction_id
        self.assertEqual(transaction.state, "pending")
        self._charge(12)
        self.assertEqual(len(plan.charge_ids), 1)
        transaction.action_demo_set_done()
        self._charge(13)
        self._charge(13)
        self.assertEqual(self.first.amount_residual, 0)
        self.assertEqual(plan.amount_left, 200)
        payments = self.env["account.payment"].search(
            [("payment_transaction_id", "=", transaction.id)]
        )
        self.assertEqual(len(payments), 1)

    def test_a_failure_is_told_kindly_and_at_once_and_tried_again_by_rule(self):
        self.template.write({"charge_attempts": 2, "charge_retry_days": 2})
        plan = self._autoplan("error")
        self._charge(10)
        self.assertEqual(plan.charge_ids.tx_state, "error")
        self.assertIn("failed", plan.activity_ids[:1].summary)
        message = self._open_touchpoints()
        self.assertEqual(message.plan_message, "failed")
        self.assertIn("did not go through", message._render_message()["subject"])
        self._charge(11)
        self.assertEqual(len(plan.charge_ids), 1)
        self._charge(12)
        self._charge(20)
        self.assertEqual(plan.charge_ids.mapped("attempt"), [2, 1])
        self.assertEqual(self.first.amount_residual, 100)

    def test_a_cancelled_payment_is_tried_again(self):
        plan = self._autoplan("cancel")
        self._charge(10)
        self.token.demo_simulated_state = "done"
        self._charge(13)
        self.assertEqual(plan.charge_ids.mapped("tx_state"), ["done", "cancel"])
        self.assertEqual(plan.amount_left, 200)

    def test_another_payment_method_has_its_own_attempts(self):
        self.template.write({"charge_attempts": 1, "charge_retry_days": 1})
        plan = self._autoplan("error")
        self._charge(10)
        self._charge(11)
        self.assertEqual(plan.charge_ids.mapped("tx_state"), ["error"])
        plan._set_token(self._token())
        self._charge(12)
        self.assertEqual(plan.charge_ids.mapped("tx_state"), ["done", "error"])
        self.assertEqual(plan.amount_left, 200)

    def test_what_was_taken_back_before_it_was_sent_is_no_attempt(self):
        self.template.write({"charge_attempts": 1, "charge_retry_days": 1})
        plan = self._autoplan()
        with self._at(10):
            plan._prepare_charges()
        plan.autopay = False
        self._charge(10)
        self.assertEqual(plan.charge_ids.tx_state, "cancel")
        plan.autopay = True
        self._charge(11)
        self.assertEqual(plan.charge_ids.mapped("tx_state"), ["done", "cancel"])

    def test_a_chargeback_opens_it_again_and_charges_no_more(self):
        plan = self._autoplan()
        self._charge(10)
        transaction = plan.charge_ids.transaction_id
        transaction._set_canceled(
            state_message="Charged back", extra_allowed_states=("done",)
        )
        transaction._post_process()
        self.profile._redecide()
        self.assertEqual(plan.amount_left, 300)
        self.assertFalse(plan.autopay)
        self.assertIn("Charged back", plan.autopay_note)
        self._charge(20)
        self.assertEqual(len(plan.charge_ids), 1)

    def test_killed_between_charge_and_booking_it_is_booked_once(self):
        plan = self._autoplan()
        with self._at(10):
            [charge] = plan._prepare_charges()
            charge.started_at = "2026-03-20 08:00:00"
            charge.transaction_id._charge_with_token()
            # Killed here: paid at the provider, known, not booked
        self.assertEqual(self.first.amount_residual, 100)
        self._charge(10)
        self._charge(10)
        self.assertEqual(self.first.amount_residual, 0)
        self.assertEqual(len(plan.charge_ids), 1)
        self.assertEqual(len(self.first.reconciled_payment_ids), 1)

    def test_killed_before_it_was_sent_it_is_sent_once(self):
        plan = self._autoplan()
        with self._at(10):
            plan._prepare_charges()
        self._charge(10)
        self.assertEqual(len(plan.charge_ids), 1)
        self.assertEqual(plan.amount_left, 200)

    def test_killed_while_it_was_sent_nothing_is_sent_a_second_time(self):
        plan = self._autoplan()
        with self._at(10):
            charge = plan._prepare_charges()
            charge.started_at = "2026-03-20 08:00:00"
        self._charge(10)
        self.assertEqual(charge.tx_state, "draft")
        self.assertTrue(charge.unknown)
        self.assertIn("Find out", plan.activity_ids[:1].summary)
        self._charge(12)
        self.assertEqual(len(plan.charge_ids), 1)
        charge.with_user(self.manager).action_not_charged()
        self._charge(14)
        self.assertEqual(plan.amount_left, 200)

    def test_where_the_provider_knows_the_request_it_is_repeated(self):
        plan = self._autoplan()
        with self._at(10):
            charge = plan._prepare_charges()
            charge.started_at = "2026-03-20 08:00:00"
        with patch.object(
            self.env.registry["collections.plan.charge"],
            "_is_repeatable",
            lambda charge: True,
        ):
            self._charge(10)
        self.assertEqual(plan.amount_left, 200)
        self.assertEqual(len(plan.charge_ids.transaction_id), 1)

    def test_what_is_not_to_be_charged_any_more_is_not_sent_again(self):
        plan = self._autoplan()
        charge = self._interrupt(plan)
        plan.with_user(self.collector).autopay = False
        self._charge_repeatably(10)
        self.assertEqual(charge.tx_state, "draft")
        self.assertTrue(charge.unknown)
        self.assertIn("Find out", plan.activity_ids[:1].summary)

    def test_what_the_provider_may_have_forgotten_is_not_sent_again(self):
        plan = self._autoplan()
        charge = self._interrupt(plan)
        self._charge_repeatably(11)
        self.assertEqual(charge.tx_state, "draft")
        self.assertTrue(charge.unknown)

    def test_sent_again_it_counts_from_the_first_time(self):
        plan = self._autoplan()
        charge = self._interrupt(plan)
        transactions = self.env.registry["payment.transaction"]
        with patch.object(
            transactions, "_charge_with_token", side_effect=ValueError("no answer")
        ) as send:
            self._charge_repeatably(10, 11)
        self.assertEqual(send.call_count, 1)
        self.assertEqual(str(charge.started_at), "2026-03-20 08:00:00")
        self.assertTrue(charge.unknown)

    def _charge_unanswered(self, *days, answer=ReadTimeout):
        """Let the job run while the provider does not answer; its flow takes that for
        an error, as the one of Stripe does.

        :param answer: what comes instead of its answer
        :return: what sends the requests
        """

        def send(transaction):
            try:
                transaction._send_api_request("POST", "payments")
            except ValidationError as error:
                transaction._set_error(str(error))

        with (
            patch.object(
                self.env.registry["payment.transaction"], "_send_payment_request", send
            ),
            patch("requests.request", side_effect=[answer] * len(days)) as request,
            mute_logger("odoo.addons.payment.models.payment_provider"),
        ):
            for day in days:
                self._charge(day)
        return request

    def test_without_an_answer_nothing_is_charged_a_second_time(self):
        plan = self._autoplan()
        request = self._charge_unanswered(10)
        charge = plan.charge_ids
        self.assertEqual(request.call_count, 1)
        self.assertEqual(charge.tx_state, "draft")
        self.assertTrue(charge.started_at)
        self.assertIn("needs a look", plan.activity_ids[:1].summary)
        request = self._charge_unanswered(11, 14)
        self.assertFalse(request.call_count)
        self.assertEqual(plan.charge_ids, charge)
        self.assertTrue(charge.unknown)

    def _answer(self, status):
        answer = Response()
        answer.status_code = status
        return answer

    def test_a_gateway_that_found_no_provider_is_no_answer(self):
        plan = self._autoplan()
        self._charge_unanswered(10, answer=self._answer(502))
        charge = plan.charge_ids
        self.assertEqual(charge.tx_state, "draft")
        self._charge_unanswered(11, 14, answer=self._answer(502))
        self.assertEqual(plan.charge_ids, charge)

    def test_what_the_provider_rejects_is_tried_anew(self):
        plan = self._autoplan()
        self._charge_unanswered(10, answer=self._answer(402))
        self.assertEqual(plan.charge_ids.tx_state, "error")

    def test_two_payments_of_one_night_pay_the_next_invoice_too(self):
        plan = self._autoplan(
            deposit_amount=100, deposit_date=self._day(10), instalment_count=2
        )
        self._charge(10)
        self.assertEqual(plan.charge_ids.mapped("tx_state"), ["done", "done"])
        self.assertEqual(self.first.amount_residual, 0)
        self.assertEqual(self.second.amount_residual, 100)
        self.assertEqual(plan.amount_left, 100)
        self.assertPlanAddsUp(plan)

    def test_no_more_is_charged_than_is_missing_beside_what_came_already(self):
        plan = self._autoplan()
        self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 60,
            }
        ).action_post()
        self._charge(10)
        self.assertEqual(plan.charge_ids.transaction_id.amount, 40)

    def test_an_invoice_that_became_another_customers_stops_no_charge(self):
        plan = self._autoplan()
        self.second.button_draft()
        self.second.partner_id = self._customer("Bruno Butcher")
        self.second.action_post()
        self._charge(10)
        self.assertEqual(plan.hold_id.line_ids.move_line_id.move_id, self.first)
        self.assertEqual(len(plan.hold_id.line_ids), 2)
        self.assertEqual(plan.charge_ids.tx_state, "done")
        self.assertEqual(self.first.amount_residual, 0)

    def test_a_plan_that_cannot_be_charged_spares_the_others(self):
        plan = self._autoplan()
        other = self._customer("Bruno Butcher")
        self._invoice(90, days_late=9, partner=other)
        self._run()
        broken = self._plan(profile=self._profile(other)).sudo()
        broken._set_token(self._token(other))
        plans = self.env.registry["collections.plan"]
        prepare = plans._prepare_charge

        def fail_once(plan, instalment):
            if plan == broken:
                raise ValueError("such a plan")
            return prepare(plan, instalment)

        with (
            patch.object(plans, "_prepare_charge", fail_once),
            self.assertLogs(
                "odoo.addons.customer_collections.models.collections_plan_autopay"
            ) as logs,
        ):
            self._charge(10)
            self._charge(10, hour=10)
        self.assertEqual(plan.charge_ids.tx_state, "done")
        self.assertFalse(broken.charge_ids)
        self.assertIn("ValueError: such a plan", logs.output[0])
        told = broken.activity_ids
        self.assertEqual(told.user_id, self.collector)
        self.assertIn("such a plan", told.note)

    def test_it_is_charged_on_the_day_that_it_is_where_the_company_works(self):
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        plan = self._autoplan()
        # In Los Angeles it is seven in the evening of the day before
        self._charge(10, hour=2)
        self.assertFalse(plan.charge_ids)
        self._charge(11, hour=2)
        self.assertEqual(plan.charge_ids.date, self._day(10))

    def test_without_working_hours_a_company_lives_where_its_address_says(self):
        company = self.company.with_user(self.collector)
        self.company.partner_id.tz = "Asia/Tokyo"
        self.company.resource_calendar_id = False
        with self._at(0, hour=16):
            self.assertEqual(company._collections_today(), self._day(1))
            self.company.partner_id.tz = False
            self.assertEqual(company._collections_today(), self._day(0))

    def test_what_the_customer_is_just_paying_is_not_charged(self):
        plan = self._autoplan()
        with self._at(10):
            started = (
                self.env["payment.transaction"]
                .sudo()
                .create(
                    {
                        "provider_id": self.provider.id,
                        "payment_method_id": self.method.id,
                        "reference": "by themselves",
                        "amount": 100,
                        "currency_id": plan.currency_id.id,
                        "partner_id": self.customer.id,
                        "operation": "online_redirect",
                        "invoice_ids": self.first.ids,
                    }
                )
            )
        self._charge(10)
        self.assertFalse(plan.charge_ids)
        # Given up: nobody finishes it an hour later.
        self.assertEqual(started.state, "draft")
        self._charge(10, hour=10)
        self.assertEqual(plan.charge_ids.tx_state, "done")

    def test_two_attempts_cannot_live_at_once(self):
        plan = self._autoplan()
        with self._at(10):
            charge = plan._prepare_charges()
            self.assertFalse(plan._prepare_charges())
        self.assertTrue(charge.live)

    def test_a_token_of_another_customer_or_archived_is_refused_in_words(self):
        plan = self._plan().sudo()
        other = self._token(self._customer("Bruno Butcher"))
        with self.assertRaisesRegex(ValidationError, "another customer"):
            plan._set_token(other)
        self.token.active = False
        with self.assertRaisesRegex(ValidationError, "removed"):
            plan._set_token(self.token)

    def test_a_token_of_a_contact_of_the_customer_will_do(self):
        person = self.env["res.partner"].create(
            {"name": "Anna", "parent_id": self.customer.id}
        )
        plan = self._plan().sudo()
        plan._set_token(self._token(person))
        self.assertTrue(plan.autopay)

    def test_a_removed_payment_method_stops_it_and_tells_the_owner(self):
        plan = self._autoplan()
        self.token.active = False
        self.assertFalse(plan.autopay)
        self.assertIn("removed", plan.activity_ids.note)
        self._charge(10)
        self.assertFalse(plan.charge_ids)

    def test_nothing_is_charged_before_going_live(self):
        plan = self._autoplan()
        self.company.collections_mode = "preview"
        self._charge(10)
        self.assertFalse(plan.charge_ids)

    def test_what_is_on_its_way_is_not_charged_a_second_time(self):
        plan = self._autoplan()
        self._transaction(self.first, 100, "pending")
        self._charge(10)
        self.assertFalse(plan.charge_ids)

    def test_the_customer_sees_which_plan_is_paid_with_it(self):
        plan = self._autoplan()
        self.assertEqual(self.token.get_linked_records_info()[-1]["name"], plan.name)
