from datetime import timedelta

from odoo import Command

from .common import CollectionsCommon


class HoldCommon(CollectionsCommon):
    """A customer with an invoice that is late, and what holds are made of."""

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(100, days_late=5)
        self._run()
        self.profile = self._profile()

    def _hold(self, user=None, **values):
        values = {
            "profile_id": self.profile.id,
            "effect": "pause",
            "date_end": self.today + timedelta(days=3),
            **values,
        }
        return (
            self.env["collections.hold"]
            .with_user(user or self.collector)
            .create(values)
        )

    def _receivable(self, move):
        return move.line_ids.filtered(lambda li: li.display_type == "payment_term")

    def _items(self, *moves):
        return [
            Command.create({"move_line_id": self._receivable(move).id})
            for move in moves
        ]
