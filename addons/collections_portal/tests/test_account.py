from odoo.fields import Command
from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon


@tagged("post_install", "-at_install")
class TestAccount(CollectionsPortalHttpCommon):
    def _figures(self, currency=None, person=None):
        # In sudo: as the pages read it, after the door.
        profile = self.profile.sudo()
        rows = profile._get_portal_figures(profile._get_portal_items(person))
        rows = {row["currency"]: row for row in rows}
        return rows[currency or self.euro]

    def _hold(self, **values):
        return self.env["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "reason": "manual",
                "effect": "exclude",
                "date_end": "2026-04-10",
                "user_id": self.manager.id,
                **values,
            }
        )

    def _line(self, move):
        return move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def test_each_currency_has_its_own_figures(self):
        self.assertEqual(self._figures()["overdue"], 1234.5)
        self.assertEqual(self._figures()["soon"], 80.25)
        self.assertEqual(self._figures()["owed"], 1314.75)
        self.assertEqual(self._figures(self.dollar)["overdue"], 300)

    def test_credits_are_told_apart_from_what_is_owed(self):
        self._credit_note(200, currency_id=self.euro.id)
        row = self._figures()
        self.assertEqual(row["covered"], 200)
        self.assertEqual(row["credit"], 200)
        self.assertEqual(row["overdue"], 1034.5)
        self.assertEqual(row["balance"], 1114.75)

    def test_held_amounts_are_told_by_their_reason(self):
        self._hold(
            scope="items",
            reason="invoice_unsent",
            line_ids=[
                Command.create(
                    {"move_line_id": self._line(self.late).id, "amount": 34.5}
                )
            ],
        )
        self._hold(scope="amount", amount=100, currency_id=self.euro.id)
        row = self._figures()
        self.assertEqual(
            [(reason, amount) for reason, _label, amount in row["held"]],
            [("invoice_unsent", 34.5), ("manual", 100)],
        )
        self.assertEqual(row["overdue"], 1100)

    def test_the_parts_add_up_to_what_is_owed(self):
        self._credit_note(50, currency_id=self.euro.id)
        self._hold(scope="amount", amount=70, currency_id=self.euro.id)
        self._pay_without_entry(self.late, 10, currency_id=self.euro.id)
        row = self._figures()
        parts = ("overdue", "soon", "later", "pending", "covered")
        total = sum(row[name] for name in parts) + sum(h[2] for h in row["held"])
        self.assertAlmostEqual(total, row["owed"], 2)
        self.assertAlmostEqual(sum(p["amount"] for p in row["aging"]), row["owed"], 2)

    def test_a_contact_without_the_whole_sees_their_own_alone(self):
        mine = self._invoice(12, 5, partner=self.sibling, currency_id=self.euro.id)
        self.company.collections_portal_entity = False
        self.assertEqual(self._figures(person=self.sibling)["owed"], 12)
        self.authenticate("sven", "sven")
        text = self._get().text
        self.assertIn("12.00", text)
        self.assertNotIn("1,314", text)
        self.assertNotIn(self.late.name, text)
        self.assertTrue(mine)

    def test_the_page_shows_figures_next_step_and_helper(self):
        self.authenticate("ada", "ada")
        text = self._get().text
        for words in (
            "1,314.75",
            "What comes next",
            "Camille Collector",
            "BE71096123456769",
            "We have not written to you",
        ):
            self.assertIn(words, text)

    def test_where_nobody_is_known_the_company_helps(self):
        self.profile.sudo().collector_id = False
        self.company.collections_sender_id = False
        self.authenticate("ada", "ada")
        response = self._get()
        self.assertEqual(response.status_code, 200)
        self.assertIn(self.company.name, self._main(response))

    def test_what_comes_next_is_told_with_its_day_and_its_reason(self):
        for currency in self.euro | self.dollar:
            self.env["res.currency.rate"].create(
                {"currency_id": currency.id, "name": "2020-01-01", "rate": 1}
            )
        self._run()
        self.assertEqual(self.profile.next_code, "planned")
        self.authenticate("ada", "ada")
        text = self._get().text
        self.assertIn("On 03/10/2026 we send you a friendly reminder.", text)
        self.assertIn("Because something is open since 01/29/2026.", text)

    def test_no_internal_word_is_on_the_page(self):
        self.segment.name = "Problem children"
        self.friendly.name = "Step with an inner name"
        self._hold(scope="all", effect="pause", note="They are nearly broke")
        self._run()
        self.authenticate("ada", "ada")
        text = self._get().text
        for words in ("Problem children", "inner name", "broke", "manager's word"):
            self.assertNotIn(words, text)
        self.assertIn("No reminders come at the moment", text)

    def test_nothing_open_is_said_with_thanks(self):
        self._make_profile(self.customer.copy({"name": "Paid Ltd"}))
        self.authenticate("other", "other")
        text = self._get(profile=self.stranger_profile).text
        self.assertIn("All settled, thank you", text)

    def test_what_was_sent_is_told_and_what_was_planned_is_not(self):
        sent = self._message(self.firm, state="scheduled")
        sent.sudo()._dispatch()
        self.assertEqual(sent.state, "sent", sent.refusal_note)
        planned = self._message(self.final)
        planned.sudo().subject = "Not yet said"
        call = self._message(self.firm, channel="call", state="sent")
        call.sudo().note = "She cried"
        self.authenticate("ada", "ada")
        for path in ("", "history"):
            text = self._get(path).text
            self.assertIn("We sent Ada Adler an e-mail", text)
            self.assertIn(sent.subject.split("–")[0].strip(), text)
            for words in ("Not yet said", "cried", "on the phone", "/l/"):
                self.assertNotIn(words, text)

    def _write_to(self, person):
        """Let a colleague write to somebody from the customer's thread."""
        return self.profile.with_user(self.collector).message_post(
            body="Hello",
            subject=f"To {person.name}",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=person.ids,
        )

    def _reply(self, **author):
        # As the gateway does
        return self.profile.with_user(self.env.ref("base.user_root")).message_post(
            body="Hello",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            **author,
        )

    def test_what_is_said_with_others_is_not_told(self):
        lawyer = self.env["res.partner"].create(
            {"name": "Lex Lawyer", "email": "lex@lawyer.example"}
        )
        self._write_to(lawyer)
        self._reply(author_id=lawyer.id, subject="From Lex Lawyer")
        # Whom no contact is known to have this address
        self._reply(author_id=False, email_from="x@law.example", subject="From a law")
        self.profile.with_user(self.collector).message_post(
            body="Hello",
            subject="To a law",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            outgoing_email_to="x@law.example",
        )
        self._write_to(self.person)
        self._reply(author_id=self.person.id, subject="From Ada Adler")
        said = self._touchpoints().filtered("mail_message_id")
        self.assertEqual(len(said), 6)
        self.authenticate("ada", "ada")
        for path in ("", "history"):
            page = self._get(path).text
            for words in ("To Ada Adler", "From Ada Adler"):
                self.assertIn(words, page)
            for words in ("Lex Lawyer", "From a law", "To a law"):
                self.assertNotIn(words, page)

    def test_payment_by_a_colleague_is_seen_at_once(self):
        self._pay(self.late)
        self._pay(self.dollars)
        self.authenticate("ada", "ada")
        text = self._get().text
        self.assertIn("Nothing is overdue, thank you", text)

    def test_the_page_asks_as_often_for_many_invoices_as_for_few(self):
        self.authenticate("ada", "ada")
        self._get()

        def _count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self._get().status_code, 200)
            return self.env.cr.sql_log_count - before

        few = _count()
        for day in range(12):
            self._invoice(10 + day, day, currency_id=self.euro.id)
        # The first look takes in what moved
        self._get()
        self.assertLessEqual(_count(), few + 2)

    def test_the_way_to_a_person_stays_whatever_else_is_proposed(self):
        self._credit_note(50, currency_id=self.euro.id)
        self.authenticate("ada", "ada")
        page = self._main(self._get())
        for words in ("Pay what is overdue", "Use your credit", "Something in the way"):
            self.assertIn(words, page)
