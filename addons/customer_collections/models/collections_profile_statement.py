from odoo import fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.misc import get_lang


class CollectionsProfile(models.Model):
    """The statement of account: every open item, as the customer may check it."""

    _inherit = "collections.profile"

    def _render_statement(self, lang=None):
        """Return the statement of account as of today.

        :param str lang: code of the language; the recipient's if not given
        :return: PDF
        :rtype: bytes
        """
        self.ensure_one()
        report = self.env["ir.actions.report"].with_context(collections_lang=lang)
        pdf, _type = report._render_qweb_pdf(
            "customer_collections.action_report_collections_statement", self.ids
        )
        return pdf

    def _get_statement_filename(self, lang=None):
        """Return the name of the statement's file, in the customer's language.

        :param str lang: code of the language; the recipient's if not given
        :rtype: str
        """
        self.ensure_one()
        env = self.with_context(lang=self._get_statement_lang(lang)).env
        name = (self.partner_id.name or "").replace("/", "-").replace("\\", "-")
        return env._(
            "Statement of account %(customer)s %(date)s.pdf",
            customer=name,
            date=fields.Date.context_today(self),
        )

    def _get_statement_lang(self, lang=None):
        """Return the code of the language of the statement.

        :param str lang: the language asked for, if any
        :rtype: str
        """
        self.ensure_one()
        languages = self.env["res.lang"]
        for wish in (
            lang or self.env.context.get("collections_lang"),
            self.contact_id.lang,
            self.partner_id.lang,
            # In sudo: who works for a branch alone does not read the legal entity.
            self.company_id.sudo().partner_id.lang,
        ):
            if wish and languages._get_data(code=wish).active:
                return wish
        return get_lang(self.env).code

    def _get_statement_partner(self):
        """Return to whom the statement is addressed.

        :rtype: record of `res.partner`
        """
        self.ensure_one()
        return self._get_recipient()

    def _get_as_printed(self):
        """Return these customers as their statements show them.

        :raise AccessError: for whoever may not read one of them
        """
        self.check_access("read")
        # In sudo: a statement is the customer's, whoever prints it. Who works for one
        # branch reads no documents of another, nor the legal entity.
        return self.sudo()

    def _get_statement_items(self):
        """Return the open items of the statement, credits among them.

        Items excluded from follow-up are the accountant's affair and left out.

        :rtype: recordset of `collections.item`
        """
        self.ensure_one()
        items = self.env["collections.item"].with_context(collections_items_of=self.ids)
        return items.search([("profile_id", "=", self.id), ("no_followup", "=", False)])

    def _get_statement(self):
        """Return the figures of the statement, one table per currency.

        Amounts and dates are formatted in the language of the environment.

        :return: a dict per currency: ``currency``, ``rows``, ``buckets`` (pairs of
            label and amount) and ``total``
        :rtype: list[dict]
        """
        self.ensure_one()
        # Days, and hence buckets, as the company counts them.
        today = fields.Date.context_today(self)
        tables = []
        for currency, items in (
            self._get_statement_items().grouped("currency_id").items()
        ):
            tables.append(
                {
                    "currency": currency,
                    "rows": [
                        self._prepare_statement_row(item, today) for item in items
                    ],
                    "buckets": [
                        (label, format_amount(self.env, amount, currency))
                        for label, amount in self._get_statement_buckets(items, today)
                    ],
                    "total": format_amount(
                        self.env, sum(items.mapped("amount_residual")), currency
                    ),
                }
            )
        return tables

    def _prepare_statement_row(self, item, today):
        """Return the figures of one row of the statement.

        :param record item: a `collections.item`
        :param date today: the day days are counted to
        :rtype: dict
        """
        move = item.move_id
        credit = item.amount_residual < 0
        due = item.date_due
        name, reference = self._name_statement_line(item.move_line_id)
        return {
            "name": name,
            "reference": reference,
            "date": format_date(self.env, move.invoice_date or move.date),
            "date_due": "" if credit or not due else format_date(self.env, due),
            "days_late": 0 if credit or not due else max((today - due).days, 0),
            # What a payment is, its name says.
            "credit": credit and not self._is_payment_line(item.move_line_id),
            "amount": format_amount(
                self.env, item.move_line_id.amount_currency, item.currency_id
            ),
            "open": format_amount(self.env, item.amount_residual, item.currency_id),
        }

    def _is_payment_line(self, line):
        return bool(line.payment_id or line.statement_line_id)

    def _name_statement_line(self, line):
        """Return what the customer knows a document by, and what was written on it.

        Invoices and credit notes have a number they were sent under; the entry of a
        payment has one that they never saw.

        :param record line: an `account.move.line`
        :return: both in the language of the environment, the second may be empty
        :rtype: tuple[str, str]
        """
        move, bank_line = line.move_id, line.statement_line_id
        if self._is_payment_line(line):
            name = (
                self.env._("Payment received")
                if line.balance < 0
                else self.env._("Payment made")
            )
            return name, (bank_line.payment_ref if bank_line else move.ref) or ""
        return move.name, move.ref if move.ref != move.name else ""

    def _get_statement_buckets(self, items, today):
        """Return what is open by age, credits apart.

        :param recordset items: of `collections.item`, in one currency
        :param date today: the day days are counted to
        :return: pairs of label and amount
        :rtype: list[tuple[str, float]]
        """
        self.ensure_one()
        limits = self.company_id._get_collections_aging_limits()
        sums = [0.0] * (len(limits) + 2)
        credit = 0.0
        for item in items:
            if item.amount_residual < 0:
                credit += item.amount_residual
                continue
            days = (today - item.date_due).days if item.date_due else 0
            bucket = 0 if days <= 0 else 1 + sum(days > limit for limit in limits)
            sums[bucket] += item.amount_residual
        labels = [self.env._("Not due")]
        for first, last in zip([0, *limits], limits, strict=False):
            labels.append(
                self.env._("%(first)s–%(last)s days", first=first + 1, last=last)
            )
        labels.append(self.env._("Over %(days)s days", days=limits[-1]))
        return [*zip(labels, sums, strict=True), (self.env._("Credits"), credit)]

    def _get_statement_banks(self):
        """Return the bank account of the company the customer pays to.

        :rtype: recordset of `res.partner.bank`
        """
        self.ensure_one()
        company = self.company_id
        # In sudo: the account is printed for the customer, whoever prints it.
        return company.sudo().partner_id.bank_ids.filtered(
            lambda bank: bank.company_id.id in (company.id, False)
        )[:1]
