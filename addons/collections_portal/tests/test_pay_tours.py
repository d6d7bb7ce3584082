from odoo.tests import tagged

from .tours_common import ToursCommon


@tagged("post_install", "-at_install")
class TestPayTours(ToursCommon):
    def test_a_part_is_paid_in_three_steps(self):
        self._walk(self._path("pay"), "collections_portal_pay", "ada")
        self.assertEqual(self.late.amount_residual, 1134.5)

    def test_a_link_pays_too(self):
        self._walk(self._link("pay"), "collections_portal_pay")
        self.assertEqual(self.late.amount_residual, 1134.5)

    def test_a_promise_is_given_on_one_screen(self):
        self._walk(self._path(), "collections_portal_promise", "ada")
        self.assertEqual(self._of_profile("collections.promise").amount, 50)

    def test_credit_is_used(self):
        self._walk(self._path(), "collections_portal_credits", "ada")
        self.assertTrue(self.note.amount_residual < 20)


@tagged("post_install", "-at_install")
class TestPayToursByPhone(TestPayTours):
    browser_size = "390x844"
    touch_enabled = True
