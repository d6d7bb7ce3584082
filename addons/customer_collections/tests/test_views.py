from lxml import etree

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestViews(CollectionsCommon):
    def _our_views(self, *types):
        data = self.env["ir.model.data"].search(
            [("module", "=", "customer_collections"), ("model", "=", "ir.ui.view")]
        )
        return (
            self.env["ir.ui.view"]
            .browse(data.mapped("res_id"))
            .filtered(lambda view: view.type in types and view.model in self.env)
        )

    def test_lists_and_groups_sort_on_stored_fields(self):
        found = 0
        for view in self._our_views("list", "search", "kanban"):
            model = self.env[view.model]
            if view.model.startswith(("res.", "account.")) or model._transient:
                continue
            arch = etree.fromstring(view.get_combined_arch())
            names = [
                safe_eval(node.get("context")).get("group_by", "").split(":")[0]
                for node in arch.iterfind(".//filter[@context]")
            ]
            order = arch.get("default_order") or ""
            names += [term.split()[0] for term in order.split(",") if term.strip()]
            names += filter(None, [arch.get("default_group_by")])
            for name in filter(None, names):
                found += 1
                field = model._fields[name]
                self.assertTrue(
                    field.store or not model._auto, f"{view.name} sorts by {name}"
                )
        self.assertGreater(found, 40)

    def test_every_screen_opens_for_those_who_may_see_it(self):
        actions = self.env["ir.model.data"].search(
            [
                ("module", "=", "customer_collections"),
                ("model", "=", "ir.actions.act_window"),
            ]
        )
        seen = 0
        for action in self.env["ir.actions.act_window"].browse(
            actions.mapped("res_id")
        ):
            model = self.env[action.res_model].with_user(self.manager)
            if action.res_model == "res.config.settings":
                continue
            views = [(False, mode) for mode in action.view_mode.split(",")]
            self.assertTrue(model.get_views(views)["views"])
            seen += 1
        self.assertGreater(seen, 20)

    def test_no_screen_offers_to_archive_a_customer(self):
        # The web client offers it where this field may be written
        profiles = self.env["collections.profile"].with_user(self.manager)
        self.assertTrue(profiles.fields_get(["active"])["active"]["readonly"])

    def test_every_empty_list_tells_what_to_do(self):
        actions = self.env["ir.model.data"].search(
            [
                ("module", "=", "customer_collections"),
                ("model", "=", "ir.actions.act_window"),
            ]
        )
        for action in self.env["ir.actions.act_window"].browse(
            actions.mapped("res_id")
        ):
            if "list" in action.view_mode:
                self.assertTrue(action.help, action.name)

    def test_the_ageing_columns_speak_the_companys_limits(self):
        self.company.write(
            {
                "collections_aging_1": 10,
                "collections_aging_2": 20,
                "collections_aging_3": 40,
                "collections_aging_4": 80,
            }
        )
        names = [f"amount_aging_{number}" for number in range(6)]
        labels = self.env["collections.profile"].fields_get(names, ["string"])
        self.assertEqual(
            [labels[name]["string"] for name in names],
            [
                "Not due",
                "1–10 days",
                "11–20 days",
                "21–40 days",
                "41–80 days",
                "Over 80 days",
            ],
        )

    def test_the_ageing_chart_says_what_the_figures_say(self):
        self._invoice(100, days_late=5)
        self._run()
        chart = self._profile().aging_chart
        self.assertEqual(
            {bucket["label"]: bucket["amount"] for bucket in chart if bucket["amount"]},
            {"1–30 days": 100},
        )

    def test_a_stage_reads_in_words(self):
        self.friendly.write({"approval": True, "minimum_amount": 0})
        self.assertEqual(
            self.friendly.summary,
            "3 days after the due date · Friendly · E-mail, or else SMS, or else "
            "Letter · a manager approves it",
        )
        self.assertTrue(self.courtesy.summary.startswith("3 days before the due date"))
        self.assertTrue(self.thanks.summary.startswith("the day it is paid"))

    def test_the_lists_say_whether_anything_is_sent(self):
        self.company.collections_mode = "preview"
        banner = self.env["collections.profile"].with_user(self.collector).get_banner()
        self.assertEqual(banner["mode"], "preview")
        self.assertFalse(banner["can_go_live"])
        banner = self.env["collections.profile"].with_user(self.manager).get_banner()
        self.assertTrue(banner["can_go_live"])

    def test_a_text_that_cannot_be_made_is_explained_on_the_message(self):
        self._invoice(100, days_late=5)
        self._run()
        touchpoint = self._open_touchpoints()
        self.assertIn("100.00", touchpoint.preview_body)
        self.friendly.email_template_id = False
        touchpoint.invalidate_recordset()
        self.assertIn("has no text", touchpoint.preview_error)

    def test_the_partner_shows_what_is_overdue(self):
        self._invoice(100, days_late=5)
        self._run()
        customer = self.customer.with_user(self.collector)
        self.assertEqual(customer.collections_amount_overdue, 100)
        self.assertEqual(customer.collections_currency_id, self.company.currency_id)

    def test_a_long_list_asks_the_database_no_more_often(self):
        def count(number):
            for position in range(number):
                partner = self._customer(f"Customer{number} {position}")
                self._invoice(100, days_late=5, partner=partner)
            self._run()
            self.env.invalidate_all()
            profiles = self.env["collections.profile"].with_user(self.collector)
            before = self.cr.sql_log_count
            found = profiles.web_search_read([], self._kanban_specification())
            self.assertGreaterEqual(found["length"], number)
            return self.cr.sql_log_count - before

        self._kanban_specification()
        count(1)
        few, many = count(2), count(20)
        self.assertLessEqual(many, few + 2)

    def _kanban_specification(self):
        return {
            "partner_id": {"fields": {"display_name": {}}},
            "amount_overdue": {},
            "amount_ledger": {},
            "currency_id": {"fields": {}},
            "next_summary": {},
            "hold_effect": {},
            "collector_id": {"fields": {"display_name": {}}},
        }
