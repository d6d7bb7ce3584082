from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from ..hooks import forget_questions
from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestApproval(CollectionsCommon):
    """A manager is told that messages wait for their word."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.friendly.approval = True
        cls._invoice(100, days_late=5)
        cls._invoice(100, days_late=5, partner=cls._customer("Bruno Cars"))

    def _asked(self):
        self.env.invalidate_all()
        # In sudo: whichever manager it is, it is theirs.
        asked = self.env["mail.activity"].sudo().search([("res_model", "=", False)])
        return asked.sudo(False).with_user(asked.user_id)

    def _waiting(self):
        return self.env["collections.touchpoint"].search([("state", "=", "to_approve")])

    def test_a_manager_is_asked_once_with_the_number(self):
        self._run()
        asked = self._asked()
        self.assertEqual(asked.summary, "2 messages wait for your approval")
        self.assertIn("/odoo/collections-to-approve", asked.note)
        self.assertEqual(asked.date_deadline, self.today)

    def test_a_manager_is_asked_before_who_administers_odoo(self):
        admin = self.env.ref("base.user_admin")
        admin.write({"name": "Aaron", "company_ids": [Command.link(self.company.id)]})
        self._run()
        self.assertEqual(self._asked().user_id, self.manager)
        self.manager.active = False
        self.assertEqual(
            self.company._get_collections_manager(self.env["collections.profile"]),
            admin,
        )

    def test_while_one_is_open_it_tells_the_new_number(self):
        self._run()
        asked = self._asked()
        self._invoice(100, days_late=5, partner=self._customer("Carla Tiles"))
        self._run()
        self.assertEqual(self._asked(), asked)
        self.assertEqual(asked.summary, "3 messages wait for your approval")

    def test_what_is_said_to_be_done_and_is_not_is_asked_again(self):
        self._run()
        self._asked().action_feedback()
        self.assertFalse(self._asked())
        self._run()
        self.assertEqual(self._asked().summary, "2 messages wait for your approval")

    def test_it_is_done_when_the_last_message_is_approved(self):
        self._run()
        waiting = self._waiting().with_user(self.manager)
        waiting[0].action_approve()
        self.assertEqual(self._asked().summary, "One message waits for your approval")
        waiting[1].action_approve()
        self.assertFalse(self._asked())

    def test_it_is_done_when_the_last_message_is_refused(self):
        self._run()
        self._waiting().with_user(self.collector)._refuse("Called them")
        self.assertFalse(self._asked())

    def test_uninstalling_takes_back_what_was_asked(self):
        self._run()
        # In sudo: as Odoo uninstalls.
        forget_questions(self.env(su=True))
        self.assertFalse(self._asked())

    def test_nobody_is_asked_in_a_preview(self):
        self.company.collections_mode = "preview"
        self._run()
        self.assertFalse(self._asked())

    def test_the_run_warns_of_what_waits_for_days(self):
        self.assertNotIn("have waited", self._run().warnings or "")
        days_ago = fields.Datetime.now() - timedelta(days=4)
        self._waiting()[0].sudo().scheduled_at = days_ago
        self.assertIn("1 messages have waited", self._run().warnings)
