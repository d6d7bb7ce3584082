"""People of every group, and something to hide in each of two companies."""

import csv
from pathlib import Path

from any_rows import AnyRows

from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.customer_collections.tests.common import CollectionsCommon

from devkit import manifests

# What the customer of the first company owes: a number that nothing else has
AMOUNT = 4321.09
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


def read_table():
    """Return the lines of the table, by model."""
    with TABLE.open() as lines:
        return {line["model"]: line for line in csv.DictReader(lines)}


class MatrixCommon(CollectionsCommon):
    """Two companies with a row of every model of ours, and people of each group in the
    first of them."""

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
                                "price_unit": AMOUNT if company == cls.company else 100,
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
