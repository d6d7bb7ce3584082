import io
import zipfile
from unittest.mock import patch

from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon

PDF = b"%PDF-1.4 fake"


@tagged("post_install", "-at_install")
class TestDocuments(CollectionsPortalHttpCommon):
    def setUp(self):
        super().setUp()
        # What Odoo prints is not what is tested here.
        self.startPatcher(
            patch.object(
                self.env.registry["account.move"],
                "_get_invoice_legal_documents",
                lambda move, kind, allow_fallback=False: {
                    "filename": f"{move.name.replace('/', '_')}.pdf",
                    "filetype": "application/pdf",
                    "content": PDF,
                },
            )
        )
        self.authenticate("ada", "ada")

    def _list(self, **query):
        words = "&".join(f"{key}={value}" for key, value in query.items())
        return self._main(self._get(f"invoices?{words}"))

    def test_each_list_shows_its_documents(self):
        credit = self._credit_note(20, currency_id=self.euro.id)
        paid = self._invoice(33, 3, currency_id=self.dollar.id)
        self._pay(paid)
        lists = {
            "open": self.late | self.dollars | self.coming,
            "overdue": self.late | self.dollars,
            "coming": self.coming,
            "held": self.late.browse(),
            "credits": credit,
            "paid": paid,
            "all": self.late | self.dollars | self.coming | credit | paid,
        }
        everything = lists["all"]
        for key, expected in lists.items():
            page = self._list(filterby=key)
            shown = everything.filtered(lambda m, p=page: f">{m.name}<" in p)
            self.assertEqual(shown, expected, key)

    def test_what_is_left_out_of_reminders_is_not_said_to_be_paid(self):
        self.dollars.no_followup = True
        self._credit_note(20, currency_id=self.dollar.id).no_followup = True
        page = self._list(filterby="all")
        row = page.split(f">{self.dollars.name}<")[1].split("</tr>")[0]
        self.assertNotIn("Paid", row)
        self.assertIn("On hold", row)
        self.assertIn("300.00", row)
        self.assertNotIn("Paid", self._list(filterby="credits").split("<tbody>")[1])
        name = f">{self.dollars.name}<"
        for key, listed in (("open", True), ("held", True), ("overdue", False)):
            self.assertEqual(name in self._list(filterby=key), listed, key)
        self._pay(self.dollars)
        page = self._list(filterby="all")
        row = page.split(f">{self.dollars.name}<")[1].split("</tr>")[0]
        self.assertIn("Paid", row)

    def test_search_sort_and_nonsense_do_no_harm(self):
        self.assertIn(self.late.name, self._list(search=self.late.name))
        self.assertIn("Nothing was found", self._list(search="zzz%25"))
        for sortby in ("due", "date", "name", "amount", "id;drop"):
            self.assertIn(self.late.name, self._list(sortby=sortby))
        self.assertIn(self.late.name, self._list(filterby="nonsense"))
        self.assertEqual(self._get("invoices/page/99999").status_code, 200)

    def test_a_pdf_is_given_to_whoever_may_see_the_invoice(self):
        response = self._get(f"invoices/{self.late.id}/pdf")
        self.assertEqual(response.content, PDF)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_nobody_gets_the_documents_of_others(self):
        theirs = self._invoice(9, 3, partner=self.stranger)
        draft = self._invoice(9, 3)
        draft.button_draft()
        for move in (theirs, draft):
            response = self._get(f"invoices/{move.id}/pdf")
            self.assertEqual(response.status_code, 404)
            response = self._get(
                f"invoices/zip?document={self.late.id}&document={move.id}"
            )
            self.assertEqual(response.status_code, 404)
        for words in ("document=x", "document=-1", "document=9999999999999999999"):
            self.assertEqual(self._get(f"invoices/zip?{words}").status_code, 404)

    def test_what_was_ticked_comes_in_one_file(self):
        ids = f"document={self.late.id}&document={self.coming.id}"
        response = self._get(f"invoices/zip?{ids}")
        archive = zipfile.ZipFile(io.BytesIO(response.content))
        self.assertEqual(len(archive.namelist()), 2)
        self.assertEqual(archive.read(archive.namelist()[0]), PDF)

    def test_ticking_nothing_is_said_and_not_punished(self):
        response = self._get("invoices/zip")
        self.assertIn("Please tick the documents", response.text)

    def test_the_list_asks_as_often_for_many_invoices_as_for_few(self):
        self._list()

        def _count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._list()
            return self.env.cr.sql_log_count - before

        few = _count()
        for day in range(12):
            self._invoice(10 + day, day, currency_id=self.euro.id)
        self._list()
        self.assertLessEqual(_count(), few + 2)
