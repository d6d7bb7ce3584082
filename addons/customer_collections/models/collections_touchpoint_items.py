from collections import defaultdict

from odoo import models
from odoo.tools import format_amount, format_list


class CollectionsTouchpoint(models.Model):
    """The items of a message in words and tables, in the language of the context."""

    _inherit = "collections.touchpoint"

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
