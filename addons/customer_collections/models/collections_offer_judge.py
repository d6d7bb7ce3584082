from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class CollectionsAgreement(models.AbstractModel):
    _inherit = "collections.agreement"

    @api.model
    def _get_models(self):
        return [*super()._get_models(), "collections.offer"]


class CollectionsHold(models.Model):
    _inherit = "collections.hold"

    @api.model
    def _evaluate(self, run):
        """Override: an offer that nobody took ends by itself on its day."""
        self.env["collections.offer"]._expire(run)
        return super()._evaluate(run)


class AccountMove(models.Model):
    _inherit = "account.move"

    collections_offer_id = fields.Many2one(
        comodel_name="collections.offer",
        string="Credits the Rest Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="customer_collections.group_collector",
    )

    def _shrink_to_offer(self, offer_id):
        """Make these drafts credit what the offer gives up of their invoices.

        Every line in proportion, so that the taxes are right; the person who posts it
        sees the draft first.

        :raise UserError: if nothing is left of it, or the taxes do not allow it
        """
        parts = self.env["collections.offer"].browse(offer_id)._split_rest()
        for move in self.filtered(lambda m: m.state == "draft"):
            amount = parts.get(move.reversed_entry_id, 0)
            # As for disputes, to the cent
            if not self.env["collections.dispute"]._shrink(move, amount):
                raise UserError(
                    self.env._(
                        "A credit note of %(amount)s cannot be made of %(invoice)s by "
                        "itself, because of its taxes. Make it with the button Credit "
                        "Note of the invoice.",
                        amount=format_amount(self.env, amount, move.currency_id),
                        invoice=move.reversed_entry_id.name,
                    )
                )
            move.collections_offer_id = offer_id


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    offer_ids = fields.One2many(
        comodel_name="collections.offer",
        inverse_name="profile_id",
        string="Offers",
    )


class CollectionsOffer(models.Model):
    """An offer judged from the ledger, and the rest of it credited."""

    _inherit = "collections.offer"

    @api.model
    def _expire(self, run):
        """End offers that were not accepted by their day."""
        over = self.search(
            [
                ("company_id", "=", run.company_id.id),
                ("state", "in", ("to_approve", "open")),
                ("date_due", "<", run.date),
            ]
        )
        over._close("expired", self.env._("Its day is over"), run.date)

    def _judge(self, measures, as_of):
        """Kept once what was agreed has come by the day. What is left stays held
        until it is credited; otherwise it is over the day after."""
        result = super()._judge(measures, as_of)
        self.filtered(lambda o: o.state == "accepted")._tell_gone()
        for offer in self:
            measure = measures[offer.id].counting("loose")
            offer._judge_one(measure, as_of)
        return result

    def _judge_one(self, measure, as_of):
        self.ensure_one()
        if self.state == "kept":
            self._judge_kept(measure, as_of)
        if self.state == "accepted":
            self._judge_accepted(measure, as_of)

    def _judge_kept(self, measure, as_of):
        """Wait for the credit note, unless the payment is undone before it is posted:
        then it is not kept yet."""
        currency = self.currency_id
        # Whatever its day: what is on its way counts with the day it is looked from.
        paid = sum(amount for _day, amount in measure.received)
        undone = currency.compare_amounts(paid, self.amount) < 0
        if currency.is_zero(measure.left):
            self._end_hold(self.env._("The rest is credited"))
        elif undone and "posted" not in self.credit_ids.mapped("state"):
            self._undo_kept()
        elif self.ended_on and (as_of - self.ended_on).days > self._get_credit_days():
            self._end_hold(self.env._("The rest was not credited in time"))

    def _undo_kept(self):
        """Wait for the payment again, and warn of a credit note made already."""
        self.write({"state": "accepted", "ended_on": False})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        if "draft" in self.credit_ids.mapped("state"):
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._(
                    "Their payment was undone: do not post the credit note"
                ),
                user_id=self.company_id._get_collections_manager(self.profile_id).id,
            )

    def _judge_accepted(self, measure, as_of):
        currency = self.currency_id
        paid = measure.received_by(self.date_due)
        if currency.compare_amounts(paid, self.amount) >= 0:
            self.write({"state": "kept", "ended_on": as_of})
            if currency.is_zero(measure.left):
                self._end_hold(self.env._("Everything is settled"))
            else:
                self._ask_credit()
        elif self._is_void():
            self._close("withdrawn", self.env._("Its invoices were cancelled"), as_of)
        elif as_of > self.date_due:
            self._close("expired", self.env._("It was not paid by its day"), as_of)

    @api.model
    def _get_credit_days(self):
        """Return how many days the rest of a kept offer waits for its credit note
        before it is chased again."""
        return 30

    def _ask_credit(self):
        """Ask somebody who may to credit the rest."""
        self.activity_unlink(["mail.mail_activity_data_warning"])
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("They paid: credit the rest"),
            user_id=self.company_id._get_collections_manager(self.profile_id).id,
        )

    def action_credit(self):
        """Open Odoo's own credit note wizard for the invoices of a kept offer.

        :raise UserError: if it is not kept, more is open than it gives up, or nothing
                          is left to credit
        """
        self.ensure_one()
        # Who has just matched the payment need not wait. The system looks.
        self.sudo().profile_id._redecide()
        if self.state != "kept":
            raise UserError(self.env._("The rest is credited once they have paid."))
        still_open = sum(self._get_open_parts().values())
        if self.currency_id.compare_amounts(still_open, self.amount_given) > 0:
            raise UserError(
                self.env._(
                    "%(open)s of it is still open, and only %(given)s is given up. "
                    "Match their payment with the invoices first, then credit the "
                    "rest.",
                    open=format_amount(self.env, still_open, self.currency_id),
                    given=format_amount(self.env, self.amount_given, self.currency_id),
                )
            )
        moves = self.env["account.move"].union(*self._split_rest())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_view_account_move_reversal"
        )
        action["context"] = {
            "active_model": "account.move",
            "active_ids": moves.ids,
            "default_reason": self.display_name,
            "default_journal_id": moves[:1].journal_id.id,
            "collections_offer_id": self.id,
        }
        return action

    def _get_open_parts(self):
        """Return how much of what it covers is still open, by invoice.

        :rtype: dict
        """
        self.ensure_one()
        parts = {}
        for line in self.line_ids:
            item = line.move_line_id
            # Once its hold has ended, what is held is not measured any more.
            part = min(line.amount, item.amount_residual_currency)
            if part > 0 and item.parent_state == "posted":
                parts[item.move_id] = parts.get(item.move_id, 0) + part
        return parts

    def _split_rest(self):
        """Return how much is still to be credited on which invoice: what is given up
        and no credit note, draft or posted, is made for.

        :raise UserError: if it is nothing
        :rtype: dict
        """
        currency = self.currency_id
        made = self.credit_ids.filtered(lambda move: move.state != "cancel")
        rest = currency.round(self.amount_given - sum(made.mapped("amount_total")))
        parts = {}
        for move, amount in self._get_open_parts().items():
            part = currency.round(min(amount, rest))
            if part > 0:
                parts[move] = part
                rest = currency.round(rest - part)
        if not parts:
            raise UserError(self.env._("Nothing is left to credit."))
        return parts
