import time
from unittest.mock import patch

from odoo.http import Request
from odoo.tests import tagged

from ..models.collections_profile import HOUR_ZERO, LINK_SCOPE
from .common import CollectionsPortalHttpCommon


@tagged("post_install", "-at_install")
class TestLinks(CollectionsPortalHttpCommon):
    def test_a_link_opens_the_account_and_leaves_the_address_bar(self):
        response = self._open_link()
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.url.endswith(f"/my/collections/{self.profile.id}"))
        self.assertIn("Alma Bakery", response.text)

    def test_the_frame_shows_whose_account_it_is(self):
        text = self._open_link().text
        # A visitor who is nobody belongs to the first company.
        self.assertNotEqual(self.company, self.env.ref("base.main_company"))
        self.assertIn(f"/logo.png?company={self.company.id}", text)

    def test_a_link_is_no_login(self):
        self._open_link()
        response = self.url_open("/my/home", allow_redirects=False)
        self.assertIn("/web/login", response.headers["Location"])

    def test_a_link_opens_one_account_only(self):
        self._open_link()
        self.assertEqual(self._get(profile=self.stranger_profile).status_code, 404)

    def _assert_no_entry(self, token):
        response = self._open_link(token)
        self.assertEqual(response.status_code, 404)
        self.assertIn("This link does not work any more", response.text)
        # Whose customer this is, nobody knows.
        self.assertNotIn("logo.png", response.text)
        self.assertNotIn("Alma", response.text)
        return self._main(response).replace(token, "TOKEN")

    def test_expired_forged_and_foreign_links_show_one_and_the_same_page(self):
        link = self.env["collections.link"]
        good = self._token()
        # Customer, person, place of the purpose, revision, last hour
        later = int(time.time()) // 3600 - HOUR_ZERO + 9
        values = [self.profile.id, self.person.id, 0, 0, later]
        foreign = [self.profile.id, self.stranger.id, 0, 0, later]
        self.assertEqual(
            self._open_link(link._sign(LINK_SCOPE, values)).status_code, 200
        )
        tokens = [
            link._sign(LINK_SCOPE, [*values[:4], 1]),
            link._sign("another.scope", values),
            link._sign(LINK_SCOPE, foreign),
            link._sign(LINK_SCOPE, [2**31 - 1, *values[1:]]),
            link._sign(LINK_SCOPE, [*values[:2], 99, 0, later]),
            good[:-4] + "AAAA",
            f"{good}=",
            f"{good}!",
            self._message(self.firm)._get_optout_token("email"),
            "A",
        ]
        csrf = 'name="csrf_token" value="'
        pages = set()
        for token in tokens:
            page = self._assert_no_entry(token)
            head, tail = page.split(csrf)
            pages.add(head + tail.split('"', 1)[1])
        self.assertEqual(len(pages), 1)

    def test_withdrawn_links_close_open_pages_too(self):
        token = self._token()
        self._open_link(token)
        self.profile.with_user(self.collector).action_withdraw_portal_links()
        self.assertEqual(self._get().status_code, 404)
        self._assert_no_entry(token)

    def test_an_open_page_closes_when_its_link_expires(self):
        self._open_link(self._token(days=1))
        self.assertEqual(self._get().status_code, 200)
        later = time.time() + 25 * 3600
        with patch("odoo.addons.collections_portal.controllers.access.time") as clock:
            clock.time.return_value = later
            self.assertEqual(self._get().status_code, 404)

    def test_who_left_the_customer_has_no_link_any_more(self):
        self._open_link()
        self.person.parent_id = False
        self.assertEqual(self._get().status_code, 404)

    # === A FRESH ONE === #

    def _asked_for(self):
        self.env.invalidate_all()
        return self._touchpoints().filtered("asked_for")

    def test_a_fresh_link_goes_to_the_address_on_file(self):
        token = self._token(days=1)
        self.profile.with_user(self.collector).action_withdraw_portal_links()
        self._assert_no_entry(token)
        self.assertFalse(self._asked_for())
        response = self._post("/my/collections/fresh", token=token)
        self.assertIn("look into your mailbox", response.text)
        sent = self._asked_for()
        self.assertEqual(sent.state, "sent", sent.refusal_note)
        self.assertEqual(sent.address, "ada@customer.example")
        fresh = sent.body.split("/my/c/")[1].split('"')[0]
        self.assertEqual(self._open_link(fresh).status_code, 200)

    def test_who_asks_learns_nothing(self):
        self.authenticate(None, None)
        answers = {
            self._main(self._post("/my/collections/fresh", token=token))
            for token in (self._token(), "AAAA", "")
        }
        self.assertEqual(len(answers), 1)
        self.assertEqual(len(self._asked_for()), 1)

    def test_a_file_is_no_link(self):
        self.authenticate(None, None)
        response = self.url_open(
            "/my/collections/fresh",
            {"csrf_token": Request.csrf_token(self)},
            files={"token": ("token.txt", b"AAAA")},
        )
        self.assertIn("look into your mailbox", response.text)

    # === MERGED CONTACTS === #

    def _merge(self, gone, kept):
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((gone | kept).ids, kept)
        self.env.invalidate_all()

    def _assert_leads_on(self, token, address):
        """An old link opens nothing, and a fresh one goes to an address on file."""
        self._assert_no_entry(token)
        self._post("/my/collections/fresh", token=token)
        sent = self._asked_for()
        self.assertEqual((sent.state, sent.address), ("sent", address))
        fresh = sent.body.split("/my/c/")[1].split('"')[0]
        response = self._open_link(fresh)
        self.assertTrue(response.url.endswith(f"/my/collections/{self.profile.id}"))

    def test_the_link_of_a_merged_customer_is_replaced_by_one_of_the_other(self):
        token = self.stranger_profile._get_portal_token(self.stranger)
        self._merge(self.stranger, self.customer)
        self.assertFalse(self.stranger_profile.exists())
        self._assert_leads_on(token, self.customer.email_normalized)

    def test_the_link_of_a_merged_person_is_replaced_by_one_of_the_other(self):
        twin = self.person.copy({"email": "twin@customer.example"})
        token = self.profile._get_portal_token(twin)
        self._merge(twin, self.person)
        self._assert_leads_on(token, "ada@customer.example")

    def test_a_link_is_replaced_also_when_contacts_were_merged_twice(self):
        between = self._customer("Between", email="between@customer.example")
        self._invoice(10, partner=between)
        self._run()
        token = self.stranger_profile._get_portal_token(self.stranger)
        self._merge(self.stranger, between)
        self._merge(between, self.customer)
        self._assert_leads_on(token, self.customer.email_normalized)

    def _silence(self):
        self.env["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "reason": "manual",
                "effect": "silence",
                "scope": "all",
                "date_end": "2026-04-10",
                "user_id": self.manager.id,
            }
        )

    def test_whoever_is_left_in_peace_gets_the_link_they_ask_for(self):
        self._silence()
        self.authenticate(None, None)
        self._post("/my/collections/fresh", token=self._token())
        self.assertEqual(self._asked_for().state, "sent")

    def test_the_link_they_asked_for_is_all_that_silence_lets_through(self):
        self._silence()
        message = self._message(self.firm)
        by_hand = self._message(self.firm, origin="person", stage_id=False)
        refusals = (message | by_hand)._check_gate()
        for touchpoint in message | by_hand:
            self.assertEqual(refusals[touchpoint.id].code, "silenced")

    def test_a_fresh_link_is_sent_at_night_as_well(self):
        self.rule.write({"hour_from": 1, "hour_to": 2})
        self.authenticate(None, None)
        self._post("/my/collections/fresh", token=self._token())
        self.assertEqual(self._asked_for().state, "sent")

    # === IN MESSAGES === #

    def test_messages_lead_to_the_account(self):
        for stage in (self.courtesy, self.friendly, self.firm, self.final, self.thanks):
            body = self._message(stage)._render_message()["body"]
            self.assertEqual(body.count("/my/c/"), 1, stage.name)
        sms = self._message(self.firm, channel="sms")._render_sms()
        self.assertEqual(sms.count("/my/c/"), 1)
        # Two parts of an SMS, with both links
        self.assertLessEqual(len(sms), 306, sms)
        letter = self._message(self.firm, channel="letter")._render_message()["body"]
        self.assertIn("data:image/png;base64", letter)

    def test_a_message_to_somebody_else_has_no_link(self):
        body = self._message(self.firm, partner_id=self.stranger.id)._render_message()
        self.assertNotIn("/my/c/", body["body"])

    def test_a_run_of_many_messages_writes_no_links_and_asks_once(self):
        def count(messages):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            urls = [(m.portal_url, m._get_optout_url("email")) for m in messages]
            self.assertEqual(len(set(urls)), len(messages))
            return self.env.cr.sql_log_count - before

        messages = self.env["collections.touchpoint"].sudo()
        for _number in range(20):
            messages |= self._message(self.firm).sudo()
        few = count(messages[:2])
        self.assertLessEqual(count(messages), few)
