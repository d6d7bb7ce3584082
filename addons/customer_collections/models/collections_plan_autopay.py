from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain

from .collections_plan import RUNNING_STATES
from .collections_plan_instalment import OPEN_INSTALMENTS


class CollectionsPlan(models.Model):
    """Instalments charged by themselves with a payment method the customer saved."""

    _inherit = "collections.plan"

    token_id = fields.Many2one(
        comodel_name="payment.token",
        string="Saved Payment Method",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    autopay = fields.Boolean(
        string="Charge Each Instalment",
        copy=False,
        tracking=True,
        help="On its day, with the payment method that the customer saved.",
    )
    autopay_note = fields.Char(
        string="Why It Is Not Charged", readonly=True, copy=False
    )
    charge_ids = fields.One2many(
        comodel_name="collections.plan.charge", inverse_name="plan_id", string="Charges"
    )

    @api.constrains("token_id", "autopay")
    def _check_token(self):
        for plan in self:
            lack = plan.autopay and plan._get_token_lack()
            if lack:
                raise ValidationError(lack)

    def _get_token_lack(self):
        """Return in a sentence why the payment method cannot be charged, or None."""
        self.ensure_one()
        # Whoever sets it up: payment methods are read by the system.
        token = self.sudo().token_id
        if not token:
            return self.env._("Choose a payment method that the customer saved.")
        if not token.active:
            return self.env._("The customer removed this payment method.")
        if token.partner_id.commercial_partner_id != self.profile_id.partner_id:
            return self.env._("This payment method is of another customer.")
        if token.company_id.root_id != self.company_id:
            return self.env._("This payment method was saved with another company.")
        if token.provider_id.state == "disabled":
            return self.env._(
                "Payments through %(provider)s are switched off.",
                provider=token.provider_id.name,
            )
        return None

    def _set_token(self, token):
        """Let each instalment be charged with a saved payment method.

        :param token: a ``payment.token``; an empty one to stop
        :raise ValidationError: in words, when it is archived, of another customer...
        """
        self.write(
            {"token_id": token.id, "autopay": bool(token), "autopay_note": False}
        )

    def _stop_autopay(self, note):
        """Charge nothing any more, and tell the owner why."""
        for plan in self:
            plan.write({"autopay": False, "autopay_note": note})
            plan._tell_owner(self.env._("A plan is not charged any more"), note)

    def _tell_owner(self, summary, note):
        self.ensure_one()
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=summary,
            note=note,
            user_id=self.user_id.id,
        )

    # === SCHEDULED JOB === #

    @api.model
    def _cron_autopay(self):
        """Charge what is due: written down and committed first, then sent, then
        booked, one by one."""
        self._prepare_charges()
        self.env["ir.cron"]._commit_progress()
        charges = self.env["collections.plan.charge"]._get_waiting()
        for position, charge in enumerate(charges, start=1):
            charge._process_softly()
            self.env["ir.cron"]._commit_progress(1, remaining=len(charges) - position)
        failed = charges.filtered(lambda c: c.tx_state in ("error", "cancel"))
        for company, plans in failed.plan_id.grouped("company_id").items():
            plans._plan_messages(company, fields.Date.context_today(self))

    @api.model
    def _get_due_domain(self, day):
        """Return which instalments are charged on a day. Override to hold some back.

        :rtype: Domain
        """
        return Domain(
            [
                ("plan_id.state", "in", RUNNING_STATES),
                ("plan_id.autopay", "=", True),
                ("plan_id.token_id.active", "=", True),
                ("company_id.collections_mode", "=", "live"),
                ("date_due", "<=", day),
                ("state", "in", OPEN_INSTALMENTS),
                ("covered", "=", False),
            ]
        )

    @api.model
    def _prepare_charges(self):
        """Write down which instalments are to be charged now, each with its
        transaction: not sent yet.

        :return: the charges
        """
        today = fields.Date.context_today(self)
        domain = self._get_due_domain(today)
        instalments = self.env["collections.plan.instalment"].search(domain)
        # What was paid by other means since is not charged.
        instalments.profile_id._refresh()
        locked = instalments.plan_id.try_lock_for_update()
        charges = self.env["collections.plan.charge"]
        for instalment in instalments.filtered_domain(domain):
            plan = instalment.plan_id
            if (
                plan in locked
                and plan.profile_id.hold_effect != "silence"
                and plan._may_charge(instalment, today)
            ):
                charges |= plan._prepare_charge(instalment)
        return charges

    def _may_charge(self, instalment, today):
        """Tell whether the rule of attempts lets it be charged today."""
        tried = instalment.charge_ids
        if any(tried.mapped("live")) or self._get_token_lack():
            return False
        if len(tried) >= max(1, self._get_rule("charge_attempts")):
            return False
        again = self._get_rule("charge_retry_days")
        last = max(tried.mapped("date"), default=None)
        # Never twice in a day: the word of the provider may come late.
        return last is None or today >= fields.Date.add(last, days=max(1, again))

    def _prepare_charge(self, instalment):
        """Return the attempt and its transaction, which names what it pays of each
        invoice: the oldest first."""
        self.ensure_one()
        token = self.token_id
        rest = instalment.amount_left
        lines = []
        for line in self.hold_id.line_ids.sorted(
            lambda x: (x.date_maturity or x.move_line_id.date, x.id)
        ):
            part = self.currency_id.round(min(line.amount, rest))
            if part > 0:
                lines.append(
                    Command.create(
                        {"move_line_id": line.move_line_id.id, "amount": part}
                    )
                )
                rest = self.currency_id.round(rest - part)
        transactions = self.env["payment.transaction"]
        transaction = transactions.create(
            {
                "provider_id": token.provider_id.id,
                "payment_method_id": token.payment_method_id.id,
                "reference": transactions._compute_reference(
                    token.provider_id.code,
                    prefix=f"{self.name}-{instalment.number}".replace("/", "-"),
                ),
                "amount": instalment.amount_left,
                "currency_id": self.currency_id.id,
                "partner_id": token.partner_id.id,
                "token_id": token.id,
                "operation": "offline",
                "collections_line_ids": lines,
            }
        )
        return self.env["collections.plan.charge"].create(
            {
                "instalment_id": instalment.id,
                "attempt": len(instalment.charge_ids) + 1,
                "transaction_id": transaction.id,
            }
        )
