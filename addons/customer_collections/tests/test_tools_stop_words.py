from odoo.tests import BaseCase, tagged

from ..tools.reply_text import reply_text
from ..tools.stop_words import is_automatic_reply, is_opt_out, strip_quoted


@tagged("post_install", "-at_install")
class TestOptOut(BaseCase):
    def assertOptsOut(self, *texts, channel="email"):
        for text in texts:
            with self.subTest(text=text):
                self.assertTrue(is_opt_out(text, channel))

    def assertStays(self, *texts, channel="email"):
        for text in texts:
            with self.subTest(text=text):
                self.assertFalse(is_opt_out(text, channel))

    # === ASKING TO BE LEFT ALONE === #

    def test_the_words_of_the_law_opt_out(self):
        self.assertOptsOut(
            "stop", "unsubscribe", "end", "quit", "cancel", "revoke", "opt out"
        )

    def test_a_keyword_counts_in_any_form(self):
        self.assertOptsOut(
            "STOP",
            "StOp!!!",
            ' "Stop." ',
            "„Stopp!“",
            "\u00a0stop\u200b",
            "Opt-out",
            "STOP STOP STOP",
            "END\n",
        )

    def test_courtesy_around_a_keyword_changes_nothing(self):
        self.assertOptsOut(
            "please stop",
            "Stop please, thanks",
            "Hello Ann, please stop.",
            "Hi,\n\nstop\n",
            "Please cancel.",
            "stop all",
        )

    def test_a_signature_after_a_keyword_changes_nothing(self):
        self.assertOptsOut("Stop\n\nBest regards\nJohn Smith\nAP Clerk, ACME Ltd")

    def test_a_keyword_may_be_explained(self):
        self.assertOptsOut("Stop. You have the wrong person.")

    def test_short_requests_in_english_opt_out(self):
        self.assertOptsOut(
            "please stop emailing me",
            "Please stop e-mailing me!",
            "please stop sending me these e-mails",
            "Can you please stop contacting us?",
            "Do not contact me again",
            "don't email me",
            "no more emails please",
            "I no longer wish to receive these messages",
            "I don't want any more reminders",
            "remove me from your list",
            "take me off your mailing list",
            "I want to unsubscribe",
            "How do I unsubscribe?",
            "cancel the reminders",
            "quit emailing me",
            "I revoke my consent",
        )

    def test_short_requests_in_german_opt_out(self):
        self.assertOptsOut(
            "Abmelden",
            "ENDE",
            "Bitte keine E-Mails mehr",
            "Bitte keine weiteren Mahnungen",
            "Schreiben Sie mir nicht mehr",
            "Bitte kontaktieren Sie uns nicht mehr.",
            "Hören Sie auf, mir zu schreiben",
            "Bitte nehmen Sie mich aus dem Verteiler",
            "Ich möchte keine E-Mails mehr erhalten",
            "Bitte melden Sie mich ab",
        )

    def test_short_requests_in_french_opt_out(self):
        self.assertOptsOut(
            "Arrêtez",
            "ARRÊT",
            "Se désinscrire",
            "Fin",
            "Arrêtez de m'envoyer des e-mails",
            "Merci de ne plus m’envoyer de messages",
            "Plus d'e-mails s'il vous plaît",
            "Je ne souhaite plus recevoir vos messages",
            "Veuillez me retirer de votre liste",
        )

    def test_short_requests_in_spanish_opt_out(self):
        self.assertOptsOut(
            "BAJA",
            "No más",
            "Basta ya",
            "Cancelar",
            "Por favor, no me envíen más correos",
            "Dejen de enviarme mensajes",
            "Quiero darme de baja",
            "No quiero recibir más mensajes",
            "Elimíneme de su lista",
        )

    def test_a_request_among_other_sentences_opts_out(self):
        self.assertOptsOut(
            "We have paid already. Please stop sending payment reminders.",
            "We paid, stop emailing us",
            "please stop\nemailing me",
            "Please stop emailing me\nthanks\nBob",
        )

    # === ORDINARY SENTENCES === #

    def test_ordinary_english_sentences_do_not_opt_out(self):
        self.assertStays(
            "",
            "Thanks, paid today.",
            "We will stop by the bank and pay",
            "Please stop by our office",
            "At the end of the month we pay",
            "End of month",
            "please cancel the duplicate invoice",
            "please cancel our subscription",
            "Cancel. The invoice was a duplicate.",
            "Please stop the delivery until we have the credit note",
            "Please remove this invoice from your list",
            "The cheque is in the mail",
            "We do not receive your emails",
            "Why did you stop sending statements?",
            "If you stop sending reminders, we will pay",
            "Please call me",
            "Can you email the statement?",
        )

    def test_asking_to_go_on_does_not_opt_out(self):
        self.assertStays(
            "Please don't stop sending reminders, they help",
            "Please do not stop emailing me",
            "Never stop sending me emails",
        )

    def test_ordinary_sentences_in_other_languages_do_not_opt_out(self):
        self.assertStays(
            "Wir zahlen am Ende des Monats",
            "Bitte stornieren Sie die doppelte Rechnung",
            "Wir haben keine Mahnung erhalten",
            "Bitte keine Mahnung, wir zahlen morgen",
            "Bitte schreiben Sie mir",
            "Nous paierons à la fin du mois",
            "Veuillez annuler la facture en double",
            "Je ne reçois plus vos factures",
            "Nous ne recevons pas vos emails",
            "Pagaremos a fin de mes",
            "Por favor cancelen la factura duplicada",
            "No me llegó el correo",
            "Estoy de baja",
        )

    def test_a_wish_about_calls_alone_is_for_a_person_to_read(self):
        self.assertStays(
            "Please stop calling me",
            "Don't call me, email me",
            "Rufen Sie mich nicht mehr an",
            "Ne m'appelez plus",
            "No me llamen más",
        )
        self.assertOptsOut("Please stop calling and emailing me")

    # === BY WHICH CHANNEL === #

    def test_a_request_that_names_other_channels_is_for_a_person_to_read(self):
        self.assertStays(
            "Do not send letters, email is fine",
            "Bitte keine Briefe mehr, nur noch E-Mail",
            "Please stop the SMS, email is fine",
            "Please don't send text messages. Emails are fine.",
            "Ne pas envoyer par courrier",
            "Plus de courriers svp",
            "No me envíen más cartas",
            "Please stop texting and calling me",
            "Don't text me, call or email",
            "Please don't contact me by phone, email is fine",
            "No me contacten por teléfono",
        )
        self.assertStays(
            "Please stop emailing me",
            "Bitte keine E-Mails mehr",
            "Plus d'e-mails s'il vous plaît",
            "No me envíen más correos",
            channel="sms",
        )

    def test_a_request_that_names_the_channel_it_came_by_opts_out(self):
        self.assertOptsOut(
            "Please stop the SMS, email is fine",
            "Don’t text this number",
            "Bitte keine SMS mehr",
            "STOP SMS",
            "Plus de textos svp",
            channel="sms",
        )
        self.assertOptsOut(
            "Do not send letters or emails",
            "Bitte keine Briefe und E-Mails mehr",
            "keine E-Mails mehr",
            "No more letters, emails or calls please",
            "Plus de lettres, d'e-mails ou de SMS svp",
        )

    def test_a_request_that_names_no_channel_opts_out_of_any(self):
        for channel in ("email", "sms"):
            self.assertOptsOut(
                "STOP",
                "unsubscribe",
                "Please stop sending me messages",
                "Please stop the calls and messages",
                "Do not call or write to us",
                "Remove me from your mailing list",
                "Bitte keine Mahnungen und Briefe mehr",
                channel=channel,
            )

    # === QUOTATIONS === #

    def test_what_a_reply_quotes_does_not_opt_out(self):
        self.assertStays(
            "Paid.\n\n> Stop",
            "Paid.\n\nOn Mon, 5 Jan 2026 at 10:12, Ann <a@x.example>\nwrote:\n\nStop.",
            "Paid.\n\n-----Original Message-----\nFrom: Ann\n\nPlease stop emailing me",
            "Thanks.\nUnsubscribe",
        )

    def test_an_answer_above_a_quotation_opts_out(self):
        self.assertOptsOut(
            "STOP\n\nOn Mon, 5 Jan 2026 at 10:12, Ann <a@x.example> wrote:\n> pay"
        )

    def test_the_quotation_is_found_in_four_languages(self):
        for announcement in (
            "On Mon, 5 Jan 2026 at 10:12, Ann <ann@x.example> wrote:",
            "Am Mo., 5. Jan. 2026 um 10:12 Uhr schrieb Ann\n<ann@x.example>:",
            "Le lun. 5 janv. 2026 à 10:12, Ann <ann@x.example> a écrit :",
            "El lun, 5 ene 2026 a las 10:12, Ann (<ann@x.example>) escribió:",
            "-----Original Message-----",
            "-----Ursprüngliche Nachricht-----",
            "-----Message d'origine-----",
            "-----Mensaje original-----",
            "From: Ann <ann@x.example>\nSent: Monday, 5 January 2026 10:12",
            "Von: Ann <ann@x.example>\nGesendet: Montag, 5. Januar 2026 10:12",
            "De : Ann <ann@x.example>\nEnvoyé : lundi 5 janvier 2026 10:12",
            "De: Ann <ann@x.example>\nEnviado el: lunes, 5 de enero de 2026 10:12",
        ):
            with self.subTest(announcement=announcement):
                text = f"Paid.\n\n{announcement}\n\nPlease pay.\n"
                self.assertEqual(strip_quoted(text).strip(), "Paid.")

    def test_answers_between_quoted_lines_are_kept(self):
        text = (
            "On Mon, 5 Jan 2026 at 10:12, Ann <ann@x.example> wrote:\n"
            "> Did you get it?\nYes.\n> When will you pay?\nOn Friday.\n"
        )
        self.assertEqual(strip_quoted(text).split("\n"), ["", "Yes.", "On Friday."])

    def test_a_date_before_the_announcement_is_kept(self):
        text = "On 3 May we paid.\n\nOn Mon, 5 Jan 2026, Ann wrote:\n> Please pay."
        self.assertEqual(strip_quoted(text).strip(), "On 3 May we paid.")

    def test_a_sentence_that_looks_like_an_announcement_is_kept(self):
        text = "On reflection we agree with what Ann wrote:\nhalf now, half in May."
        self.assertEqual(strip_quoted(text), text)

    def test_a_very_long_text_is_read_without_harm(self):
        for text in ("On 1 wrote:\n> x\n" * 2000, "please send " * 2000, " " * 20000):
            self.assertFalse(is_opt_out(text, "email"))


