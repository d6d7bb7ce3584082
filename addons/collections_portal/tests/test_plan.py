import re
from datetime import timedelta

from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon


@tagged("post_install", "-at_install")
class TestPlan(PayCommon, CollectionsPortalHttpCommon):
    """A plan is seen before it is agreed, and agreed at once inside the limits."""

    def setUp(self):
        super().setUp()
        self._allow_plans(deposit_max=50)
        self.authenticate("ada", "ada")

    def _form(self, path, **values):
        terms = {
            "deposit": "234.50",
            "count": "4",
            "rhythm": "month",
            "first": "2026-03-24",
            **values,
        }
        return self._post_items(f"plan/{path}", self.euro, list(terms.items()))

    def _agree(self, **values):
        return self._form("agree", **{"name": "Ada Adler", "agree": "1", **values})

    def _plans(self):
        return self.env["collections.plan"].search(
            [("profile_id", "=", self.profile.id)]
        )

    def test_the_schedule_is_shown_and_nothing_is_kept(self):
        self.assertIn("in parts", self._get("plan").text)
        text = self._form("preview").text
        self.assertIn("250.00", text)
        self.assertIn("06/24/2026", text)
        self.assertIn("1,234.50", text)
        self.assertFalse(self._plans())

    def test_inside_the_limits_it_is_agreed_at_once(self):
        response = self._agree()
        self.assertIn("It is agreed", response.text)
        plan = self._plans()
        self.assertEqual(plan.state, "agreed")
        self.assertEqual(plan.amount, 1234.5)
        self.assertEqual(plan.accepted_name, "Ada Adler")
        self.assertEqual(plan.source, "customer")
        self.assertEqual(plan.line_ids.move_line_id, self._item(self.late))
        self.assertIn("Payment plan agreed", self._told().subject)

    def test_an_invoice_that_is_written_anew_is_not_asked_for(self):
        self._agree()
        plan = self._plans().sudo()
        held = plan.hold_id.line_ids
        held.copy({"hold_id": plan.hold_id.id, "move_line_id": False})
        self.assertEqual(
            self.profile._get_plan_amounts(plan), {held.move_line_id.id: 234.5}
        )

    def test_without_name_or_box_nothing_is_agreed(self):
        self.assertIn("write your name", self._agree(name=" ").text)
        self.assertIn("tick that you agree", self._agree(agree="").text)
        self.assertFalse(self._plans())

    def test_outside_the_limits_there_is_a_counter_offer_and_a_person(self):
        text = self._form("preview", count="12").text
        self.assertIn("A person has to look", text)
        self.assertIn("Agreed at once would be", text)
        response = self._agree(count="12")
        self.assertIn("A person looks at it", response.text)
        plan = self._plans()
        self.assertTrue(plan.to_approve)
        self.assertEqual(plan.state, "proposed")

    def test_what_makes_no_sense_is_said_and_nothing_is_lost(self):
        for values, words in (
            ({"count": "many"}, "how many instalments"),
            ({"count": "0"}, "1 to 120"),
            ({"first": ""}, "Choose the day"),
            ({"first": "2026-03-01"}, "is past"),
            ({"deposit": "lots"}, "Write an amount"),
            ({"deposit": "5000"}, "pay all of it"),
        ):
            response = self._form("preview", **values)
            self.assertEqual(response.status_code, 422)
            self.assertIn(words, response.text)
            for value in values.values():
                self.assertIn(f'value="{value}"', response.text)

    def test_the_next_instalment_is_paid(self):
        self._agree()
        plan = self._plans()
        text = self._get(f"plan/{plan.id}").text
        self.assertIn("Pay the next one", text)
        text = self._get(f"pay?plan={plan.id}").text
        self.assertEqual(self._ticked(text), {self._item(self.late).id})
        self.assertIn('value="234.50"', text)
        self._finish(self._start({self.late: "234.50"}))
        self._run()
        self.assertEqual(plan.instalment_ids[0].state, "paid")
        self.assertEqual(plan.state, "active")

    def test_a_saved_card_pays_until_it_is_stopped(self):
        self._agree()
        plan = self._plans()
        theirs = self._card(self.sibling)
        path = f"plan/{plan.id}/card"
        self.assertEqual(self._post(path, card=str(theirs.id)).status_code, 404)
        card = self._card(self.person)
        self.assertIn("Saved.", self._post(path, card=str(card.id)).text)
        self.assertTrue(plan.autopay)
        self.assertEqual(plan.sudo().token_id, card)
        self._post(path, card="")
        self.assertFalse(plan.autopay)

    def test_a_link_agrees_and_touches_no_card(self):
        self._open_link()
        self._agree()
        plan = self._plans()
        self.assertEqual(plan.state, "agreed")
        self.assertNotIn("Automatic payment", self._get(f"plan/{plan.id}").text)
        card = self._card(self.person)
        response = self._post(f"plan/{plan.id}/card", card=str(card.id))
        self.assertEqual(response.status_code, 404)

    def _propose(self):
        return self.env["collections.plan"]._propose(
            self.profile,
            self._item(self.late),
            currency_id=self.euro.id,
            instalment_count=2,
            date_first=self.today,
        )

    def test_what_we_propose_is_accepted(self):
        plan = self._propose()
        path = f"plan/{plan.id}"
        self.assertIn("Do you agree?", self._get(path).text)
        self._post(f"{path}/accept", name="Ada Adler", agree="1")
        self.assertEqual(plan.state, "active")

    def test_what_is_accepted_late_shows_the_days_that_are_accepted(self):
        plan = self._propose()
        for row in plan.sudo().instalment_ids:
            row._move(row.date_due - timedelta(days=10), self.today)
        shown = plan._get_days().values()
        self.assertEqual(min(shown), self.today)
        text = self._get(f"plan/{plan.id}").text
        self.assertIn("Its first day has passed", text)
        self.assertNotIn("Not paid yet", text)
        for day in shown:
            self.assertIn(day.strftime("%m/%d/%Y"), text)
        self._post(f"plan/{plan.id}/accept", name="Ada Adler", agree="1")
        self.env.invalidate_all()
        self.assertEqual(plan.instalment_ids.mapped("date_due"), list(shown))
        self.assertNotIn("has passed", self._get(f"plan/{plan.id}").text)

    def _seen(self, response):
        """Return what a page says that it showed."""
        return re.search(r'name="seen" value="([^"]+)"', response.text)[1]

    def test_what_is_agreed_is_what_was_seen(self):
        seen = self._seen(self._form("preview"))
        self._invoice(50, 20, currency_id=self.euro.id)
        response = self._agree(seen=seen)
        self.assertEqual(response.status_code, 422)
        self.assertIn("changed since you opened this page", response.text)
        self.assertIn("1,284.50", response.text)
        self.assertFalse(self._plans())
        self._agree(seen=self._seen(response))
        self.assertEqual(self._plans().amount, 1284.5)

    def test_what_we_propose_instead_is_not_accepted_unseen(self):
        plan = self._propose()
        path = f"plan/{plan.id}"
        seen = self._seen(self._get(path))
        plan._counter(instalment_count=1)
        response = self._post(f"{path}/accept", name="Ada Adler", agree="1", seen=seen)
        self.assertEqual(response.status_code, 422)
        self.assertIn("changed since you opened this page", response.text)
        self.assertEqual(plan.state, "proposed")
        seen = self._seen(response)
        self._post(f"{path}/accept", name="Ada Adler", agree="1", seen=seen)
        self.assertEqual(plan.state, "active")

    def test_somebody_elses_is_closed(self):
        self._agree()
        path = f"plan/{self._plans().id}"
        self.authenticate("other", "other")
        for where in (path, f"{path}/document"):
            response = self._get(where, profile=self.stranger_profile)
            self.assertEqual(response.status_code, 404)
