"""What customers agree to in the year of simulated days, decided by chance."""

from datetime import datetime, timedelta

from odoo.exceptions import UserError

# Agreements a day, in the company of eighty customers
A_DAY = 0.7


class YearAgreements:
    """Lets customers promise, and checks that nobody chases what they agreed upon."""

    def agree(self, day):
        """Somebody says something, on some days."""
        if self.rng.random() > A_DAY:
            return
        profile = self.pick_customer()
        if not profile:
            return
        kind = self.rng.choice(self.get_kinds())
        try:
            with self.env.cr.savepoint():
                kind(profile, day)
        except UserError:
            # Too many, too far ahead: said in words, and nothing came of it.
            self.refused_agreements += 1

    def get_kinds(self):
        """Return what a customer may say; some of it more often."""
        return [
            self.promise,
            self.promise,
            self.promise_a_sum,
            self.dispute,
            self.solve,
            self.need_time,
            self.take_offer,
            self.say_why,
            self.fall_silent,
        ]

    def pick_customer(self):
        profiles = self.env["collections.profile"].search(
            [
                ("company_id", "=", self.company.id),
                ("amount_collectible", ">", 0),
                ("partner_id.active", "=", True),
            ]
        )
        return profiles and self.rng.choice(profiles)

    def pick_item(self, profile):
        items = self.env["collections.item"].search(
            [("profile_id", "=", profile.id), ("amount_collectible", ">", 0)]
        )
        return items and self.rng.choice(items)

    # === WHAT THEY SAY === #

    def promise(self, profile, day):
        item = self.pick_item(profile)
        if item:
            share = self.rng.choice([0.5, 1, 1])
            self.give(
                profile,
                item.currency_id,
                item.amount_collectible * share,
                day,
                item.move_line_id,
            )

    def promise_a_sum(self, profile, day):
        item = self.pick_item(profile)
        if item:
            self.give(profile, item.currency_id, item.amount_collectible, day)

    def give(self, profile, currency, amount, day, items=None):
        due = day + timedelta(days=self.rng.randrange(1, 25))
        self.env["collections.promise"]._give(
            profile,
            currency.round(amount),
            due,
            items,
            currency_id=currency.id,
            source="customer",
        )
        # Two of three keep their word.
        if self.rng.random() < 0.66:
            self.payments_due[due].append(profile)

    def dispute(self, profile, day):
        item = self.pick_item(profile)
        if item:
            share = self.rng.choice([0.3, 1])
            amount = item.currency_id.round(item.amount_collectible * share)
            reasons = self.env["collections.dispute.reason"].search([])
            self.env["collections.dispute"]._raise(
                profile,
                {item.move_line_id: amount},
                self.rng.choice(reasons),
                source="customer",
                processor_id=self.demo("user_camille").id,
            )

    def solve(self, profile, day):
        """Somebody solves the oldest dispute, whoever's it is."""
        dispute = self.env["collections.dispute"].search(
            [("company_id", "=", self.company.id), ("kind", "!=", "solved")],
            order="id",
            limit=1,
        )
        if dispute:
            outcome = self.rng.choice(["explained", "withdrawn"])
            dispute._solve(outcome, "We looked at it together.")

    def need_time(self, profile, day):
        """A plan over the oldest of what they owe; some never answer, some stop."""
        item = self.pick_item(profile)
        if not item:
            return
        plan = self.env["collections.plan"]._propose(
            profile,
            agreed=self.rng.random() < 0.8,
            currency_id=item.currency_id.id,
            rhythm=self.rng.choice(["week", "month"]),
            instalment_count=self.rng.randint(2, 4),
            date_first=day + timedelta(days=self.rng.randrange(3, 25)),
            deposit_amount=0,
            source="customer",
        )
        if plan.state == "proposed":
            return
        for instalment in plan.instalment_ids:
            if self.rng.random() < 0.75:
                self.instalments_due[instalment.date_due].append(instalment)

    def pay_instalments(self, day):
        """Whoever keeps to their plan pays exactly what is due, on its day."""
        for instalment in self.instalments_due.pop(day, []):
            plan = instalment.plan_id
            rest = instalment.amount_left
            for line in plan.hold_id.line_ids.sorted("date_maturity"):
                part = min(rest, line.amount, line.amount_residual_currency)
                if plan.state in ("agreed", "active") and part > 0:
                    item = line.move_line_id
                    self.ledger.register(
                        [self.ledger.prepare_payment(item, day, part)], [item]
                    )
                    rest -= part

    def take_offer(self, profile, day):
        """Less for paying by a day; most who take it pay."""
        item = self.pick_item(profile)
        if not item:
            return
        share = self.rng.choice([0.8, 0.95, 0.98])
        due = day + timedelta(days=self.rng.randrange(3, 15))
        offer = self.env["collections.offer"]._make(
            profile,
            "settlement" if share < 0.9 else "early",
            item.currency_id.round(item.amount_collectible * share),
            due,
            item.move_line_id,
            currency_id=item.currency_id.id,
        )
        if self.rng.random() < 0.7:
            offer._accept()
            if self.rng.random() < 0.7:
                self.payments_due[due].append(profile)

    def say_why(self, profile, day):
        reasons = self.env["collections.reason"].search([("child_ids", "=", False)])
        # A colleague takes it down, so what follows keeps to hours and budget.
        profile.with_user(self.demo("user_camille"))._give_reason(
            self.rng.choice(reasons), source="customer"
        )

    def fall_silent(self, profile, day):
        self.env["collections.hold"].create(
            {
                "profile_id": profile.id,
                "effect": "silence",
                "date_end": day + timedelta(days=self.rng.randrange(5, 40)),
            }
        )

    # === WHAT MUST BE TRUE === #

    def check_agreed(self, touchpoint):
        """No message speaks of what is promised, disputed or on a plan."""
        today = datetime.now().date()
        for line in touchpoint.line_ids:
            item = line.move_line_id
            covered = self.env["collections.hold.line"].search(
                [
                    ("move_line_id", "=", item.id),
                    ("amount_agreed", ">", 0),
                    ("hold_id.state", "=", "active"),
                    ("hold_id.date_start", "<=", today),
                    "|",
                    ("hold_id.date_end", "=", False),
                    ("hold_id.date_end", ">=", today),
                ]
            )
            free = item.amount_residual_currency - sum(covered.mapped("amount"))
            if line.amount > free + 0.005:
                self.problems.append(
                    f"{touchpoint.sent_at}: {line.name} was chased for {line.amount}, "
                    f"{free} of it is not agreed upon"
                )

    def check_agreements(self):
        """The year saw every end a promise can have, and disputes come and go."""
        promises = self.env["collections.promise"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertGreater(len(promises), 50)
        self.assertLessEqual(
            {"kept", "kept_late", "broken", "partly_kept"},
            set(promises.mapped("state")),
        )
        disputes = self.env["collections.dispute"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertGreater(len(disputes), 10)
        self.assertIn("solved", disputes.mapped("kind"))
        mine = [("company_id", "=", self.company.id)]
        plans = self.env["collections.plan"].search(mine)
        self.assertGreater(len(plans), 10)
        self.assertLessEqual({"kept", "broken"}, set(plans.mapped("state")))
        for plan in plans.filtered(lambda p: p.state in ("agreed", "active")):
            held = sum(plan.hold_id.line_ids.mapped("amount"))
            self.assertAlmostEqual(plan.amount_left, held, 2, plan.name)
        offers = self.env["collections.offer"].search(mine)
        self.assertGreater(len(offers), 10)
        self.assertLessEqual({"kept", "expired"}, set(offers.mapped("state")))
        # What is agreed is said, too, and through the one door.
        sent = self.touchpoints.browse(self.sent_ids)
        self.assertTrue(sent.plan_id)
        self.assertTrue(sent.offer_id)
