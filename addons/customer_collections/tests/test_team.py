from collections import Counter
from datetime import timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestTeam(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = new_test_user(
            cls.env,
            "second",
            groups="customer_collections.group_collector",
            email="second@company.example",
        )
        cls.team = cls.env["collections.team"].create(
            {
                "name": "Team",
                "member_ids": [
                    Command.create({"user_id": cls.collector.id, "capacity": 20}),
                    Command.create({"user_id": cls.second.id, "capacity": 10}),
                ],
            }
        )
        cls.segment.team_id = cls.team

    def _customers(self, count):
        partners = self.env["res.partner"]
        for number in range(count):
            partners |= self._customer(f"Customer{number} Ltd")
            self._invoice(10 + number, days_late=5, partner=partners[number])
        return partners

    def _shares(self, partners):
        return Counter(self._profile(partner).collector_id for partner in partners)

    def test_customers_are_shared_by_capacity(self):
        partners = self._customers(6)
        self._run()
        self.assertEqual(self._shares(partners), {self.collector: 4, self.second: 2})

    def test_who_has_a_collector_keeps_them(self):
        partners = self._customers(3)
        self._run()
        before = {p: self._profile(p).collector_id for p in partners}
        self.team.member_ids.filtered(
            lambda m: m.user_id == self.second
        ).capacity = 1000
        self._run()
        self.assertEqual(before, {p: self._profile(p).collector_id for p in partners})

    def test_new_customers_go_where_there_is_room(self):
        self._customers(3)
        self._run()
        self.team.member_ids.filtered(
            lambda m: m.user_id == self.second
        ).capacity = 1000
        newcomer = self._customer("Nora New")
        self._invoice(days_late=5, partner=newcomer)
        self._run()
        self.assertEqual(self._profile(newcomer).collector_id, self.second)

    def test_a_team_without_people_leaves_it_open(self):
        self.team.member_ids.unlink()
        self._invoice(days_late=5)
        self._run()
        self.assertFalse(self._profile().collector_id)
        self.assertEqual(self._open_touchpoints()._get_signer(), self.collector)

    def test_who_has_left_signs_nothing(self):
        self.policy.stage_ids.signer = "salesperson"
        seller = new_test_user(self.env, "seller", groups="base.group_user")
        self.customer.user_id = seller
        seller.active = False
        self._invoice(days_late=5)
        self._run()
        touchpoint = self._open_touchpoints()
        self.assertEqual(touchpoint._get_signer(), self.company.collections_sender_id)
        touchpoint.sudo().user_id = seller
        touchpoint.profile_id.sudo().collector_id = False
        self.assertEqual(touchpoint._get_signer(), self.collector)

    def test_who_looks_after_the_customer_when_it_leaves_signs(self):
        self.company.collections_mode = "live"
        self._invoice(days_late=5)
        self._run()
        touchpoint = self._open_touchpoints()
        profile = touchpoint.profile_id.sudo()
        planned_with = touchpoint.signer_id
        profile.collector_id = (self.collector | self.second) - planned_with
        self.assertEqual(touchpoint.signer_id, profile.collector_id)
        touchpoint.sudo()._dispatch()
        self.assertEqual(touchpoint.state, "sent")
        self.assertEqual(touchpoint.user_id, profile.collector_id)
        profile.collector_id = planned_with
        self.assertNotEqual(touchpoint.signer_id, planned_with)

    def test_a_text_that_names_somebody_is_signed_by_them(self):
        self.company.collections_mode = "live"
        self._invoice(days_late=5)
        self._run()
        touchpoint = self._open_touchpoints()
        profile = touchpoint.profile_id.sudo()
        named = touchpoint.signer_id
        touchpoint.with_user(self.collector)._edit(
            "Hello", f"<p>Yours, {named.name}</p>"
        )
        profile.collector_id = (self.collector | self.second) - named
        touchpoint.sudo()._dispatch()
        self.assertEqual(touchpoint.user_id, named)
        self.assertEqual(touchpoint.mail_message_id.author_id, named.partner_id)

    def test_nobody_signs_what_is_not_sent(self):
        self._invoice(days_late=5)
        self._run()
        touchpoint = self._open_touchpoints()
        touchpoint.with_user(self.collector)._edit("Hello", "<p>Yours</p>")
        touchpoint.with_user(self.collector)._refuse("Not now")
        self.assertFalse(touchpoint.signer_id)

    def test_a_collector_who_left_gets_nobody(self):
        self.second.active = False
        partners = self._customers(3)
        self._run()
        self.assertEqual(self._shares(partners), {self.collector: 3})

    def test_customers_of_a_collector_who_left_go_to_another(self):
        partners = self._customers(3)
        self._run()
        self.second.active = False
        self._run()
        self.assertEqual(self._shares(partners), {self.collector: 3})

    def test_a_pinned_collector_who_left_is_pinned_no_more(self):
        [partner] = self._customers(1)
        self._run()
        profile = self._profile(partner)
        profile.with_user(self.manager)._pin("collector", self.second, "Old friends")
        self._run()
        self.assertEqual(profile.collector_id, self.second)
        self.second.active = False
        self._run()
        self.assertEqual(profile.collector_id, self.collector)
        self.assertFalse(profile.pin_ids)

    def test_who_is_pinned_to_nobody_stays_so(self):
        [partner] = self._customers(1)
        self._run()
        profile = self._profile(partner)
        nobody = self.env["res.users"]
        profile.with_user(self.manager)._pin("collector", nobody, "Mine to handle")
        self._run()
        self.assertFalse(profile.collector_id)
        self.assertTrue(profile.pin_ids)

    def _other_company(self):
        other = self.setup_other_company(name="Other House")["company"]
        other.write(
            {
                "collections_mode": "preview",
                "child_ids": [Command.create({"name": "Their Branch"})],
            }
        )
        return other

    def _invoice_of(self, company, partner):
        return self.init_invoice(
            "out_invoice",
            partner=partner,
            invoice_date=self.today - timedelta(days=40),
            amounts=[100],
            post=True,
            company=company,
        )

    def test_a_shared_team_gives_customers_to_members_of_their_company(self):
        other = self._other_company()
        customers = [self._customer(f"Their{number} Ltd") for number in range(3)]
        for customer in customers:
            self._invoice_of(other, customer)
        self.second.company_ids |= other.child_ids
        self._run(company=other)
        collectors = [self._profile(c, other).collector_id for c in customers]
        self.assertEqual(collectors, [self.second] * 3)

    def test_who_may_not_see_the_company_any_more_hands_its_customers_over(self):
        other = self._other_company()
        customer = self._customer("Their Ltd")
        self._invoice_of(other, customer)
        self.collector.company_ids |= other
        self._run(company=other)
        self.assertEqual(self._profile(customer, other).collector_id, self.collector)
        self.collector.company_ids -= other
        self.second.company_ids |= other
        self._run(company=other)
        self.assertEqual(self._profile(customer, other).collector_id, self.second)

    def test_a_capacity_of_nothing_is_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "at least one customer"):
            self.team.member_ids[0].capacity = 0
