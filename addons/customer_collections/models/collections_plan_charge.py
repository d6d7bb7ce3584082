import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

# A worker that is still at it after so long was killed.
KILLED_AFTER_MINUTES = 10
# Providers forget the key of a request after about a day.
FORGOTTEN_AFTER_HOURS = 12
# Their requests carry a key: sent twice for one transaction, they charge once.
REPEATABLE_PROVIDERS = ("adyen", "mercado_pago", "stripe", "worldline")
LIVE_TX_STATES = ("draft", "pending", "authorized", "done")


class NoAnswer(Exception):
    """Nobody can tell whether the provider received what was sent.

    No ``ValidationError``: those say that it was declined, and may be charged again.
    """


class CollectionsPlanCharge(models.Model):
    """One attempt to charge an instalment: what makes sure that it is charged once.

    The row and its transaction are committed before anything is sent. As long as the
    transaction may still succeed, no second one can exist.
    """

    _name = "collections.plan.charge"
    _description = "Charge of an Instalment"
    _order = "id desc"
    _rec_name = "transaction_id"

    instalment_id = fields.Many2one(
        comodel_name="collections.plan.instalment",
        required=True,
        index=True,
        ondelete="restrict",
    )
    plan_id = fields.Many2one(related="instalment_id.plan_id", store=True, index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    attempt = fields.Integer(required=True)
    transaction_id = fields.Many2one(
        comodel_name="payment.transaction",
        required=True,
        index=True,
        ondelete="restrict",
    )
    currency_id = fields.Many2one(related="transaction_id.currency_id")
    amount = fields.Monetary(related="transaction_id.amount")
    tx_state = fields.Selection(
        related="transaction_id.state", string="Status", store=True
    )
    live = fields.Boolean(compute="_compute_live", store=True)
    date = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    started_at = fields.Datetime(readonly=True)
    unknown = fields.Boolean(
        readonly=True, help="Nobody can tell whether the provider charged it."
    )
    note = fields.Char(string="What Happened", readonly=True)

    _attempt_uniq = models.Constraint(
        "UNIQUE (instalment_id, attempt)", "An instalment has each attempt once."
    )
    _live_uniq = models.UniqueIndex("(instalment_id) WHERE live")

    @api.depends("transaction_id.state")
    def _compute_live(self):
        for charge in self:
            charge.live = charge.transaction_id.state in LIVE_TX_STATES

    # === CHARGED === #

    @api.model
    def _get_waiting(self):
        """Return the attempts that were prepared and not sent, or paid and not
        booked.

        :rtype: collections.plan.charge
        """
        return self.search(
            [
                ("live", "=", True),
                "|",
                "&",
                ("unknown", "=", False),
                ("tx_state", "=", "draft"),
                "&",
                ("tx_state", "=", "done"),
                ("transaction_id.is_post_processed", "=", False),
            ],
            order="id",
        )

    def _process_softly(self):
        """Charge and book; what goes wrong with one is told and spares the others."""
        self.ensure_one()
        try:
            self._process()
        except psycopg2.Error:
            raise
        except Exception as error:
            # What was committed stands; the rest is undone and tried again.
            self.env.cr.rollback()
            _logger.info("Charge %s failed", self.id, exc_info=error)
            self._tell_trouble(error)

    def _tell_trouble(self, error):
        note = self.env._("It could not be finished: %(error)s", error=error)
        if self.note != note:
            self.note = note
            self.plan_id._tell_owner(
                self.env._("A charge needs a look"),
                f"{self.transaction_id.reference}: {note}",
            )

    def _process(self):
        """Charge and book. Each step is committed before the next: killed anywhere,
        it goes on where it was."""
        self.ensure_one()
        transaction = self.transaction_id
        if transaction.state == "draft" and self._start():
            self._send()
            self._commit()
        if transaction.state == "done" and not transaction.is_post_processed:
            transaction._post_process()
            self._commit()

    def _start(self):
        """Commit that it is about to be sent, so that nobody sends it twice.

        :return: whether it may be sent now
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            return False
        obstacle = self._get_obstacle()
        if self.started_at:
            late = fields.Datetime.now() - timedelta(minutes=KILLED_AFTER_MINUTES)
            if self.started_at > late:
                return False
            # Sent again, it would charge what is not to be charged any more; not sent
            # again, it may have been charged all the same.
            if obstacle or not self._is_repeatable() or self._is_forgotten():
                self._tell_unknown()
                return False
        elif obstacle:
            self.transaction_id._set_canceled(state_message=obstacle)
            return False
        # When it was first sent: from then on the provider keeps the key.
        self.started_at = self.started_at or fields.Datetime.now()
        self._commit()
        return bool(self.try_lock_for_update()) and (
            self.transaction_id.state == "draft"
        )

    def _get_obstacle(self):
        """Return in a sentence why it is not to be charged any more, or None."""
        self.ensure_one()
        plan = self.plan_id
        if not plan.autopay or not plan._is_running():
            return self.env._("The plan is not charged any more.")
        if not self.transaction_id.token_id.active:
            return self.env._("The saved payment method was removed.")
        left = self.instalment_id._get_to_charge()
        if self.currency_id.compare_amounts(self.amount, left) > 0:
            return self.env._("It was paid otherwise.")
        return None

    def _is_repeatable(self):
        """Tell whether the provider charges once, though asked twice for one
        transaction. Extend it for other providers."""
        self.ensure_one()
        return self.transaction_id.provider_code in REPEATABLE_PROVIDERS

    def _is_forgotten(self):
        """Tell whether the provider may take it for another one, if asked again."""
        self.ensure_one()
        day = fields.Datetime.now() - timedelta(hours=FORGOTTEN_AFTER_HOURS)
        return self.started_at < day

    def _send(self):
        try:
            self.transaction_id._charge_with_token()
        except UserError as error:
            self.transaction_id._set_error(str(error))

    def _commit(self):
        # A later rollback must not forget what has left the house.
        self.env["ir.cron"]._commit_progress()

    # === WHAT CAME OF IT === #

    def _receive(self):
        """Learn from the transaction what came of it. Told to the collector at once;
        the customer hears of it through a message."""
        for charge in self:
            transaction = charge.transaction_id
            if transaction.state not in ("error", "cancel"):
                continue
            reason = transaction.state_message or self.env._("no reason given")
            plan = charge.plan_id
            if transaction.payment_id:
                note = self.env._("Charged back: %(why)s", why=reason)
                plan._stop_autopay(note)
            else:
                note = self.env._("It could not be charged: %(why)s", why=reason)
                plan._tell_owner(
                    self.env._("A payment failed: talk to the customer"),
                    f"{charge.instalment_id.display_name}. {note}",
                )
            charge.note = note

    def _tell_unknown(self):
        self.ensure_one()
        self.unknown = True
        self.note = self.env._(
            "It was interrupted; look at the provider whether it was charged."
        )
        self.plan_id._tell_owner(
            self.env._("Find out whether an instalment was charged"),
            f"{self.transaction_id.reference}: {self.note}",
        )

    def action_not_charged(self):
        """Say that an interrupted charge did not take place: it may be tried again."""
        self.ensure_one()
        if not self.env.user.has_group("customer_collections.group_manager"):
            raise UserError(self.env._("A manager confirms what the provider says."))
        # Transactions belong to nobody at the desk.
        charge = self.sudo()
        if charge.unknown and charge.tx_state == "draft":
            charge.transaction_id._set_canceled(state_message=charge.note)
        return True
