"""Random histories of a ledger in two companies; long ones by ``./dev torture ledger``.

Hypothesis makes them up, and shortens one that finds a difference to the least that
still finds it. What is stored is compared with a second reckoning of the ledger, item
by item (``ledger_reckoning.py``).
"""

import gc
import os
from collections import Counter, defaultdict
from datetime import timedelta

from freezegun import configure
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from ledger_reckoning import Reckoning

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.customer_collections.tests.ledger_history import LedgerHistory

# It ends to shorten a history after five minutes, by a clock that goes on.
configure(extend_ignore_list=["hypothesis"])

OPERATIONS = int(os.environ.get("HISTORY_OPERATIONS", "200"))
SEED = int(os.environ.get("HISTORY_SEED", "20260310"))
#: operations on one ledger before a fresh one begins, if there are enough for several:
#: hypothesis begins with the dullest there is
A_HISTORY = 100
LOOK_EVERY = 10
#: what grows in a history, unseen by PostgreSQL's own look at its tables
GROWING = (
    "account_move, account_move_line, account_payment, account_partial_reconcile, "
    "account_full_reconcile, account_move__account_payment"
)


class History(RuleBasedStateMachine):
    """One history: each rule lets one thing happen to the ledger of ``story``."""

    story = None

    def __init__(self):
        super().__init__()
        self.story.begin()

    def teardown(self):
        self.story.end()


