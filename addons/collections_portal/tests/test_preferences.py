from odoo.http import Request
from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon


@tagged("post_install", "-at_install")
class TestPreferences(CollectionsPortalHttpCommon):
    def _save(self, **form):
        form["csrf_token"] = Request.csrf_token(self)
        response = self.url_open(self._path("preferences/save"), form)
        self.env.invalidate_all()
        return response

    def test_a_channel_that_is_left_is_kept_by_the_gate_at_once(self):
        touchpoint = self._message(self.firm, state="scheduled").sudo()
        self.assertFalse(touchpoint._check_gate())
        self._open_link()
        self.assertIn("We keep to it", self._save(no_email="1").text)
        self.assertEqual(self.profile.optout_ids.partner_id, self.person)
        self.assertEqual(self.profile.optout_ids.source, "portal")
        self.assertEqual(touchpoint._check_gate()[touchpoint.id].code, "opted_out")
        self._save()
        self.assertFalse(touchpoint._check_gate())

    def test_what_another_contact_of_the_same_mailbox_left_can_be_undone(self):
        touchpoint = self._message(self.firm, state="scheduled").sudo()
        twin = self.person.sudo().copy({"name": "Office"})
        self.assertEqual(twin.email, self.person.email)
        self.profile.sudo()._opt_out("email", "reply", partner=twin)
        self._open_link()
        self.assertEqual(touchpoint._check_gate()[touchpoint.id].code, "opted_out")
        self._save(no_email="1")
        self.assertEqual(self.profile.optout_ids.partner_id, twin)
        self._save()
        self.assertFalse(touchpoint._check_gate())

    def test_hours_are_kept_by_the_gate_at_once(self):
        touchpoint = self._message(self.firm, state="scheduled").sudo()
        self._open_link()
        self._save(hours="afternoon")
        self.assertEqual(touchpoint._check_gate()[touchpoint.id].code, "outside_hours")
        self._save(hours="any")
        self.assertFalse(touchpoint._check_gate())

    def test_hours_that_do_not_suit_every_zone_are_said_to(self):
        self.profile.sudo().timezones = "America/New_York,Pacific/Honolulu"
        rules = self.env["collections.contact.rule"].sudo().search([])
        rules.write({"hour_from": 8, "hour_to": 20})
        self._open_link()
        page = self._save(hours="morning").text
        self.assertIn("We may not reach you at these hours", page)
        self.assertNotIn("We keep to it", page)
        page = self._save(hours="afternoon").text
        self.assertIn("We keep to it", page)
        self.assertIn("New York", page)
        self.assertIn("go by the clock named here", page)
        self.profile.sudo().timezones = "America/New_York"
        self.assertNotIn("go by the clock", self._get("preferences").text)

    def test_channel_and_language_are_noted(self):
        self._open_link()
        self._save(channel="letter", language="de_DE")
        self.assertEqual(self.profile.preferred_channel, "letter")
        self.assertEqual(self.person.lang, "de_DE")
        self._save(channel="pigeon", language="xx_XX")
        self.assertEqual(self.person.lang, "de_DE")
        self.assertFalse(self.profile.preferred_channel)

    def test_a_letter_cannot_be_left(self):
        self._open_link()
        self._save(no_letter="1")
        self.assertFalse(self.profile.optout_ids)
        self.assertIn("What stays: letters", self._get("preferences").text)

    def test_saving_what_is_there_leaves_no_trace(self):
        self._open_link()
        count = len(self.profile.message_ids)
        self._save(language="en_US", hours="any")
        self.assertEqual(len(self.profile.message_ids), count)

    def test_a_login_chooses_who_receives_what(self):
        self.authenticate("ada", "ada")
        self._save(role_payable=self.sibling.id, role_approver=self.person.id)
        roles = {r.role: r.partner_id for r in self.profile.contact_role_ids}
        self.assertEqual(roles, {"payable": self.sibling, "approver": self.person})
        self.assertEqual(self.profile.contact_id, self.sibling)
        self.company.collections_portal_entity = False
        self.assertTrue(self.profile._is_portal_whole(self.sibling))
        self._save(role_payable="")
        self.assertFalse(
            self.profile.contact_role_ids.filtered(lambda r: r.role == "payable")
        )

    def test_strangers_get_no_role(self):
        self.authenticate("ada", "ada")
        self._save(role_payable=self.stranger.id, role_approver="x")
        self.assertFalse(self.profile.contact_role_ids)

    def test_a_link_chooses_for_its_holder_alone(self):
        self._open_link(self._token(self.sibling))
        self._save(channel="letter", hours="morning", role_payable=self.sibling.id)
        self.assertFalse(self.profile.preferred_channel)
        self.assertFalse(self.profile.contact_hour_to)
        self.assertFalse(self.profile.contact_role_ids)
        self.assertNotIn("ada@customer.example", self._get("preferences").text)
