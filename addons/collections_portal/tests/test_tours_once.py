from odoo.tests import tagged

from .tours_common import ToursCommon


@tagged("post_install", "-at_install")
class TestToursOnce(ToursCommon):
    def test_a_double_click_sends_a_form_once(self):
        self._walk(self._path(), "collections_portal_once", "ada")
        told = self._touchpoints().filtered(lambda t: "once more" in (t.body or ""))
        self.assertEqual(len(told), 1)
