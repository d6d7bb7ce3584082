from odoo.tests import tagged

from .ledger_history import LedgerHistory


@tagged("post_install", "-at_install")
class TestLedgerProperty(LedgerHistory):
    """Whatever happens to the ledger, the sums hold and nothing is missed."""

    def test_a_first_history(self):
        self._live_through(1)

    def test_a_second_history(self):
        self._live_through(20260310)
