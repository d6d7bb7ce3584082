from odoo import models
from odoo.tools import SQL


class CollectionsTouchpoint(models.Model):
    """How to pay, from whom the message is, and the ways out of it."""

    _inherit = "collections.touchpoint"

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
        # Read for all of them, not message by message
        moves.mapped("payment_reference")
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
        moves.mapped("access_url")

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
        return self.env["payment.link.wizard"]._get_invoice_link(move, line.amount)

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
