import io

import xlsxwriter

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# What a statement shows; whoever needs more chooses a shorter time.
MAX_ROWS = 5000


class CollectionsProfile(models.Model):
    """The statement of a time: from the opening balance to the closing balance."""

    _inherit = "collections.profile"

    def _get_ledger_domain(self):
        """Return the customer's entries: posted, on trade receivable accounts."""
        self.ensure_one()
        return (
            Domain("company_id", "child_of", self.company_id.id)
            & Domain("parent_state", "=", "posted")
            & Domain("account_type", "=", "asset_receivable")
            & Domain("account_id.non_trade", "=", False)
            & Domain("partner_id.commercial_partner_id", "=", self.partner_id.id)
        )

    def _get_ledger_time_domain(self, date_from, date_to):
        """Return the customer's entries of a time: what moved the balance.

        :param date date_from: first day
        :param date date_to: last day
        :rtype: Domain
        """
        return (
            self._get_ledger_domain()
            & Domain("date", ">=", date_from)
            & Domain("date", "<=", date_to)
            & Domain("amount_currency", "!=", 0)
        )

    def _is_ledger_too_long(self, date_from, date_to):
        """Tell whether a time has more entries than a statement shows.

        :param date date_from: first day
        :param date date_to: last day
        :rtype: bool
        """
        domain = self._get_ledger_time_domain(date_from, date_to)
        lines = self.env["account.move.line"]
        return lines.search_count(domain, limit=MAX_ROWS + 1) > MAX_ROWS

    def _get_ledger_statement(self, date_from, date_to):
        """Return what was charged and paid in a time, one dict per currency.

        :param date date_from: first day
        :param date date_to: last day
        :return: ``currency``, ``opening``, ``rows`` (dicts of ``date``, ``name``,
            ``kind``, ``reference``, ``due``, ``charged``, ``paid``, ``balance``),
            ``charged``, ``paid`` and ``closing``; what is owed is positive
        :rtype: list[dict]
        :raise UserError: in words, where the time is too long: without its last
            entries the closing balance would be wrong
        """
        self.ensure_one()
        lines = self.env["account.move.line"]
        opening = dict(
            lines._read_group(
                self._get_ledger_domain() & Domain("date", "<", date_from),
                ["currency_id"],
                ["amount_currency:sum"],
            )
        )
        found = lines.search(
            self._get_ledger_time_domain(date_from, date_to),
            order="date, id",
            limit=MAX_ROWS + 1,
        )
        if len(found) > MAX_ROWS:
            raise UserError(
                self.env._(
                    "There is more in this time than a statement shows: please choose "
                    "a shorter time."
                )
            )
        by_currency = found.grouped("currency_id")
        tables = []
        for currency in [*by_currency, *(c for c in opening if c not in by_currency)]:
            start = balance = currency.round(opening.get(currency, 0))
            rows = []
            for line in by_currency.get(currency, lines):
                balance = currency.round(balance + line.amount_currency)
                rows.append(self._prepare_ledger_row(line, balance))
            if rows or not currency.is_zero(start):
                tables.append(
                    {
                        "currency": currency,
                        "opening": start,
                        "rows": rows,
                        "charged": currency.round(sum(r["charged"] for r in rows)),
                        "paid": currency.round(sum(r["paid"] for r in rows)),
                        "closing": balance,
                    }
                )
        return tables

    def _prepare_ledger_row(self, line, balance):
        move = line.move_id
        charged = line.amount_currency > 0
        return {
            "date": line.date,
            "name": move.name,
            "kind": self._get_ledger_kind(line),
            "reference": move.ref if move.ref != move.name else "",
            "due": line.date_maturity if charged and move.is_invoice(True) else False,
            "charged": line.amount_currency if charged else 0.0,
            "paid": 0.0 if charged else -line.amount_currency,
            "balance": balance,
        }

    def _get_ledger_kind(self, line):
        """Return what an entry is, in a word for the customer."""
        kinds = {
            "out_invoice": self.env._("Invoice"),
            "out_refund": self.env._("Credit note"),
            "out_receipt": self.env._("Receipt"),
        }
        if line.move_id.move_type in kinds:
            return kinds[line.move_id.move_type]
        if line.payment_id or line.statement_line_id:
            return (
                self.env._("Payment")
                if line.amount_currency < 0
                else self.env._("Refund")
            )
        return self.env._("Other entry")

    def _get_ledger_filename(self, date_from, date_to, extension):
        """Return the name of the file, in the language of the environment."""
        name = (self.partner_id.name or "").replace("/", "-").replace("\\", "-")
        return self.env._(
            "Statement of account %(customer)s %(first)s to %(last)s.%(extension)s",
            customer=name,
            first=date_from,
            last=date_to,
            extension=extension,
        )

    def _render_ledger_pdf(self, date_from, date_to):
        """Return the statement of a time in the language of the environment.

        :return: PDF
        :rtype: bytes
        """
        self.ensure_one()
        report = self.env["ir.actions.report"].with_context(
            collections_lang=self.env.lang
        )
        pdf, _type = report._render_qweb_pdf(
            "collections_portal.action_report_ledger",
            self.ids,
            data={"date_from": date_from, "date_to": date_to},
        )
        return pdf

    # === XLSX === #

    def _render_ledger_xlsx(self, date_from, date_to):
        """Return the statement of a time as a workbook, a sheet per currency.

        :rtype: bytes
        """
        self.ensure_one()
        titles = [
            self.env._("Date"),
            self.env._("Document"),
            self.env._("Kind"),
            self.env._("Reference"),
            self.env._("Due date"),
            self.env._("Charged"),
            self.env._("Paid or credited"),
            self.env._("Balance"),
        ]
        keys = ("date", "name", "kind", "reference", "due", "charged", "paid")

        def _fill(sheet, table, styles):
            sheet.write_row(3, 0, titles, styles["bold"])
            sheet.write(4, 1, self.env._("Opening balance"), styles["bold"])
            sheet.write_number(4, 7, table["opening"], styles["money"])
            number = 5
            for number, row in enumerate(table["rows"], start=5):
                self._write_row(sheet, number, [*map(row.get, keys)], styles)
                sheet.write_number(number, 7, row["balance"], styles["money"])
            last = number + 1 if table["rows"] else 5
            sheet.write(last, 1, self.env._("Closing balance"), styles["bold"])
            sheet.write_number(last, 5, table["charged"], styles["money"])
            sheet.write_number(last, 6, table["paid"], styles["money"])
            sheet.write_number(last, 7, table["closing"], styles["money"])

        tables = self._get_ledger_statement(date_from, date_to)
        return self._render_workbook(
            tables,
            self.env._(
                "Statement of account from %(first)s to %(last)s",
                first=date_from,
                last=date_to,
            ),
            _fill,
        )

    def _render_open_items_xlsx(self):
        """Return the open items with their age as a workbook.

        :rtype: bytes
        """
        self.ensure_one()
        titles = [
            self.env._("Document"),
            self.env._("Date"),
            self.env._("Reference"),
            self.env._("Due date"),
            self.env._("Days late"),
            self.env._("Amount"),
            self.env._("Open"),
        ]
        today = fields.Date.context_today(self)

        def _fill(sheet, table, styles):
            sheet.write_row(3, 0, titles, styles["bold"])
            number = 4
            for number, item in enumerate(table["items"], start=4):
                move = item.move_id
                name, reference = self._name_statement_line(item.move_line_id)
                late = max((today - item.date_due).days, 0)
                values = [
                    name,
                    move.invoice_date or move.date,
                    reference,
                    item.date_due if item.amount_residual > 0 else False,
                    late if item.amount_residual > 0 else 0,
                    item.move_line_id.amount_currency,
                    item.amount_residual,
                ]
                self._write_row(sheet, number, values, styles)
            last = first = number + 2
            for last, (label, amount) in enumerate(table["buckets"], first):
                sheet.write_string(last, 5, label)
                sheet.write_number(last, 6, amount, styles["money"])
            sheet.write(last + 1, 5, self.env._("Total"), styles["bold"])
            sheet.write_number(last + 1, 6, table["total"], styles["money"])

        tables = [
            {
                "currency": currency,
                "items": items,
                "buckets": self._get_statement_buckets(items, today),
                "total": sum(items.mapped("amount_residual")),
            }
            for currency, items in (
                self._get_statement_items().grouped("currency_id").items()
            )
        ]
        title = self.env._("Open items as of %(date)s", date=today)
        return self._render_workbook(tables, title, _fill)

    def _render_workbook(self, tables, title, fill):
        """Return a workbook with a sheet per currency.

        :param list tables: dicts with ``currency`` and what ``fill`` needs
        :param str title: the first line of each sheet
        :param fill: called with the sheet, its table and the styles
        :rtype: bytes
        """
        stream = io.BytesIO()
        # What looks like a formula is text: references are written by others.
        options = {"in_memory": True, "strings_to_formulas": False}
        with xlsxwriter.Workbook(stream, {**options, "strings_to_urls": False}) as book:
            styles = {
                "bold": book.add_format({"bold": True}),
                "date": book.add_format({"num_format": "yyyy-mm-dd"}),
                "money": book.add_format({"num_format": "#,##0.00"}),
            }
            for table in tables or [{}]:
                name = table["currency"].name if table else self.env._("Nothing")
                sheet = book.add_worksheet(name[:31])
                sheet.set_column(0, 7, 18)
                sheet.write_string(0, 0, title, styles["bold"])
                sheet.write_string(1, 0, self.partner_id.name or "")
                if table:
                    fill(sheet, table, styles)
                else:
                    sheet.write_string(3, 0, self.env._("Nothing in this time."))
        return stream.getvalue()

    def _write_row(self, sheet, number, values, styles):
        for column, value in enumerate(values):
            if isinstance(value, float):
                sheet.write_number(number, column, value, styles["money"])
            elif isinstance(value, int) and not isinstance(value, bool):
                sheet.write_number(number, column, value)
            elif hasattr(value, "isoformat"):
                sheet.write_datetime(number, column, value, styles["date"])
            elif value:
                sheet.write_string(number, column, value)
