from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CollectionsCommon

CONFIGURATION = (
    "collections.policy",
    "collections.stage",
    "collections.stage.channel",
    "collections.segment",
    "collections.contact.rule",
    "collections.contact.rule.cap",
    "collections.team",
    "collections.team.member",
)
TIES = ("res.partner", "account.move", "account.move.line", "res.company")


class SecurityCommon(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(100, days_late=5)
        cls._run()
        cls.profile = cls._profile()
        cls.touchpoint = cls._open_touchpoints()
        cls.portal = new_test_user(
            cls.env, "collections_portal", groups="base.group_portal"
        )
        cls.portal.partner_id.parent_id = cls.customer

    @property
    def our_models(self):
        return [name for name in self.env if name.startswith("collections.")]


@tagged("post_install", "-at_install")
class TestSecurity(SecurityCommon):
    # === WHO SEES NOTHING === #

    def test_nobody_outside_the_groups_reads_our_models(self):
        outsiders = (self.portal + self.env.ref("base.public_user")).sudo()
        for login, groups in (
            ("clerk", "base.group_user"),
            ("biller", "account.group_account_invoice"),
            ("accountant", "account.group_account_user"),
        ):
            outsiders += new_test_user(self.env, login, groups=groups)
        for user in outsiders:
            for name in self.our_models:
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(
                        self.env[name].with_user(user).has_access(operation),
                        f"{user.login} may {operation} {name}",
                    )

    def test_nobody_outside_the_groups_sees_our_fields_on_odoos_models(self):
        biller = new_test_user(
            self.env, "biller", groups="account.group_account_invoice"
        )
        for user, names in ((self.portal, TIES), (biller, TIES[:3])):
            for name in names:
                seen = self.env[name].with_user(user).fields_get()
                self.assertFalse(
                    [field for field in seen if field.startswith("collections_")],
                    f"{user.login} sees our fields of {name}",
                )

    def test_a_biller_works_on_as_if_we_were_not_there(self):
        biller = new_test_user(
            self.env, "biller", groups="account.group_account_invoice"
        )
        copy = self.invoice.with_user(biller).copy({"invoice_date": self.today})
        copy.action_post()
        self.env["account.payment.register"].with_user(biller).with_context(
            active_model="account.move", active_ids=copy.ids
        ).create({})._create_payments()
        self.assertIn(copy.payment_state, ("paid", "in_payment"))

    # === COLLECTORS === #

    def test_a_collector_reads_everything_and_changes_no_policy(self):
        records = {
            "collections.policy": self.policy,
            "collections.stage": self.friendly,
            "collections.segment": self.segment,
            "collections.contact.rule": self.rule,
        }
        for name in CONFIGURATION:
            model = self.env[name].with_user(self.collector)
            self.assertTrue(model.has_access("read"), name)
            for operation in ("write", "create", "unlink"):
                self.assertFalse(model.has_access(operation), f"{operation} {name}")
        for record in records.values():
            with self.assertRaises(AccessError):
                record.with_user(self.collector).write({"name": "Mine"})

    def test_a_collector_writes_preferences_and_no_figures(self):
        profile = self.profile.with_user(self.collector)
        profile.preferred_channel = "sms"
        self.assertEqual(profile.preferred_channel, "sms")
        for values in (
            {"amount_overdue": 0},
            {"next_stage_id": False},
            {"stage_id": self.final.id},
            {"collector_id": self.collector.id},
            {"partner_id": self.company_data["company"].partner_id.id},
        ):
            with self.assertRaises(AccessError):
                profile.write(values)

    def test_a_collector_writes_no_messages_but_through_the_doors(self):
        touchpoint = self.touchpoint.with_user(self.collector)
        with self.assertRaises(AccessError):
            touchpoint.write({"state": "sent"})
        with self.assertRaises(AccessError):
            touchpoint.copy()
        touchpoint._edit("A word", "<p>Dear Alma</p>")
        self.assertTrue(touchpoint.edited)
        touchpoint._refuse("She called")
        self.assertEqual(touchpoint.refusal, "refused")

    def test_an_approved_text_that_a_collector_edits_waits_for_approval_again(self):
        self.friendly.approval = True
        self.assertEqual(self.touchpoint.state, "scheduled")
        self.touchpoint.with_user(self.manager)._edit("Mine", "<p>Mine</p>")
        self.assertEqual(self.touchpoint.state, "scheduled")
        self.touchpoint.with_user(self.collector)._edit("Hers", "<p>Hers</p>")
        self.assertEqual(self.touchpoint.state, "to_approve")

    def test_a_collector_holds_opts_out_and_pins(self):
        hold = (
            self.env["collections.hold"]
            .with_user(self.collector)
            .create(
                {
                    "profile_id": self.profile.id,
                    "effect": "pause",
                    "date_end": self.today,
                }
            )
        )
        hold.action_end()
        self.assertEqual(hold.state, "ended")
        self.env["collections.optout"].with_user(self.collector).create(
            {"profile_id": self.profile.id, "channel": "sms"}
        )
        self.profile.with_user(self.collector)._pin(
            "collector", self.collector, "Knows them well"
        )
        self.assertEqual(self.profile.collector_id, self.collector)

    def test_history_is_erased_by_nobody(self):
        for name in (
            "collections.profile",
            "collections.touchpoint",
            "collections.hold",
            "collections.pin",
            "collections.optout",
            "collections.run",
            "collections.snapshot",
        ):
            for user in (self.collector, self.manager):
                self.assertFalse(
                    self.env[name].with_user(user).has_access("unlink"), name
                )

    # === MANAGERS === #

    def test_a_manager_decides_the_policies(self):
        for name in CONFIGURATION:
            for operation in ("read", "write", "create", "unlink"):
                self.assertTrue(
                    self.env[name].with_user(self.manager).has_access(operation),
                    f"{operation} {name}",
                )

    def test_a_manager_writes_no_messages_either(self):
        with self.assertRaises(AccessError):
            self.touchpoint.with_user(self.manager).write({"subject": "Another"})

    def test_the_administrator_is_a_manager(self):
        self.assertTrue(
            self.env.ref("base.user_admin").has_group(
                "customer_collections.group_manager"
            )
        )

    # === COMPANIES === #

    def test_a_colleague_of_another_company_sees_nothing(self):
        other = self.setup_other_company(name="Other House")["company"]
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="customer_collections.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self._run()
        self._dispatch()
        for record in (
            self.profile,
            self.touchpoint,
            self.profile.item_ids,
            self.profile.balance_ids,
            self.touchpoint.line_ids,
            self.touchpoint.run_id,
        ):
            self.assertTrue(record, "There must be something to hide.")
            with self.assertRaises(AccessError):
                record.with_user(stranger).check_access("read")
            found = self.env[record._name].with_user(stranger).search([])
            self.assertFalse(found, record._name)

    def test_a_colleague_of_a_branch_sees_the_profiles_of_the_legal_entity(self):
        self.company.write({"child_ids": [Command.create({"name": "Branch"})]})
        branch = self.company.child_ids
        user = new_test_user(
            self.env,
            "brancher",
            groups="customer_collections.group_collector",
            company_id=branch.id,
            company_ids=[Command.set(branch.ids)],
        )
        profiles = self.env["collections.profile"].with_user(user)
        self.assertEqual(profiles.search([]), self.profile)
        # What is set up is the legal entity's.
        self.company.collections_aging_4 = 99
        self.assertEqual(profiles.get_banner()["mode"], "live")
        label = profiles.fields_get(["amount_aging_5"])["amount_aging_5"]["string"]
        self.assertIn("99", label)
        settings = self.env["res.config.settings"].with_company(branch).create({})
        settings.collections_reply_days = 8
        settings.execute()
        self.assertEqual(self.company.collections_reply_days, 8)

    def test_a_policy_of_one_company_is_no_business_of_another(self):
        other = self.setup_other_company(name="Other House")["company"]
        theirs = self.env["collections.policy"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        self.assertNotIn(
            theirs, self.env["collections.policy"].with_user(self.manager).search([])
        )
        self.assertIn(
            self.policy,
            self.env["collections.policy"].with_user(self.manager).search([]),
        )


@tagged("post_install", "-at_install")
class TestSecurityRpc(SecurityCommon, HttpCase):
    # A browser's session lives in real time.
    freeze_time = None

    def _call(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    @mute_logger("odoo.http")
    def test_a_portal_customer_reads_nothing_of_ours_by_rpc(self):
        self.authenticate("collections_portal", "collections_portal")
        for name in self.our_models:
            if self.env[name]._abstract:
                continue
            with self.assertRaises(JsonRpcException, msg=name):
                self._call(name, "search_read", [], ["id"])
            with self.assertRaises(JsonRpcException, msg=name):
                self._call(name, "read", [1], ["display_name"])

    @mute_logger("odoo.http")
    def test_a_portal_customer_reads_no_field_of_ours_by_rpc(self):
        self.authenticate("collections_portal", "collections_portal")
        partner, move = self.portal.partner_id, self.invoice
        for record in (partner, move, self.company):
            names = [n for n in record._fields if n.startswith("collections_")]
            self.assertTrue(names, record._name)
            for name in names:
                with self.assertRaises(JsonRpcException, msg=name):
                    self._call(record._name, "read", record.ids, [name])

    @mute_logger("odoo.http")
    def test_a_portal_customer_presses_none_of_our_buttons_by_rpc(self):
        self.authenticate("collections_portal", "collections_portal")
        for model, method, args in (
            ("collections.profile", "get_banner", []),
            ("collections.profile", "action_refresh", [self.profile.ids]),
            ("collections.profile", "action_open_items", [self.profile.ids]),
            ("collections.touchpoint", "action_approve", [self.touchpoint.ids]),
            ("collections.touchpoint", "action_send_now", [self.touchpoint.ids]),
            ("collections.go.live", "action_open", []),
            ("res.partner", "action_open_collections", [self.customer.ids]),
            ("account.move", "action_open_collections", [self.invoice.ids]),
        ):
            with self.assertRaises(JsonRpcException, msg=f"{model}.{method}"):
                self._call(model, method, *args)
