from datetime import timedelta

from odoo.tests import tagged

from . import test_pages
from .pay_common import PayCommon


@tagged("post_install", "-at_install")
class TestPayPages(PayCommon, test_pages.TestPages):
    """What is paid, used and promised: read by anybody, at both widths."""

    def test_the_pages_of_a_login(self):
        self.env["collections.promise"]._give(
            self.profile, 10, self.today + timedelta(days=5), currency_id=self.euro.id
        )
        self._discounted(200)
        pages = ["pay", "credits?done=1", "promise?done=1", "disputes", "plan"]
        self._assert_accessible("/my", pages, login="ada")

    def test_the_pages_of_a_link(self):
        pages = ["pay?choose=all", "credits", "promise", "disputes", "plan"]
        self._assert_accessible(f"/my/c/{self._token()}", pages)

    def test_the_pages_of_a_closed_door(self):
        self._assert_accessible(
            "/web/login", ["pay", "credits", "promise", "disputes", "plan"]
        )

    def test_nothing_due(self):
        base = f"/my/collections/{self.stranger_profile.id}"
        pages = [f"{base}/{path}" for path in ("pay", "credits", "promise", "disputes")]
        self._assert_accessible("/my", pages, login="other")

    def test_what_became_of_a_payment(self):
        self.authenticate("ada", "ada")
        pages = []
        for state in ("done", "pending", "error"):
            tx = self._start({self.late: "10"})
            self._notify(tx, state)
            pages.append(f"pay/done/{tx.id}")
        self._assert_accessible("/my", pages, login="ada")
