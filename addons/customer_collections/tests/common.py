from collections import defaultdict
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.tests import freeze_time, new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

# A Tuesday, at ten in the morning in Brussels and at nine in UTC.
NOW = "2026-03-10 09:00:00"


@freeze_time(NOW)
class CollectionsCommon(AccountTestInvoicingCommon):
    """A company that is live, one customer who can be reached, a short ladder."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "customer_collections.group_manager"
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.to_date(NOW[:10])
        cls.company = cls.env.company
        cls.company.write(
            {
                "country_id": cls.env.ref("base.be").id,
                "collections_mode": "live",
            }
        )
        cls.collector = new_test_user(
            cls.env,
            "collector",
            groups="customer_collections.group_collector",
            name="Camille Collector",
            email="camille@company.example",
        )
        cls.manager = new_test_user(
            cls.env,
            "manager",
            groups="customer_collections.group_manager",
            name="Marta Manager",
            email="marta@company.example",
        )
        cls.company.collections_sender_id = cls.collector
        cls.env["collections.segment"].search([]).active = False
        cls.policy = cls.env["collections.policy"].create(
            {
                "name": "Short ladder",
                "coming_days": 14,
                "stage_ids": [
                    cls._stage("Courtesy", "before_due", -3, "helpful"),
                    cls._stage("Friendly", "overdue", 3, "friendly"),
                    cls._stage("Firm", "overdue", 15, "firm"),
                    cls._stage("Final", "overdue", 30, "final"),
                    cls._stage("Thanks", "after_paid", 0, "helpful"),
                ],
            }
        )
        cls.courtesy, cls.friendly, cls.firm, cls.final, cls.thanks = (
            cls.policy.stage_ids.sorted(lambda s: (s.kind_sequence, s.delay_days, s.id))
        )
        cls.segment = cls.env["collections.segment"].create(
            {"name": "Everybody", "domain": "[]", "policy_id": cls.policy.id}
        )
        cls.env["collections.contact.rule"].search([]).active = False
        cls.rule = cls.env["collections.contact.rule"].create(
            {"name": "Office hours", "hour_from": 8, "hour_to": 18, "holidays": False}
        )
        cls.customer = cls._customer("Alma Bakery")

    @classmethod
    def _stage(cls, name, kind, days, tone):
        kinds = {
            "before_due": "before_due",
            "overdue": "overdue",
            "after_paid": "after_paid",
        }
        template = cls.env.ref(
            f"customer_collections.mail_template_{kinds[kind]}",
        )
        return Command.create(
            {
                "name": name,
                "kind": kind,
                "delay_days": days,
                "tone": tone,
                "interval_days": 7,
                "email_template_id": template.id,
                "sms_template_id": cls.env.ref(
                    f"customer_collections.sms_template_{kinds[kind]}"
                ).id,
                "channel_ids": [
                    Command.create({"channel": "email", "sequence": 1}),
                    Command.create({"channel": "sms", "sequence": 2}),
                    Command.create({"channel": "letter", "sequence": 3}),
                ],
            }
        )

    @classmethod
    def _customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "email": f"{name.split()[0].lower()}@customer.example",
                "phone": "+32 2 555 12 12",
                "street": "Rue Neuve 1",
                "city": "Brussels",
                "zip": "1000",
                "country_id": cls.env.ref("base.be").id,
                "lang": "en_US",
                **values,
            }
        )

    @classmethod
    def _invoice(cls, amount=100.0, days_late=0, partner=None, **values):
        """Post an invoice that is late by so many days; due in the future if < 0."""
        due = cls.today - relativedelta(days=days_late)
        move = cls.env["account.move"].create(
            {
                "move_type": values.pop("move_type", "out_invoice"),
                "partner_id": (partner or cls.customer).id,
                "invoice_date": min(due, cls.today) - relativedelta(days=30),
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Flour",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [],
                            "account_id": cls.company_data[
                                "default_account_revenue"
                            ].id,
                        }
                    )
                ],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def _credit_note(cls, amount, partner=None, **values):
        return cls._invoice(amount, partner=partner, move_type="out_refund", **values)

    @classmethod
    def _pay(cls, moves, amount=None, **values):
        values = {"group_payment": True, **values}
        if amount is not None:
            values["amount"] = amount
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create(values)
            ._create_payments()
        )

    @classmethod
    def _run(cls, date=None, company=None):
        return cls.env["collections.run"]._run_company(company or cls.company, date)

    @classmethod
    def _profile(cls, partner=None, company=None):
        return cls.env["collections.profile"].search(
            [
                ("partner_id", "=", (partner or cls.customer).id),
                ("company_id", "=", (company or cls.company).id),
            ]
        )

    @classmethod
    def _open_touchpoints(cls, partner=None):
        return cls._touchpoints(partner).filtered(
            lambda t: t.state in ("planned", "to_approve", "scheduled")
        )

    @classmethod
    def _touchpoints(cls, partner=None):
        return cls.env["collections.touchpoint"].search(
            [("profile_id.partner_id", "=", (partner or cls.customer).id)], order="id"
        )

    @classmethod
    def _dispatch(cls):
        """Send what is due now, as the scheduled job does."""
        touchpoints = cls.env["collections.touchpoint"]
        return touchpoints.search(touchpoints._get_dispatch_domain())._dispatch()

    def assertLedgerAddsUp(self, company=None):
        """Σ collectible + Σ held + Σ credits = the ledger, per customer and currency.

        The ledger is read by the ORM, apart from the query under test.
        """
        company = company or self.company
        ledger = defaultdict(float)
        for partner, currency, amount in self.env["account.move.line"]._read_group(
            [
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
                ("account_id.non_trade", "=", False),
                ("reconciled", "=", False),
                ("company_id", "child_of", company.id),
                ("partner_id", "!=", False),
            ],
            ["partner_id", "currency_id"],
            ["amount_residual_currency:sum"],
        ):
            ledger[(partner.commercial_partner_id, currency)] += amount
        balances = self.env["collections.balance"].search(
            [("profile_id.company_id", "=", company.id)]
        )
        found = {}
        for balance in balances:
            key = (balance.profile_id.partner_id, balance.currency_id)
            found[key] = balance
            self.assertGreaterEqual(balance.amount_collectible, 0, key)
            self.assertGreaterEqual(balance.amount_held, 0, key)
            self.assertGreaterEqual(balance.credit_applied, 0, key)
            self.assertLessEqual(balance.amount_credit, 0, key)
            total = (
                balance.amount_collectible + balance.amount_held + balance.amount_credit
            )
            self.assertEqual(
                balance.currency_id.compare_amounts(total, balance.amount_ledger),
                0,
                key,
            )
            self.assertIn(key, ledger)
        for key, amount in ledger.items():
            if key[1].is_zero(amount) and key not in found:
                continue
            self.assertEqual(
                key[1].compare_amounts(found[key].amount_ledger, amount), 0, key
            )

    # === MONEY ON ITS WAY === #

    def _pay_without_entry(self, moves, amount=None, **values):
        """Register a payment that Odoo keeps without a journal entry, as it does
        where bank statements make the entries."""
        journal = self.company_data["default_journal_bank"]
        journal.inbound_payment_method_line_ids.payment_account_id = False
        with patch.object(
            self.env.registry["account.move"],
            "_get_invoice_in_payment_state",
            lambda move: "in_payment",
        ):
            payment = self._pay(moves, amount, journal_id=journal.id, **values)
            self.env.flush_all()
        self.assertFalse(payment.move_id)
        return payment

    def _bank_line(self, amount, partner=None, **values):
        """Return a line of the bank statement that is matched with nothing yet."""
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "payment_ref": "Thank you",
                "partner_id": (partner or self.customer).id,
                "amount": amount,
                "date": self.today,
                **values,
            }
        )

    def _match_bank_line(self, line, move):
        """Match a bank line with an invoice, as a bookkeeper does."""
        receivable = move.line_ids.filtered(
            lambda li: li.display_type == "payment_term"
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = receivable.account_id
        (suspense | receivable).reconcile()

    def _transaction(self, moves, amount, state="pending", **values):
        """Return an online payment of these invoices in the given state."""
        provider = self.env["payment.provider"].create(
            {"name": "Provider", "code": "none", "company_id": self.company.id}
        )
        provider.support_manual_capture = "full_only"
        method = self.env.ref("payment.payment_method_unknown")
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"TX{provider.id}",
                "amount": amount,
                "currency_id": moves.currency_id.id or self.company.currency_id.id,
                "partner_id": moves.partner_id[:1].id or self.customer.id,
                "operation": "online_direct",
                "invoice_ids": [Command.set(moves.ids)],
                **values,
            }
        )
        if state != "draft":
            getattr(transaction, f"_set_{state}")()
        return transaction
