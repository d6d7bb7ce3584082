"""Random histories of a ledger in two companies; long ones by ``./dev torture ledger``.

What is stored is compared with what the ledger says, worked out apart from the query
under test and by other means.
"""

import gc
import os
import random
from collections import Counter, defaultdict
from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.customer_collections.tests.ledger_history import LedgerHistory

OPERATIONS = int(os.environ.get("HISTORY_OPERATIONS", "100"))
SEED = int(os.environ.get("HISTORY_SEED", "20260310"))
#: operations on one ledger before a fresh one begins
A_HISTORY = 250
LOOK_EVERY = 10
#: what grows in a history, unseen by PostgreSQL's own look at its tables
GROWING = (
    "account_move, account_move_line, account_payment, account_partial_reconcile, "
    "account_full_reconcile, account_move__account_payment"
)


@tagged("post_install", "-at_install")
class TestHistories(LedgerHistory):
    """Currencies with other decimals, instalments, a second company, merges."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What is noted in the chatter of Odoo is a fifth of the time.
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.currencies |= cls.setup_other_currency(
            "JPY", rounding=1, rates=[("2020-01-01", 130.0)]
        )
        cls.terms = cls.env["account.payment.term"].create(
            {
                "name": "Three parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((30, 0), (30, 30), (40, 60))
                ],
            }
        )
        cls.other = cls.setup_other_company(name="Other House")["company"]
        cls.other.collections_mode = "live"
        cls.customers |= cls._customer("Cara Cook")
        cls.counts = Counter()
        # Of what is there by now nothing ends: no need to look through it.
        gc.collect()
        gc.freeze()
        cls.addClassCleanup(gc.unfreeze)

    def test_whatever_happens_what_is_stored_is_what_the_ledger_says(self):
        history = done = 0
        while done < OPERATIONS:
            history += 1
            savepoint = self.env.cr.savepoint()
            todo = min(A_HISTORY, OPERATIONS - done)
            self._live(SEED + history, todo)
            done += todo
            self.env.clear()
            savepoint.rollback()
            savepoint.close()
            self.env.cr.precommit.data.pop("collections.stale", None)
            # The command reads them, also when it is stopped before the end.
            for name, number in self.counts.items():
                print(f"\nHISTORY {name}: {number}", flush=True)
            self.counts.clear()

    @mute_logger("odoo.models.unlink", "odoo.addons.base.partner.merge")
    def _live(self, seed, operations):
        self.random = random.Random(seed)
        # All of those whom the last history merged, or left alone, are back.
        self.customers = type(self).customers
        happen, weights = zip(*self._get_events(), strict=True)
        for step in range(1, operations + 1):
            event = self.random.choices(happen, weights)[0]
            self._let(event)
            if step % LOOK_EVERY == 0 or step == operations:
                try:
                    self._look(f"seed {seed}, step {step}")
                except AssertionError as error:
                    raise AssertionError(f"seed {seed}, step {step}") from error
                self.counts["looks"] += 1
                self._stay_quick()

    def _stay_quick(self):
        # Odoo goes through all environments there are, for each new one.
        gc.collect()
        # Nothing of it is committed: else PostgreSQL plans as if it were not there.
        self.env.cr.execute(f"ANALYZE {GROWING}")

    def _let(self, event):
        """Let something happen; what Odoo refuses leaves nothing behind."""
        self.counts["operations"] += 1
        try:
            with self.env.cr.savepoint():
                event()
                self.env.flush_all()
        except (UserError, ValidationError):
            self.env.invalidate_all(flush=False)
            self.counts["refused by Odoo"] += 1

    def _get_events(self):
        return [
            *super()._get_events(),
            (self._post_in_parts, 3),
            (self._reverse_some, 2),
            (self._post_elsewhere, 2),
            (self._transaction_on_its_way, 1),
            (self._come_to_nothing, 3),
            (self._merge_two, 0.3),
            (self._move_one, 0.3),
        ]

    # === WHAT MAY HAPPEN BESIDES === #

    def _post_in_parts(self):
        self._invoice(
            self._amount(),
            partner=self.random.choice(self.customers),
            currency_id=self.random.choice(self.currencies).id,
            invoice_payment_term_id=self.terms.id,
            invoice_date=self.today - timedelta(days=self.random.randrange(90)),
        )

    def _reverse_some(self):
        move = self._some_move()
        if move:
            move._reverse_moves(cancel=self.random.random() < 0.7)

    def _post_elsewhere(self):
        journal = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.other.id)], limit=1
        )
        move = (
            self.env["account.move"]
            .with_company(self.other)
            .create(
                {
                    "move_type": self.random.choice(["out_invoice", "out_refund"]),
                    "journal_id": journal.id,
                    "partner_id": self.random.choice(self.customers).id,
                    "invoice_date": self.today - timedelta(days=40),
                    "currency_id": self.random.choice(self.currencies).id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Elsewhere",
                                "price_unit": self._amount(),
                                "tax_ids": [],
                                "account_id": journal.default_account_id.id,
                            }
                        )
                    ],
                }
            )
        )
        move.action_post()

    def _transaction_on_its_way(self):
        move = self._some_move()
        if move:
            self._transaction(move, move.amount_residual)

    def _come_to_nothing(self):
        """Let money on its way never arrive."""
        if payments := self.env["account.payment"].search(self._get_pending_payments()):
            self.random.choice(payments).action_cancel()
        if transactions := self.env["payment.transaction"].search(
            [("state", "=", "pending")]
        ):
            self.random.choice(transactions)._set_canceled()

    def _get_pending_payments(self):
        return [("move_id", "=", False), ("state", "!=", "canceled")]

    def _merge_two(self):
        if len(self.customers) < 2:
            self.customers |= self._customer(f"New {self.random.random()} Ltd")
            return
        gone, kept = self.random.sample(list(self.customers), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((gone | kept).ids, kept)
        self.env.invalidate_all()
        self.customers -= gone

    def _move_one(self):
        """Let one become a contact of another, or a customer of their own again."""
        moved, parent = self.random.choices(list(self.customers), k=2)
        own = moved.parent_id or moved == parent
        moved.write({"is_company": own, "parent_id": False if own else parent.id})

    def _start_hold(self):
        # Whoever has no profile yet cannot be held.
        if all(self._profile(partner) for partner in self.customers[:2]):
            if len(self.customers) > 1:
                super()._start_hold()

    # === WHAT MUST BE TRUE === #

    def _look(self, when):
        # Who is new gets a profile in the next run.
        for company in (self.company, self.other):
            profiles = self.env["collections.profile"]
            profiles.browse(profiles._create_missing(company))._refresh()
            profiles._refresh_stale(company)
            self.assertLedgerAddsUp(company)
            self._assert_recomputed(company, when)
        self._assert_items_add_up()
        self.assertEqual(self._look_at_everything(), 0, when)

    def _assert_recomputed(self, company, when):
        """Work out from the journal items, one by one, what is stored."""
        debits, credits = defaultdict(float), defaultdict(float)
        # Out of follow-up, as differences of exchange rates are
        excluded = defaultdict(float)
        for line in self.env["account.move.line"].search(
            [
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("company_id", "=", company.id),
                ("partner_id", "!=", False),
            ]
        ):
            key = (line.partner_id.commercial_partner_id, line.currency_id)
            amount = line.amount_residual_currency
            if line.currency_id.is_zero(amount):
                continue
            (debits if amount > 0 else credits)[key] += amount
            if amount > 0 and line.no_followup:
                excluded[key] += amount
        for key in {*debits, *credits}:
            amounts = debits[key], credits[key], excluded[key]
            self._assert_balance(company, key, *amounts, when)

    def _assert_balance(self, company, key, debit, credit, excluded, when):
        partner, currency = key
        profile = self._profile(partner, company)
        balance = profile.balance_ids.filtered(lambda b: b.currency_id == currency)
        self.assertTrue(balance, f"{when}: {partner.name} {currency.name}")
        self.assertAlmostEqual(balance.amount_ledger, debit + credit, 2, when)
        self.assertLessEqual(balance.amount_collectible, debit + 0.005, when)
        if self._is_plain(profile, company):
            # Nothing held, nothing on its way: the rest after own credit
            self.counts["recomputed to the cent"] += 1
            self.assertAlmostEqual(
                balance.amount_collectible, max(0, debit - excluded + credit), 2, when
            )
            self.assertAlmostEqual(balance.amount_held, excluded, 2, when)

    def _is_plain(self, profile, company):
        """Tell whether nothing of a customer is held or on its way."""
        partner = profile.partner_id.id
        # Holds and payments stay on what they name, also when its contact moves.
        theirs = [
            "|",
            ("partner_id", "child_of", partner),
            ("invoice_ids.line_ids.partner_id", "child_of", partner),
        ]
        return not (
            profile.hold_ids.filtered(lambda h: h.state == "active")
            or self.env["collections.hold.line"].search_count(
                [
                    ("hold_id.state", "=", "active"),
                    ("move_line_id.partner_id", "child_of", partner),
                ]
            )
            or self.env["account.payment"].search_count(
                [
                    *theirs,
                    ("company_id", "=", company.id),
                    *self._get_pending_payments(),
                ]
            )
            or self.env["payment.transaction"].search_count(
                [*theirs, ("state", "!=", "cancel")]
            )
        )
