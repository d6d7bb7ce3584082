from datetime import timedelta

from odoo.tests import tagged

from .tours_common import ToursCommon


@tagged("post_install", "-at_install")
class TestToursAccept(ToursCommon):
    """What we proposed is accepted and paid, by a login and from a link."""

    def _accept_plan(self, path, login=None):
        plan = self.env["collections.plan"]._propose(
            self.profile,
            self._item(self.late),
            currency_id=self.euro.id,
            instalment_count=2,
            date_first=self.today + timedelta(days=7),
        )
        self._walk(path, "collections_portal_accept_plan", login)
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.accepted_name, "Ada Adler")
        self.assertEqual(self.late.amount_residual, 617.25)

    def _accept_offer(self, path, login=None):
        offer = self._offer()
        self._walk(path, "collections_portal_accept_offer", login)
        self.assertEqual(offer.state, "kept")
        self.assertEqual(self.dollars.amount_residual, 50)

    def test_a_login_accepts_a_plan(self):
        self._accept_plan(self._path(), "ada")

    def test_a_link_accepts_a_plan(self):
        self._accept_plan(self._link())

    def test_a_login_accepts_an_offer(self):
        self._accept_offer(self._path(), "ada")

    def test_a_link_accepts_an_offer(self):
        self._accept_offer(self._link())


@tagged("post_install", "-at_install")
class TestToursAcceptByPhone(TestToursAccept):
    browser_size = "390x844"
    touch_enabled = True
