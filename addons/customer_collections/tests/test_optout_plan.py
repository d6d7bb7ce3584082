from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestOptoutPlan(CollectionsCommon):
    def test_an_opt_out_withdraws_what_was_planned_and_takes_another_way(self):
        self._invoice(days_late=5)
        self._run()
        self._profile().sudo()._opt_out("email", "link", partner=self.customer)
        self.assertEqual(self._touchpoints().refusal, "opted_out")
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "sms")

    def test_an_opt_out_of_one_person_leaves_the_others_their_channel(self):
        colleague = self._customer("Colleague", parent_id=self.customer.id)
        self._invoice(days_late=5)
        self._run()
        self._profile().sudo()._opt_out("email", "link", partner=colleague)
        self.assertEqual(self._open_touchpoints().channel, "email")
