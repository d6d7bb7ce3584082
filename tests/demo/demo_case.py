"""What the tests of the demo company share."""

from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.sql_db import Cursor
from odoo.tests import TransactionCase

MODULE = "customer_collections"


class DemoCase(TransactionCase):
    """Looks at the demo company on the day on which it was built."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.demo("company")
        cls.service = cls.demo("company_service")
        cls.branch = cls.demo("company_branch")
        companies = cls.company | cls.branch | cls.service
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": companies.ids}
        )
        cls.day = cls.demo("run_main").date
        noon = fields.Datetime.to_datetime(cls.day).replace(hour=12)
        freezer = freeze_time(noon)
        cls.clock = freezer.start()
        cls.addClassCleanup(freezer.stop)
        # What is written carries the clock's time too, not that of the transaction:
        # whether money came after a message is read from it.
        cls.replace(Cursor, "now", lambda cr: datetime.now())

    @classmethod
    def replace(cls, owner, name, function):
        """Put a function in place of a method of ``owner`` while the class runs."""
        patcher = patch.object(owner, name, function)
        patcher.start()
        cls.addClassCleanup(patcher.stop)

    @classmethod
    def demo(cls, name):
        """Return a demo record by its id without ``_demo``."""
        return cls.env.ref(f"{MODULE}.{name}_demo")

    @classmethod
    def profile(cls, key):
        """Return the profile of a customer of the cast."""
        return cls.demo(f"profile_{key}")

    def get_invoices(self, key):
        """Return the invoices of a customer of the cast, to any of its contacts."""
        return self.env["account.move"].search(
            [
                ("commercial_partner_id", "=", self.demo(f"partner_{key}").id),
                ("move_type", "=", "out_invoice"),
            ]
        )

    def read_ledger(self, company):
        """Return what Odoo's ledger says, without any code of ours.

        :rtype: dict[tuple[int, int], float]: open amount per commercial partner
            and currency
        """
        groups = self.env["account.move.line"]._read_group(
            [
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("account_id.non_trade", "=", False),
                ("company_id", "child_of", company.ids),
            ],
            ["partner_id", "currency_id"],
            ["amount_residual_currency:sum"],
        )
        ledger = {}
        for partner, currency, amount in groups:
            key = partner.commercial_partner_id.id, currency.id
            ledger[key] = ledger.get(key, 0.0) + amount
        return {
            (partner, currency): amount
            for (partner, currency), amount in ledger.items()
            if not self.env["res.currency"].browse(currency).is_zero(amount)
        }

    def check_ledger(self, company):
        """Assert the sum that must always be true, for each customer and currency."""
        self.env.invalidate_all()
        balances = self.env["collections.balance"].search(
            [("company_id", "=", company.id)]
        )
        ledger = self.read_ledger(company)
        seen = set()
        for balance in balances:
            partner = balance.profile_id.partner_id
            key = partner.id, balance.currency_id.id
            seen.add(key)
            parts = (
                balance.amount_collectible + balance.amount_held + balance.amount_credit
            )
            who = f"{partner.name} {balance.currency_id.name}"
            self.assertAlmostEqual(parts, balance.amount_ledger, 2, who)
            self.assertAlmostEqual(parts, ledger.get(key, 0.0), 2, who)
        self.assertFalse(set(ledger) - seen, "a customer without a balance")
