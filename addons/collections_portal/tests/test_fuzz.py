import os
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .pay_common import PayCommon
from .test_matrix import MatrixCommon

# More in a long run: HYPOTHESIS_EXAMPLES=10000
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "300"))
NAMES = (
    *"page filterby sortby search document date_from date_to kind file".split(),
    *"email reason message slot phone about channel hours language".split(),
    *"no_email role_payable token done saved chosen choose change".split(),
    *"group item amount date deposit count rhythm first name agree card".split(),
    *"credit plan offer invoice provider_id payment_method_id token_id flow".split(),
    *"landing_route access_token tokenization_requested is_validation".split(),
    *"account transaction".split(),
)
ODD = (
    *("", "0", "-1", "on", "1", "10", "1e999", "NaN", "[]", "\x00", "2026-02-30"),
    # Digits to Python, and no number; more of them than it makes a number of
    *("²", "9" * 5000),
)


@tagged("post_install", "-at_install")
class TestRandomRequests(PayCommon, MatrixCommon):
    """Whatever somebody sends, the server does not break."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._allow_plans()
        cls._give_credit()
        cls.offer = cls._offer()
        items = cls.items.line_ids.filtered("date_maturity")
        cls.good = [
            *map(str, items.ids),
            *(f"{cls.company.id}-{c.id}" for c in (cls.euro, cls.dollar)),
            *map(str, cls.env["collections.dispute.reason"].search([], limit=3).ids),
            *("hardship", "2026-03-20", "month", "Ada Adler", "open", "xlsx", "pdf"),
        ]
        cls.names = [*NAMES, *(f"amount_{item.id}" for item in items)]

    def setUp(self):
        super().setUp()
        # Making papers takes its time, and is tested where they are made.
        registry = self.env.registry
        paper = {
            "filename": "invoice.pdf",
            "filetype": "application/pdf",
            "content": b"%PDF",
        }
        for model, name, result in (
            ("account.move", "_get_invoice_legal_documents", paper),
            ("collections.profile", "_render_statement", b"%PDF"),
            ("collections.profile", "_render_ledger_pdf", b"%PDF"),
            ("ir.actions.report", "_render_qweb_pdf", (b"%PDF", "pdf")),
        ):
            self.startPatcher(
                patch.object(
                    registry[model], name, lambda *_args, _r=result, **_kwargs: _r
                )
            )

    def _assert_unbroken(self, rule, method, path, form, files=()):
        response = self._ask(rule, method, path, form, files)
        self.assertLess(response.status_code, 500, (path, form, files))
        if rule.endpoint.routing["type"] == "jsonrpc" and response.ok:
            error = response.json().get("error", {}).get("data", {}).get("name", "")
            self.assertRegex(error, r"^$|^(odoo|werkzeug)\.exceptions\.", (path, form))

    def _bombard(self, examples):
        texts = st.one_of(
            st.sampled_from(self.good),
            st.sampled_from(ODD),
            st.text(max_size=30),
            st.integers().map(str),
        )
        # A call may hold what no form can.
        objects = st.one_of(
            texts, st.none(), st.integers(), st.floats(), st.lists(texts, max_size=2)
        )
        names = st.sampled_from(self.names)
        ids = st.one_of(
            st.sampled_from([self.late.id, self.offer.id, 1, 2]), st.integers(0, 2**64)
        )

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.sampled_from(range(len(self.routes))), st.data(), ids)
        def ask(number, data, some_id):
            _path, method, rule = self.routes[number]
            values = objects if rule.endpoint.routing["type"] == "jsonrpc" else texts
            form = data.draw(st.dictionaries(names, values, max_size=8))
            made_up = {name: some_id for name in rule.arguments - {"profile_id"}}
            # A file where a text is expected
            files = data.draw(st.lists(names, max_size=1))
            path = self._fill(rule, **made_up)
            self._assert_unbroken(rule, method, path, form, files)

        ask()

    def test_no_name_of_a_form_takes_what_is_no_text_of_its_kind(self):
        self.authenticate("ada", "ada")
        for _path, method, rule in self.routes:
            path = self._fill(rule)
            for odd in ODD[-2:]:
                form = dict.fromkeys(("account", "invoice", "page", "transaction"), odd)
                with self.subTest(path, method=method, odd=odd[:2]):
                    self._assert_unbroken(rule, method, path, form)
            with self.subTest(path, method=method):
                form = {"group": f"{self.company.id}-{self.euro.id}"}
                files = [name for name in self.names if name not in form]
                self._assert_unbroken(rule, method, path, form, files)

    def test_a_login_breaks_nothing(self):
        self.authenticate("ada", "ada")
        self._bombard(EXAMPLES // 2)

    def test_a_link_breaks_nothing(self):
        self._open_link()
        self._bombard(EXAMPLES // 2)
