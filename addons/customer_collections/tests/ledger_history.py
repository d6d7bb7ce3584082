import random
from datetime import timedelta

from odoo import Command
from odoo.tools import mute_logger

from .common import CollectionsCommon

STEPS = 120
LOOK_EVERY = 8


class LedgerHistory(CollectionsCommon):
    """Two customers, two currencies, and whatever may happen to a ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currencies = cls.company.currency_id | cls.setup_other_currency(
            "CHF", rates=[("2020-01-01", 1.7)]
        )
        cls.customers = cls.customer | cls._customer("Bert Butcher")
        for partner in cls.customers:
            for currency in cls.currencies:
                cls._invoice(
                    10.01, days_late=9, partner=partner, currency_id=currency.id
                )
        cls._run()

    @mute_logger("odoo.models.unlink")
    def _live_through(self, seed):
        self.random = random.Random(seed)
        happen, weights = zip(*self._get_events(), strict=True)
        for step in range(1, STEPS + 1):
            self.random.choices(happen, weights)[0]()
            if step % LOOK_EVERY == 0:
                self._look(f"seed {seed}, step {step}")

    def _get_events(self):
        """Return what may happen, and how often in comparison."""
        return [
            (self._post, 5),
            (self._pay_some, 5),
            (self._pay_unmatched, 2),
            (self._credit, 3),
            (self._match, 3),
            (self._unmatch, 2),
            (self._reset, 2),
            (self._start_hold, 3),
            (self._end_hold, 2),
            (self._payment_on_its_way, 2),
        ]

    def _look(self, when):
        # Only what was marked as moved is looked at again...
        self.env["collections.profile"]._refresh_stale(self.company)
        self.assertLedgerAddsUp()
        self._assert_items_add_up()
        # ...and a look at everything finds nothing more.
        self.assertEqual(self._look_at_everything(), 0, when)

    def _look_at_everything(self):
        profiles = self.env["collections.profile"]
        profiles._load_items(self.company, self.today)
        return profiles._write_balances(self.company, self.today)

    def _assert_items_add_up(self):
        # As another request reads them
        self.env["collections.item"].invalidate_model()
        for item in self.env["collections.item"].search(
            [("company_id", "=", self.company.id)]
        ):
            parts = (
                item.amount_collectible,
                item.amount_held,
                item.amount_pending,
                item.amount_covered,
            )
            self.assertGreaterEqual(min(parts), 0)
            if item.amount_residual > 0:
                self.assertAlmostEqual(sum(parts), item.amount_residual, 4)
            else:
                self.assertEqual(sum(parts), 0)

    # === WHAT MAY HAPPEN === #

    def _amount(self):
        return self.random.randrange(1, 50000) / 100

    def _some_move(self, currency=None):
        domain = [
            ("partner_id", "in", self.customers.ids),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("amount_residual", ">", 0),
        ]
        if currency:
            domain.append(("currency_id", "=", currency.id))
        moves = self.env["account.move"].search(domain)
        return moves and self.random.choice(moves) or moves

    def _post(self):
        self._invoice(
            self._amount(),
            days_late=self.random.randrange(-20, 60),
            partner=self.random.choice(self.customers),
            currency_id=self.random.choice(self.currencies).id,
        )

    def _credit(self):
        self._credit_note(
            self._amount(),
            partner=self.random.choice(self.customers),
            currency_id=self.random.choice(self.currencies).id,
        )

    def _pay_some(self):
        move = self._some_move()
        if move:
            share = self.random.choice([0.25, 0.5, 1, 1, 1.2])
            amount = move.currency_id.round(move.amount_residual * share)
            self._pay(move, amount or None, currency_id=move.currency_id.id)

    def _payment_on_its_way(self):
        move = self._some_move()
        # What is nothing in the company's currency Odoo would pay out.
        if move.line_ids & self._open_lines(">"):
            self._pay_without_entry(move)

    def _pay_unmatched(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.random.choice(self.customers).id,
                "amount": self._amount(),
                "currency_id": self.random.choice(self.currencies).id,
                "journal_id": self.company_data["default_journal_cash"].id,
            }
        )
        payment.action_post()

    def _open_lines(self, sign):
        return self.env["account.move.line"].search(
            [
                ("partner_id", "in", self.customers.ids),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", sign, 0),
            ]
        )

    def _match(self):
        credits = self._open_lines("<")
        if not credits:
            return
        credit = self.random.choice(credits)
        debits = self._open_lines(">").filtered(
            lambda li: li.partner_id == credit.partner_id
            and li.account_id == credit.account_id
        )
        if debits:
            (credit | self.random.choice(debits)).reconcile()

    def _unmatch(self):
        partials = self.env["account.partial.reconcile"].search(
            [("debit_move_id.partner_id", "in", self.customers.ids)]
        )
        if partials:
            self.random.choice(partials).debit_move_id.remove_move_reconcile()

    def _reset(self):
        move = self._some_move()
        if not move:
            return move
        move.button_draft()
        if self.random.random() < 0.5:
            move.button_cancel()
        else:
            move.invoice_line_ids.price_unit = self._amount()
            move.action_post()
        return move

    def _start_hold(self):
        profile = self.random.choice(self._profile() | self._profile(self.customers[1]))
        effect = self.random.choice(["exclude", "pause", "silence"])
        scope = self.random.choice(["all", "items", "amount"])
        lines = self._open_lines(">").filtered(
            lambda li: li.partner_id == profile.partner_id
        )
        values = {
            "profile_id": profile.id,
            "effect": effect,
            "scope": scope,
            "date_end": self.today + timedelta(days=9),
        }
        if scope == "amount":
            currency = self.random.choice(self.currencies)
            values.update(amount=self._amount(), currency_id=currency.id)
        if scope == "items":
            if not lines:
                return
            values["line_ids"] = [
                Command.create(
                    {
                        "move_line_id": self.random.choice(lines).id,
                        "amount": self.random.choice([0, self._amount()]),
                    }
                )
            ]
        self.env["collections.hold"].create(values)

    def _end_hold(self):
        holds = self.env["collections.hold"].search(
            [("state", "=", "active"), ("origin_model", "=", False)]
        )
        if holds:
            self.random.choice(holds).action_end()
