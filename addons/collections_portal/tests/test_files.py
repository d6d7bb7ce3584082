from odoo.http import Request
from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20


@tagged("post_install", "-at_install")
class TestFiles(CollectionsPortalHttpCommon):
    """Who handed a file in can see it again, with a login; nobody else can."""

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")
        self.url_open(
            self._path("problem/tell"),
            {"csrf_token": Request.csrf_token(self), "message": "See the receipt"},
            files=[("files", ("receipt.png", PNG, "image/png"))],
        )
        self.env.invalidate_all()
        self.file = self.profile._get_portal_files()
        self.path = f"files/{self.file.id}"

    def test_a_login_sees_and_downloads_what_was_handed_in(self):
        self.assertEqual(self.file.name, "receipt.png")
        self.assertIn(self._path(self.path), self._get("history").text)
        response = self._get(self.path)
        self.assertEqual(response.content, PNG)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn("no-store", response.headers["Cache-Control"])

    def test_a_link_shows_the_name_and_never_the_file(self):
        self._open_link()
        page = self._get("history").text
        self.assertIn("receipt.png", page)
        self.assertNotIn(self._path(self.path), page)
        self.assertEqual(self._get(self.path).status_code, 404)

    def test_a_colleague_sees_it_where_the_customer_is_one(self):
        self.authenticate("sven", "sven")
        self.assertEqual(self._get(self.path).content, PNG)
        self.company.collections_portal_entity = False
        self.assertEqual(self._get(self.path).status_code, 404)
        self.authenticate("ada", "ada")
        self.assertEqual(self._get(self.path).content, PNG)

    def test_other_customers_and_nobody_get_the_page_of_strangers(self):
        for login in ("other", None):
            self.authenticate(login, login)
            self.assertEqual(self._get(self.path).status_code, 404)
        self.authenticate("other", "other")
        theirs = self._get(self.path, profile=self.stranger_profile)
        self.assertEqual(theirs.status_code, 404)

    def test_files_of_ours_are_not_given_by_their_number(self):
        ours = self.env["ir.attachment"].create(
            {
                "name": "note.txt",
                "raw": b"internal",
                "res_model": "collections.profile",
                "res_id": self.profile.id,
            }
        )
        self.assertEqual(self._get(f"files/{ours.id}").status_code, 404)
