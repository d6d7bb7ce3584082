from odoo import Command
from odoo.tests import tagged

from ..models.collections_contact_rule import WEEKDAYS
from .common import CollectionsCommon

WORKDAYS = WEEKDAYS[:5]
EU = set(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES "
    "SE".split()
)
# Written down a second time, from the statutes and not from the data.
SHIPPED = {
    "courtesy": {
        "countries": set(),
        "applies_to": "all",
        "hours": (8, 18),
        "days": WORKDAYS,
        "holidays": True,
        "silence_days": 7,
        "caps": {(1, 1, False), (2, 7, False), (5, 30, False)},
    },
    # 12 CFR 1006.6(b)(1): not before 8 a.m., not after 9 p.m., on whatever day.
    # 12 CFR 1006.14(b)(2): seven calls in seven days, and none in the seven days that
    # begin with a conversation.
    "us": {
        "countries": {"US"},
        "applies_to": "consumer",
        "hours": (8, 21),
        "days": WEEKDAYS,
        "holidays": False,
        "silence_days": 7,
        "caps": {(7, 7, "call")},
    },
    # Neither has a statute that names hours or numbers.
    "uk": {
        "countries": {"GB"},
        "applies_to": "all",
        "hours": (8, 20),
        "days": WEEKDAYS[:6],
        "holidays": True,
        "silence_days": 0,
        "caps": set(),
    },
    "eu": {
        "countries": EU,
        "applies_to": "all",
        "hours": (8, 20),
        "days": WORKDAYS,
        "holidays": True,
        "silence_days": 0,
        "caps": set(),
    },
}


@tagged("post_install", "-at_install")
class TestShippedContactRules(CollectionsCommon):
    """The rules a new company has, with the figures of the law."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = {
            name: cls.env.ref(f"customer_collections.contact_rule_{name}").with_user(
                cls.collector
            )
            for name in SHIPPED
        }

    def test_a_copied_rule_keeps_its_budget(self):
        rule = self.rule.with_user(self.manager)
        rule.cap_ids = [Command.create({"max_count": 7, "days": 9})]
        copied = rule.copy()
        self.assertEqual((copied.cap_ids.max_count, copied.cap_ids.days), (7, 9))

    def test_every_shipped_rule_is_in_the_table(self):
        names = (
            self.env["ir.model.data"]
            .sudo()
            .search(
                [
                    ("module", "=", "customer_collections"),
                    ("model", "=", "collections.contact.rule"),
                ]
            )
            .mapped("name")
        )
        self.assertEqual(
            sorted(names), sorted(f"contact_rule_{name}" for name in SHIPPED)
        )

    def test_the_shipped_rules_carry_the_figures_of_the_law(self):
        for name, expected in SHIPPED.items():
            rule = self.rules[name]
            found = {
                "countries": set(rule.country_ids.mapped("code")),
                "applies_to": rule.applies_to,
                "hours": (rule.hour_from, rule.hour_to),
                "days": [day for day in WEEKDAYS if rule[day]],
                "holidays": rule.holidays,
                "silence_days": rule.silence_days,
                "caps": {
                    (cap.max_count, cap.days, cap.channel) for cap in rule.cap_ids
                },
            }
            with self.subTest(rule=name):
                self.assertEqual(found, expected)
                self.assertEqual(len(rule.cap_ids), len(expected["caps"]))
                self.assertLessEqual(set(rule.cap_ids.mapped("scope")), {"customer"})
                self.assertFalse(rule.company_id)
                self.assertTrue(rule.source)

    def test_each_shipped_rule_is_for_its_own_customers(self):
        shipped = self.rules["courtesy"].browse(
            [rule.id for rule in self.rules.values()]
        )
        for country, consumer, names in (
            ("us", True, ["courtesy", "us"]),
            ("us", False, ["courtesy"]),
            ("uk", True, ["courtesy", "uk"]),
            ("uk", False, ["courtesy", "uk"]),
            ("de", True, ["courtesy", "eu"]),
            ("de", False, ["courtesy", "eu"]),
            ("ch", True, ["courtesy"]),
            # Who knows where they are? All of them, to be on the safe side.
            (None, True, ["courtesy", "us", "uk", "eu"]),
        ):
            country_id = country and self.env.ref(f"base.{country}").id
            with self.subTest(country=country, consumer=consumer):
                found = shipped._filter_applicable(country_id, consumer)
                self.assertEqual(
                    set(found.ids), {self.rules[name].id for name in names}
                )
