from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date, format_list
from odoo.tools.misc import get_lang

# Days a customer has to answer, by tone; the table of contents of patience.
ANSWER_DAYS = {"firm": 7, "final": 10}


class CollectionsTouchpoint(models.Model):
    """What a message can say: its merge fields, in the customer's language.

    They are fields, not methods, so that a collector who may not write code into
    templates can still place them (``mail_allowed_qweb_expressions``).
    """

    _inherit = "collections.touchpoint"

    # In sudo: the bank account, the signer's phone and the link to pay are the
    # company's own words, whoever reads the message before it leaves.
    greeting_name = fields.Char(compute="_compute_people", compute_sudo=True)
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

    @api.depends("partner_id", "user_id", "profile_id", "lang")
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

    @api.depends("user_id", "profile_id", "lang")
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
        """Return the person who signs, known to the customer; empty for nobody.

        :rtype: recordset of `res.users`
        """
        self.ensure_one()
        candidates = (
            self.user_id,
            self.profile_id.collector_id,
            self.company_id.collections_sender_id,
        )
        return next(
            (user for user in candidates if user and not user._is_superuser()),
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
        zone = self.company_id.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Datetime.context_timestamp(
            self.with_context(tz=zone), moment
        ).date()

    def _format_date(self, date):
        return format_date(self.env, date)

    # === WHAT ===

    def _get_documents_text(self, lines):
        """Name the documents of the lines in few words.

        :param recordset lines: of `collections.touchpoint.line`
        :rtype: str
        """
        self.ensure_one()
        names = list(
            dict.fromkeys(
                line.name
                for line in lines.sorted(lambda li: str(li.date_due))
                if line.name
            )
        )
        return self._name_few(names)

    def _name_few(self, names):
        """Return the names of documents in few words.

        :param list[str] names: may be empty
        :rtype: str
        """
        if not names:
            return self.env._("your account")
        if len(names) <= 2:
            return format_list(self.env, names)
        return self.env._(
            "%(document)s and %(count)s more", document=names[0], count=len(names) - 1
        )

    def _get_amounts_text(self, lines):
        """Return the sum of the lines, one per currency: "€ 10.00 and $ 5.00".

        :param recordset lines: of `collections.touchpoint.line`
        :return: empty when there is no line
        :rtype: str
        """
        self.ensure_one()
        sums = defaultdict(float)
        for line in lines:
            sums[line.currency_id] += line.amount
        return format_list(
            self.env,
            [
                format_amount(self.env, amount, currency)
                for currency, amount in sums.items()
            ],
        )

    def _get_first_date_text(self, lines):
        dates = [line.date_due for line in lines if line.date_due]
        return self._format_date(min(dates)) if dates else ""

    def _get_items(self, providers):
        """Return what the message is about: one table per currency.

        :param recordset providers: `payment.provider`, by which customers may pay
        :return: a dict per currency: ``currency``, ``sections`` (a list of dicts
            with ``kind``, ``rows`` and ``total``) and ``total``, amounts formatted
        :rtype: list[dict]
        """
        self.ensure_one()
        today = self._get_message_date()
        if self.channel in ("letter", "call"):
            providers = providers.browse()
        tables = []
        for currency, lines in self.about_ids.grouped("currency_id").items():
            online = any(
                not provider.available_currency_ids
                or currency in provider.available_currency_ids
                for provider in providers
            )
            sections = []
            for kind in ("overdue", "coming"):
                chosen = lines.filtered(lambda li, kind=kind: li.kind == kind)
                if chosen:
                    sections.append(
                        {
                            "kind": kind,
                            "rows": [
                                self._prepare_item(line, today, online)
                                for line in chosen
                            ],
                            "total": format_amount(
                                self.env, sum(chosen.mapped("amount")), currency
                            ),
                        }
                    )
            total = format_amount(self.env, sum(lines.mapped("amount")), currency)
            tables.append({"currency": currency, "sections": sections, "total": total})
        return tables

    def _prepare_item(self, line, today, online):
        """Return the figures of one row of the table.

        :param record line: a `collections.touchpoint.line`
        :param date today: the day days are counted to
        :param bool online: whether paying online is possible in its currency
        :rtype: dict
        """
        reference = line.move_id.payment_reference
        return {
            "name": line.name or line.move_id.name,
            "reference": reference if reference != line.name else False,
            "date_due": self._format_date(line.date_due),
            "days_late": self._get_days_late(line, today),
            "amount": format_amount(self.env, line.amount, line.currency_id),
            "pay_url": online and self._get_pay_url(line),
        }

    def _get_days_late(self, line, today):
        # What was not late when it was written down is not shown as late.
        if line.kind != "overdue" or not line.date_due:
            return 0
        return max((today - line.date_due).days, 0)

    def _get_items_html(self, providers=None):
        """Return the tables of what is overdue and what is coming due.

        :param recordset providers: `payment.provider`, where they are known already
        :rtype: Markup
        """
        touchpoint = self._in_own_language()
        if providers is None:
            providers = self._get_payment_providers()
        return touchpoint._render_text_view(
            "touchpoint_items", tables=touchpoint._get_items(providers)
        )

    # === HOW TO PAY ===

    def _get_payment_html(self):
        """Return the company's bank accounts and how to use them.

        :rtype: Markup
        """
        return self._in_own_language()._render_text_view(
            "touchpoint_payment", banks=self._get_bank_accounts()
        )

    def _get_bank_accounts(self):
        """Return the accounts the invoices name, or else the company's first.

        :rtype: recordset of `res.partner.bank`
        """
        self.ensure_one()
        if self.kind == "after_paid":
            return self.env["res.partner.bank"]
        company = self.company_id
        return (
            self.about_ids.move_id.partner_bank_id
            or (
                company.partner_id.bank_ids.filtered(
                    lambda bank: bank.company_id in (company, company.browse())
                )[:1]
            )
        )

    def _prepare_pay_links(self):
        """Give the invoices of these messages the token of their links, all at once.

        Odoo would write it invoice by invoice, each with all that hangs on one.
        """
        # In sudo: as the merge fields are.
        moves = self.sudo().about_ids.move_id
        if not moves or not self.sudo()._get_payment_providers():
            return
        moves.flush_recordset(["access_token"])
        self.env.cr.execute(
            SQL(
                """UPDATE account_move SET access_token = gen_random_uuid()::text
                    WHERE id IN %s AND access_token IS NULL""",
                moves._ids,
            )
        )
        moves.invalidate_recordset(["access_token"])
        # Read for all of them what each link asks of its own invoice
        moves.fetch(["access_token", "transaction_ids"])

    def _get_pay_url(self, line):
        """Return where the customer pays the amount of this line online.

        :param record line: a `collections.touchpoint.line`
        :return: absolute URL, or False where the document cannot be paid online
        :rtype: str|bool
        """
        self.ensure_one()
        move = line.move_id
        if not move or not move._has_to_be_paid():
            return False
        # Never saved: the wizard is the one place that knows how links are made.
        wizard = self.env["payment.link.wizard"].new(
            {
                "res_model": move._name,
                "res_id": move.id,
                "amount": line.amount,
                "currency_id": move.currency_id.id,
                "partner_id": move.partner_id.id,
            }
        )
        base = move.get_base_url()
        return wizard.link.replace(f"{base}//", f"{base}/")

    def _get_payment_providers(self):
        """Return how customers of the messages' one company can pay online.

        :rtype: recordset of `payment.provider`
        """
        provider = self.env["payment.provider"]
        return provider.search(
            [
                *provider._check_company_domain(self.company_id),
                ("state", "in", ("enabled", "test")),
                ("is_published", "=", True),
            ]
        )

    # === FROM WHOM ===

    def _get_signature_html(self):
        """Return name, phone and e-mail of who signs, and the company.

        :rtype: Markup
        """
        return self._in_own_language()._render_text_view(
            "touchpoint_signature", signer=self._get_signer()
        )

    def _get_portal_url(self):
        """Return where the recipient sees the account without a password.

        There is no such place here; an override gives one that is the recipient's
        alone.

        :return: absolute URL, or False where there is none
        :rtype: str|bool
        """
        self.ensure_one()
        return False

    def _get_optout_html(self):
        """Return the line with the way out of this channel; empty on paper.

        :rtype: Markup
        """
        return self._in_own_language()._render_text_view("touchpoint_optout")

    def _render_text_view(self, view, **values):
        """Render a view of ours in the language of the context.

        :param str view: name of a QWeb view of this addon
        :param dict values: what the view needs besides ``object``
        :rtype: Markup
        """
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            f"customer_collections.{view}",
            {"object": self, "company": self.company_id, **values},
            minimal_qcontext=True,
        )
