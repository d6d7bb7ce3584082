from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.misc import get_lang

from ..const import OPEN_STATES

# Days a customer has to answer, by tone; the table of contents of patience.
ANSWER_DAYS = {"firm": 7, "final": 10}
# On what it depends who signs.
SIGNERS = (
    "user_id",
    "stage_id.signer",
    "profile_id.collector_id",
    "profile_id.partner_id.user_id",
    "company_id.collections_sender_id",
)


class CollectionsTouchpoint(models.Model):
    """What a message can say: its merge fields, in the customer's language.

    They are fields, not methods, so that a collector who may not write code into
    templates can still place them (``mail_allowed_qweb_expressions``).
    """

    _inherit = "collections.touchpoint"

    # In sudo: the bank account, the signer's phone and the link to pay are the
    # company's own words, whoever reads the message before it leaves.
    greeting_name = fields.Char(compute="_compute_people", compute_sudo=True)
    signer_id = fields.Many2one(
        comodel_name="res.users",
        compute="_compute_signer_id",
        compute_sudo=True,
        help="Who signed it, or would sign it today if it is still to leave.",
    )
    signer_name = fields.Char(compute="_compute_people", compute_sudo=True)
    signer_contact = fields.Char(
        compute="_compute_people",
        compute_sudo=True,
        help="Phone number of who signs, or else the e-mail address.",
    )
    documents_text = fields.Char(compute="_compute_texts", compute_sudo=True)
    overdue_text = fields.Char(compute="_compute_texts", compute_sudo=True)
    overdue_since_text = fields.Char(compute="_compute_texts", compute_sudo=True)
    coming_text = fields.Char(compute="_compute_texts", compute_sudo=True)
    coming_from_text = fields.Char(compute="_compute_texts", compute_sudo=True)
    answer_by_text = fields.Char(compute="_compute_answer_by", compute_sudo=True)
    items_html = fields.Html(
        compute="_compute_items_html", compute_sudo=True, sanitize=False
    )
    payment_html = fields.Html(
        compute="_compute_payment_html", compute_sudo=True, sanitize=False
    )
    signature_html = fields.Html(
        compute="_compute_signature_html", compute_sudo=True, sanitize=False
    )
    optout_html = fields.Html(
        compute="_compute_optout_html", compute_sudo=True, sanitize=False
    )
    portal_url = fields.Char(compute="_compute_portal", compute_sudo=True)
    portal_html = fields.Html(
        compute="_compute_portal", compute_sudo=True, sanitize=False
    )

    @api.depends(*SIGNERS, "state")
    def _compute_signer_id(self):
        for touchpoint in self:
            if touchpoint.state in OPEN_STATES:
                touchpoint.signer_id = touchpoint._get_signer()
            else:
                touchpoint.signer_id = (
                    touchpoint.state != "cancelled" and touchpoint.user_id
                )

    @api.depends(*SIGNERS, "partner_id", "lang")
    def _compute_people(self):
        for touchpoint in self:
            signer = touchpoint._get_signer()
            contact = signer.partner_id or touchpoint.company_id.partner_id
            touchpoint.greeting_name = touchpoint._get_greeting_name()
            touchpoint.signer_name = signer.name or touchpoint.company_id.name
            touchpoint.signer_contact = (
                contact.phone or touchpoint.company_id.phone or contact.email
            )

    @api.depends("about_ids", "lang")
    def _compute_texts(self):
        for record in self:
            touchpoint = record._in_own_language()
            overdue = touchpoint.about_ids.filtered(lambda li: li.kind == "overdue")
            coming = touchpoint.about_ids - overdue
            about = coming if touchpoint.kind == "before_due" else overdue
            record.documents_text = touchpoint._get_documents_text(
                about or touchpoint.about_ids
            )
            record.overdue_text = touchpoint._get_amounts_text(overdue)
            record.coming_text = touchpoint._get_amounts_text(coming)
            record.overdue_since_text = touchpoint._get_first_date_text(overdue)
            record.coming_from_text = touchpoint._get_first_date_text(coming)

    @api.depends("scheduled_at", "sent_at", "date", "tone", "lang")
    def _compute_answer_by(self):
        for record in self:
            touchpoint = record._in_own_language()
            days = ANSWER_DAYS.get(touchpoint.tone, max(ANSWER_DAYS.values()))
            record.answer_by_text = touchpoint._format_date(
                touchpoint._get_message_date() + timedelta(days=days)
            )

    @api.depends("about_ids", "lang", "channel")
    def _compute_items_html(self):
        for touchpoints in self.grouped("company_id").values():
            providers = touchpoints._get_payment_providers()
            for touchpoint in touchpoints:
                touchpoint.items_html = touchpoint._get_items_html(providers)

    @api.depends("about_ids", "lang", "channel", "kind")
    def _compute_payment_html(self):
        shared = {}
        for touchpoint in self:
            key = (
                touchpoint._get_bank_accounts(),
                touchpoint.company_id,
                touchpoint._get_lang(),
            )
            if key not in shared:
                shared[key] = touchpoint._get_payment_html()
            touchpoint.payment_html = shared[key]

    @api.depends(*SIGNERS, "lang")
    def _compute_signature_html(self):
        shared = {}
        for touchpoint in self:
            key = (
                touchpoint._get_signer(),
                touchpoint.company_id,
                touchpoint._get_lang(),
            )
            if key not in shared:
                shared[key] = touchpoint._get_signature_html()
            touchpoint.signature_html = shared[key]

    @api.depends("lang", "channel")
    def _compute_optout_html(self):
        for touchpoint in self:
            touchpoint.optout_html = touchpoint._get_optout_html()

    @api.depends("lang", "channel", "partner_id")
    def _compute_portal(self):
        for touchpoint in self:
            url = touchpoint._get_portal_url()
            touchpoint.portal_url = url
            touchpoint.portal_html = (
                touchpoint._in_own_language()._render_text_view(
                    "touchpoint_portal", url=url
                )
                if url
                else False
            )

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Override of `mail` to let every collector place our merge fields."""
        return super().mail_allowed_qweb_expressions() + tuple(
            f"object.{field}" for field in self._get_merge_fields()
        )

    @api.model
    def _get_merge_fields(self):
        """Return the names of the fields a text may show without code.

        An override adds names of fields of this model, to ``super()``.

        :rtype: tuple[str, ...]
        """
        return (
            "greeting_name",
            "signer_name",
            "signer_contact",
            "documents_text",
            "overdue_text",
            "overdue_since_text",
            "coming_text",
            "coming_from_text",
            "answer_by_text",
            "items_html",
            "payment_html",
            "signature_html",
            "optout_html",
            "optout_url",
            "portal_html",
            "portal_url",
            "company_id.name",
            "lang",
        )

    # === WHO ===

    def _get_lang(self):
        """Return the code of the language the customer is written in.

        :return: code of an installed language
        :rtype: str
        """
        self.ensure_one()
        languages = self.env["res.lang"]
        for lang in (
            self.lang,
            self.partner_id.lang,
            self.profile_id.partner_id.lang,
            self.company_id.partner_id.lang,
        ):
            if lang and languages._get_data(code=lang).active:
                return lang
        return get_lang(self.env).code

    def _in_own_language(self):
        """Return the message with the customer's language in its context.

        The helpers below format and translate in the language of the context.

        :rtype: record
        """
        self.ensure_one()
        lang = self._get_lang()
        return self if self.env.lang == lang else self.with_context(lang=lang)

    def _get_signer(self):
        """Return the person who signs, known to the customer; empty for nobody. Who
        has left signs nothing.

        Of a planned step whoever the stage says, at the time of reading: it is kept in
        ``user_id`` when the message leaves.

        :rtype: recordset of `res.users`
        """
        self.ensure_one()
        collector = self.profile_id.collector_id
        sender = self.company_id.collections_sender_id
        candidates = [self.user_id, collector, sender]
        match self.stage_id.signer:
            case "salesperson":
                candidates[1:] = self.profile_id.partner_id.user_id, sender, collector
            case "company":
                candidates[1:] = sender, collector
        return next(
            (u for u in candidates if u and u.active and not u._is_superuser()),
            self.env["res.users"],
        )

    def _get_greeting_name(self):
        """Return the name to greet, empty when no person is known.

        :rtype: str
        """
        self.ensure_one()
        partner = self.partner_id or self.profile_id.partner_id
        return "" if partner.is_company else partner.name or ""

    # === WHEN ===

    def _get_message_date(self):
        """Return the day the customer reads the message, as the company counts.

        :rtype: datetime.date
        """
        self.ensure_one()
        moment = self.sent_at or self.scheduled_at or self.date
        zone = self.company_id._collections_zone()
        return fields.Datetime.context_timestamp(
            self.with_context(tz=zone), moment
        ).date()

    def _format_date(self, date):
        return format_date(self.env, date)