@tagged("post_install", "-at_install")
class TestReplyText(BaseCase):
    # What the usual programs make of an answer above our message
    GMAIL = (
        '<div dir="ltr">{answer}</div><br><div class="gmail_quote"><div>On Mon, Jan 5, '
        "2026 at 10:12 AM Ann &lt;<a>ann@x.example</a>&gt; wrote:<br></div>"
        "<blockquote>{ours}</blockquote></div>"
    )
    OUTLOOK = (
        "<style>p {{margin: 0}}</style><p>{answer}</p><div><p><b><span>From:</span></b>"
        "<span> Ann &lt;ann@x.example&gt;<br><b>Sent:</b> Monday, January 5, 2026"
        "<br><b>Subject:</b> Invoice</span></p></div>{ours}"
    )
    APPLE_MAIL = (
        '<body>{answer}<div><br><blockquote type="cite"><div>On 5 Jan 2026, at 10:12, '
        "Ann &lt;ann@x.example&gt; wrote:</div>{ours}</blockquote></div></body>"
    )
    PLAIN_TEXT = (
        "<pre>{answer}\n\nOn Mon, 5 Jan 2026 at 10:12, Ann wrote:\n&gt; Stop\n</pre>"
    )

    def test_only_the_answer_opts_out_whatever_program_wrote_it(self):
        ours = "<p>Please pay.</p><p><a>Stop these e-mails</a></p>"
        for program in ("GMAIL", "OUTLOOK", "APPLE_MAIL", "PLAIN_TEXT"):
            html = getattr(self, program)
            with self.subTest(program=program):
                paid = reply_text(html.format(answer="We have paid.", ours=ours))
                self.assertEqual(strip_quoted(paid).strip(), "We have paid.")
                self.assertFalse(is_opt_out(paid, "email"))
                stop = reply_text(html.format(answer="<b>STOP</b>", ours=ours))
                self.assertTrue(is_opt_out(stop, "email"))

    def test_an_answer_below_the_quotation_is_read(self):
        html = (
            "<div>On 05/01/2026 10:12, Ann wrote:</div>"
            "<blockquote><p>Please<br>pay.</p></blockquote><p>Stop &amp; desist</p>"
            "<p>Please stop\nemailing me</p>"
        )
        text = reply_text(html)
        self.assertEqual(
            text.split("\n"),
            [
                "On 05/01/2026 10:12, Ann wrote:",
                "> Please",
                "> pay.",
                "Stop & desist",
                "Please stop emailing me",
            ],
        )
        self.assertTrue(is_opt_out(text, "email"))

    def test_broken_html_is_read_as_far_as_it_goes(self):
        self.assertEqual(reply_text("</blockquote></pre><p>Stop<i></div>"), "Stop")
        self.assertEqual(reply_text(""), "")


