from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestRecipient(CollectionsCommon):
    """Whoever has left the customer reads nothing of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls._contact("Ann", type="invoice")
        cls._invoice(100, days_late=5)

    def setUp(self):
        super().setUp()
        self._run()
        self.profile = self._profile()
        self.planned = self._open_touchpoints()

    @classmethod
    def _contact(cls, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "parent_id": cls.customer.id,
                "email": f"{name.lower()}@customer.example",
                **values,
            }
        )

    def _leave(self, person):
        person.parent_id = self._customer("Other Firm")

    def _assert_left(self):
        self.assertRecordValues(
            self.planned.sudo(), [{"state": "cancelled", "refusal": "left"}]
        )

    def _pin(self, person):
        self.profile.with_user(self.collector)._pin("contact", person, "They pay")

    def _asked(self):
        return self.profile.activity_ids.filtered(
            lambda a: "another recipient" in a.summary
        )

    # === WHAT THE SYSTEM SAYS === #

    def test_who_is_archived_gets_nothing_that_a_manager_approves(self):
        self.friendly.approval = True
        self.planned.sudo().write({"state": "cancelled"})
        self._run()
        self.planned = self._open_touchpoints()
        self.assertRecordValues(
            self.planned, [{"state": "to_approve", "partner_id": self.ann.id}]
        )
        self.ann.active = False
        self.planned.with_user(self.manager).action_approve()
        self.assertFalse(self._dispatch())
        self._assert_left()
        self.assertIn("Ann is archived", self.planned.refusal_note)
        self._run()
        self.assertRecordValues(
            self._open_touchpoints(),
            [{"state": "to_approve", "partner_id": self.customer.id}],
        )

    def test_who_works_elsewhere_now_gets_nothing(self):
        ben = self._contact("Ben", type="invoice")
        self._leave(self.ann)
        self.assertFalse(self._dispatch())
        self._assert_left()
        self.assertIn("does not belong to Alma Bakery", self.planned.refusal_note)
        self._run()
        self.assertEqual(self._open_touchpoints().partner_id, ben)
        self.assertEqual(self._dispatch().address, "ben@customer.example")

    def test_a_run_plans_anew_what_waits_for_who_has_left(self):
        self._leave(self.ann)
        self._run()
        self._assert_left()
        self.assertEqual(self._open_touchpoints().partner_id, self.customer)
        self._run()
        self.assertEqual(len(self._touchpoints()), 2)

    def test_an_archived_customer_is_still_left_to_a_person(self):
        self.customer.active = False
        self._dispatch()
        self.assertEqual(self.planned.refusal, "archived")

    # === BY HAND === #

    def test_whoever_sends_it_now_is_told(self):
        self.ann.active = False
        with self.assertRaisesRegex(UserError, "Ann is archived"):
            self.planned.with_user(self.collector).action_send_now()

    def test_whoever_writes_to_them_is_told(self):
        self._leave(self.ann)
        profile = self.profile.with_user(self.collector)
        with self.assertRaisesRegex(UserError, "Ann does not belong to Alma Bakery"):
            profile._say("email", "Hello", "Hello", partner=self.ann)
        said = profile._say("email", "Hello", "Hello")
        self.assertEqual(said.partner_id, self.customer)
        wizard = self.env["collections.message.wizard"].with_user(self.collector)
        start = wizard.with_context(default_profile_id=profile.id).default_get(
            ["profile_id", "partner_id"]
        )
        self.assertEqual(start["partner_id"], self.customer.id)

    # === WHO IS PINNED === #

    def test_a_pinned_recipient_who_is_archived_is_replaced_and_asked_for_once(self):
        cleo = self._contact("Cleo")
        self._pin(cleo)
        cleo.active = False
        self.planned.sudo().write({"state": "cancelled"})
        for days in (0, 1):
            day = self.today + timedelta(days=days)
            with freeze_time(f"{day} 09:00:00"):
                self._run()
            self.assertEqual(self.profile.contact_id, self.ann)
            self.assertEqual(self._open_touchpoints().partner_id, self.ann)
            self.assertEqual(len(self._asked()), 1)
        self.assertIn("Cleo is archived", self._asked().summary)
        self.assertFalse(self.profile.pin_ids)
        history = self.profile.with_context(active_test=False).pin_ids
        self.assertEqual(history.value, cleo.display_name)

    def test_a_pinned_recipient_of_another_firm_is_replaced(self):
        cleo = self._contact("Cleo")
        self._pin(cleo)
        self._leave(cleo)
        self._run()
        self.assertEqual(self.profile.contact_id, self.ann)
        self.assertIn("Cleo does not belong to", self._asked().summary)

    def test_a_pinned_recipient_who_is_there_stays(self):
        for person in (self._contact("Cleo"), self.customer):
            self._pin(person)
            self._run()
            self.assertEqual(self.profile.contact_id, person)
        self.assertFalse(self._asked())
