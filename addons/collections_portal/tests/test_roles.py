import errno
import re
from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .common import CollectionsPortalCommon


@tagged("post_install", "-at_install")
class TestRoles(CollectionsPortalCommon, MockEmail):
    """Who does what at a customer decides who reads what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.env["res.partner"].create(
            {
                "name": "Bea Boss",
                "parent_id": cls.customer.id,
                "email": "bea@customer.example",
            }
        )

    def _give(self, role, person=None):
        return self.env["collections.contact.role"].create(
            {
                "profile_id": self.profile.id,
                "role": role,
                "partner_id": (person or self.boss).id,
            }
        )

    def _send(self, stage, **values):
        touchpoint = self._message(
            stage,
            origin="automatic",
            state="scheduled",
            episode=self.profile.episode,
            **values,
        ).sudo()
        touchpoint._dispatch()
        self.assertEqual(touchpoint.state, "sent", touchpoint.refusal_note)
        return touchpoint.search([("copy_of_id", "=", touchpoint.id)])

    def test_without_roles_one_person_reads_it(self):
        self.assertFalse(self._send(self.final))

    def test_from_the_final_step_on_the_escalation_contact_reads_along(self):
        self._give("escalation")
        self.assertFalse(self._send(self.firm))
        copy = self._send(self.final, occurrence=20260312)
        self.assertEqual(copy.partner_id, self.boss)
        self.assertEqual(copy.state, "sent", copy.refusal_note)
        self.assertIn("Bea Boss", copy.body)
        self.assertIn(self.late.name, copy.body)

    def test_the_links_of_a_copy_are_its_readers(self):
        self._give("escalation")
        copy = self._send(self.final)
        [token] = re.findall(r"/my/c/([\w-]+)", copy.body)
        link = self.env["collections.profile"]._from_portal_token(token)
        self.assertEqual(link.person, self.boss)
        [token] = set(re.findall(r"/my/o/([\w-]+)", copy.body))
        found, _channel = copy._from_optout_token(token)
        self.assertEqual(found._get_person(), self.boss)

    def test_whoever_approves_reads_along_while_an_approval_is_missing(self):
        self._give("approver")
        self.assertFalse(self._send(self.firm))
        self.profile.sudo().reason_id = self.env.ref(
            "customer_collections.reason_paperwork_approval"
        )
        copy = self._send(self.firm, occurrence=20260312)
        self.assertEqual(copy.partner_id, self.boss)

    def _say_reason(self):
        """Take down that an approval is missing, and let its message leave."""
        entry = self.profile.with_user(self.collector)._give_reason(
            self.env.ref("customer_collections.reason_paperwork_approval")
        )
        said = entry.sudo().touchpoint_id
        said._dispatch()
        self.assertEqual(said.state, "sent", said.refusal_note)
        return said, said.search([("copy_of_id", "=", said.id)])

    def test_whoever_approves_gets_the_message_of_the_missing_approval(self):
        self._give("approver")
        said, copy = self._say_reason()
        self.assertEqual(copy.partner_id, self.boss)
        self.assertEqual(copy.state, "sent", copy.refusal_note)
        self.assertEqual(copy.subject, said.subject)
        self.assertIn("is waiting for an approval", copy.body)
        self.assertEqual(
            copy.mail_message_id.attachment_ids.mapped("name"),
            said.mail_message_id.attachment_ids.mapped("name"),
        )

    def test_the_copy_of_a_reasons_message_is_made_for_its_reader(self):
        self._give("approver")
        said, copy = self._say_reason()
        self.assertIn("Hello Bea Boss", copy.body)
        for path in ("/my/c/", "/my/o/"):
            tokens = [
                set(re.findall(rf"{path}([\w-]+)", message.body))
                for message in (said, copy)
            ]
            self.assertTrue(all(tokens))
            self.assertFalse(set.intersection(*tokens))

    def test_a_reasons_message_that_a_person_edited_is_not_copied(self):
        self._give("approver")
        entry = self.profile.with_user(self.collector)._give_reason(
            self.env.ref("customer_collections.reason_paperwork_approval")
        )
        said = entry.sudo().touchpoint_id
        said.with_user(self.collector)._edit("Between us", "<p>Dear Ada</p>")
        said._dispatch()
        self.assertIn("Dear Ada", said.body)
        self.assertFalse(said.search([("copy_of_id", "=", said.id)]))

    def test_a_copy_takes_no_step_and_nothing_from_the_budget(self):
        self._give("escalation")
        copy = self._send(self.final)
        self.assertFalse(copy._is_contact())
        self.assertEqual(copy.origin, "person")
        history = copy.search([("profile_id", "=", self.profile.id)])
        self.assertEqual(len(history.filtered(lambda t: t._is_contact())), 1)

    def _lose(self, messages):
        """Let the mail server be away when these are handed over."""
        away = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        server = self.env.registry["ir.mail_server"]
        with (
            self.mock_mail_gateway(),
            mute_logger("odoo.addons.mail.models.mail_mail"),
            patch.object(server, "_connect__", side_effect=away),
        ):
            messages.mail_message_id.mail_ids.send()

    def test_a_copy_that_the_mail_server_could_not_take_is_sent_again(self):
        self._give("escalation")
        copy = self._send(self.final)
        self._lose(copy)
        self.assertEqual(copy.state, "scheduled")
        with freeze_time("2026-03-10 11:00:00"):
            copy._dispatch()
        self.assertEqual(copy.state, "sent", copy.refusal_note)

    def test_a_copy_that_waits_leaves_neither_at_night_nor_when_all_is_paid(self):
        self._give("escalation")
        copy = self._send(self.final)
        self._lose(copy)
        with freeze_time("2026-03-10 23:00:00"):
            copy._dispatch()
        self.assertEqual(copy.state, "scheduled")
        self.assertEqual(str(copy.scheduled_at), "2026-03-11 07:00:00")
        for move in self.items:
            self._pay(move)
        with freeze_time("2026-03-11 07:00:00"):
            copy._dispatch()
        self.assertEqual((copy.state, copy.refusal), ("cancelled", "settled"))

    def test_a_copy_leaves_by_the_clock_of_its_reader(self):
        self.boss.write(
            {
                "type": "other",
                "phone": "+1 213 555 0100",
                "country_id": self.env.ref("base.us").id,
                "state_id": self.env.ref("base.state_us_5").id,
            }
        )
        self._give("escalation")
        copy = self._send(self.final)
        self.assertEqual(copy.state, "scheduled")
        # Eight in the morning in Los Angeles, in summer time
        self.assertEqual(str(copy.scheduled_at), "2026-03-10 15:00:00")
        with freeze_time("2026-03-10 15:00:00"):
            copy._dispatch()
        self.assertEqual(copy.state, "sent", copy.refusal_note)

    def test_a_copy_that_waits_does_not_follow_its_reader_to_another_firm(self):
        self._give("escalation")
        copy = self._send(self.final)
        self._lose(copy)
        self.boss.parent_id = self.stranger
        with freeze_time("2026-03-10 11:00:00"):
            copy._dispatch()
        self.assertEqual((copy.state, copy.refusal), ("cancelled", "left"))

    def test_accounts_payable_who_left_is_not_written_to_any_more(self):
        self.profile.sudo()._set_portal_roles({"payable": self.boss}, self.person)
        self.assertEqual(self.profile.contact_id, self.boss)
        self.boss.active = False
        self._run()
        self.assertEqual(self.profile.contact_id, self.person)
        self.assertIn("Bea Boss is archived", self.profile.activity_ids.summary)

    def test_what_is_sent_again_is_copied_once(self):
        self._give("escalation")
        copy = self._send(self.final)
        both = copy.copy_of_id | copy
        self._lose(both)
        self.assertEqual(set(both.mapped("state")), {"scheduled"})
        with freeze_time("2026-03-10 11:00:00"):
            both._dispatch()
        self.assertEqual(set(both.mapped("state")), {"sent"})
        self.assertEqual(copy.search([("copy_of_id", "=", copy.copy_of_id.id)]), copy)

    def test_an_opt_out_of_the_reader_is_kept(self):
        self._give("escalation")
        self.profile.sudo()._opt_out("email", "portal", partner=self.boss)
        copy = self._send(self.final)
        self.assertEqual(copy.state, "cancelled")
        self.assertEqual(copy.refusal, "opted_out")

    def test_the_roles_of_a_merged_customer_go_on(self):
        self._give("escalation")
        self.env["collections.contact.role"].create(
            [
                {
                    "profile_id": self.stranger_profile.id,
                    "role": role,
                    "partner_id": self.stranger.id,
                }
                for role in ("escalation", "approver")
            ]
        )
        merge = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        merge._merge((self.customer | self.stranger).ids, self.customer)
        self.env.invalidate_all()
        self.assertFalse(self.stranger_profile.exists())
        self.assertEqual(
            {role.role: role.partner_id for role in self.profile.contact_role_ids},
            # The person who approved is the merged contact itself now
            {"escalation": self.boss, "approver": self.customer},
        )

    def test_the_recipient_gets_no_copy_and_neither_does_who_left(self):
        role = self._give("escalation", self.person)
        self.assertFalse(self._send(self.final))
        role.partner_id = self.boss
        self.boss.parent_id = False
        self.assertFalse(self._send(self.final, occurrence=20260312))
