import io
from unittest.mock import patch

from openpyxl import load_workbook

from odoo import fields
from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon


@tagged("post_install", "-at_install")
class TestStatement(CollectionsPortalHttpCommon):
    def _ledger(self, first, last, currency=None):
        # In sudo: as the pages read it, after the door.
        tables = self.profile.sudo()._get_ledger_statement(
            fields.Date.to_date(first), fields.Date.to_date(last)
        )
        return next(t for t in tables if t["currency"] == (currency or self.euro))

    def test_it_goes_from_the_opening_to_the_closing_balance(self):
        table = self._ledger("2026-01-01", "2026-03-31")
        self.assertEqual(table["opening"], 1234.5)
        self.assertEqual(table["closing"], 1314.75)
        self.assertEqual([row["charged"] for row in table["rows"]], [80.25])
        self._pay(self.late, 1000, payment_date="2026-03-01")
        table = self._ledger("2026-01-01", "2026-03-31")
        self.assertEqual(table["paid"], 1000)
        self.assertEqual(table["closing"], 314.75)
        later = self._ledger("2026-04-01", "2026-04-30")
        self.assertEqual(later["opening"], table["closing"])

    def test_the_page_shows_it(self):
        self.authenticate("ada", "ada")
        page = self._main(
            self._get("statement?date_from=2026-01-01&date_to=2026-03-31")
        )
        for words in (
            "Opening balance",
            "Closing balance",
            "1,314.75",
            self.coming.name,
        ):
            self.assertIn(words, page)

    def _refuse_long_times(self):
        self._invoice(20, 5, currency_id=self.euro.id)
        self.startPatcher(
            patch(
                "odoo.addons.collections_portal.models.collections_profile_ledger"
                ".MAX_ROWS",
                1,
            )
        )

    def test_a_time_with_too_many_entries_gives_no_wrong_balance(self):
        self._refuse_long_times()
        self.authenticate("ada", "ada")
        days = {"date_from": "2026-01-01", "date_to": "2026-03-31"}
        words = "choose a shorter time"
        span = "date_from=2026-01-01&date_to=2026-03-31"
        answers = [
            self._get(f"statement?{span}"),
            *(self._file(kind="time", file=file, **days) for file in ("pdf", "xlsx")),
            self._send("sven@customer.example", kind="time", **days),
            self._send("who@else.example", kind="time", **days),
        ]
        for response in answers:
            page = self._main(response)
            self.assertIn(words, page)
            self.assertNotIn("Closing balance", page)
            self.assertNotIn("is on its way", page)
        self.assertEqual([r.status_code for r in answers], [200, 422, 422, 422, 422])
        self.assertFalse(self._sent())
        # No more than a statement shows, and open items have no such limit
        page = self._main(self._get("statement?date_from=2026-03-06"))
        self.assertIn("Closing balance", page)
        rows = self._sheet(self._file(kind="open", file="xlsx", **days))
        self.assertEqual(rows[-1][6], 1334.75)
        self._send("sven@customer.example", kind="open", **days)
        self.assertEqual(self._sent().partner_id, self.sibling)

    def test_nonsense_dates_do_no_harm(self):
        self.authenticate("ada", "ada")
        for words in ("date_from=x", "date_to=9999-99-99", "date_from=0001-01-01"):
            self.assertEqual(self._get(f"statement?{words}").status_code, 200)

    def _file(self, **query):
        words = "&".join(f"{key}={value}" for key, value in query.items())
        return self._get(f"statement/file?{words}")

    def _sheet(self, response, name="EUR"):
        book = load_workbook(io.BytesIO(response.content))
        return [row for row in book[name].iter_rows(values_only=True)]

    def test_workbooks_hold_the_same_figures(self):
        self.authenticate("ada", "ada")
        days = {"date_from": "2026-01-01", "date_to": "2026-03-31"}
        rows = self._sheet(self._file(kind="time", file="xlsx", **days))
        self.assertEqual(rows[4][7], 1234.5)
        self.assertEqual(rows[6][7], 1314.75)
        rows = self._sheet(self._file(kind="open", file="xlsx"))
        self.assertEqual(rows[-1][6], 1314.75)

    def test_what_looks_like_a_formula_stays_text(self):
        self.coming.ref = "=1+1"
        self.authenticate("ada", "ada")
        days = {"date_from": "2026-01-01", "date_to": "2026-03-31"}
        rows = self._sheet(self._file(kind="time", file="xlsx", **days))
        self.assertEqual(rows[5][3], "=1+1")

    def test_statements_are_printed_in_the_visitors_language(self):
        html = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(collections_lang="de_DE")
            ._render_qweb_html(
                "collections_portal.action_report_ledger",
                self.profile.ids,
                data={
                    "date_from": fields.Date.to_date("2026-01-01"),
                    "date_to": fields.Date.to_date("2026-03-31"),
                },
            )[0]
        )
        self.assertIn("01.01.2026", html.decode())

    # === TO A COLLEAGUE === #

    def _sent(self):
        self.env.invalidate_all()
        return self._touchpoints().filtered("asked_for")

    def _send(self, email, **form):
        return self._post("statement/send", email=email, file="xlsx", **form)

    def test_a_colleague_on_file_gets_it(self):
        self.authenticate("ada", "ada")
        response = self._send("Sven@Customer.example")
        self.assertEqual(response.status_code, 200)
        sent = self._sent()
        self.assertEqual(sent.partner_id, self.sibling)
        self.assertEqual(sent.state, "sent", sent.refusal_note)
        self.assertEqual(len(sent.mail_message_id.attachment_ids), 1)

    def test_a_colleague_who_left_the_channel_gets_nothing(self):
        self.profile.sudo()._opt_out("email", "person", partner=self.sibling)
        self.authenticate("ada", "ada")
        self._send("sven@customer.example")
        self.assertEqual(self._sent().state, "cancelled")
        self.assertEqual(self._sent().refusal, "opted_out")

    def test_who_left_the_channel_gets_what_they_ask_for(self):
        self.profile.sudo()._opt_out("email", "person", partner=self.person)
        self.authenticate("ada", "ada")
        self._send(self.person.email)
        self.assertEqual(self._sent().state, "sent")

    def test_nobody_else_gets_it_and_nothing_tells(self):
        self.authenticate("ada", "ada")
        pages = {
            self._main(self._send(address)).replace(address, "X")
            for address in ("other@customer.example", "who@else.example")
        }
        self.assertEqual(len(pages), 1)
        self.assertFalse(self._sent())
        self.assertIn("does not look like", self._send("nonsense").text)

    def test_who_sees_only_their_own_gets_no_statement(self):
        self.company.collections_portal_entity = False
        self.authenticate("sven", "sven")
        self.assertNotIn("Opening balance", self._get("statement").text)
        self.assertNotIn("PK", self._file(kind="open", file="xlsx").text[:4])
        self._send("ada@customer.example")
        self.assertFalse(self._sent())
