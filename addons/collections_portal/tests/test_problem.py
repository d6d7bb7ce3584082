from odoo.http import Request
from odoo.tests import tagged

from ..controllers.uploads import clean_name
from .common import CollectionsPortalHttpCommon

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20


@tagged("post_install", "-at_install")
class TestProblem(CollectionsPortalHttpCommon):
    def setUp(self):
        super().setUp()
        self._open_link()

    def _tell(self, files=(), **form):
        return self.url_open(
            self._path("problem/tell"),
            {"csrf_token": Request.csrf_token(self), **form},
            files=[("files", file) for file in files] or None,
        )

    def _told(self):
        self.env.invalidate_all()
        return self._touchpoints().filtered(lambda t: t.channel == "portal")

    def test_what_is_told_is_kept_and_pauses_the_reminders(self):
        response = self._tell(message="We need PO 4711 <b>")
        self.assertIn("Thank you for telling us", response.text)
        told = self._told()
        self.assertEqual(told.direction, "in")
        self.assertEqual(told.partner_id, self.person)
        self.assertIn("PO 4711 &lt;b&gt;", told.body)
        self.assertEqual(self.profile.hold_effect, "pause")
        activity = self.profile.activity_ids
        self.assertEqual(activity.user_id, self.collector)

    def test_a_reason_is_the_customers_word_and_follows_its_track(self):
        page = self._get("problem").text
        self.assertIn("Our order number is missing on it", page)
        self.assertNotIn("We will not pay", page)
        response = self._tell(reason="paperwork_order_number")
        self.assertIn("we act on it", response.text)
        entry = self.profile.reason_entry_ids
        self.assertEqual(entry.reason_id.code, "paperwork_order_number")
        self.assertEqual(entry.source, "customer")
        self.assertFalse(entry.user_id)
        self.assertEqual(self._told().subject, "Our order number is missing on it")

    def test_a_contact_explains_their_own_documents_alone(self):
        mine = self._invoice(12, 5, partner=self.sibling, currency_id=self.euro.id)
        self.company.collections_portal_entity = False
        self._open_link(self._token(self.sibling))
        self._tell(reason="disputed")
        self.assertEqual(self.profile.reason_entry_ids.line_ids.move_id, mine)

    def test_a_contact_with_nothing_open_explains_nothing_of_others(self):
        self.company.collections_portal_entity = False
        self._open_link(self._token(self.sibling))
        response = self._tell(reason="disputed", message="Still here")
        self.assertEqual(response.status_code, 422)
        self.assertIn("Nothing of yours is open", response.text)
        self.assertIn("Still here", response.text)
        self.assertFalse(self.profile.reason_entry_ids)

    def test_a_reason_for_nothing_is_answered_in_words(self):
        self._pay(self.late)
        self._pay(self.dollars)
        self._pay(self.coming)
        response = self._tell(reason="forgot", message="Still here")
        self.assertEqual(response.status_code, 422)
        self.assertIn("there is nothing to explain", response.text)
        self.assertIn("Still here", response.text)

    def test_what_is_pasted_from_a_sheet_keeps_its_gaps(self):
        self._tell(message="INV/2026/00042\t120,00\u00a0€\u202f?\r\nThank you\x00")
        body = self._told().body
        self.assertIn("INV/2026/00042 120,00 € ?", body)
        self.assertRegex(body, r"\?<br ?/?>Thank you<")

    def test_telling_nothing_is_asked_again(self):
        response = self._tell()
        self.assertEqual(response.status_code, 422)
        self.assertIn("Please choose a reason", response.text)
        self.assertFalse(self._told())

    def test_the_word_stop_in_a_text_opts_out_of_nothing(self):
        self._tell(message="STOP")
        self.assertFalse(self.profile.optout_ids)

    def test_proof_of_payment_is_kept_where_only_collectors_see_it(self):
        self._tell([("../../my proof.exe", PNG, "image/png")], reason="paid_already")
        attachment = self._told().mail_message_id.attachment_ids
        self.assertEqual(attachment.name, "my proof.png")
        self.assertFalse(attachment.public)
        self.assertEqual(attachment.res_model, "collections.profile")
        self.assertEqual(attachment.res_id, self.profile.id)
        url = f"/web/content/{attachment.id}"
        for login in (None, "sven", "employee"):
            self.authenticate(login, login)
            self.assertNotEqual(self.url_open(url).content, PNG, login)

    def test_files_of_another_kind_or_size_are_refused_in_words(self):
        script = ("a.pdf", b"#!/bin/sh\nrm -rf /", "application/pdf")
        page = ("a.png", b"<html><script>alert(1)</script></html>", "image/png")
        large = ("a.png", PNG + b"\x00" * 10 * 1024 * 1024, "image/png")
        many = [(f"{n}.png", PNG, "image/png") for n in range(6)]
        for files in ([script], [page], [large], many, [("a.png", b"", "image/png")]):
            response = self._tell(files, message="Here it is")
            self.assertEqual(response.status_code, 422)
            self.assertIn("Here it is", response.text)
        self.assertFalse(self._told())

    def test_names_of_files_are_cleaned(self):
        for name, clean in (
            ("..\\..\\x.php", "x.png"),
            ("a\x00b\n.png", "a_b_.png"),
            ("<img src=x>.jpg", "_img src_x_.png"),
            ("...", "file.png"),
            ("Überweisung März.pdf", "Überweisung März.png"),
        ):
            self.assertEqual(clean_name(name, ".png"), clean)

    def test_who_wants_to_be_called_is_called_in_their_time(self):
        slots = self.profile._get_portal_call_slots()
        # Ten in Brussels: this morning has begun.
        self.assertEqual(slots[0]["key"], "2026-03-10-pm")
        self.assertFalse([s for s in slots if s["date"].weekday() > 4])
        response = self._post(
            "problem/call", slot="2026-03-11-am", phone="+32 2 555 77 77", about="Plan"
        )
        self.assertIn("We will call you", response.text)
        self.env.invalidate_all()
        call = self.profile.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref("mail.mail_activity_data_call")
        )
        self.assertEqual(str(call.date_deadline), "2026-03-11")
        self.assertEqual(call.user_id, self.collector)
        self.assertIn("+32 2 555 77 77", call.summary)
        self.assertIn("Europe/Brussels", call.summary)
        self.assertEqual(len(self._told()), 1)

    def test_a_time_that_was_not_offered_is_not_taken(self):
        for form in (
            {"slot": "2026-03-14-am", "phone": "+32 2 555 77 77"},
            {"slot": "2026-03-11-am", "phone": "call me"},
            {"slot": "", "phone": ""},
        ):
            self.assertEqual(self._post("problem/call", **form).status_code, 422)
        self.assertFalse(self._told())

    def test_free_advice_is_that_of_the_list_people_keep(self):
        self.customer.country_id = self.env.ref("base.ie")
        self.assertIn("https://www.mabs.ie", self._get("problem").text)
        self.env["collections.advice"].create(
            {
                "name": "Town Hall",
                "country_id": self.customer.country_id.id,
                "for_whom": "business",
                "phone": "0800 12 34",
                "url": "www.town.example",
            }
        )
        text = self._main(self._get("problem"))
        self.assertIn('href="https://www.town.example"', text)
        self.assertIn('href="tel:08001234"', text)
