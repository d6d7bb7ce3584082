import io
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.base.models.ir_actions_report import IrActionsReport

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon


@tagged("post_install", "-at_install")
class TestPdf(PayCommon, CollectionsPortalHttpCommon):
    """What is downloaded is a real PDF, and says what the page says."""

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")
        render = IrActionsReport._pre_render_qweb_pdf

        def really(report, *args, **kwargs):
            # While tests run, Odoo gives HTML instead of a PDF unless it is told to.
            report = report.with_context(force_report_rendering=True)
            return render(report, *args, **kwargs)

        self.startPatcher(patch.object(IrActionsReport, "_pre_render_qweb_pdf", really))

    def _read(self, content):
        self.assertEqual(content[:4], b"%PDF")
        pages = PdfFileReader(io.BytesIO(content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def _download(self, path):
        response = self._get(path)
        self.assertEqual(response.status_code, 200)
        self.assertIn("application/pdf", response.headers["Content-Type"])
        return self._read(response.content)

    def test_the_agreement_of_a_plan(self):
        profile = self.profile.sudo()
        group = next(g for g in profile._get_plannable() if g.currency == self.euro)
        terms = {
            "instalment_count": 3,
            "rhythm": "month",
            "date_first": self.today + timedelta(days=14),
            "deposit_amount": 0.0,
            "deposit_date": False,
        }
        plan = profile._plan_on_portal(
            self.person, group, terms, "Ada Adler", "127.0.0.1"
        )
        text = self._download(f"plan/{plan.id}/document")
        for words in (plan.name, "Alma Bakery", "Ada Adler", "411.50", self.late.name):
            self.assertIn(words, text)

    def test_the_statement_of_a_time_and_of_what_is_open(self):
        for kind in ("time", "open"):
            text = self._download(f"statement/file?kind={kind}&file=pdf")
            for words in ("Alma Bakery", self.late.name, "1,234.50"):
                self.assertIn(words, text)

    def test_a_letter_has_the_code_of_the_account(self):
        letter = self._message(self.firm, channel="letter").sudo()
        text = self._read(letter._render_letter())
        for words in ("Ada Adler", self.late.name, "1,234.50"):
            self.assertIn(words, text)
