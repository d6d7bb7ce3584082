import csv
from datetime import timedelta

import phonenumbers
from demo_case import MODULE, DemoCase
from lxml import etree

from odoo.tests import tagged

from devkit import manifests
from devkit.paths import ADDONS


@tagged("post_install", "-at_install")
class TestDemoCompany(DemoCase):
    def get_named(self, model):
        """Return the demo records of a model, and their names."""
        rows = self.env["ir.model.data"].search(
            [
                ("module", "=", MODULE),
                ("model", "=", model),
                ("name", "=like", r"%\_demo"),
            ]
        )
        return self.env[model].browse(rows.mapped("res_id")), rows.mapped("name")

    # === SIZE AND SHAPE === #

    def test_eighty_customers_and_eight_hundred_invoices(self):
        invoices, _names = self.get_named("account.move")
        sold = invoices.filtered(lambda m: m.move_type == "out_invoice")
        self.assertEqual(len(sold.commercial_partner_id), 80)
        self.assertTrue(780 <= len(sold) <= 850, len(sold))
        self.assertEqual(set(sold.mapped("state")), {"posted"})

    def test_invoices_span_eighteen_months_up_to_now(self):
        invoices, _names = self.get_named("account.move")
        dates = invoices.mapped("invoice_date")
        self.assertTrue(500 <= (self.day - min(dates)).days <= 560)
        self.assertTrue(1 <= (self.day - max(dates)).days <= 14)

    def test_three_currencies_with_rates_that_move_monthly(self):
        invoices, _names = self.get_named("account.move")
        self.assertEqual(
            set(invoices.currency_id.mapped("name")), {"EUR", "USD", "GBP"}
        )
        self.assertEqual(self.company.currency_id.name, "EUR")
        for code in ("USD", "GBP"):
            rates = self.env["res.currency.rate"].search(
                [
                    ("currency_id.name", "=", code),
                    ("company_id", "=", self.company.id),
                ]
            )
            self.assertGreaterEqual(len(rates), 19)
            self.assertEqual({rate.name.day for rate in rates}, {1})
            self.assertGreater(len(set(rates.mapped("rate"))), 15)

    def test_four_languages_are_spoken(self):
        invoices, _names = self.get_named("account.move")
        langs = set(invoices.commercial_partner_id.mapped("lang"))
        self.assertEqual(langs, {"en_US", "de_DE", "fr_FR", "es_ES"})
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        self.assertLessEqual(langs, installed)
        line = self.get_invoices("lindenhof").invoice_line_ids[:1]
        product = line.product_id.with_context(lang="de_DE")
        self.assertIn(product.name, line.name)

    def test_texts_of_the_desk_are_translated(self):
        template = self.env.ref(f"{MODULE}.mail_template_overdue")
        subjects = {
            template.with_context(lang=lang).subject
            for lang in ("en_US", "de_DE", "fr_FR", "es_ES")
        }
        self.assertEqual(len(subjects), 4)

    def test_every_payment_follows_its_invoice(self):
        payments, _names = self.get_named("account.payment")
        self.assertGreater(len(payments), 700)
        for payment in payments:
            self.assertLessEqual(payment.date, self.day)
            for invoice in payment.reconciled_invoice_ids:
                self.assertGreaterEqual(payment.date, invoice.invoice_date)

    def test_habits_can_be_told_apart(self):
        def late(key):
            return self.profile(key).average_days_late

        self.assertLess(late("ballyfinn"), 3)
        self.assertTrue(6 < late("liffeypoint") < 20)
        self.assertGreater(late("corban"), 25)

    def test_weekend_payers_pay_at_weekends(self):
        partners = self.demo("partner_shannonbank") | self.demo("partner_bluemesa")
        payments = self.env["account.payment"].search(
            [("partner_id", "in", partners.ids)]
        )
        self.assertGreater(len(payments), 15)
        self.assertEqual({pay.date.weekday() for pay in payments} - {5, 6}, set())

    def test_every_id_ends_in_demo(self):
        """Whatever of ours is in the database and in no file of ours is of the demo."""
        rows = self.env["ir.model.data"].search(
            [("module", "in", manifests.in_order())]
        )
        # Models and fields have ids that Odoo gives them.
        rows = rows.filtered(
            lambda r: r.model == "ir.model.access" or not r.model.startswith("ir.model")
        )
        shipped = self.get_shipped_ids()
        made = rows.filtered(lambda row: row.complete_name not in shipped)
        self.assertGreater(len(made), 1500)
        strays = made.filtered(lambda row: not row.name.endswith("_demo"))
        self.assertFalse(strays.mapped("complete_name"))
        self.assertFalse([name for name in shipped if name.endswith("_demo")])

    def get_shipped_ids(self):
        """Return the ids that the data files of our addons name.

        :rtype: set[str]
        """
        found = set()
        for module in manifests.in_order():
            for path in manifests.read()[module]["data"]:
                text = (ADDONS / module / path).read_text()
                if path.endswith(".csv"):
                    names = [row["id"] for row in csv.DictReader(text.splitlines())]
                else:
                    names = etree.fromstring(text.encode()).xpath("//@id")
                found |= {n if "." in n else f"{module}.{n}" for n in names}
        # What a scheduled job does is a record of its own.
        return found | {f"{name}_ir_actions_server" for name in found}

    def test_every_id_in_the_demo_companies_ends_in_demo(self):
        """Also one that another addon or an import would have given."""
        companies = self.company | self.service | self.branch
        seen = set()
        for name in self.env.registry:
            model = self.env[name].sudo().with_context(active_test=False)
            if not name.startswith("collections.") or not model._auto:
                continue
            field = model._fields.get("company_id")
            if model._abstract or not (field and (field.store or field.search)):
                continue
            records = model.search([("company_id", "in", companies.ids)])
            for xmlids in records._get_external_ids().values():
                seen |= {name} if xmlids else set()
                for xmlid in xmlids:
                    self.assertTrue(xmlid.endswith("_demo"), xmlid)
        self.assertLessEqual(
            {"collections.profile", "collections.run", "collections.hold"}, seen
        )

    def test_no_record_of_ours_has_another_name(self):
        """What the demo makes through the ORM carries an id; what Odoo makes of it
        (lines, entries) does not."""
        invoices = self.env["account.move"].search(
            [
                ("company_id", "child_of", (self.company | self.service).ids),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ]
        )
        named, _names = self.get_named("account.move")
        self.assertEqual(invoices, named & invoices)
        self.assertFalse(named - invoices)

    def test_addresses_are_invented(self):
        partners, _names = self.get_named("res.partner")
        for partner in partners.filtered("email"):
            self.assertTrue(partner.email.endswith(".example"), partner.email)

    def test_phone_numbers_are_valid_but_the_one_that_is_none(self):
        partners, _names = self.get_named("res.partner")
        broken = []
        for partner in partners.filtered("phone"):
            try:
                number = phonenumbers.parse(partner.phone, None)
            except phonenumbers.NumberParseException:
                broken.append(partner)
                continue
            self.assertTrue(phonenumbers.is_valid_number(number), partner.phone)
        self.assertEqual(broken, [self.demo("partner_brackenridge")])

    def test_building_again_changes_nothing(self):
        last = self.env["account.move"].search([], order="id desc", limit=1)
        self.env["collections.demo"]._build()
        self.assertEqual(
            self.env["account.move"].search([], order="id desc", limit=1), last
        )

    # === THE LEDGER === #

    def test_collectible_held_and_credits_are_the_ledger(self):
        self.check_ledger(self.company)
        self.check_ledger(self.service)

    def test_every_item_adds_up(self):
        items = self.env["collections.item"].search(
            [("company_id", "in", (self.company | self.service).ids)]
        )
        self.assertGreater(len(items), 80)
        for item in items.filtered(lambda i: i.amount_residual > 0):
            self.assertAlmostEqual(
                item.amount_collectible
                + item.amount_held
                + item.amount_pending
                + item.amount_covered,
                item.amount_residual,
                2,
                item.move_id.name,
            )

    # === THE DESK === #

    def test_nothing_was_sent(self):
        self.assertEqual(self.company.collections_mode, "preview")
        left = self.env["collections.touchpoint"].search(
            [
                ("company_id", "=", self.company.id),
                ("origin", "=", "automatic"),
                ("sent_at", "!=", False),
            ]
        )
        self.assertFalse(left)
        self.assertFalse(
            self.env["mail.mail"].search(
                [
                    ("state", "=", "outgoing"),
                    ("record_company_id", "child_of", self.company.ids),
                ]
            )
        )

    def test_the_preview_fills_the_desk(self):
        run = self.demo("run_main")
        self.assertEqual((run.state, run.mode), ("done", "preview"))
        self.assertGreater(run.planned_count, 25)
        profiles = self.env["collections.profile"].search(
            [("company_id", "=", self.company.id), ("item_count", ">", 0)]
        )
        self.assertGreater(len(profiles), 50)
        self.assertGreaterEqual(len(profiles.segment_id), 3)
        self.assertLessEqual(
            {self.demo("user_camille"), self.demo("user_jonas")},
            set(profiles.collector_id),
        )

    def test_other_companies_do_not_collect(self):
        ours = self.company | self.service | self.branch
        others = self.env["res.company"].search([("id", "not in", ours.ids)])
        self.assertEqual(set(others.mapped("collections_mode")), {"off"})

    def test_people_have_their_rights(self):
        camille, marta = self.demo("user_camille"), self.demo("user_marta")
        self.assertTrue(camille.has_group(f"{MODULE}.group_collector"))
        self.assertFalse(camille.has_group(f"{MODULE}.group_manager"))
        self.assertTrue(marta.has_group(f"{MODULE}.group_manager"))
        portal = self.demo("user_portal")
        self.assertTrue(portal.has_group("base.group_portal"))
        self.assertEqual(
            portal.partner_id.commercial_partner_id, self.demo("partner_corban")
        )
        for user in camille | marta | self.env.ref("base.user_admin"):
            self.assertEqual(user.company_id, self.company)
        profiles = self.env["collections.profile"].with_user(camille)
        self.assertGreater(profiles.search_count([]), 50)

    def test_holidays_of_this_and_the_next_year_are_known(self):
        leaves = self.company.collections_calendar_id.global_leave_ids
        for year in (self.day.year, self.day.year + 1):
            in_year = leaves.filtered(lambda leave, y=year: leave.date_to.year == y)
            self.assertEqual(len(in_year), 10)


