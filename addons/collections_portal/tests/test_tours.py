from odoo.tests import tagged

from .tours_common import ToursCommon


@tagged("post_install", "-at_install")
class TestTours(ToursCommon):
    """Each page to its end, in no more than three steps, for everybody."""

    def _read(self, path, login=None):
        self._walk(path, "collections_portal_read", login)
        self.assertEqual(self.profile.preferred_channel, "letter")
        self.assertEqual(self.profile.optout_ids.channel, "sms")
        self.assertEqual(self.profile.reason_entry_ids.reason_id.code, "hardship")
        tasks = self.profile.activity_ids.mapped("summary")
        self.assertTrue([task for task in tasks if "+32 2 555 77 77" in task], tasks)

    def _agree(self, path, login=None):
        offer = self._offer()
        self._walk(path, "collections_portal_agree", login)
        self.assertEqual(offer.state, "accepted")
        dispute = self._of_profile("collections.dispute")
        self.assertEqual(dispute.outcome, "withdrawn")
        self.assertEqual(dispute.amount, 200)
        plan = self._of_profile("collections.plan")
        self.assertEqual(plan.accepted_name, "Ada Adler")
        self.assertEqual(len(plan.instalment_ids), 4)
        return plan

    def test_a_login_reads_and_tells(self):
        self._read(self._path(), "ada")

    def test_a_link_reads_and_tells(self):
        self._read(self._link())

    def test_a_login_agrees(self):
        plan = self._agree(self._path(), "ada")
        card = self._card(self.person)
        self._walk(self._path(), "collections_portal_autopay", "ada")
        self.assertFalse(plan.autopay)
        self.assertEqual(card.partner_id, self.person)

    def test_a_link_agrees(self):
        self._agree(self._link())

    def test_an_expired_link_asks_for_a_fresh_one(self):
        token = self._token()
        self.profile.action_withdraw_portal_links()
        self._walk(f"/my/c/{token}", "collections_portal_closed")
        self.assertTrue(self._touchpoints().filtered("asked_for"))

    def test_all_is_settled(self):
        path = self._path(profile=self.stranger_profile)
        self._walk(path, "collections_portal_settled", "other")


@tagged("post_install", "-at_install")
class TestToursByPhone(TestTours):
    browser_size = "390x844"
    touch_enabled = True
