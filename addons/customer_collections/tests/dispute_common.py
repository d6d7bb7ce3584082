from odoo.tests import freeze_time, new_test_user

from .common import CollectionsCommon


@freeze_time("2026-03-10 09:00:00")
class DisputeCommon(CollectionsCommon):
    """A customer who owes 100, and a colleague in sales who looks into disputes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.collections_calendar_id = False
        cls.invoice = cls._invoice(100, days_late=5)
        cls._run()
        cls.profile = cls._profile()
        cls.price = cls.env.ref("customer_collections.dispute_reason_price")
        cls.sales = new_test_user(
            cls.env,
            "sales",
            groups="customer_collections.group_dispute",
            name="Saskia Sales",
            email="saskia@company.example",
        )
        cls.biller = new_test_user(
            cls.env,
            "collecting_biller",
            groups="customer_collections.group_collector,account.group_account_invoice",
        )

    @classmethod
    def _receivable(cls, move):
        return move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")

    def _dispute(self, amount=30.0, move=None, user=None, **values):
        line = self._receivable(move or self.invoice)
        user = user or self.collector
        return (
            self.env["collections.dispute"]
            .with_user(user)
            ._raise(
                self.profile.with_user(user),
                {line: amount},
                values.pop("reason", self.price),
                **values,
            )
        )
