from odoo import api, models
from odoo.fields import Command


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _mark_collections_stale(self):
        inbound = self.filtered(lambda payment: payment.payment_type == "inbound")
        self.env["collections.stale"]._mark(
            (payment.partner_id.id, payment.company_id.id) for payment in inbound
        )
        # Somebody else may have paid them.
        inbound.invoice_ids._mark_collections_stale()

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments._mark_collections_stale()
        return payments

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"state", "amount", "invoice_ids"}:
            self._mark_collections_stale()
        return result

    def _prepare_move_line_default_vals(
        self, write_off_line_vals=None, force_balance=None
    ):
        """Override of ``account`` to give each item that an online payment names its
        own line, so that it is matched with exactly what was meant for it."""
        values = super()._prepare_move_line_default_vals(
            write_off_line_vals, force_balance
        )
        transaction = self.payment_transaction_id
        if self.env.context.get("collections_transaction") != transaction.id:
            return values
        liquidity, counterpart, *others = values
        balance = counterpart["debit"] - counterpart["credit"]
        parts = transaction._get_collections_parts()
        split = []
        for index, (item, account, amount) in enumerate(parts, 1):
            part = balance
            if index < len(parts):
                part = -transaction.currency_id._convert(
                    amount, self.company_id.currency_id, self.company_id, self.date
                )
            balance -= part
            split.append(
                {
                    **counterpart,
                    "name": item.move_id.name or counterpart["name"],
                    "account_id": account.id,
                    "amount_currency": -amount,
                    "debit": max(part, 0.0),
                    "credit": max(-part, 0.0),
                }
            )
        return [liquidity, *split, *others]

    def _synchronize_to_moves(self, changed_fields):
        """Override of ``account``, which knows one line of the customer: reset to
        draft and edited, a payment of several items is one sum again, to be matched
        anew by who edits it."""
        if changed_fields & set(self._get_trigger_fields_to_synchronize()):
            for payment in self:
                payment._join_counterparts()
        return super()._synchronize_to_moves(changed_fields)

    def _join_counterparts(self):
        self.ensure_one()
        move = self.move_id
        if not move or move.state == "posted":
            return
        _liquidity, counterparts, _others = self._seek_for_lines()
        if len(counterparts) < 2:
            return
        total = {
            name: sum(counterparts.mapped(name))
            for name in ("amount_currency", "balance")
        }
        move.with_context(skip_invoice_sync=True).write(
            {
                "line_ids": [
                    Command.update(counterparts[0].id, total),
                    *(Command.delete(line.id) for line in counterparts[1:]),
                ]
            }
        )