@tagged("post_install", "-at_install")
class TestDemoCast(DemoCase):
    """Each special customer is in the state that it stands for."""

    def get_holds(self, key):
        return self.profile(key).hold_ids.filtered(lambda h: h.state == "active")

    def test_instalments_fall_due_one_by_one(self):
        invoice = self.get_invoices("ashgrove")[:1]
        due = invoice.line_ids.filtered("date_maturity").mapped("date_maturity")
        self.assertEqual(len(set(due)), 3)

    def test_part_payer_left_a_rest(self):
        states = set(
            self.env["res.partner"]
            .union(
                *(
                    self.demo(f"partner_{key}")
                    for key in ("wicklowglass", "saguaro", "saintaubrac", "tordero")
                )
            )
            .invoice_ids.mapped("payment_state")
        )
        self.assertIn("partial", states)

    def test_credit_notes_in_part_and_in_full(self):
        part = self.demo("credit_note_lougherne")
        self.assertEqual(part.payment_state, "paid")
        self.assertEqual(part.reversed_entry_id.payment_state, "partial")
        full = self.demo("credit_note_tulpenveld")
        self.assertEqual(full.reversed_entry_id.payment_state, "reversed")

    def test_own_credit_covers_the_oldest_item(self):
        credit = self.demo("credit_note_aozora")
        self.assertEqual(credit.payment_state, "not_paid")
        items = self.profile("aozora").item_ids.sorted(lambda i: (i.date_due, i.id))
        covered = items.filtered(lambda i: i.amount_residual > 0)[:1].amount_covered
        self.assertAlmostEqual(covered, credit.amount_total, 2)

    def test_loose_payments_are_credit(self):
        for key in ("quintanar", "meridian"):
            payment = self.demo(f"payment_{key}")
            self.assertFalse(payment.reconciled_invoice_ids)
            applied = self.profile(key).balance_ids.mapped("credit_applied")
            self.assertAlmostEqual(sum(applied), payment.amount)

    def test_unmatched_bank_lines_hold_their_amount(self):
        for key in ("kerouan", "greatlakes"):
            self.assertFalse(self.demo(f"bank_line_{key}").is_reconciled)
            self.assertEqual(self.get_holds(key).mapped("reason"), ["money_unmatched"])
            self.assertGreater(self.profile(key).amount_held, 0)
        self.assertFalse(self.demo("bank_line_unknown").partner_id)

    def test_bounced_invoice_is_held_and_the_address_known_bad(self):
        self.assertTrue(self.demo("partner_harrowquay").message_bounce)
        self.assertEqual(
            self.get_holds("harrowquay").mapped("reason"), ["invoice_bounced"]
        )

    def test_unsent_invoice_is_held(self):
        [hold] = self.get_holds("northgate")
        self.assertEqual(hold.reason, "invoice_unsent")
        self.assertFalse(hold.line_ids.move_id.is_move_sent)

    def test_reply_of_yesterday_pauses_the_ladder(self):
        [hold] = self.get_holds("cardigan")
        self.assertEqual((hold.reason, hold.effect), ("reply", "pause"))
        self.assertEqual(hold.date_start, self.day - timedelta(days=1))
        self.assertEqual(self.profile("cardigan").next_code, "paused")
        answer = self.profile("cardigan").touchpoint_ids.filtered(
            lambda t: t.direction == "in"
        )
        self.assertEqual(answer.date.date(), self.day - timedelta(days=1))

    def test_payment_of_this_morning_clears_the_invoice(self):
        payment = self.demo("payment_this_morning")
        self.assertEqual(payment.date, self.day)
        self.assertIn("paid", payment.reconciled_invoice_ids.mapped("payment_state"))

    def test_payment_in_process_is_on_its_way(self):
        payment = self.demo("payment_solent")
        self.assertEqual(payment.state, "in_process")
        self.assertFalse(payment.move_id)
        items = self.profile("solent").item_ids
        self.assertAlmostEqual(sum(items.mapped("amount_pending")), payment.amount)

    def test_managers_hold_is_about_to_end(self):
        [hold] = self.get_holds("odile")
        self.assertEqual(hold.date_end, self.day + timedelta(days=2))
        self.assertEqual(self.profile("odile").next_code, "paused")

    def test_excluded_invoice_is_not_chased(self):
        items = self.profile("tannbach").item_ids.filtered("no_followup")
        self.assertTrue(items)
        self.assertEqual(sum(items.mapped("amount_collectible")), 0)

    def test_pinned_collector_and_segment_stay(self):
        self.assertEqual(self.profile("hudson").collector_id, self.demo("user_jonas"))
        self.assertEqual(
            self.profile("norrvik").segment_id, self.env.ref(f"{MODULE}.segment_key")
        )
        self.assertIn("Marta", self.profile("norrvik").segment_summary)

    def test_archived_customer_is_left_to_a_person(self):
        self.assertFalse(self.demo("partner_merrow").active)
        self.assertEqual(self.profile("merrow").next_code, "archived")

    def test_opted_out_customer_is_not_written_to(self):
        planned = self.profile("foxglove").touchpoint_ids.filtered(
            lambda t: t.origin == "automatic" and t.state == "planned"
        )
        self.assertNotIn("email", planned.mapped("channel"))
        channels = self.profile("capeann").optout_ids.mapped("channel")
        self.assertEqual(set(channels), {"email", "sms", "call"})

    def test_blacklisted_address_is_known(self):
        self.assertTrue(self.demo("partner_saguaro").is_blacklisted)

    def test_customer_without_email_gets_another_channel(self):
        self.assertFalse(self.demo("partner_bogroad").email)
        planned = self.profile("bogroad").touchpoint_ids.filtered(
            lambda t: t.state == "planned"
        )
        self.assertTrue(planned)
        self.assertNotIn("email", planned.mapped("channel"))

    def test_customer_without_any_address_is_said_to_be_out_of_reach(self):
        partner = self.demo("partner_killorglin")
        self.assertFalse(partner.email or partner.phone or partner.street)
        self.assertEqual(self.profile("killorglin").next_code, "no_channel")

    def test_customers_of_far_places_have_their_own_clock(self):
        for key, zone in (
            ("kauripoint", "Pacific/Auckland"),
            ("konaridge", "Pacific/Honolulu"),
            ("kiritimati", "Pacific/Kiritimati"),
            ("hudson", "America/New_York"),
            ("crestaqua", "America/Los_Angeles"),
            ("aozora", "Asia/Tokyo"),
        ):
            self.assertIn(zone, self.profile(key).timezones.split(","))
        # A phone number of the other coast: both clocks count.
        self.assertEqual(len(self.profile("tidewater").timezones.split(",")), 2)

    def test_several_contacts_share_one_profile(self):
        corban = self.demo("partner_corban")
        self.assertGreaterEqual(len(corban.child_ids), 4)
        invoices = corban.child_ids.filtered(lambda c: c.type == "invoice").invoice_ids
        self.assertTrue(invoices)
        self.assertEqual(self.profile("corban").contact_id.type, "invoice")

    def test_customer_of_two_companies_has_two_profiles(self):
        profiles = self.env["collections.profile"].search(
            [("partner_id", "=", self.demo("partner_meridian").id)]
        )
        self.assertEqual(profiles.company_id, self.company | self.service)

    def test_branch_belongs_to_its_company(self):
        invoices = self.get_invoices("claddagh")
        self.assertEqual(invoices.company_id, self.branch)
        self.assertEqual(self.profile("claddagh").company_id, self.company)

    def test_promises_are_there_in_every_state(self):
        promises = self.env["collections.promise"].search(
            [("company_id", "=", self.company.id)]
        )
        states = dict(promises._fields["state"].selection)
        self.assertEqual(set(promises.mapped("state")), set(states))
        for promise in promises.filtered(lambda p: p.state in ("open", "to_agree")):
            self.assertAlmostEqual(
                sum(promise.line_ids.mapped("amount")), promise.amount, 2
            )

    def test_disputes_and_reasons_are_there_in_every_state(self):
        company = [("company_id", "=", self.company.id)]
        disputes = self.env["collections.dispute"].search(company)
        stages = self.env["collections.dispute.stage"].search([])
        self.assertEqual(disputes.stage_id, stages)
        for dispute in disputes.filtered(lambda d: d.kind != "solved"):
            self.assertAlmostEqual(
                sum(dispute.line_ids.mapped("amount")), dispute.amount, 2
            )
        reasons = self.env["collections.reason.entry"].search(company).reason_id
        self.assertGreaterEqual(len(reasons), 4)

    def test_plans_and_offers_are_there_in_every_state(self):
        company = [("company_id", "=", self.company.id)]
        for model in ("collections.plan", "collections.offer"):
            records = self.env[model].search(company)
            states = set(dict(records._fields["state"].selection))
            # The demo has no offer above what a collector may give up.
            self.assertEqual(set(records.mapped("state")), states - {"to_approve"})
        plans = self.env["collections.plan"].search(company)
        self.assertTrue(any(plan.to_approve for plan in plans))
        for plan in plans.filtered(lambda p: p.state != "draft"):
            self.assertAlmostEqual(
                sum(plan.instalment_ids.mapped("amount")), plan.amount, 2
            )
        offers = self.env["collections.offer"].search(company)
        self.assertEqual(set(offers.mapped("kind")), {"early", "settlement"})
        early = offers.filtered(lambda o: o.kind == "early" and o.state == "open")
        self.assertGreater(early.annual_rate, 0)