def _rule(event):
    """Return the rule by which an event happens, and is looked at now and then.

    A history that is shortened is looked at after each step where that will do.
    """

    def happens(history, chance, wait):
        history.story.let(event, chance)
        if not wait:
            history.story.look()

    happens.__name__ = event.strip("_")
    return rule(
        chance=st.randoms(use_true_random=False, note_method_calls=True),
        wait=st.integers(0, LOOK_EVERY - 1),
    )(happens)


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
        cls.done = 0
        # Of what is there by now nothing ends: no need to look through it.
        gc.collect()
        gc.freeze()
        cls.addClassCleanup(gc.unfreeze)

    @mute_logger("odoo.models.unlink", "odoo.addons.base.partner.merge")
    def test_whatever_happens_what_is_stored_is_what_the_ledger_says(self):
        turn = 0
        while self.done < OPERATIONS:
            self._live(SEED + turn, OPERATIONS - self.done)
            turn += 1

    def _live(self, number, operations):
        """Live through histories that have so many operations together, or a few
        less: one that draws much ends early."""
        events = {name: _rule(name) for name in self._get_rules()}
        machine = seed(number)(type("History", (History,), {"story": self, **events}))
        length = min(A_HISTORY, -(-operations // 4))
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=-(-operations // length),
                    stateful_step_count=length,
                    deadline=None,
                    database=None,
                    phases=(Phase.generate, Phase.shrink),
                    print_blob=False,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        except Exception as error:
            raise AssertionError(f"seed {number}, {operations} operations") from error

    def begin(self):
        """Begin a history with the books as they were."""
        # All of those whom the last one merged, or left alone, are back.
        self.customers = type(self).customers
        self.savepoint = self.env.cr.savepoint()

    def end(self):
        """Undo what happened in it."""
        self.env.clear()
        self.savepoint.rollback()
        self.savepoint.close()
        self.env.cr.precommit.data.pop("collections.stale", None)
        # The command reads them, also when it is stopped before the end.
        for name, number in self.counts.items():
            print(f"\nHISTORY {name}: {number}", flush=True)
        self.counts.clear()

    def let(self, event, chance):
        """Let something happen; what Odoo refuses leaves nothing behind.

        :param str event: the name of the method
        :param Random chance: what decides whom and how much it is about
        """
        self.random = chance
        self.counts["operations"] += 1
        type(self).done += 1
        try:
            with self.env.cr.savepoint():
                getattr(self, event)()
                self.env.flush_all()
        except (UserError, ValidationError):
            self.env.invalidate_all(flush=False)
            self.counts["refused by Odoo"] += 1

    def _get_rules(self):
        """Return the names of all that may happen."""
        events = [event.__name__ for event, _weight in super()._get_events()]
        return [
            *events,
            *("_post_in_parts", "_reverse_some", "_post_elsewhere"),
            *("_pay_in_another_currency", "_transaction_on_its_way"),
            *("_transaction_of_shares", "_bank_pays", "_bank_is_paid_by_whom"),
            *("_come_to_nothing", "_welcome_one", "_merge_two", "_move_one"),
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

    def _transaction_of_shares(self):
        """Let a customer say how much of each item they pay."""
        items = self._open_lines(">")
        if not items:
            return
        item = self.random.choice(items)
        amount = item.currency_id.round(
            item.amount_residual_currency * self.random.choice([0.3, 1])
        )
        transaction = self._transaction(item.move_id, amount, "draft")
        self.env["collections.transaction.line"].create(
            {
                "transaction_id": transaction.id,
                "move_line_id": item.id,
                "amount": amount,
            }
        )
        transaction._set_pending()

    def _pay_in_another_currency(self):
        move = self._some_move()
        if move.line_ids & self._open_lines(">"):
            currency = self.random.choice(self.currencies)
            self._pay_without_entry(move, self._amount(), currency_id=currency.id)

    def _bank_pays(self):
        """Let the bank bring what an invoice asks for, or some of it."""
        move = self._some_move(currency=self.company.currency_id)
        if len(move.line_ids & self._open_lines(">")) == 1:
            share = self.random.choice([0.3, 1, 1])
            amount = move.currency_id.round(move.amount_residual * share)
            if amount:
                line = self._bank_line(amount, move.partner_id)
                self._match_bank_line(line, move)

    def _bank_is_paid_by_whom(self):
        """Let money come to the bank that nobody has matched yet."""
        self._bank_line(self._amount(), self.random.choice(self.customers))

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

    def _welcome_one(self):
        if len(self.customers) < 6:
            self.customers |= self._customer(f"New {self.random.random()} Ltd")

    def _merge_two(self):
        if len(self.customers) < 2:
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

    def look(self):
        """Compare what is stored with what the ledger says."""
        self.counts["looks"] += 1
        for company in (self.company, self.other):
            profiles = self.env["collections.profile"]
            # Who is new gets a profile in the next run.
            profiles.browse(profiles._create_missing(company))._refresh()
            profiles._refresh_stale(company)
            self.assertLedgerAddsUp(company)
            self._assert_reckoned(company)
        self._assert_items_add_up()
        # What was marked as moved was all that moved.
        self.assertEqual(self._look_at_everything(), 0)
        self._stay_quick()

    def _stay_quick(self):
        # Odoo goes through all environments there are, for each new one.
        gc.collect()
        # Nothing of it is committed: else PostgreSQL plans as if it were not there.
        self.env.cr.execute(f"ANALYZE {GROWING}")

    def _assert_reckoned(self, company):
        reckoning = Reckoning(self.env, company, self.today)
        self._assert_items(company, reckoning)
        balances = {
            (balance.profile_id.partner_id, balance.currency_id): balance
            for balance in self.env["collections.balance"].search(
                [("profile_id.company_id", "=", company.id)]
            )
        }
        totals = defaultdict(Counter)
        for key, reckoned in reckoning.balances().items():
            self.counts["balances to the cent"] += 1
            amounts = {
                "amount_ledger": reckoned.ledger,
                "amount_collectible": reckoned.collectible,
                "amount_held": reckoned.held,
                "amount_credit": reckoned.credit,
                "amount_overdue": reckoned.overdue,
            }
            self._assert_same(balances[key], credit_applied=reckoned.covered, **amounts)
            partner, currency = key
            rate = reckoning.worth(currency)
            for fname, amount in amounts.items():
                totals[partner][fname] += amount * rate
        for partner, amounts in totals.items():
            self._assert_same(self._profile(partner, company), **amounts)

    def _assert_items(self, company, reckoning):
        # As another request reads them
        self.env["collections.item"].invalidate_model()
        items = self.env["collections.item"].search([("company_id", "=", company.id)])
        self.assertEqual(items.move_line_id._ids, items._ids)
        self.assertEqual({*items.move_line_id}, {*reckoning.parts})
        for item in items:
            part = reckoning.parts[item.move_line_id]
            self._assert_same(
                item,
                amount_residual=part.residual,
                amount_pending=part.pending,
                amount_held=part.held,
                amount_covered=part.covered,
                amount_collectible=part.collectible,
            )

    def _assert_same(self, record, **amounts):
        compare = record.currency_id.compare_amounts
        for fname, amount in amounts.items():
            if compare(record[fname], float(amount)):
                self.fail(
                    f"{record} {record.display_name}: {fname} is {record[fname]}, and"
                    f" {amount} by the second reckoning"
                )
