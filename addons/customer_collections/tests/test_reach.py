from odoo import Command
from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestReach(CollectionsCommon):
    """Whose number and whose street: a contact without their own is at work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls.env["res.partner"].create(
            {
                "name": "Ada Accounts",
                "parent_id": cls.customer.id,
                "type": "invoice",
                "email": "ada@customer.example",
            }
        )
        cls.contact.message_bounce = 1
        cls._invoice(100, days_late=5)

    def _planned(self, *channels):
        """Plan the first reminder, by these channels only if any are given."""
        if channels:
            self.friendly.channel_ids = [
                Command.clear(),
                *(Command.create({"channel": channel}) for channel in channels),
            ]
        self._run()
        planned = self._open_touchpoints()
        self.assertFalse(planned.partner_id - self.contact)
        return planned

    def _opt_out(self, channel, person):
        return self._profile()._opt_out(channel, "person", partner=person)

    def test_a_text_goes_to_the_companys_number(self):
        planned = self._planned()
        self.assertEqual(planned.channel, "sms")
        self._dispatch()
        self.assertEqual(planned.address, self.customer.phone_sanitized)
        message = planned.mail_message_id.sudo()
        sms = self.env["sms.sms"].sudo().search([("mail_message_id", "=", message.id)])
        self.assertEqual(sms.number, self.customer.phone_sanitized)
        self.assertEqual(sms.partner_id, self.contact)

    def test_a_number_of_their_own_goes_before(self):
        self.contact.phone = "+32 2 555 99 99"
        planned = self._planned()
        self._dispatch()
        self.assertEqual(planned.address, self.contact.phone_sanitized)

    def test_a_letter_goes_to_the_companys_street(self):
        self.customer.phone = False
        planned = self._planned()
        self.assertEqual(planned.channel, "letter")
        self._dispatch()
        self.assertEqual(planned.state, "sent", planned.refusal_note)
        self.assertIn("Rue Neuve", planned.address)

    def test_who_is_to_call_reads_the_companys_number(self):
        self._planned("call")
        self._dispatch()
        profile = self._profile().with_user(self.collector)
        self.assertIn(self.customer.phone, str(profile.sudo().activity_ids.note))
        self.assertEqual(profile.contact_phone, self.customer.phone)

    def test_a_text_of_odoos_own_tool_goes_there_too(self):
        self._run()
        self._profile()._message_sms(
            "Hello", partner_ids=self.contact.ids, put_in_queue=True
        )
        said = self._touchpoints().filtered(lambda t: t.origin == "person")
        self.assertEqual(said.state, "sent", said.refusal_note)
        self.assertEqual(said.address, self.customer.phone_sanitized)
        sms = self.env["sms.sms"].sudo().search([("partner_id", "=", self.contact.id)])
        self.assertEqual(sms.number, said.address)

    def test_nothing_of_the_companys_is_no_way_either(self):
        self.customer.write({"phone": False, "street": False})
        self.assertFalse(self._planned())
        self.assertEqual(self._touchpoints().refusal, "no_channel")

    def test_an_opt_out_of_the_companys_number_holds(self):
        self._run()
        self._opt_out("sms", self.customer)
        self.assertEqual(self._planned().channel, "letter")

    def test_an_opt_out_withdraws_what_was_to_go_to_that_number(self):
        planned = self._planned()
        optout = self._opt_out("sms", self.customer)
        self.assertEqual(planned.refusal, "opted_out")
        colleague = self.contact.copy({"name": "Ben Bookkeeper"})
        self.assertTrue(optout._is_about(colleague))

    def test_who_opts_out_of_the_companys_number_does_so_for_all_of_it(self):
        colleague = self.contact.copy({"name": "Ben Bookkeeper", "type": "other"})
        self._run()
        self._opt_out("sms", colleague)
        self.assertEqual(self._planned().channel, "letter")

    def test_a_blacklisted_number_of_the_company_is_left_alone(self):
        planned = self._planned()
        self.env["phone.blacklist"].sudo().create(
            {"number": self.customer.phone_sanitized}
        )
        self._dispatch()
        self.assertEqual(planned.refusal, "opted_out")
        self.assertEqual(self._planned().channel, "letter")

    def test_a_company_that_wants_no_letters_gets_none_for_its_contacts(self):
        self.customer.phone = False
        planned = self._planned()
        self._opt_out("letter", self.customer)
        self.assertEqual(planned.refusal, "opted_out")
        self.assertFalse(self._planned())
        self.contact.write({"street": "Rue Haute 2", "city": "Brussels"})
        self.assertEqual(self._planned().channel, "letter")
