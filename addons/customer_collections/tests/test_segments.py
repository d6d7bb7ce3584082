from datetime import timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestSegments(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment.sequence = 50
        cls._invoice(100, days_late=5)

    def _segment(self, name="Key accounts", domain="[]", **values):
        return self.env["collections.segment"].create(
            {
                "name": name,
                "domain": domain,
                "policy_id": self.policy.id,
                "sequence": 10,
                **values,
            }
        )

    def _write_rule(self, segment, domain):
        """Let a rule be there that could be read once, as after an update."""
        segment.flush_recordset()
        self.env.cr.execute(
            "UPDATE collections_segment SET domain = %s WHERE id = %s",
            [domain, segment.id],
        )
        segment.invalidate_recordset()

    def test_the_first_rule_that_fits_wins(self):
        first = self._segment(domain="[('amount_overdue', '>', 50)]")
        self._segment("Big", "[('amount_overdue', '>', 10)]", sequence=20)
        self._run()
        self.assertEqual(self._profile().segment_id, first)

    def test_a_rule_that_does_not_fit_leaves_it_to_the_next(self):
        self._segment(domain="[('amount_overdue', '>', 500)]")
        self._run()
        self.assertEqual(self._profile().segment_id, self.segment)

    def test_a_rule_may_speak_of_the_contact(self):
        belgians = self._segment(domain="[('partner_id.country_id.code', '=', 'BE')]")
        self._run()
        self.assertEqual(self._profile().segment_id, belgians)

    def test_a_rule_may_speak_of_days(self):
        late = self._segment(domain="[('days_past_due', '>=', 5)]")
        self._run()
        self.assertEqual(self._profile().segment_id, late)
        late.domain = "[('days_past_due', '>', 5)]"
        self._run()
        self.assertEqual(self._profile().segment_id, self.segment)

    def test_a_what_if_counts_the_days_from_its_own_day(self):
        late = self._segment(domain="[('days_past_due', '>', 20)]")
        self._run(self.today + timedelta(days=30))
        self.assertEqual(self._profile().segment_id, late)

    def test_a_segment_being_edited_is_no_segment_of_its_own(self):
        self._run()
        form = Form(self.segment.with_user(self.manager))
        form.domain = "[('amount_overdue', '>', 1)]"
        self.assertEqual((form.profile_count, form.matched_count), (1, 1))
        self.assertFalse(form.note)

    def test_a_segment_uses_the_policies_of_its_company_alone(self):
        other = self.setup_other_company(name="Other House")["company"]
        theirs = self.policy.copy({"name": "Theirs", "company_id": other.id})
        with self.assertRaisesRegex(UserError, "company crossover"):
            self.policy.company_id = other
        with self.assertRaisesRegex(UserError, "company crossover"):
            self.segment.policy_id = theirs
        self._segment(policy_id=theirs.id, company_id=other.id)

    def test_a_rule_may_speak_of_one_day_or_of_none(self):
        profiles = self.env["collections.profile"].with_user(self.collector)
        self._invoice(100, days_late=30, partner=self._customer("Bruno Cars"))
        self._invoice(100, days_late=-9, partner=self._customer("Carla Tiles"))
        self._run()
        for operator, value, names in (
            ("=", 30, ["Bruno Cars"]),
            ("!=", 30, ["Alma Bakery", "Carla Tiles"]),
            ("in", [5, 30], ["Alma Bakery", "Bruno Cars"]),
            ("not in", [5, 30], ["Carla Tiles"]),
            ("=", 0, ["Carla Tiles"]),
            ("=", False, ["Carla Tiles"]),
            ("!=", False, ["Alma Bakery", "Bruno Cars"]),
            ("in", [False, 5], ["Alma Bakery", "Carla Tiles"]),
        ):
            found = profiles.search(
                [
                    ("company_id", "=", self.company.id),
                    ("days_past_due", operator, value),
                ]
            )
            self.assertEqual(
                sorted(found.partner_id.mapped("name")), names, (operator, value)
            )
        late = self._segment(domain="[('days_past_due', '=', 30)]")
        self._run()
        self.assertEqual(late.with_user(self.manager).profile_count, 1)

    def test_a_customer_moves_when_the_rule_no_longer_fits(self):
        key = self._segment(domain="[('amount_ledger', '<', 500)]")
        self._run()
        self.assertEqual(self._profile().segment_id, key)
        self._invoice(900, days_late=1)
        self._run()
        self.assertEqual(self._profile().segment_id, self.segment)

    def test_whom_no_rule_claims_gets_the_companys_policy(self):
        self.segment.active = False
        self.company.collections_policy_id = self.policy
        self._run()
        self.assertFalse(self._profile().segment_id)
        self.assertEqual(self._open_touchpoints().stage_id, self.friendly)
        self.assertIn("No segment", self._profile().segment_summary)

    def test_whom_nobody_claims_hears_nothing(self):
        self.segment.active = False
        self.company.collections_policy_id = False
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self._profile().next_code, "no_policy")
        self.assertIn("no policy", self._profile().next_summary.lower())

    def test_an_overlap_is_told(self):
        self._segment()
        self._run()
        self.assertEqual(self.segment.matched_count, 1)
        self.assertEqual(self.segment.profile_count, 0)
        self.assertIn("segments that come first", self.segment.note)

    def test_a_rule_that_cannot_be_read_is_refused_in_words(self):
        for domain in (
            "[('gone', '=', 1)]",
            "[(",
            "[('id', '~~', 1)]",
            "uid",
            "7",
            "[('days_past_due', 'like', '3')]",
            "[('days_past_due', '>', 9999999)]",
            "[('next_summary', '=', 'Firm')]",
            "[('promise_level', '>', 1)]",
        ):
            with (
                self.assertRaisesRegex(ValidationError, "cannot be read"),
                self.cr.savepoint(),
            ):
                self._segment(domain=domain)

    def test_the_run_survives_a_rule_that_cannot_be_read_any_more(self):
        broken = self._segment()
        for domain in (
            "[('gone', '=', 1)]",
            "[(",
            "[('days_past_due', 'like', '3')]",
        ):
            self._write_rule(broken, domain)
            run = self._run()
            self.assertIn("“Key accounts” cannot be read", run.warnings)
            self.assertEqual(self._profile().segment_id, self.segment)
            self.assertIn("cannot be read", broken.note)

    def test_a_segment_of_another_company_claims_nobody(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._segment(company_id=other.id)
        self._run()
        self.assertEqual(self._profile().segment_id, self.segment)


@tagged("post_install", "-at_install")
class TestShippedSegments(CollectionsCommon):
    """The three segments a new company has, at both sides of each border."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment.active = False
        cls.key, cls.regular, cls.risk = (
            cls.env.ref(f"customer_collections.segment_{name}")
            for name in ("key", "regular", "risk")
        )
        (cls.key + cls.regular + cls.risk).active = True

    def _know(self, partner, percentile, paid, late):
        """Let a customer be known by these figures, as the learning job leaves them."""
        self._profile(partner).sudo().write(
            {
                "volume_percentile": percentile,
                "paid_count": paid,
                "average_days_late": late,
            }
        )

    def test_each_border_of_the_shipped_rules(self):
        # volume percentile, paid in 12 months, average days late: segment
        borders = {
            (80, 3, 15.0): self.key,
            (79, 3, 15.0): self.regular,
            (80, 2, 15.0): self.risk,
            (80, 3, 15.1): self.regular,
            (100, 40, -5.0): self.key,
            (0, 3, 30.0): self.regular,
            (0, 2, 30.0): self.risk,
            (0, 3, 30.1): self.risk,
            (100, 3, 30.1): self.risk,
            (0, 0, 0.0): self.risk,
        }
        customers = {
            figures: self._customer(f"Border{number} Ltd")
            for number, figures in enumerate(borders)
        }
        for partner in customers.values():
            self._invoice(100, days_late=5, partner=partner)
        self._run()
        for figures, partner in customers.items():
            self._know(partner, *figures)
        self._run()
        for figures, segment in borders.items():
            with self.subTest(figures=figures):
                profile = self._profile(customers[figures])
                self.assertEqual(profile.segment_id, segment)
                self.assertEqual(profile.policy_id, segment.policy_id)

    def _pay_three(self, partner, amount, days_late):
        for _number in range(3):
            move = self._invoice(amount, days_late=60 + days_late, partner=partner)
            paid = self.today - timedelta(days=60)
            self._pay(move, payment_date=paid)

    def test_the_ledger_alone_tells_them_apart(self):
        """What customers bought and when they paid decides, from the first run."""
        good = self._customer("Greta Mills")
        fair = self._customer("Fritz Forge")
        slow = self._customer("Sina Slate")
        new = self._customer("Nora Nails")
        self._pay_three(good, 9000, days_late=15)
        self._pay_three(fair, 100, days_late=30)
        self._pay_three(slow, 100, days_late=31)
        # Five customers: the fifth who buy most is one of them.
        for partner in (good, fair, slow, new, self.customer):
            self._invoice(10, days_late=5, partner=partner)
        self._run()
        self.assertEqual(self._profile(good).segment_id, self.key)
        self.assertEqual(self._profile(fair).segment_id, self.regular)
        self.assertEqual(self._profile(slow).segment_id, self.risk)
        self.assertEqual(self._profile(new).segment_id, self.risk)
