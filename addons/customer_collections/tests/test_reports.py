from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import format_amount

from .text_common import CollectionsTextCommon


@tagged("post_install", "-at_install")
class TestReports(CollectionsTextCommon):
    def _html(self, report, record, user=None, company=None):
        reports = self.env["ir.actions.report"]
        if user:
            seen = {"allowed_company_ids": company.ids}
            reports = reports.with_user(user).with_context(**seen)
        content, _type = reports._render_qweb_html(
            f"customer_collections.action_report_collections_{report}", record.ids
        )
        return content.decode()

    def test_a_letter_speaks_the_language_of_its_customer(self):
        letter = self._message(self.firm, channel="letter", lang="de_DE")
        page = self._html("letter", letter)
        for words in (
            "Guten Tag Ada Adler",
            "Mit freundlichen Grüßen",
            "10.03.2026",
            "Rue Neuve 1",
            self.late.name,
            self.company.name,
        ):
            self.assertIn(words, page)
        self.assertEqual(
            letter._get_letter_filename(), "Brief Alma Bakery 2026-03-10.pdf"
        )

    def test_a_letter_is_a_pdf(self):
        letter = self._message(self.firm, channel="letter")
        pdf = letter.with_context(force_report_rendering=True)._render_letter()
        self.assertEqual(pdf[:4], b"%PDF")

    def test_an_edited_letter_prints_what_was_written(self):
        letter = self._message(
            self.firm,
            channel="letter",
            edited=True,
            subject="Our talk",
            body="<p>As agreed on the phone.</p>",
        )
        page = self._html("letter", letter)
        self.assertIn("Our talk", page)
        self.assertIn("As agreed on the phone.", page)
        self.assertNotIn(self.late.name, page)

    def test_whoever_works_for_one_branch_prints_what_is_owed_to_all(self):
        self.company.write(
            {
                "child_ids": [
                    Command.create({"name": "North"}),
                    Command.create({"name": "South"}),
                ]
            }
        )
        self.cr.precommit.run()
        north, south = self.company.child_ids
        self.env.user.company_ids += south
        move = self.late.copy(
            {"company_id": south.id, "journal_id": self.late.journal_id.id}
        )
        move.action_post()
        self.assertEqual(move.company_id, south)
        user = new_test_user(
            self.env,
            "northerner",
            groups="customer_collections.group_collector",
            company_id=north.id,
            company_ids=[Command.set(north.ids)],
        )
        self.env.flush_all()
        self.env.invalidate_all()
        page = self._html("statement", self.profile, user, north)
        self.assertIn(move.name, page)

    def test_the_statement_adds_up_per_currency_with_credits(self):
        self._credit_note(50, currency_id=self.euro.id)
        self.env.flush_all()
        tables = {t["currency"]: t for t in self.profile._get_statement()}
        self.assertEqual(set(tables), {self.euro, self.dollar})
        euro = tables[self.euro]
        self.assertEqual(
            euro["total"], format_amount(self.env, 1234.5 + 80.25 - 50, self.euro)
        )
        self.assertEqual(len(euro["rows"]), 3)
        buckets = dict(euro["buckets"])
        self.assertEqual(buckets["Credits"], format_amount(self.env, -50, self.euro))
        self.assertEqual(buckets["Not due"], format_amount(self.env, 80.25, self.euro))
        self.assertEqual(
            buckets["31–60 days"], format_amount(self.env, 1234.5, self.euro)
        )

    def _row_of_payment(self, lang="en_US", **values):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.customer.id,
                "amount": 70,
                "currency_id": self.euro.id,
                "journal_id": self.company_data["default_journal_bank"].id,
                **values,
            }
        )
        payment.action_post()
        self.env.flush_all()
        tables = self.profile.with_context(lang=lang)._get_statement()
        rows = [row for table in tables for row in table["rows"]]
        self.assertNotIn(payment.move_id.name, [row["name"] for row in rows])
        return next(row for row in rows if "70" in row["open"])

    def test_a_payment_is_named_in_words_with_what_was_written_on_it(self):
        row = self._row_of_payment(memo="Flour of May")
        self.assertEqual(row["name"], "Payment received")
        self.assertEqual(row["reference"], "Flour of May")
        self.assertFalse(row["credit"])

    def test_a_payment_is_named_in_the_language_of_the_customer(self):
        self.assertEqual(self._row_of_payment("de_DE")["name"], "Zahlung erhalten")

    def test_money_sent_back_is_named_so(self):
        row = self._row_of_payment(payment_type="outbound")
        self.assertEqual(row["name"], "Payment made")

    def test_a_line_of_the_bank_is_named_with_the_words_of_the_payer(self):
        line = self._bank_line(70)
        receivable = self.company_data["default_account_receivable"]
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = receivable
        self.env.flush_all()
        names = [
            (row["name"], row["reference"])
            for table in self.profile._get_statement()
            for row in table["rows"]
        ]
        self.assertIn(("Payment received", "Thank you"), names)

    def test_the_statement_leaves_out_what_is_excluded_from_follow_up(self):
        self.late.line_ids.no_followup = True
        self.env.flush_all()
        names = [r["name"] for t in self.profile._get_statement() for r in t["rows"]]
        self.assertNotIn(self.late.name, names)
        self.assertIn(self.dollars.name, names)

    def test_the_statement_speaks_the_language_it_is_asked_for(self):
        self.env.flush_all()
        profile = self.profile.with_context(collections_lang="fr_FR")
        page = self._html("statement", profile)
        self.assertIn("Statement of account", page)
        content, _type = (
            self.env["ir.actions.report"]
            .with_context(collections_lang="fr_FR")
            ._render_qweb_html(
                "customer_collections.action_report_collections_statement",
                self.profile.ids,
            )
        )
        self.assertIn("Relevé de compte", content.decode())

    def test_a_clear_customer_gets_a_statement_that_says_so(self):
        other = self._customer("Clear Ltd")
        profile = self._make_profile(other)
        self.assertIn("everything is settled", self._html("statement", profile))

    def test_the_step_says_what_is_attached(self):
        touchpoint = self._message(self.firm)
        self.assertEqual(touchpoint._get_message_attachments(), [])
        self.firm.write({"attach_statement": True, "attach_invoices": True})
        files = touchpoint._get_message_attachments()
        # The statement and the two invoices that are overdue.
        self.assertEqual(len(files), 3)
        self.assertIn("Statement of account Alma Bakery", files[0][0])
        self.assertTrue(all(content for _name, content in files))

    def test_only_invoices_have_copies_to_attach(self):
        entry = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.customer.id,
                            "debit": debit,
                            "credit": 10 - debit,
                            "date_maturity": "2026-02-01",
                        }
                    )
                    for account, debit in (
                        (self.company_data["default_account_receivable"], 10),
                        (self.company_data["default_account_revenue"], 0),
                    )
                ],
            }
        )
        entry.action_post()
        touchpoint = self._message(self.firm, self.late | entry)
        self.assertEqual(touchpoint._get_attached_moves(), self.late)
