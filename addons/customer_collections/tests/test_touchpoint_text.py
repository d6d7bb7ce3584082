from datetime import timedelta

from lxml import html

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import format_amount, mute_logger

from ..const import TONES
from .text_common import LANGS, CollectionsTextCommon

RENDERING = "odoo.addons.mail.models.mail_render_mixin"
# Words that are the same in English and in another language.
SHARED = {"Document", "Total", "Date", "Reference"}


def _texts(body):
    """Return the pieces of text of a body, without white space around them."""
    root = html.fragment_fromstring(body, create_parent="div")
    return {" ".join(text.split()) for text in root.itertext() if text.strip()}


@tagged("post_install", "-at_install")
class TestTouchpointText(CollectionsTextCommon):
    def _visible(self, message):
        return html.fragment_fromstring(
            message["body"], create_parent="div"
        ).text_content()

    def test_each_template_speaks_each_tone_in_each_language(self):
        stages = {
            "before_due": self.courtesy,
            "overdue": self.friendly,
            "after_paid": self.thanks,
        }
        for kind, stage in stages.items():
            for tone, _label in TONES:
                english = None
                for lang in LANGS:
                    with self.subTest(kind=kind, tone=tone, lang=lang):
                        touchpoint = self._message(stage, lang=lang, tone=tone)
                        message = touchpoint._render_message()
                        texts = _texts(message["body"]) | {message["subject"]}
                        self.assertIn(
                            self.collector.name, self._visible(message), "the signer"
                        )
                        if lang == "en_US":
                            english = texts
                            continue
                        words = {t for t in texts & english if self._is_prose(t)}
                        self.assertFalse(words - SHARED, "left in English")

    def _is_prose(self, text):
        """Return whether the text is ours, and not a name, a figure or a date."""
        data = " ".join(
            [
                self.company.name,
                self.person.name,
                self.collector.name,
                self.collector.email,
                *self.items.mapped("name"),
                *self.items.mapped("payment_reference"),
                *self.items.currency_id.mapped("name"),
                *self.company.partner_id.bank_ids.mapped("acc_number"),
            ]
        )
        text = text.lstrip("· ")
        return any(c.isalpha() for c in text) and text not in data

    def test_each_tone_has_words_of_its_own(self):
        for stage in (self.courtesy, self.friendly, self.thanks):
            messages = [
                self._message(stage, tone=tone)._render_message() for tone, _l in TONES
            ]
            self.assertEqual(len({m["subject"] for m in messages}), 4)
            self.assertEqual(len({self._visible(m) for m in messages}), 4)

    def test_every_figure_is_in_the_message_in_the_format_of_its_language(self):
        for lang in LANGS:
            with self.subTest(lang=lang):
                touchpoint = self._message(self.firm, lang=lang)
                text = self._visible(touchpoint._render_message())
                for amount, currency in (
                    (1234.5, self.euro),
                    (80.25, self.euro),
                    (1314.75, self.euro),
                    (300, self.dollar),
                ):
                    self.assertIn(
                        format_amount(self.env, amount, currency, lang_code=lang), text
                    )
                for move in self.items:
                    self.assertIn(move.name, text)
                self.assertIn("40", text, "days late")
                self.assertIn("BE71096123456769", text)

    def test_one_table_per_currency_keeps_overdue_and_coming_apart(self):
        tables = self._message(self.firm)._get_items(self.env["payment.provider"])
        figures = {
            table["currency"].name: {
                section["kind"]: len(section["rows"]) for section in table["sections"]
            }
            for table in tables
        }
        self.assertEqual(
            figures, {"EUR": {"overdue": 1, "coming": 1}, "USD": {"overdue": 1}}
        )

    def test_what_was_coming_due_is_never_shown_as_late(self):
        message = self._message(self.firm)
        line = message.line_ids.filtered(lambda li: li.kind == "coming")
        later = line.date_due + timedelta(days=3)
        row = message._prepare_item(line, later, online=False)
        self.assertEqual(row["days_late"], 0)

    def test_days_late_are_counted_where_the_company_works(self):
        # Its contact has the clock of whoever made it.
        self.company.partner_id.tz = "Europe/Brussels"
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        touchpoint = self._message(self.friendly, self.late)
        # Half past four in the afternoon of the tenth
        touchpoint.sudo().sent_at = "2026-03-10 23:30:00"
        [table] = touchpoint._get_items(self.env["payment.provider"])
        self.assertEqual(table["sections"][0]["rows"][0]["days_late"], 40)

    def test_the_final_word_names_the_day_and_the_ways_out(self):
        text = self._visible(self._message(self.final)._render_message())
        self.assertIn("03/20/2026", text)
        for way in ("instalments", "not right", "Talk to Camille Collector"):
            self.assertIn(way, text)

    def test_an_edited_message_is_returned_as_it_stands(self):
        touchpoint = self._message(
            self.firm, edited=True, subject="My words", body="<p>Dear Ada</p>"
        )
        message = touchpoint._render_message()
        self.assertEqual(message["subject"], "My words")
        self.assertEqual(message["body"], "<p>Dear Ada</p>")

    def test_a_sent_message_is_not_told_anew(self):
        touchpoint = self._message(
            self.firm, subject="Then", body="<p>As it was</p>", sent_at="2026-03-01"
        )
        self.assertEqual(touchpoint._render_message()["body"], "<p>As it was</p>")

    @mute_logger(RENDERING)
    def test_a_broken_template_fails_alone_and_in_plain_words(self):
        broken = self.firm.email_template_id.copy({"name": "Broken"})
        self.env.flush_all()
        # Behind the back of the check that a template can be rendered.
        self.env.cr.execute(
            "UPDATE mail_template SET body_html = jsonb_build_object('en_US',"
            " '<p t-out=\"object.no_such_field\"/>') WHERE id = %s",
            [broken.id],
        )
        broken.invalidate_recordset()
        self.final.email_template_id = broken
        bad = self._message(self.final)
        good = self._message(self.firm)
        messages = (bad | good)._render_messages()
        self.assertIn("“Broken” cannot be put together", messages[bad.id]["error"])
        self.assertNotIn("Traceback", messages[bad.id]["error"])
        self.assertTrue(messages[good.id]["body"])
        with self.assertRaisesRegex(UserError, "no_such_field"):
            bad._render_message()

    @mute_logger(RENDERING)
    def test_one_customer_that_breaks_a_template_spares_the_others(self):
        template = self.firm.email_template_id.copy()
        template.body_html = '<p t-out="1 / (object.line_ids and 1 or 0)"/><p>Hello</p>'
        self.firm.email_template_id = template
        good, bad = (
            self._message(self.firm),
            self._message(self.firm, moves=self.env["account.move"]),
        )
        messages = (good | bad)._render_messages()
        self.assertIn("Hello", messages[good.id]["body"])
        self.assertIn("division by zero", messages[bad.id]["error"])

    def test_a_step_without_a_text_says_so(self):
        self.firm.email_template_id = False
        with self.assertRaisesRegex(UserError, "“Firm” has no text"):
            self._message(self.firm)._render_message()

    def test_forty_messages_ask_the_database_no_more_than_four(self):
        def _count(number):
            touchpoints = self.env["collections.touchpoint"].concat(
                *(self._message(self.firm) for _n in range(number))
            )
            touchpoints._render_messages()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            touchpoints._render_messages()
            return self.env.cr.sql_log_count - before

        self.assertLessEqual(_count(40), _count(4) + 4)

    def test_an_sms_is_short_and_has_a_way_out(self):
        for lang in LANGS:
            for tone, _label in TONES:
                for stage in (self.courtesy, self.firm, self.thanks):
                    with self.subTest(lang=lang, tone=tone, kind=stage.kind):
                        message = self._message(
                            stage,
                            self.late | self.coming,
                            channel="sms",
                            lang=lang,
                            tone=tone,
                        )
                        text = message._render_sms()
                        # Another addon may add a link of its own.
                        words = text.replace(message.portal_url or "", "")
                        self.assertLessEqual(len(words), 301, text)
                        self.assertIn("/my/o/", text)
                        self.assertNotRegex(text, "[\u00a0\u202f\ufeff’“”–]")

    def test_whom_to_call_and_what_to_say_stands_in_the_script(self):
        self.person.phone = "+32 2 555 00 00"
        self.firm.call_script = "<p>Ask first, and listen.</p>"
        script = self._message(self.firm, channel="call")._render_call_script()
        for words in ("Ada Adler", "+32 2 555 00 00", "listen", self.late.name):
            self.assertIn(words, script)

    def test_when_to_call_stands_in_the_script(self):
        message = self._message(self.firm, channel="call")
        profile = self.profile.sudo()
        profile.timezones = "America/Los_Angeles,America/New_York"
        self.assertIn(
            "May be called 11:00–18:00, New York time", message._render_call_script()
        )
        profile.write({"contact_hour_from": 13, "contact_hour_to": 14.5})
        self.assertIn("13:00–14:30, New York", message._render_call_script())
        self.env["collections.contact.rule"].search([]).active = False
        profile.write({"contact_hour_from": 0, "contact_hour_to": 0})
        self.assertNotIn("May be called", message._render_call_script())

    def test_a_customer_pays_online_what_the_row_asks_for(self):
        self.env["payment.provider"].search([]).state = "disabled"
        self.assertNotIn(
            "portal_pay", self._message(self.firm)._render_message()["body"]
        )
        self.env["payment.provider"].create(
            {
                "name": "Provider",
                "code": "none",
                "company_id": self.company.id,
                "state": "test",
                "is_published": True,
            }
        )
        body = self._message(self.firm)._render_message()["body"]
        links = html.fragment_fromstring(body, create_parent="div").xpath(
            "//a[contains(@href, 'portal_pay')]/@href"
        )
        self.assertEqual(len(links), 3)
        self.assertIn("amount=1234.5", links[0])
        self.assertNotIn("//my/", links[0])

    def test_paper_has_no_links(self):
        body = self._message(self.firm, channel="letter")._render_message()["body"]
        self.assertNotIn("<a ", body)
        self.assertNotIn("reply to this message", body)
        self.assertIn("Your call or letter", body)

    def test_a_collector_may_place_merge_fields_but_no_code(self):
        template = self.firm.email_template_id.copy({"name": "Ours"})
        group = self.env.ref("mail.group_mail_template_editor")
        self.env.ref("base.group_user").implied_ids -= group
        user = new_test_user(
            self.env, "writer", groups="customer_collections.group_manager"
        )
        user.group_ids -= group
        template.sudo().user_id = user
        mine = template.with_user(user)
        mine.write(
            {
                "subject": "For {{ object.greeting_name }}",
                "body_html": '<p t-out="object.greeting_name"/>'
                '<t t-out="object.items_html"/>',
            }
        )
        self.firm.email_template_id = template
        body = self._message(self.firm)._render_message()["body"]
        self.assertIn("Ada Adler", body)
        self.assertIn(self.late.name, body)
        with self.assertRaises(UserError):
            mine.body_html = '<p t-out="object.env.cr"/>'

    def test_nobody_but_a_person_is_greeted_by_name(self):
        touchpoint = self._message(self.firm, partner_id=self.customer.id)
        self.assertFalse(touchpoint.greeting_name)
        self.assertIn("Hello,", self._visible(touchpoint._render_message()))

    def test_without_a_signer_the_company_signs(self):
        self.company.collections_sender_id = False
        touchpoint = self._message(self.firm, user_id=False)
        self.assertEqual(touchpoint.signer_name, self.company.name)

    def test_a_collector_sees_the_message_as_the_customer_will(self):
        touchpoint = self._message(self.firm)
        self.assertEqual(
            touchpoint.with_user(self.collector)._render_message()["subject"],
            touchpoint._render_message()["subject"],
        )
