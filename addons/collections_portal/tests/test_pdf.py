import io
from datetime import timedelta

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common import CollectionsPortalCommon


@tagged("post_install", "-at_install")
class TestPdf(CollectionsPortalCommon):
    """What is downloaded or posted is a real PDF, and says what the page says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # While tests run, Odoo gives HTML instead of a PDF unless it is told to.
        cls.account = cls.profile.sudo().with_context(force_report_rendering=True)

    def _read(self, content):
        self.assertEqual(content[:4], b"%PDF")
        pages = PdfFileReader(io.BytesIO(content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def _assert_says(self, content, *words):
        text = self._read(content)
        for word in words:
            self.assertIn(word, text)

    def test_the_agreement_of_a_plan(self):
        group = next(
            g for g in self.account._get_plannable() if g.currency == self.euro
        )
        terms = {
            "instalment_count": 3,
            "rhythm": "month",
            "date_first": self.today + timedelta(days=14),
            "deposit_amount": 0.0,
            "deposit_date": False,
        }
        plan = self.account._plan_on_portal(
            self.person, group, terms, "Ada Adler", "127.0.0.1"
        )
        content, _kind = self.account.env["ir.actions.report"]._render_qweb_pdf(
            "customer_collections.action_report_collections_plan", plan.ids
        )
        self._assert_says(
            content, plan.name, "Alma Bakery", "Ada Adler", "411.50", self.late.name
        )

    def test_the_statement_of_a_time_and_of_what_is_open(self):
        first = self.today - timedelta(days=90)
        for content in (
            self.account._render_ledger_pdf(first, self.today),
            self.account._render_statement("en_US"),
        ):
            self._assert_says(content, "Alma Bakery", self.late.name, "1,234.50")

    def test_a_letter(self):
        letter = self._message(self.firm, channel="letter").sudo()
        content = letter.with_context(force_report_rendering=True)._render_letter()
        self._assert_says(content, "Ada Adler", self.late.name, "1,234.50")