@tagged("post_install", "-at_install")
class TestAutomaticReply(BaseCase):
    def test_a_message_without_signs_is_a_persons(self):
        self.assertFalse(is_automatic_reply({"From": "Ann"}, "Re: Your invoice"))
        self.assertFalse(is_automatic_reply({}, ""))

    def test_headers_of_machines_are_known_in_any_case(self):
        for headers in (
            {"Auto-Submitted": "auto-replied"},
            {"auto-submitted": "Auto-Generated; type=x"},
            {"X-Autoreply": "yes"},
            {"X-AutoRespond": "whatever"},
            {"Precedence": "auto_reply"},
            {"PRECEDENCE": "Bulk"},
            {"Precedence": "junk"},
        ):
            with self.subTest(headers=headers):
                self.assertTrue(is_automatic_reply(headers, "Re: Your invoice"))

    def test_headers_of_people_are_not_mistaken(self):
        for headers in (
            {"Auto-Submitted": "no"},
            {"X-Autoreply": "no"},
            {"Precedence": "list"},
            {"Precedence": "normal"},
        ):
            with self.subTest(headers=headers):
                self.assertFalse(is_automatic_reply(headers, "Re: Your invoice"))

    def test_absence_is_known_by_its_subject_in_four_languages(self):
        for subject in (
            "Automatic reply: Your invoice",
            "Out of Office: Your invoice",
            "Out of the office until Monday",
            "AutoReply: Your invoice",
            "Automatische Antwort: Ihre Rechnung",
            "Abwesenheitsnotiz: Ihre Rechnung",
            "Réponse automatique : votre facture",
            "Absence du bureau",
            "Message d’absence",
            "Respuesta automática: su factura",
            "Fuera de la oficina",
        ):
            with self.subTest(subject=subject):
                self.assertTrue(is_automatic_reply({}, subject))

    def test_a_persons_answer_to_an_absence_notice_is_not_automatic(self):
        self.assertFalse(is_automatic_reply({}, "Re: Automatic reply: Your invoice"))
