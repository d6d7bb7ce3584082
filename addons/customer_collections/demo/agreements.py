"""What customers of the demo company promised, and what came of it."""

from datetime import timedelta

from .agreements_past import PastAgreements
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
# Instalments, rhythm, whether they said yes, share paid down, and why it was called
# off where it was
PLANS = (
    (3, "month", True, 0, None),
    (4, "fortnight", False, 0, None),
    (3, "month", False, 0, "They paid all of it by another account."),
    (4, "month", True, 0.25, None),
    # Longer than a collector may agree to
    (18, "month", True, 0, None),
)
# Kind, share that is still to be paid, days to answer, and what became of it
OFFERS = (
    ("early", 0.98, 3, None),
    ("settlement", 0.8, 20, None),
    ("early", 0.99, 4, "accepted"),
    ("settlement", 0.9, 15, "withdrawn"),
    ("early", 0.98, 2, "expired"),
)
WITHDRAWN = "The site is closed until spring; they ask for a plan instead."


class AgreementsBuilder(PastAgreements):
    """Lets customers say what they have to say, today and in the past."""

    def __init__(self, env, names, companies, partners, today):
        self.env = env
        self.names = names
        self.company = companies["main"]
        self.today = today
        self.collector = env.ref(f"{MODULE}.user_camille_demo")
        self.manager = env.ref(f"{MODULE}.user_marta_demo")
        # With whom something else goes on; every agreement has a customer of its own
        self.taken = env["collections.profile"].search(
            [("partner_id", "in", [partners[key].id for key in TOLD])]
        )
        self.promises = env["collections.promise"]

    def build(self):
        """Do all of it."""
        # The rare ones first: few invoices are very late, or paid in part.
        self._agree_earlier()
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
        self._draft_plan()
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

    def _find_customer(self, early=False, least=100):
        """Return a customer with whom nothing goes on yet: a late one if there is, or
        one who owes nothing that is due."""
        free = [
            ("company_id", "=", self.company.id),
            ("amount_collectible", ">", least),
            ("hold_effect", "=", False),
            ("id", "not in", self.taken.ids),
        ]
        profiles = self.env["collections.profile"]
        if early:
            wanted = [*free, ("amount_overdue", "=", 0)]
        else:
            wanted = [*free, ("amount_overdue", ">", least)]
        return self._take(
            profiles.search(wanted, order="id", limit=1)
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

    def _plan(self, number, count, rhythm, agreed, down, cancelled):
        profile = self._find_customer(least=600)
        if not profile:
            return
        currency, free = self._get_owed(profile)
        # As the collector, who asks a manager beyond the limits
        profile = profile.with_user(self.collector).with_company(self.company)
        profile = profile.with_context(allowed_company_ids=self.company.ids)
        plan = profile.env["collections.plan"]._propose(
            profile,
            agreed=agreed,
            instalment_count=count,
            rhythm=rhythm,
            date_first=self.today + timedelta(days=12),
            deposit_amount=currency.round(sum(free.values()) * down),
            deposit_date=self.today + timedelta(days=4) if down else False,
            currency_id=currency.id,
            source="customer",
            user_id=self.collector.id,
        )
        if plan.to_approve and number < len(PLANS):
            # The last one waits; others are small only where little is owed.
            plan.with_user(self.manager).action_approve()
        if cancelled:
            plan._withdraw(cancelled)
        self.names.add(f"plan_{number}", plan.with_env(self.env))

    def _draft_plan(self):
        """Leave a plan on which somebody still works."""
        profile = self._find_customer()
        currency, free = self._get_owed(profile)
        plans = self.env["collections.plan"]
        plan = plans.create(
            {
                "profile_id": profile.id,
                "template_id": plans._get_template(profile).id,
                "currency_id": currency.id,
                "amount": sum(free.values()),
                "instalment_count": 5,
                "date_first": self.today + timedelta(days=20),
                "user_id": self.collector.id,
            }
        )
        self.names.add("plan_draft", plan)

    def _offer(self, number, kind, share, days, ended):
        profile = self._find_customer(early=kind == "early")
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
        if ended == "accepted":
            offer._accept()
        elif ended == "withdrawn":
            offer._withdraw(WITHDRAWN)
        elif ended == "expired":
            # As it stood a fortnight ago
            past = self.today - timedelta(days=14)
            offer.write({"date_start": past, "date_due": past + timedelta(days=days)})
            offer._close(ended, "", offer.date_due + timedelta(days=1))
        self.names.add(f"offer_{number}", offer)

    def _agree_earlier(self):
        """Plans and an offer whose end the ledger says: kept, broken, kept."""
        line = self._find_paid()
        kept = self._plan_earlier(
            line, self._get_paid_on(line) - timedelta(days=2), "A. Whitlock"
        )
        self.names.add("plan_kept", kept)
        line = self._find_open(part_paid=False, days=30)
        broken = self._plan_earlier(line, self.today - timedelta(days=28), "R. Okafor")
        broken.instalment_ids[:1].asked_on = self.today - timedelta(days=20)
        self.names.add("plan_broken", broken)
        line = self._find_paid()
        offer = self._offer_earlier(
            line, 0.9, self._get_paid_on(line) + timedelta(days=1)
        )
        self.names.add("offer_kept", offer)
