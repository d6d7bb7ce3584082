"""Who may do what with every model of ours, in their own company and in another's.

``access_matrix.csv`` says what is meant: r(ead), w(rite), c(reate), u(nlink) for each
group, ``own`` where another company's records are hidden, ``shared`` where there is no
company. The models come from the registry, so a model without a line fails.
"""

import csv
from pathlib import Path

from any_rows import AnyRows

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_collections.tests.common import CollectionsCommon

from devkit import manifests

TABLE = Path(__file__).with_name("access_matrix.csv")
GROUPS = {
    "dispute": "customer_collections.group_dispute",
    "collector": "customer_collections.group_collector",
    "care": "customer_collections.group_care",
    "manager": "customer_collections.group_manager",
}
# None of these may do anything with a model of ours.
OTHERS = {
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "biller": "account.group_account_invoice",
    "accountant": "account.group_account_manager",
    "settings": "base.group_system",
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
#: ways to read many: (method, arguments behind the domain)
SEARCHES = {
    "search": {},
    "search_read": {"fields": ["id"]},
    "web_search_read": {"specification": {"id": {}}},
    "formatted_read_group": {"groupby": ["id"], "aggregates": ["__count"]},
    "search_count": {},
}


def read_table():
    """Return the lines of the table, by model."""
    with TABLE.open() as lines:
        return {line["model"]: line for line in csv.DictReader(lines)}


@tagged("post_install", "-at_install")
class TestAccessMatrix(CollectionsCommon):
    """Every model, group, company and way to call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ours = manifests.in_order()
        cls.models = sorted(
            name
            for name, model in cls.env.registry.items()
            if model._original_module in ours
        )
        cls.table = read_table()
        cls.other = cls.setup_other_company(name="Other House")["company"]
        cls.other.collections_mode = "live"
        cls.users = {
            name: new_test_user(
                cls.env,
                f"matrix_{name}",
                groups=f"{group},base.group_allow_export"
                if name != "portal"
                else group,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for name, group in {**GROUPS, **OTHERS}.items()
        }
        cls.users["public"] = cls.env.ref("base.public_user")
        cls.rows = {company: cls._fill(company) for company in (cls.company, cls.other)}

    @classmethod
    def _fill(cls, company):
        """Return the maker of the rows of a company, with an invoice and a run."""
        partner = cls._customer(f"Customer of {company.name}")
        journal = cls.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
        )
        account = journal.default_account_id
        move = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": company.id,
                    "journal_id": journal.id,
                    "partner_id": partner.id,
                    "invoice_date": "2026-01-10",
                    "invoice_date_due": "2026-02-10",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Work",
                                "price_unit": 100,
                                "tax_ids": [],
                                "account_id": account.id,
                            }
                        )
                    ],
                }
            )
        )
        move.action_post()
        run = cls._run(company=company)
        profile = cls._profile(partner, company)
        item = move.line_ids.filtered(lambda li: li.account_type == "asset_receivable")
        given = {
            "collections.profile": profile.id,
            "collections.run": run.id,
            "collections.item": item.id,
            "collections.balance": profile.balance_ids.id,
            "account.move": move.id,
            "account.move.line": item.id,
            "res.partner": partner.id,
            "res.users": cls.users["dispute"].id,
            "res.currency": company.currency_id.id,
        }
        return AnyRows(cls.env, company, given)

    # === THE TABLE === #

    def test_every_model_has_a_line_in_the_table(self):
        self.assertEqual(
            sorted(self.table),
            self.models,
            f"Say in {TABLE.name} who may do what with a new model.",
        )

    # === WHO MAY WHAT === #

    @mute_logger("odoo.sql_db", "odoo.models.unlink")
    def test_everybody_may_what_the_table_says_and_nothing_else(self):
        self.wrong = []
        for name in self.models:
            if self.table[name]["kind"] in ("abstract", "figures"):
                self._look_at_rights(name)
                continue
            mine, theirs = (
                self.env[name].browse(self.rows[company].of(name))
                for company in (self.company, self.other)
            )
            self.env.flush_all()
            for who, user in self.users.items():
                rights = self.table[name].get(who) or "----"
                self._look(mine, theirs, user, rights)
        self.assertFalse(self.wrong, "\n" + "\n".join(self.wrong))

    def _look_at_rights(self, name):
        """What has no rows that can be made: the rights, and the companies' rule."""
        for who, user in self.users.items():
            rights = self.table[name].get(who) or "----"
            for letter, operation in OPERATIONS.items():
                may = self.env[name].with_user(user).has_access(operation)
                self._note(may, letter in rights, f"may {operation} {name}", user)
        if self.table[name]["company"] == "own":
            rules = self.env["ir.rule"].sudo().search([("model_id.model", "=", name)])
            if not any("company_ids" in (rule.domain_force or "") for rule in rules):
                self.wrong.append(f"{name} has no rule for companies")

    def _look(self, mine, theirs, user, rights):
        if mine._transient:
            # What somebody is writing is their own.
            self.env.cr.execute(
                f"UPDATE {mine._table} SET create_uid = %s WHERE id = %s",
                [user.id, mine.id],
            )
            self.env.invalidate_all()
        shared = self.table[mine._name]["company"] == "shared"
        model = mine.with_user(user)
        for letter, operation in OPERATIONS.items():
            allowed = letter in rights
            if operation == "create":
                self._expect(allowed, model, "create", {})
                continue
            more = {"read": [["id"]], "write": [{}]}.get(operation, [])
            self._expect(allowed, model, operation, mine.ids, *more)
            self._expect(allowed and shared, model, operation, theirs.ids, *more)
        readable = "r" in rights
        columns = (
            name
            for name, field in model._fields.items()
            if field.store and field.column_type and not field.relational
            if name not in ("id", "active")
        )
        column = next(columns, "display_name")
        # What is told in confidence leaves in no file.
        may = readable and self.table[mine._name]["export"] != "no"
        self._expect(may, model, "export_data", mine.ids, [column])
        self._expect(may and shared, model, "export_data", theirs.ids, [column])
        self._expect(readable, model, "web_read", mine.ids, {column: {}})
        self._expect(readable and shared, model, "web_read", theirs.ids, {column: {}})
        for method, more in SEARCHES.items():
            self._expect_found(readable, model, method, mine, more)
            self._expect_found(readable and shared, model, method, theirs, more)

    def _call(self, model, method, *args, **kwargs):
        """Call as a remote caller does.

        :return: (whether it was allowed, what came back)
        """
        try:
            return True, call_kw(model.browse(), method, list(args), kwargs)
        except AccessError:
            return False, None
        except UserError:
            # Who may not export at all; what writes says no for other reasons, too.
            return method != "export_data", None

    def _try(self, model, method, *args):
        """Call what writes, and undo it.

        :return: (whether it was allowed, nothing)
        """
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            return self._call(model, method, *args)
        except Exception:
            # Allowed to try: a missing value or a rule of the model says no.
            return True, None
        finally:
            # What it meant to write is forgotten, too.
            self.env.clear()
            savepoint.rollback()
            savepoint.close()

    def _expect(self, allowed, model, method, *args):
        call = self._try if method in ("write", "create", "unlink") else self._call
        found, _result = call(model, method, *args)
        self._note(found, allowed, f"calls {model._name}.{method}{args}", model)

    def _expect_found(self, allowed, model, method, record, more):
        found, result = self._call(model, method, [("id", "in", record.ids)], **more)
        if isinstance(result, dict):
            result = result["records"]
        self._note(found and result, allowed, f"finds {record} by {method}", model)

    def _note(self, may, allowed, does, model):
        if bool(may) != bool(allowed):
            no = "" if may else "not "
            login = model.login if model._name == "res.users" else model.env.user.login
            self.wrong.append(f"{login} {no}{does}")
