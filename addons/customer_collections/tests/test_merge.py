from datetime import timedelta

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestMerge(CollectionsCommon):
    """Merged, archived and moved contacts: one customer, no history lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.double = cls._customer("Alma Backery", email="alma2@customer.example")
        cls._invoice(100, days_late=20)
        cls._invoice(50, days_late=20, partner=cls.double)
        cls._run()

    def _merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((self.customer | self.double).ids, self.customer)
        self.env.invalidate_all()
        return self._profile()

    def _all_profiles(self):
        return (
            self.env["collections.profile"]
            .with_context(active_test=False)
            .search([("company_id", "=", self.company.id)])
        )

    def test_two_profiles_become_one(self):
        profile = self._merge()
        self.assertEqual(self._all_profiles(), profile)
        self._run()
        self.assertEqual(profile.amount_collectible, 150)
        self.assertLedgerAddsUp()

    def test_what_both_owe_is_seen_before_the_next_run(self):
        profile = self._merge()
        self.env["collections.profile"]._refresh_stale(self.company)
        self.assertEqual(profile.amount_collectible, 150)
        self.assertLedgerAddsUp()

    def test_only_one_message_goes_to_the_merged_customer(self):
        self._merge()
        self._dispatch()
        self._run()
        self._dispatch()
        sent = self._touchpoints().filtered(lambda t: t.state == "sent")
        self.assertEqual(len(sent), 1)
        self.assertEqual(len(sent.line_ids), 2)

    def test_what_was_said_to_both_is_kept(self):
        self._dispatch()
        profile = self._merge()
        sent = self._touchpoints().filtered(lambda t: t.state == "sent")
        self.assertEqual(len(sent), 2)
        self.assertEqual(sent.profile_id, profile)
        self.assertEqual(sent.partner_id, self.customer)
        self.assertEqual(sent.mail_message_id.mapped("res_id"), [profile.id] * 2)
        self.assertEqual(profile.stage_id, self.friendly)
        self._run(self.today + timedelta(days=7))
        self.assertEqual(self._open_touchpoints().stage_id, self.firm)

    def test_the_further_step_stands(self):
        self._dispatch()
        self._profile(self.double).sudo().write({"stage_id": self.firm.id})
        self.assertEqual(self._merge().stage_id, self.firm)

    def test_holds_of_both_go_on(self):
        hold = self.env["collections.hold"].create(
            {
                "profile_id": self._profile(self.double).id,
                "effect": "silence",
                "date_end": self.today + timedelta(days=9),
            }
        )
        profile = self._merge()
        self.assertEqual(hold.profile_id, profile)
        self._run()
        self.assertEqual(profile.hold_effect, "silence")

    def test_an_opt_out_of_either_goes_on(self):
        self._profile(self.double)._opt_out("sms", "link", partner=self.double)
        self._profile(self.double)._opt_out("letter", "person")
        profile = self._merge()
        self.assertEqual(
            {(o.channel, o.partner_id) for o in profile.optout_ids},
            {
                ("sms", self.customer),
                ("letter", self.env["res.partner"]),
            },
        )

    def test_the_same_opt_out_of_both_is_kept_once_and_in_the_history(self):
        for partner in self.customer | self.double:
            self._profile(partner)._opt_out("sms", "link", partner=partner)
            self._profile(partner)._opt_out("letter", "person")
        profile = self._merge()
        self.assertEqual(
            sorted(profile.optout_ids.mapped("channel")), ["letter", "sms"]
        )
        history = profile.with_context(active_test=False).optout_ids
        self.assertEqual(len(history), 4)

    def test_a_revoked_opt_out_stays_revoked(self):
        self._profile(self.double)._opt_out("sms", "link").active = False
        self.assertFalse(self._merge().optout_ids)

    def test_a_pin_of_the_one_that_goes_is_kept(self):
        self._profile(self.double)._pin("collector", self.manager, "Knows them")
        profile = self._merge()
        self.assertEqual(profile.pin_ids.kind, "collector")
        self.assertEqual(profile.collector_id, self.manager)

    def test_where_both_are_pinned_the_one_that_stays_wins(self):
        self._profile()._pin("collector", self.collector, "Mine")
        self._profile(self.double)._pin("collector", self.manager, "Knows them")
        profile = self._merge()
        self.assertEqual(profile.collector_id, self.collector)
        self.assertEqual(len(profile.pin_ids), 1)
        self.assertEqual(len(profile.with_context(active_test=False).pin_ids), 2)

    def test_the_hours_of_the_one_that_goes_are_kept(self):
        double = self._profile(self.double).with_user(self.collector)
        double.write({"contact_hour_from": 9.5, "contact_hour_to": 12})
        profile = self._merge()
        self.assertEqual(profile.contact_hour_from, 9.5)
        self.assertEqual(profile.contact_hour_to, 12)

    def test_where_both_wish_hours_the_one_that_stays_wins(self):
        for partner, first in ((self.customer, 0), (self.double, 9)):
            self._profile(partner).with_user(self.collector).write(
                {"contact_hour_from": first, "contact_hour_to": first + 3}
            )
        profile = self._merge()
        self.assertEqual((profile.contact_hour_from, profile.contact_hour_to), (0, 3))

    def test_notes_on_the_thread_are_kept(self):
        self._profile(self.double).message_post(body="Likes flowers")
        bodies = self._merge().message_ids.mapped("body")
        self.assertIn("<p>Likes flowers</p>", bodies)

    def test_a_message_that_was_scheduled_still_leaves(self):
        scheduled = (
            self.env["mail.scheduled.message"]
            .with_user(self.collector)
            .create(
                {
                    "model": "collections.profile",
                    "res_id": self._profile(self.double).id,
                    "author_id": self.collector.partner_id.id,
                    "body": "<p>See you</p>",
                    "partner_ids": [Command.set(self.double.ids)],
                    "scheduled_date": "2026-03-10 10:00:00",
                }
            )
        )
        profile = self._merge()
        self.assertEqual(scheduled.exists().res_id, profile.id)
        with freeze_time("2026-03-10 10:30:00"):
            self.env["mail.scheduled.message"].with_user(
                self.env.ref("base.user_root")
            )._post_messages_cron()
        self.assertFalse(scheduled.exists())
        [message] = profile.message_ids.filtered(lambda m: "See you" in m.body)
        self.assertEqual(message.partner_ids, self.customer)

    def _follow(self, partner, *people):
        """Let people follow the profile of a customer, each notes alone."""
        self._profile(partner).message_subscribe(
            [person.id for person in people], self.env.ref("mail.mt_note").ids
        )

    def test_a_colleague_who_followed_goes_on_following(self):
        marta, camille = self.manager.partner_id, self.collector.partner_id
        self._follow(self.customer, camille)
        self._follow(self.double, camille, marta)
        followers = self._merge().message_follower_ids
        self.assertEqual(followers.partner_id & (marta | camille), marta | camille)
        [moved] = followers.filtered(lambda f: f.partner_id == marta)
        self.assertEqual(moved.subtype_ids, self.env.ref("mail.mt_note"))

    def test_customers_who_follow_themselves_go_on_following_other_things(self):
        self._follow(self.customer, self.customer)
        self._follow(self.double, self.double)
        elsewhere = self.env["res.partner"].create({"name": "Elsewhere"})
        elsewhere.message_subscribe(self.double.ids)
        profile = self._merge()
        self.assertIn(self.customer, profile.message_partner_ids)
        self.assertIn(self.customer, elsewhere.message_partner_ids)

    def test_a_profile_of_the_one_that_goes_alone_changes_hands(self):
        nobody = self._customer("Alma Original")
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        profile = self._profile()
        wizard._merge((self.customer | nobody).ids, nobody)
        self.env.invalidate_all()
        self.assertEqual(profile.partner_id, nobody)
        self.assertEqual(self._profile(nobody).touchpoint_ids.partner_id, nobody)

    def test_two_contacts_of_one_customer_may_be_merged(self):
        ann, anna = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": self.customer.id, "email": "a@x.example"}
                for name in ("Ann", "Anna")
            ]
        )
        for person in ann | anna:
            self._profile()._opt_out("email", "link", partner=person)
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((ann | anna).ids, ann)
        self.env.invalidate_all()
        self.assertEqual(self._profile().optout_ids.partner_id, ann)
        history = self._profile().with_context(active_test=False).optout_ids
        self.assertEqual(len(history), 2)

    def test_money_of_a_contact_that_is_merged_away_is_no_longer_the_firms(self):
        firm = self._customer("Bruno Cars")
        self._invoice(30, days_late=20, partner=firm)
        self.double.write({"is_company": False, "parent_id": firm.id})
        self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.double.id,
                "amount": 20,
                "journal_id": self.company_data["default_journal_cash"].id,
            }
        ).action_post()
        self._run()
        self.env["collections.profile"]._refresh_stale(self.company)
        self.assertEqual(self._profile(firm).amount_collectible, 60)
        self._merge()
        self.env["collections.profile"]._refresh_stale(self.company)
        self.assertEqual(self._profile(firm).amount_collectible, 80)
        self.assertLedgerAddsUp()

    def test_an_archived_customer_still_owes(self):
        self.customer.active = False
        self._run()
        profile = self._profile()
        self.assertEqual(profile.amount_collectible, 100)
        self.assertEqual(profile.next_code, "archived")
        self.assertLedgerAddsUp()

    def test_a_contact_that_moves_takes_its_debt_along(self):
        person = self._customer("Carl Clerk", is_company=False)
        self._invoice(70, days_late=5, partner=person)
        self._run()
        self.assertEqual(self._profile(person).amount_collectible, 70)
        person.sudo().parent_id = self.customer
        self._run()
        self.assertEqual(self._profile().amount_collectible, 170)
        self.assertEqual(self._profile(person).amount_collectible, 0)
        self.assertFalse(self._open_touchpoints(person))
        self.assertLedgerAddsUp()
        # Its invoices go along on the screen, too.
        self.assertEqual(self._profile().invoice_count, 2)
        self.assertEqual(self._profile(person).invoice_count, 0)

    def test_a_debt_that_moved_is_seen_before_the_next_run(self):
        self.double.sudo().write({"is_company": False, "parent_id": self.customer.id})
        self.env["collections.profile"]._refresh_stale(self.company)
        self.assertEqual(self._profile().amount_collectible, 150)
        self.assertEqual(self._profile(self.double).amount_collectible, 0)
        self.assertLedgerAddsUp()

    def test_money_that_was_given_to_one_and_then_the_other_is_held_once(self):
        line = self._bank_line(60, partner=self.double)
        self._run()
        line.partner_id = self.customer
        self._profile()._refresh()
        profile = self._merge()
        profile._refresh()
        active = profile.hold_ids.filtered(lambda hold: hold.state == "active")
        self.assertEqual(active.mapped("amount"), [60])
        self.assertLedgerAddsUp()

    def test_a_promise_of_a_contact_that_moves_goes_on(self):
        person = self._customer("Carl Clerk", is_company=False)
        move = self._invoice(70, days_late=5, partner=person)
        self._run()
        items = move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        promise = self.env["collections.promise"]._give(
            self._profile(person), 70, self.today + timedelta(days=5), items
        )
        person.sudo().parent_id = self.customer
        self._run()
        self.assertFalse(promise.activity_ids)
        self.assertEqual(self._profile().amount_held, 70)
        self._pay(move)
        self._run()
        self.assertEqual(promise.state, "kept")

    def test_what_is_agreed_for_a_person_who_was_a_company_goes_on(self):
        branch = self._customer("Alma Kiosk", parent_id=self.customer.id)
        move = self._invoice(70, days_late=5, partner=branch)
        # Odoo leaves the invoices with the contact
        branch.sudo().is_company = False
        self._run()
        action = move.with_user(self.collector).action_collections_promise()
        profile = self._profile()
        self.assertEqual(action["context"]["default_profile_id"], profile.id)
        items = move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        promise = self.env["collections.promise"]._give(
            profile, 70, self.today + timedelta(days=5), items
        )
        self.assertEqual(promise.line_ids.move_line_id, items)
        self.assertEqual(profile.amount_held, 70)
