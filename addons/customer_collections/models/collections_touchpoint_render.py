from markupsafe import Markup

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

from .collections_touchpoint_template import BrokenTextError

# A message with more copies than this would not pass most mail servers.
MAX_INVOICE_COPIES = 20

# One sign outside the alphabet of SMS halves what fits into a part of it.
SMS_PLAIN = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "–": "-",
        "—": "-",
        "…": "...",
        "\N{ZERO WIDTH NO-BREAK SPACE}": None,
    }
)


class CollectionsTouchpoint(models.Model):
    """From a template to the words: e-mail, SMS, letter and call script."""

    _inherit = "collections.touchpoint"

    # === E-MAIL, AND THE TEXT OF LETTERS ===

    def _render_message(self):
        """Return subject and body in the customer's language.

        :return: ``subject`` (str) and ``body`` (Markup)
        :rtype: dict
        :raise UserError: in plain words, when the template cannot be rendered
        """
        self.ensure_one()
        message = self._render_messages()[self.id]
        if message.get("error"):
            raise BrokenTextError(message["error"])
        return message

    def _render_messages(self):
        """Render many messages, one template and language at a time.

        What a person edited or what was sent already is returned as it stands.

        :return: for each id ``{"subject": str, "body": Markup}``, or
            ``{"error": str}`` with a sentence for the message that cannot be made
        :rtype: dict[int, dict]
        """
        messages = {}
        batches = {}
        for touchpoint in self:
            template = touchpoint._get_email_template()
            if touchpoint._has_fixed_text() or not (template or touchpoint.stage_id):
                messages[touchpoint.id] = {
                    "subject": touchpoint.subject or "",
                    "body": Markup(touchpoint.body or ""),
                }
            elif not template:
                messages[touchpoint.id] = {"error": touchpoint._explain_no_text()}
            else:
                key = (template, touchpoint._get_lang(), touchpoint.company_id)
                batches.setdefault(key, []).append(touchpoint.id)
        for (template, lang, company), ids in batches.items():
            touchpoints = self.browse(ids).with_company(company)
            touchpoints._prepare_pay_links()
            messages.update(touchpoints._render_template_batch(template, lang))
        return messages

    def _get_email_template(self):
        """Return what the text of e-mails and letters is made from. Override it for
        messages that are no step of a ladder.

        :rtype: record of `mail.template`
        """
        self.ensure_one()
        return self.stage_id.email_template_id

    def _get_sms_template(self):
        """Return what the text of an SMS is made from, as ``_get_email_template``.

        :rtype: record of `sms.template`
        """
        self.ensure_one()
        return self.stage_id.sms_template_id

    def _has_fixed_text(self):
        """Return whether the text is no longer made from the template.

        :rtype: bool
        """
        self.ensure_one()
        return bool(self.edited or (self.sent_at and self.body))

    def _explain_no_text(self):
        self.ensure_one()
        return self.env._(
            "The step “%(stage)s” has no text for this channel. "
            "Choose one on the step.",
            stage=self.stage_id.name,
        )

    def _render_template_batch(self, template, lang):
        """Render one template in one language; a failing one spares the others.

        :param record template: a `mail.template`
        :param str lang: code of an installed language
        :rtype: dict[int, dict]
        """
        # In sudo: who may read the message may not be allowed to read the template.
        template = (
            template.sudo()
            .with_company(self.env.company)
            .with_context(collections_compiled={})
        )
        try:
            with self.env.cr.savepoint():
                subjects = template._render_field("subject", self.ids, set_lang=lang)
                bodies = template._render_field("body_html", self.ids, set_lang=lang)
        except UserError as error:
            if len(self) == 1:
                return {self.id: {"error": self._explain_render_error(template, error)}}
            messages = {}
            for touchpoint in self:
                messages.update(touchpoint._render_template_batch(template, lang))
            return messages
        return {
            touchpoint.id: {
                "subject": " ".join(subjects[touchpoint.id].split()),
                "body": Markup(bodies[touchpoint.id]),
            }
            for touchpoint in self
        }

    def _explain_render_error(self, template, error):
        """Say in one sentence what a person should mend in a template.

        :param record template: a `mail.template` or `sms.template`
        :param Exception error: what rendering raised
        :rtype: str
        """
        cause = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        if isinstance(cause, AccessError):
            return self.env._(
                "The text “%(template)s” speaks of records that you may not see. "
                "Ask a collections manager to look at it.",
                template=template.name,
            )
        reason = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        return self.env._(
            "The text “%(template)s” cannot be put together: %(reason)s. "
            "Check its placeholders.",
            template=template.name,
            reason=reason[:200].rstrip("."),
        )

    # === SMS ===

    def _render_sms(self):
        """Return the text of the SMS in the customer's language.

        :rtype: str
        :raise UserError: in plain words, when the template cannot be rendered
        """
        self.ensure_one()
        template = self._get_sms_template()
        if self._has_fixed_text() or not (template or self.stage_id):
            return html2plaintext(self.body or "").strip()
        if not template:
            raise BrokenTextError(self._explain_no_text())
        # In sudo: who may read the message may not be allowed to read the template.
        template = template.sudo().with_company(self.company_id)
        try:
            with self.env.cr.savepoint():
                text = template._render_field(
                    "body", self.ids, set_lang=self._get_lang()
                )[self.id]
        except UserError as error:
            sentence = self._explain_render_error(template, error)
            raise BrokenTextError(sentence) from error
        # Splitting replaces the unusual spaces of amounts, too.
        return " ".join(text.translate(SMS_PLAIN).split())

    # === LETTER ===

    def _render_letter(self):
        """Return the letter in the customer's language, ready to post.

        :return: PDF
        :rtype: bytes
        :raise UserError: in plain words, when the template cannot be rendered
        """
        self.ensure_one()
        # First, so that a template that cannot be rendered is told in plain words.
        self._render_message()
        pdf, _type = self.env["ir.actions.report"]._render_qweb_pdf(
            "customer_collections.action_report_collections_letter", self.ids
        )
        return pdf

    def _get_postal_partner(self):
        """Return whose street the letter goes to.

        :rtype: record of `res.partner`
        """
        self.ensure_one()
        return self._get_person()._get_postal_partner()

    def _get_letter_filename(self):
        """Return the name of the letter's file, in the customer's language.

        :rtype: str
        """
        self.ensure_one()
        return self._in_own_language().env._(
            "Letter %(customer)s %(date)s.pdf",
            customer=self._get_filename_part(self.profile_id.partner_id.name),
            date=self._get_message_date(),
        )

    def _get_filename_part(self, name):
        return (name or "").replace("/", "-").replace("\\", "-")

    # === CALL ===

    def _render_call_script(self):
        """Return whom to call, about what, and what may be said.

        :rtype: Markup
        """
        self.ensure_one()
        touchpoint = self._in_own_language()
        contact = touchpoint._get_person()
        return touchpoint._render_text_view(
            "touchpoint_call_script",
            contact=contact,
            phone=contact._get_phone_partner().phone,
            hours=touchpoint.profile_id._get_calling_hours_text(),
            script=touchpoint.stage_id.call_script,
        )

    # === ATTACHMENTS ===

    def _get_message_attachments(self):
        """Return the files the step attaches: the statement and invoice copies.

        At most ``MAX_INVOICE_COPIES`` invoices, the oldest first.

        :return: pairs of file name and content
        :rtype: list[tuple[str, bytes]]
        """
        self.ensure_one()
        files = []
        if self.stage_id.attach_statement:
            lang = self._get_lang()
            profile = self.profile_id
            files.append(
                (
                    profile._get_statement_filename(lang),
                    profile._render_statement(lang),
                )
            )
        if self.stage_id.attach_invoices:
            for move in self._get_attached_moves():
                document = move._get_invoice_legal_documents("pdf", allow_fallback=True)
                files.append((document["filename"], document["content"]))
        return files

    def _get_attached_moves(self):
        """Return the invoices whose copies go with the message, oldest first.

        :rtype: recordset of `account.move`
        """
        self.ensure_one()
        lines = self.about_ids.sorted(lambda li: (li.kind != "overdue", li.date_due))
        overdue = lines.filtered(lambda li: li.kind == "overdue")
        moves = (overdue or lines).move_id
        # In sudo: the copy goes to the customer whoever approves the message.
        return moves.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
        )[:MAX_INVOICE_COPIES].sudo()
