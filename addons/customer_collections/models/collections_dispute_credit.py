from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_amount

CENTS = 5


class CollectionsDispute(models.Model):
    """Credit through Odoo's own credit note wizard, by a person with that right."""

    _inherit = "collections.dispute"

    refund_ids = fields.Many2many(
        comodel_name="account.move",
        relation="collections_dispute_refund_rel",
        column1="dispute_id",
        column2="move_id",
        string="Credit Notes",
        readonly=True,
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    # The last one that was posted when a person opened it again: as ids, for clocks are
    # not exact
    since_refund_id = fields.Integer(readonly=True, copy=False)
    credit_outcome = fields.Selection(
        selection=[("credited", "Credit"), ("goodwill", "Goodwill")],
        string="To Be Credited As",
        readonly=True,
        copy=False,
        help="Decided; solved as soon as the credit note is posted.",
    )
    credit_amount = fields.Monetary(string="To Credit", readonly=True, copy=False)
    credit_note = fields.Char(string="Why Credited", readonly=True, copy=False)
    can_credit = fields.Boolean(compute="_compute_can_credit")

    @api.depends("credit_outcome", "kind", "refund_ids.state", "since_refund_id")
    @api.depends_context("uid")
    def _compute_can_credit(self):
        allowed = self.env["account.move"].has_access("create")
        for dispute in self:
            dispute.can_credit = bool(
                allowed
                and dispute.kind != "solved"
                and dispute.credit_outcome
                and not dispute._get_refunds_sudo()
            )

    def _get_refunds_sudo(self):
        """Return the credit notes made since a person last opened it again."""
        self.ensure_one()
        # A colleague of sales sees no documents; whether there is one is all.
        return self.sudo().refund_ids.filtered(
            lambda m: m.state != "cancel" and m._origin.id > self.since_refund_id
        )

    def _cancel_draft_refunds(self):
        """Cancel the credit notes that nobody posted, lest somebody does though it was
        decided otherwise since."""
        for dispute in self:
            # In sudo: who decides need not have rights on the ledger.
            refunds_sudo = dispute._get_refunds_sudo()
            refunds_sudo.filtered(lambda move: move.state == "draft").button_cancel()

    def _credit(self, amount, outcome, note):
        """Decide to credit an amount; the dispute is solved when that is posted.

        Whoever may make credit notes gets the draft; for others a manager is asked.

        :param float amount: incl. tax, in the currency of the dispute
        :param str outcome: ``credited`` or ``goodwill``
        :param str note: why, in words
        :return: the draft credit notes, none if somebody else is asked
        :raise UserError: above what is still disputed, or without a word
        """
        self.ensure_one()
        self.check_access("write")
        self._check_open()
        if not (note or "").strip():
            raise UserError(self.env._("Say why it is credited."))
        self._split_credit(amount)
        self._cancel_draft_refunds()
        # What was decided is kept by the system.
        self.sudo().write(
            {
                "credit_outcome": outcome,
                "credit_amount": amount,
                "credit_note": note,
            }
        )
        if self.can_credit:
            return self._make_credit_notes()
        # Who works on disputes need not see the customer to ask a manager.
        manager = self.sudo().company_id._get_collections_manager(
            self.sudo().profile_id
        )
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._(
                "Make the credit note of %(amount)s",
                amount=format_amount(self.env, amount, self.currency_id),
            ),
            user_id=manager.id,
        )
        return self.env["account.move"]

    def _split_credit(self, amount):
        """Return how much of an amount falls on which invoice, the first ones first.

        :raise UserError: if it is nothing, or above what is still disputed
        :rtype: dict
        """
        self.ensure_one()
        currency = self.currency_id
        # Who solves a dispute need not see holds.
        lines = self.sudo().hold_id.line_ids
        held = currency.round(sum(lines.mapped("amount")))
        if currency.compare_amounts(amount, 0) <= 0:
            raise UserError(self.env._("Say how much is credited."))
        if currency.compare_amounts(amount, held) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is more than the %(held)s that are still disputed.",
                    amount=format_amount(self.env, amount, currency),
                    held=format_amount(self.env, held, currency),
                )
            )
        parts = {}
        for line in lines:
            part = currency.round(min(line.amount, amount))
            if part > 0:
                parts[line.move_id] = parts.get(line.move_id, 0) + part
                amount = currency.round(amount - part)
        return parts

    def action_make_credit_notes(self):
        """Make the credit note that was decided, as a draft to look at and post."""
        self.ensure_one()
        self._check_open()
        if not self.can_credit:
            raise UserError(self.env._("No credit note is asked for any more."))
        self._make_credit_notes()
        return self.action_open_refunds()

    def _make_credit_notes(self):
        """Reverse the invoices with Odoo's wizard, reduced to what is credited.

        :return: the drafts
        """
        self.ensure_one()
        refunds = self.env["account.move"]
        for move_sudo, amount in self._split_credit(self.credit_amount).items():
            # With the person's own rights on the ledger
            move = self.env["account.move"].browse(move_sudo.id)
            wizard = (
                self.env["account.move.reversal"]
                .with_company(move.company_id)
                .with_context(active_model="account.move", active_ids=move.ids)
                .create(
                    {
                        "reason": self._get_credit_reason(move),
                        "journal_id": move.journal_id.id,
                    }
                )
            )
            wizard.refund_moves()
            self._reduce(wizard.new_move_ids, amount)
            refunds |= wizard.new_move_ids
        # The link is the system's.
        self.sudo().refund_ids = [Command.link(refund.id) for refund in refunds]
        return refunds

    def _get_credit_reason(self, move):
        """Return what the credit note says it is for, in the customer's language."""
        return self.reason_id.with_context(lang=move.partner_id.lang).name

    def _reduce(self, refund, amount):
        """Reduce a draft credit note to an amount, every line and tax alike.

        :param float amount: incl. tax, in the currency of the credit note
        :raise UserError: if its taxes do not allow it
        """
        if not self._shrink(refund, amount):
            raise UserError(
                self.env._(
                    "A credit note of %(amount)s cannot be made of %(invoice)s by "
                    "itself, because of its taxes. Make it with the button Credit Note "
                    "of the invoice; the dispute closes when it is posted.",
                    amount=format_amount(self.env, amount, refund.currency_id),
                    invoice=refund.reversed_entry_id.name,
                )
            )

    @api.model
    def _shrink(self, refund, amount):
        """The same, and tell whether its taxes allow it.

        :rtype: bool
        """
        refund.invoice_cash_rounding_id = False
        currency = refund.currency_id
        whole = refund.amount_total
        if not currency.compare_amounts(whole, amount):
            return True
        lines = refund.invoice_line_ids.filtered(lambda x: x.display_type == "product")
        share = {
            line: line.price_unit * line.quantity * (1 - line.discount / 100)
            for line in lines
        }
        factor = amount / whole
        self._write_prices(refund, share, factor)
        missing = currency.round(amount - refund.amount_total)
        if currency.compare_amounts(abs(missing), currency.rounding * CENTS) > 0:
            # A tax that is a fixed sum does not shrink along.
            factor += missing * (1 - factor) / (whole - refund.amount_total)
            self._write_prices(refund, share, factor)
        self._fix_cents(refund, amount)
        return factor >= 0 and not currency.compare_amounts(refund.amount_total, amount)

    @api.model
    def _write_prices(self, refund, share, factor):
        """One unit of each line at its part of the price: the customer reads an amount,
        not a fraction of a quantity."""
        refund.write(
            {
                "invoice_line_ids": [
                    Command.update(
                        line.id,
                        {
                            "quantity": 1,
                            "discount": 0,
                            "price_unit": refund.currency_id.round(price * factor),
                        },
                    )
                    for line, price in share.items()
                ]
            }
        )

    @api.model
    def _fix_cents(self, refund, amount):
        """Put what rounding left over on the largest line, and the last cent, which no
        price can reach, on a tax."""
        currency = refund.currency_id
        missing = currency.round(amount - refund.amount_total)
        if currency.is_zero(missing):
            return
        lines = refund.invoice_line_ids.filtered(lambda x: x.display_type == "product")
        line = max(lines, key=lambda x: abs(x.price_total))
        taxed = line.price_total / line.price_unit if line.price_unit else 1
        step = currency.round(missing / (taxed or 1))
        if step:
            refund.write(
                {
                    "invoice_line_ids": [
                        Command.update(line.id, {"price_unit": line.price_unit + step})
                    ]
                }
            )
            missing = currency.round(amount - refund.amount_total)
        tax = refund.line_ids.filtered(lambda x: x.display_type == "tax")[:1]
        few = currency.compare_amounts(abs(missing), currency.rounding * CENTS) <= 0
        if tax and missing and few:
            refund.write(
                {
                    "line_ids": [
                        Command.update(
                            tax.id,
                            {"amount_currency": tax.amount_currency + missing},
                        )
                    ]
                }
            )

    def _get_posted_credit(self):
        """Return what was credited for it, once every credit note is posted."""
        self.ensure_one()
        refunds_sudo = self._get_refunds_sudo()
        if any(refund.state != "posted" for refund in refunds_sudo):
            return 0
        return sum(refunds_sudo.mapped("amount_total"))

    def action_open_refunds(self):
        """Open the credit notes of this dispute."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_refund_type"
        )
        action["domain"] = [("id", "in", self.refund_ids.ids)]
        action["context"] = {"default_move_type": "out_refund"}
        if len(self.refund_ids) == 1:
            action.update(res_id=self.refund_ids.id, views=[(False, "form")])
        return action
