from lxml import html

from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon

PAGES = (
    *("", "history", "invoices", "statement", "pay", "credits", "promise"),
    *("disputes", "plan", "offers", "problem", "preferences"),
)


@tagged("post_install", "-at_install")
class TestPlain(PayCommon, CollectionsPortalHttpCommon):
    """Without JavaScript each page can be read and each form be sent.

    Each form is sent by an HTTP test of its page. One thing needs a script: the
    provider's part of paying by card, where the page says so and names the account
    for a bank transfer.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._allow_plans()
        cls._give_credit()
        cls._offer()

    def _assert_plain(self, text):
        page = html.fromstring(text).find_class("o_collections")[0]
        self.assertTrue(page.findall(".//h1")[0].text_content().strip())
        for form in page.findall(".//form"):
            if form.get("id") == "o_payment_form":
                continue
            self.assertTrue(form.get("action"), html.tostring(form)[:200])
            self.assertTrue(form.xpath(".//button[@type='submit']"), form.action)
            if form.method == "POST":
                self.assertTrue(form.fields.get("csrf_token"), form.action)
            for field in form.xpath(".//input | .//select | .//textarea"):
                self.assertTrue(field.get("name"), html.tostring(field))
        for link in page.findall(".//a"):
            self.assertRegex(link.get("href") or "", r"^(/|#|tel:|mailto:|https:)")
        # Only the running total waits for a script.
        for node in page.find_class("d-none"):
            classes = set(node.get("class").split())
            self.assertTrue(
                classes & {"o_collections_pay_total", "d-md-table-cell"}
                or node.xpath("ancestor::form[@id='o_payment_form']")
                or not node.text_content().strip(),
                html.tostring(node)[:200],
            )
        return page

    def test_every_page_of_a_login(self):
        self.authenticate("ada", "ada")
        for path in PAGES:
            with self.subTest(path):
                self._assert_plain(self._get(path).text)

    def test_every_page_of_a_link(self):
        self._open_link()
        for path in PAGES:
            with self.subTest(path):
                self._assert_plain(self._get(path).text)

    def test_what_only_a_script_can_do_is_said(self):
        self.authenticate("ada", "ada")
        page = self._assert_plain(self._review({self.late: "100"}).text)
        said = "".join(node.text_content() for node in page.findall(".//noscript"))
        self.assertIn("needs JavaScript", said)
        self.assertIn("BE71096123456769", page.text_content())
