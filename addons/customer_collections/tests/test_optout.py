from datetime import date
from unittest.mock import patch

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from ..models.collections_touchpoint_optout import DAY_ZERO, OPTOUT_SCOPE
from .text_common import CollectionsTextCommon


@tagged("post_install", "-at_install")
class TestOptout(CollectionsTextCommon, HttpCase):
    # The clock of the server must be that of the signature.
    freeze_time = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.touchpoint = cls._message(cls.firm)

    def _path(self, channel="email", touchpoint=None):
        url = (touchpoint or self.touchpoint)._get_optout_url(channel)
        return url[url.index("/my/") :]

    def _post(self, path, **data):
        self.authenticate(None, None)
        return self.url_open(path, {"csrf_token": Request.csrf_token(self), **data})

    def _channels(self):
        self.env.invalidate_all()
        return set(self.touchpoint._get_optouts().mapped("channel"))

    def test_looking_at_the_page_changes_nothing(self):
        response = self.url_open(self._path())
        self.assertEqual(response.status_code, 200)
        self.assertIn("How may we reach you?", response.text)
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertFalse(self._channels())

    def test_the_page_shows_whose_message_it_was(self):
        # A visitor who is nobody belongs to the first company.
        self.assertNotEqual(self.company, self.env.ref("base.main_company"))
        text = self.url_open(self._path()).text
        self.assertIn(f"/logo.png?company={self.company.id}", text)

    def test_a_link_that_does_not_work_shows_no_company(self):
        text = self.url_open("/my/o/AAAA").text
        self.assertIn("This link does not work any more", text)
        self.assertNotIn("logo.png", text)
        self.assertNotIn(self.env.ref("base.main_company").name, text)

    def test_one_click_on_save_opts_out_and_leaves_a_note(self):
        response = self._post(self._path(), email="1")
        self.assertIn("Saved.", response.text)
        self.assertEqual(self._channels(), {"email"})
        optout = self.profile.optout_ids
        self.assertEqual(optout.source, "link")
        self.assertEqual(optout.partner_id, self.person)
        note = self.profile.message_ids[0]
        self.assertIn("does not want to be reached by E-mail", note.body)
        self.assertTrue(note.subtype_id.internal)

    def test_saving_again_undoes_it_and_keeps_the_history(self):
        self._post(self._path(), email="1", sms="1")
        response = self._post(self._path())
        self.assertIn("on every channel again", response.text)
        self.assertFalse(self._channels())
        history = self.profile.with_context(active_test=False).optout_ids
        self.assertEqual(len(history), 2)
        self.assertFalse(any(history.mapped("active")))

    def test_what_a_colleague_asked_for_everybody_stays(self):
        self.env["collections.optout"].create(
            {"profile_id": self.profile.id, "channel": "sms"}
        )
        self._post(self._path())
        self.assertEqual(self._channels(), {"sms"})

    def test_what_another_contact_of_the_same_mailbox_left_is_shown_and_undone(self):
        twin, other = self.env["res.partner"].create(
            [
                {"name": "Office", "parent_id": self.customer.id, "email": email}
                for email in (self.person.email, "other@x.example")
            ]
        )
        for person in twin | other:
            self.profile._opt_out("email", "reply", partner=person)
        self.assertEqual(self._channels(), {"email"})
        self._post(self._path())
        self.assertFalse(self._channels())
        self.assertEqual(self.profile.optout_ids.partner_id, other)
        self.assertIn("may be reached by E-mail", self.profile.message_ids[0].body)

    def test_a_letter_cannot_be_opted_out_of_by_the_page(self):
        self._post(self._path(), letter="1")
        self.assertFalse(self._channels())

    def test_a_form_without_its_token_does_not_act(self):
        with self.assertLogs("odoo.http", "WARNING"):
            response = self.url_open(self._path(), {"email": "1"})
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._channels())

    def test_mail_programs_opt_out_by_post_only(self):
        headers = self.touchpoint._get_mail_headers()
        self.assertEqual(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        url = headers["List-Unsubscribe"].strip("<>")
        path = url[url.index("/my/") :]
        self.assertIn("How may we reach you?", self.url_open(path).text)
        self.assertFalse(self._channels())
        for _twice in range(2):
            response = self.url_open(path, {"List-Unsubscribe": "One-Click"})
            self.assertEqual(response.status_code, 200)
        self.assertEqual(self._channels(), {"email"})

    def test_forged_foreign_and_expired_links_show_one_and_the_same_page(self):
        good = self._path()
        link = self.env["collections.link"]
        today = (date.today() - DAY_ZERO).days
        expired = link._sign(OPTOUT_SCOPE, [self.touchpoint.id, 0, today - 1])
        foreign = link._sign("another.scope", [self.touchpoint.id, 0, today])
        gone = link._sign(OPTOUT_SCOPE, [2**31 - 1, 0, today])
        pages = set()
        for token in (expired, foreign, gone, "AAAA", "%C3%A4!", good[-15:]):
            response = self.url_open(f"/my/o/{token}")
            self.assertEqual(response.status_code, 400, token)
            self.assertIn("This link does not work any more", response.text)
            pages.add(response.text.split("<main>")[-1].split("</main>")[0])
            posted = self.url_open(
                f"/my/o/{token}/one-click", {"List-Unsubscribe": "x"}
            )
            self.assertEqual(posted.status_code, 400)
        self.assertEqual(len(pages), 1)
        self.assertFalse(self._channels())

    def test_the_page_speaks_the_language_of_the_message(self):
        touchpoint = self._message(self.firm, lang="de_DE")
        response = self.url_open(self._path(touchpoint=touchpoint))
        for words in ("Wie dürfen wir Sie erreichen?", "per E-Mail", "Was bleibt"):
            self.assertIn(words, response.text)

    def test_another_customer_is_not_touched(self):
        other = self._customer("Other Ltd")
        profile = self._make_profile(other)
        self._post(self._path(), email="1")
        self.assertFalse(profile.optout_ids)

    def test_two_clicks_at_once_are_one(self):
        with patch.object(
            type(self.touchpoint),
            "_get_optouts",
            lambda touchpoint: touchpoint.env["collections.optout"],
        ):
            self.assertTrue(self.touchpoint._set_optouts({"email"}))
            self.assertFalse(self.touchpoint._set_optouts({"email"}))
        self.assertEqual(self._channels(), {"email"})
