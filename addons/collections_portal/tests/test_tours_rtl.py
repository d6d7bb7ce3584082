from odoo.tests import tagged

from .tours_common import ToursCommon


@tagged("post_install", "-at_install")
class TestToursRightToLeft(ToursCommon):
    """Whoever reads from right to left, on a phone: nothing runs out of the window."""

    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.person.lang = "ar_001"

    def test_every_page_is_read(self):
        self._walk(self._path(), "collections_portal_right_to_left", "ada")
        self.assertTrue(self._of_profile("collections.promise"))

    def test_everything_is_agreed(self):
        self._offer()
        self._walk(self._path(), "collections_portal_agree", "ada")
        self.assertTrue(self._of_profile("collections.plan"))
