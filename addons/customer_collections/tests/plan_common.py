from dateutil.relativedelta import relativedelta

from odoo.tests import freeze_time

from .common import NOW, CollectionsCommon


@freeze_time(NOW)
class PlanCommon(CollectionsCommon):
    """A customer with two late invoices, whose policy offers plans."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.collections_calendar_id = False
        cls.template = cls.env["collections.plan.template"].create(
            {
                "name": "Four months",
                "policy_id": cls.policy.id,
                "max_days": 130,
                "first_days": 35,
                "min_instalment": 20,
            }
        )
        cls.first = cls._invoice(100, days_late=20)
        cls.second = cls._invoice(200, days_late=5)
        cls._run()
        cls.profile = cls._profile()

    @classmethod
    def _day(cls, days):
        return cls.today + relativedelta(days=days)

    @classmethod
    def _items(cls, moves):
        return moves.line_ids.filtered(lambda x: x.account_type == "asset_receivable")

    @classmethod
    def _plan(cls, moves=None, user=None, agreed=True, profile=None, **values):
        user = user or cls.collector
        return (
            cls.env["collections.plan"]
            .with_user(user)
            ._propose(
                (profile or cls.profile).with_user(user),
                moves and cls._items(moves),
                agreed=agreed,
                **{
                    "rhythm": "month",
                    "instalment_count": 3,
                    "date_first": cls._day(10),
                    **values,
                },
            )
            .with_env(cls.env)
        )

    def _at(self, days, hour=9):
        """Live on another day, at ten in the morning in Brussels unless said."""
        return freeze_time(f"{self._day(days)} {hour:02}:00:00")

    def _run_at(self, days):
        with self._at(days):
            return self._run(self._day(days))

    def assertPlanAddsUp(self, plan):
        """Σ to pay of the plan = Σ what it still holds, to the cent."""
        held = sum(plan.hold_id.line_ids.mapped("amount"))
        left = sum(plan.instalment_ids.mapped("amount_left"))
        self.assertEqual(plan.currency_id.compare_amounts(left, held), 0, (left, held))
        for line in plan.hold_id.line_ids:
            self.assertGreaterEqual(
                plan.currency_id.compare_amounts(
                    max(0, line.move_line_id.amount_residual_currency), line.amount
                ),
                0,
            )
