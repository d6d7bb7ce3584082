from collections import Counter
from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import NOW, CollectionsCommon

# One row says that there was a run; it is written when it begins, and at its end.
OF_THE_RUN_ITSELF = {"collections_run"}


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestSecondRun(CollectionsCommon):
    """A second run of a day on which nothing changed writes next to nothing, whatever
    the ledger and the desk are full of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.collections_calendar_id = False
        cls.company.collections_hold_unsent = True
        cls.firm.approval = True
        cls.env["collections.plan.template"].create(
            {
                "name": "Four months",
                "policy_id": cls.policy.id,
                "max_days": 130,
                "first_days": 35,
                "min_instalment": 20,
            }
        )
        cls.invoices = {}
        for name, days_late in (
            ("planned", 5),
            ("courtesy", -3),
            ("waiting", -20),
            ("unreached", 5),
            ("opted_out", 5),
            ("paused", 5),
            ("silenced", 5),
            ("excluded", 5),
            ("part_held", 5),
            ("unsent", 5),
            ("unmatched", 5),
            ("pending", 5),
            ("credit", 5),
            ("promised", 5),
            ("disputed", 5),
            ("instalments", 5),
            ("pinned", 5),
            ("foreign", 5),
        ):
            partner = cls._customer(f"{name.title()} Ltd")
            cls.invoices[name] = cls._invoice(
                100, days_late=days_late, partner=partner, ref=name
            )
        cls._invoice(50, days_late=40, partner=cls.invoices["planned"].partner_id)
        franc = cls.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        cls._invoice(
            70,
            days_late=8,
            partner=cls.invoices["foreign"].partner_id,
            currency_id=franc.id,
        )
        cls.env["account.move"].search(
            [("move_type", "=", "out_invoice"), ("ref", "!=", "unsent")]
        ).is_move_sent = True
        cls._get_partner("unreached").write(
            {"email": False, "phone": False, "street": False}
        )
        cls._credit_note(30, partner=cls._get_partner("credit"))
        cls.env["account.bank.statement.line"].create(
            {
                "journal_id": cls.company_data["default_journal_bank"].id,
                "payment_ref": "Unmatched",
                "partner_id": cls._get_partner("unmatched").id,
                "amount": 60,
                "date": cls.today,
            }
        )
        cls._run()
        cls._speak()

    @classmethod
    def _get_partner(cls, name):
        return cls.invoices[name].partner_id

    @classmethod
    def _get_profile(cls, name, user=None):
        profile = cls._profile(cls._get_partner(name))
        return profile.with_user(user or cls.collector)

    @classmethod
    def _get_item(cls, name):
        return cls.invoices[name].line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    @classmethod
    def _speak(cls):
        """Let people hold, promise, dispute and pin."""
        soon = cls.today + timedelta(days=9)
        holds = cls.env["collections.hold"].with_user(cls.manager)
        for name, values in (
            # A day to look at it again, which has come
            (
                "paused",
                {"effect": "pause", "date_end": False, "date_review": cls.today},
            ),
            ("silenced", {"effect": "silence"}),
            ("excluded", {"effect": "exclude"}),
            ("part_held", {"effect": "exclude", "scope": "amount", "amount": 40}),
        ):
            profile = cls._get_profile(name)
            holds.create({"profile_id": profile.id, "date_end": soon, **values})
        for channel in ("email", "sms", "letter"):
            cls._get_profile("opted_out")._opt_out(channel, "person")
        cls.env["collections.promise"].with_user(cls.collector)._give(
            cls._get_profile("promised"), 60, soon, cls._get_item("promised")
        )
        cls.env["collections.dispute"].with_user(cls.collector)._raise(
            cls._get_profile("disputed"),
            {cls._get_item("disputed"): 30},
            cls.env.ref("customer_collections.dispute_reason_price"),
        )
        cls.env["collections.plan"].with_user(cls.collector)._propose(
            cls._get_profile("instalments"),
            cls._get_item("instalments"),
            agreed=True,
            rhythm="month",
            instalment_count=3,
            date_first=soon,
        )
        cls._get_profile("pinned", cls.manager)._pin("stage", cls.firm, "They asked")

    def _count_rows(self):
        """Return how many rows this transaction has written so far, by table and
        kind; what is temporary is no matter."""
        self.env.flush_all()
        self.cr.execute(
            """
            SELECT relname, n_tup_ins, n_tup_upd, n_tup_del
              FROM pg_stat_xact_user_tables
             WHERE schemaname NOT LIKE 'pg_temp%'
            """
        )
        return Counter(
            {
                (table, kind): count
                for table, *counts in self.cr.fetchall()
                for kind, count in zip(
                    ("inserted", "updated", "deleted"), counts, strict=True
                )
            }
        )

    def _assert_next_run_writes_nothing(self):
        before = self._count_rows()
        run = self._run()
        written = dict(self._count_rows() - before)
        of_the_run = {
            (table, kind): written.pop((table, kind))
            for table, kind in list(written)
            if table in OF_THE_RUN_ITSELF
        }
        self.assertEqual(written, {})
        self.assertEqual(of_the_run.pop(("collections_run", "inserted")), 1)
        self.assertLessEqual(sum(of_the_run.values()), 2, of_the_run)
        self.assertFalse(
            run.planned_count or run.refused_count or run.changed_count, run.read()
        )

    def test_a_second_run_writes_but_its_own_row(self):
        self._run()
        touchpoints = self.env["collections.touchpoint"].search([])
        self.assertIn("scheduled", touchpoints.mapped("state"))
        self.assertLessEqual(
            {"no_channel", "paused", "silenced"}, set(touchpoints.mapped("refusal"))
        )
        holds = self.env["collections.hold"].search([("state", "=", "active")])
        self.assertLessEqual(
            {"manual", "promise", "dispute", "plan", "invoice_unsent"}
            | {"money_unmatched"},
            set(holds.mapped("reason")),
        )
        self._assert_next_run_writes_nothing()

    def test_nor_does_it_once_messages_left_and_money_came(self):
        self._transaction(self.invoices["pending"], 100)
        self._dispatch()
        self._pay(self.invoices["planned"])
        self._pay(self.invoices["courtesy"])
        self._run()
        states = self.env["collections.touchpoint"].search([]).mapped("state")
        self.assertLessEqual({"sent", "scheduled", "cancelled"}, set(states))
        self._assert_next_run_writes_nothing()
