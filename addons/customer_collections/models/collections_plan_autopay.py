import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain

from .collections_plan import RUNNING_STATES
from .collections_plan_instalment import OPEN_INSTALMENTS

_logger = logging.getLogger(__name__)

# So long somebody may still be busy at the page of a payment provider.
STARTED_MINUTES = 20


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
            zoned = plans.with_context(tz=company._collections_zone())
            zoned._plan_messages(company, company._collections_today())

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
        charges = self.env["collections.plan.charge"]
        live = [("collections_mode", "=", "live")]
        for company in self.env["res.company"].search(live):
            charges |= self._prepare_company_charges(company)
        return charges

    @api.model
    def _prepare_company_charges(self, company):
        """The same for one company, on the day that it is there."""
        today = company._collections_today()
        domain = self._get_due_domain(today) & Domain("company_id", "=", company.id)
        instalments = self.env["collections.plan.instalment"].search(domain)
        # What was paid by other means since is not charged.
        instalments.profile_id._refresh()
        locked = instalments.plan_id.try_lock_for_update()
        charges = self.env["collections.plan.charge"]
        for instalment in instalments.filtered_domain(domain):
            if instalment.plan_id in locked:
                charges |= instalment.plan_id._prepare_softly(instalment, today)
        return charges

    def _prepare_softly(self, instalment, today):
        """Prepare the charge of an instalment, if it may be charged; what goes wrong
        with one is told and spares the others.

        :return: the charge, or none
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                if self.profile_id.hold_effect != "silence" and self._may_charge(
                    instalment, today
                ):
                    return self._prepare_charge(instalment)
        except psycopg2.OperationalError:
            # The whole transaction is lost, not this one only.
            raise
        except Exception as error:
            _logger.warning("%s could not be charged", self.name, exc_info=error)
            self._tell_not_prepared(instalment, error)
        return self.env["collections.plan.charge"]

    def _tell_not_prepared(self, instalment, error):
        """Tell the owner once, though it is tried again every hour."""
        summary = self.env._("A charge needs a look")
        if summary in self.activity_ids.mapped("summary"):
            return
        note = self.env._("It could not be finished: %(error)s", error=error)
        self._tell_owner(summary, f"{instalment.display_name}. {note}")

    def _may_charge(self, instalment, today):
        """Tell whether it may be charged today: by the rule of attempts, and others."""
        tried = instalment.charge_ids
        if any(tried.mapped("live")) or self._get_token_lack() or self._is_being_paid():
            return False
        # What nobody may pay is not charged either.
        if "blocked" in self.hold_id.line_ids.move_id.mapped("payment_state"):
            return False
        # A new payment method has its own attempts; one that was taken back before it
        # was sent was none.
        sent = tried.filtered(
            lambda charge: (
                charge.started_at and charge.transaction_id.token_id == self.token_id
            )
        )
        if len(sent) >= max(1, self._get_rule("charge_attempts")):
            return False
        again = self._get_rule("charge_retry_days")
        last = max(tried.mapped("date"), default=None)
        # Never twice in a day: the word of the provider may come late.
        return last is None or today >= fields.Date.add(last, days=max(1, again))

    def _is_being_paid(self):
        """Tell whether the customer is just paying an invoice of it by themselves: not
        on its way yet, and charged now it would be paid twice."""
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(minutes=STARTED_MINUTES)
        return bool(
            self.env["payment.transaction"].search_count(
                [
                    ("invoice_ids", "in", self.hold_id.line_ids.move_id.ids),
                    ("state", "=", "draft"),
                    ("operation", "!=", "offline"),
                    ("last_state_change", ">", since),
                ],
                limit=1,
            )
        )

    def _prepare_charge(self, instalment):
        """Return the attempt and its transaction, which names what it pays of each
        invoice: the oldest first."""
        self.ensure_one()
        token = self.token_id
        rest = to_charge = instalment._get_to_charge()
        named = self._get_named_amounts()
        lines = []
        # While an invoice is written anew, nothing is asked for of it.
        for line in self.hold_id.line_ids.filtered("move_line_id").sorted(
            lambda x: (x.date_maturity or x.move_line_id.date, x.id)
        ):
            free = line.amount - named.get(line.move_line_id, 0)
            part = self.currency_id.round(min(free, rest))
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
                "amount": to_charge,
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
                "date": self.company_id._collections_today(),
            }
        )

    def _get_named_amounts(self):
        """Return what charges that were not sent yet are meant to pay: the hold
        shrinks only once they are on their way.

        :return: item to an amount
        :rtype: dict[account.move.line, float]
        """
        self.ensure_one()
        named = {}
        waiting = self.instalment_ids.charge_ids.transaction_id.filtered(
            lambda transaction: transaction.state == "draft"
        )
        for line in waiting.collections_line_ids:
            item = line._get_open_item()
            named[item] = named.get(item, 0) + line.amount
        return named
