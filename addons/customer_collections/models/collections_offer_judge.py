from odoo import api, fields, models
from odoo.exceptions import UserError


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
        """Make these drafts credit no more than what is left of their invoices.

        Every line in proportion, so that the taxes are right; the person who posts it
        sees the draft first.
        """
        for move in self.filtered(lambda m: m.state == "draft"):
            origin = move.reversed_entry_id
            part = origin.amount_residual / (origin.amount_total or 1)
            for line in move.invoice_line_ids.filtered(
                lambda x: x.display_type == "product"
            ):
                line.write(
                    {
                        "quantity": 1,
                        "discount": 0,
                        "price_unit": line.price_unit
                        * line.quantity
                        * (1 - line.discount / 100)
                        * part,
                    }
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
        currency = self.currency_id
        if self.state == "kept":
            if currency.is_zero(measure.left):
                self._end_hold(self.env._("The rest is credited"))
            elif (
                self.ended_on and (as_of - self.ended_on).days > self._get_credit_days()
            ):
                self._end_hold(self.env._("The rest was not credited in time"))
            return
        if self.state != "accepted":
            return
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
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("They paid: credit the rest"),
            user_id=self.company_id._get_collections_manager(self.profile_id).id,
        )

    def action_credit(self):
        """Open Odoo's own credit note wizard for the invoices of a kept offer.

        :raise UserError: if it is not kept, or nothing is left to credit
        """
        self.ensure_one()
        if self.state != "kept":
            raise UserError(self.env._("The rest is credited once they have paid."))
        lines = self.offered_line_ids | self.line_ids.move_line_id
        moves = lines.filtered(
            lambda x: not x.reconciled and x.parent_state == "posted"
        ).move_id
        if not moves:
            raise UserError(self.env._("Nothing is left to credit."))
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
