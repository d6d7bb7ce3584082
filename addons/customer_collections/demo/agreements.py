"""What customers of the demo company promised, and what came of it."""

from datetime import timedelta

from odoo.fields import Command

from .names import MODULE

# Given today: share of what is free, days ahead, what was said
PROMISES = (
    (1.0, 5, "The transfer goes out with Thursday's run."),
    (0.5, 9, "Half now, the other half after the fair."),
    (1.0, 12, "Waits for the grant; the institute confirmed the day."),
)
# These have stories of their own.
TOLD = (
    "aozora auental bahiaclara bogroad brackenridge capeann cardigan claddagh corban "
    "foxglove greatlakes harrowquay hudson kerouan killorglin kiritimati konaridge "
    "lougherne mansfeld meridian merrow norrvik northgate odile quintanar saguaro "
    "silberanker solent tannbach tidewater tulpenveld"
).split()
# Reason, share of the item, stage, and how it ended where it did
DISPUTES = (
    ("price", 0.2, "new", None),
    ("not_delivered", 1.0, "review", None),
    ("quality", 0.4, "waiting", None),
    ("quantity", 0.3, None, ("explained", "The delivery note shows both pallets.")),
    ("duplicate", 1.0, None, ("withdrawn", "They found the second order.")),
)
REASONS = (
    ("forgot", "It was in the wrong tray, she says, and laughs about it."),
    ("paperwork_approval", "Waits for the signature of the works manager."),
    ("paid_already", "Paid on the 3rd, they say; they look for the slip."),
    ("will_not", "He says our competitor is cheaper and that we can wait."),
)
# Instalments, rhythm, whether they said yes, and why it was called off where it was
PLANS = (
    (3, "month", True, None),
    (4, "fortnight", False, None),
    (3, "month", False, "They paid all of it by another account."),
)
# Kind, share that is still to be paid, days to answer
OFFERS = (("early", 0.98, 9), ("settlement", 0.8, 20))
WITHDRAWN = "The site is closed until spring; they ask for a plan instead."


