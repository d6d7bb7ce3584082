from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..const import LIMITS
from .common import CollectionsPortalHttpCommon


@tagged("post_install", "-at_install")
class TestAccess(CollectionsPortalHttpCommon):
    def test_a_portal_user_sees_the_account_of_their_company(self):
        self.authenticate("ada", "ada")
        response = self._get()
        self.assertEqual(response.status_code, 200)
        self.assertIn("Your account", response.text)
        self.assertIn("Camille Collector", response.text)

    def test_a_stranger_sees_the_same_page_whatever_is_behind(self):
        pages = set()
        for login in (None, "other", "employee"):
            self.authenticate(login, login)
            for number in (self.profile.id, 2**31 - 1, 2**70, 0):
                response = self.url_open(f"/my/collections/{number}")
                self.assertEqual(response.status_code, 404, (login, number))
                self.assertNotIn("Alma", response.text)
                pages.add((login, self._main(response)))
        self.assertEqual(len(pages), 3)

    def test_the_user_of_another_company_sees_nothing(self):
        other = self.setup_other_company()["company"]
        self.portal_user.write(
            {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        )
        self.authenticate("ada", "ada")
        self.assertEqual(self._get().status_code, 404)

    def test_pages_stay_out_of_caches_and_frames(self):
        self.authenticate("ada", "ada")
        for path in ("", "/my/collections/0"):
            headers = self._get(path).headers
            self.assertEqual(headers["Cache-Control"], "no-store")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(headers["X-Frame-Options"], "SAMEORIGIN")
            self.assertIn("frame-ancestors", headers["Content-Security-Policy"])

    def test_too_many_requests_are_slowed_down(self):
        self.authenticate("ada", "ada")
        with patch.dict(LIMITS, {"read": (2, 10)}):
            codes = [self._get().status_code for _time in range(3)]
        self.assertEqual(codes, [200, 200, 429])

    def test_old_requests_are_forgotten(self):
        hits = self.env["collections.portal.hit"].sudo()
        self.assertTrue(hits._allow("send", "somebody"))
        self.env.cr.execute("UPDATE collections_portal_hit SET date = '2020-01-01'")
        hits._gc_hits()
        self.assertFalse(hits.search_count([("key", "=", "send:somebody")]))

    def test_contacts_see_their_own_where_the_company_says_so(self):
        self.company.collections_portal_entity = False
        whole = self.profile._get_portal_moves_domain()
        own = self.profile._get_portal_moves_domain(self.sibling)
        moves = self.env["account.move"]
        theirs = self._invoice(10, partner=self.sibling)
        self.assertEqual(moves.search_count(whole), 4)
        self.assertEqual(moves.search(own), theirs)
        self.assertFalse(self.profile._is_portal_whole(self.sibling))
        self.assertTrue(self.profile._is_portal_whole(self.customer))

    def test_a_portal_user_reads_no_internal_model(self):
        for name in self.env.registry:
            model = self.env[name]
            if name.startswith("collections.") and not model._abstract:
                with self.subTest(name), self.assertRaises(AccessError):
                    model.with_user(self.portal_user).check_access("read")

    def test_the_home_of_the_portal_has_a_card(self):
        self.authenticate("ada", "ada")
        self.assertIn("/my/collections", self.url_open("/my").text)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["collections_count"]}
        )
        self.assertEqual(counters["collections_count"], 1)
