import random

from odoo.tests import tagged

from ..const import TONES
from ..tools.html_shape import take_apart
from .text_common import LANGS, CollectionsTextCommon

# Pieces of HTML, innocent and not, that are put together at random.
PIECES = (
    *("<p>", "</p>", "<div>", "</div>", "<br>", "<br/>", "<span>", "</span>"),
    *("<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "<ul>", "<li>"),
    '<p style="color: red; position: fixed">',
    '<td style="width:1px" onclick="alert(1)">',
    '<div class="gmail_quote">',
    '<div style="background: url(javascript:alert(1))">',
    '<a href="https://shop.example:8069/my/1?a=b&amp;c=d#e">',
    '<a href="http://data:1/x">',
    '<a href="javascript:alert(1)">',
    '<a href="https://shop.example/javascript:alert(1)">',
    '<a href="https://shop.example/%6Aava/é?q=~1~">',
    '<a title="a > b" href="https://shop.example/x">',
    "</a>",
    *("<script>", "</script>", "<style>", "<!--", "-->", "<pre>\n", "<blockquote>"),
    *("Ann", "10\xa0€", "\n  two  \n", " ", "\n", "\n>", "\n&gt; quoted"),
    *("--\n", "-- ", "-", "</b>"),
    *("O&#39;Neill &amp; Söhne", "a < b", "a > b", "~0~", "😀", "x;y:z('q')", "&nbsp;"),
    *("\ufeff-1", "\x85", "javascript:alert(1)", "a" * 300),
)


@tagged("post_install", "-at_install")
class TestClean(CollectionsTextCommon):
    """Texts are made safe once for all of one shape, and no less safe."""

    def _check(self, body):
        """Compare with what the field keeps.

        :return: whether it was taken apart
        """
        messages = self.env["mail.message"]
        kept = messages._fields["body"].convert_to_cache(body, messages)
        clean = self.env["collections.profile"]._clean(body)
        if clean is not None:
            self.assertEqual(clean, kept, body)
        return clean is not None

    def test_whatever_is_put_together_is_kept_as_odoo_would(self):
        dice = random.Random(19)
        taken = sum(
            self._check("".join(dice.choices(PIECES, k=dice.randint(1, 12))))
            for _turn in range(3000)
        )
        self.assertGreater(taken, 100)

    def test_innocent_texts_of_one_shape_differ_in_their_words(self):
        shapes = {
            take_apart(f'<p>{name}<a href="https://a.example/{name}">x</a></p>')[0]
            for name in ("Ann", "Ben", "Cem")
        }
        self.assertEqual(len(shapes), 1)

    def test_our_own_texts_are_taken_apart(self):
        self.person.name = "Zoë O'Hara"
        for stage in (self.courtesy, self.friendly, self.thanks):
            for tone, _label in TONES:
                for lang in LANGS:
                    message = self._message(stage, lang=lang, tone=tone)
                    with self.subTest(stage=stage.name, tone=tone, lang=lang):
                        body = str(message._render_message()["body"])
                        self.assertTrue(self._check(body))

    def test_a_script_reaches_nobody(self):
        self.collector.name = "<script>alert(1)</script>"
        message = self._message(self.friendly)
        message.sudo().write(
            {"body": "<p>Hello<script>alert(1)</script></p>", "edited": True}
        )
        texts = message.sudo()._render_messages()
        message.sudo()._post_emails(texts)
        self.assertNotIn("<script", message.sudo().mail_message_id.body)