class AgreementsBuilder:
    """Lets customers say what they have to say, today and in the past."""

    def __init__(self, env, names, companies, partners, today):
        self.env = env
        self.names = names
        self.company = companies["main"]
        self.today = today
        self.collector = env.ref(f"{MODULE}.user_camille_demo")
        # With whom something else goes on; every agreement has a customer of its own
        self.taken = env["collections.profile"].search(
            [("partner_id", "in", [partners[key].id for key in TOLD])]
        )
        self.promises = env["collections.promise"]

    def build(self):
        """Do all of it."""
        # The rare ones first: few invoices are paid in part.
        self._promise_earlier(self._find_open(part_paid=True))
        self._promise_earlier(self._find_open(part_paid=False))
        self._promise_earlier(self._find_paid(), paid_after=-2)
        self._promise_earlier(self._find_paid(), paid_after=14)
        for share, days, note in PROMISES:
            self._promise(share, days, note)
        waiting = self._promise(1.0, 6, "Their new bookkeeper called.")
        waiting.state = "to_agree"
        waiting._ask_manager()
        self._promise(1.0, 4, "By the end of the week.")._withdraw(WITHDRAWN)
        for number, (reason, share, stage, ended) in enumerate(DISPUTES, start=1):
            dispute = self._dispute(reason, share, stage, ended)
            self.names.add(f"dispute_{number}", dispute)
        for code, note in REASONS:
            reason = self.env.ref(f"{MODULE}.reason_{code}")
            entry = self._find_customer()._give_reason(
                reason, source="customer", note=note
            )
            self.names.add(f"reason_entry_{code}", entry)
        for number, plan in enumerate(PLANS, start=1):
            self._plan(number, *plan)
        for number, offer in enumerate(OFFERS, start=1):
            self._offer(number, *offer)
        self.env["collections.agreement"]._judge_all(self.company, self.today)
        self.promises.profile_id._redecide()

    def _take(self, profile):
        """Return a customer with whom nothing else is agreed."""
        self.taken |= profile
        return profile

    def _name(self, promise):
        self.promises |= promise
        return self.names.add(f"promise_{len(self.promises)}", promise)

    # === TODAY === #

    def _find_customer(self):
        """Return a customer with whom nothing goes on yet, a late one if there is."""
        free = [
            ("company_id", "=", self.company.id),
            ("amount_collectible", ">", 100),
            ("hold_effect", "=", False),
            ("id", "not in", self.taken.ids),
        ]
        profiles = self.env["collections.profile"]
        late = [*free, ("amount_overdue", ">", 100)]
        return self._take(
            profiles.search(late, order="id", limit=1)
            or profiles.search(free, order="id", limit=1)
        )

    def _promise(self, share, days, note):
        profile = self._find_customer()
        currency = profile.balance_ids.filtered("amount_collectible")[:1].currency_id
        promises = self.env["collections.promise"]
        draft = promises.new({"profile_id": profile.id, "currency_id": currency.id})
        free = sum(draft._get_oldest_items().values())
        promise = promises._give(
            profile,
            currency.round(free * share),
            self.today + timedelta(days=days),
            currency_id=currency.id,
            source="customer",
            note=note,
            user_id=self.collector.id,
        )
        return self._name(promise)

    def _dispute(self, reason, share, stage, ended):
        profile = self._find_customer()
        item = profile.item_ids.filtered("amount_collectible").sorted("date_due")[0]
        disputes = self.env["collections.dispute"].with_context(mail_notrack=True)
        dispute = disputes._raise(
            profile,
            {
                item.move_line_id: item.currency_id.round(
                    item.amount_collectible * share
                )
            },
            self.env.ref(f"{MODULE}.dispute_reason_{reason}"),
            source="customer",
            user_id=self.collector.id,
            processor_id=self.collector.id,
        )
        if stage:
            dispute.stage_id = self.env.ref(f"{MODULE}.dispute_stage_{stage}")
        if ended:
            dispute._solve(*ended)
        return dispute

    def _get_owed(self, profile):
        """Return the currency in which a customer owes most, and what is free."""
        balance = profile.balance_ids.sorted("amount_collectible")[-1:]
        draft = self.promises.new(
            {"profile_id": profile.id, "currency_id": balance.currency_id.id}
        )
        return balance.currency_id, draft._get_oldest_items()

    def _plan(self, number, count, rhythm, agreed, cancelled):
        profile = self._find_customer()
        if not profile:
            return
        currency, _free = self._get_owed(profile)
        plan = self.env["collections.plan"]._propose(
            profile,
            agreed=agreed,
            instalment_count=count,
            rhythm=rhythm,
            date_first=self.today + timedelta(days=12),
            currency_id=currency.id,
            source="customer",
            user_id=self.collector.id,
        )
        if cancelled:
            plan._withdraw(cancelled)
        self.names.add(f"plan_{number}", plan)

    def _offer(self, number, kind, share, days):
        profile = self._find_customer()
        if not profile:
            return
        currency, free = self._get_owed(profile)
        offer = self.env["collections.offer"]._make(
            profile,
            kind,
            currency.round(sum(free.values()) * share),
            self.today + timedelta(days=days),
            currency_id=currency.id,
            user_id=self.collector.id,
        )
        self.names.add(f"offer_{number}", offer)

    # === IN THE PAST === #

    def _get_lines(self, *domain):
        return self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "=", "out_invoice"),
                ("partner_id.active", "=", True),
                ("no_followup", "=", False),
                ("partner_id", "not in", self.taken.partner_id.ids),
                *domain,
            ],
            order="date_maturity desc, id",
        )

    def _find_paid(self):
        """Return an item that was paid late, lately."""
        return self._get_lines(
            ("reconciled", "=", True),
            ("date_maturity", ">", self.today - timedelta(days=120)),
        ).filtered(lambda line: self._get_paid_on(line) > line.date_maturity)[:1]

    def _find_open(self, part_paid):
        """Return an item that is open, with or without a first payment."""
        return self._get_lines(
            ("reconciled", "=", False),
            ("date_maturity", "<", self.today),
        ).filtered(
            lambda line: 0 < line.amount_residual_currency
            and (line.amount_residual_currency < line.amount_currency) == part_paid
        )[:1]

    def _get_paid_on(self, line):
        days = line.matched_credit_ids.credit_move_id.mapped("date")
        return max(days, default=line.date_maturity)

    def _promise_earlier(self, line, paid_after=None):
        """Take down what was promised then; the ledger says what came of it.

        :param line: the receivable item
        :param int paid_after: days from the promised day to the payment; where nothing
                               more came, the promise was for twelve days ago
        """
        profile = self._take(
            self.env["collections.profile"]._get_or_create(
                line.partner_id.commercial_partner_id, self.company
            )
        )
        due = self.today - timedelta(days=12)
        if paid_after is not None:
            due = self._get_paid_on(line) - timedelta(days=paid_after)
        start = due - timedelta(days=7)
        promise = self.env["collections.promise"].create(
            {
                "profile_id": profile.id,
                "currency_id": line.currency_id.id,
                "amount": line.amount_currency,
                "date_start": start,
                "date_due": due,
                "source": "customer",
                "user_id": self.collector.id,
            }
        )
        values = promise._prepare_hold_values({}, promise.date_limit, due)
        values.update(
            # Nothing was paid when it was given.
            since_partial_id=0,
            since_line_id=line.id,
            line_ids=[
                Command.create(
                    {
                        "move_line_id": line.id,
                        "amount": line.amount_currency,
                        "amount_agreed": line.amount_currency,
                        "amount_base": line.amount_currency,
                    }
                )
            ],
        )
        judging = self.env["collections.hold"].with_context(collections_judging=True)
        promise.hold_id = judging.create(values)
        self._name(promise)
