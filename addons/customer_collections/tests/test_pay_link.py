from unittest.mock import patch

from odoo.tests import tagged

from .text_common import CollectionsTextCommon


@tagged("post_install", "-at_install")
class TestPayLink(CollectionsTextCommon):
    """The links by which the lines of a message are paid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # In sudo: as the merge fields are.
        cls.wizard = cls.env["payment.link.wizard"].sudo()

    def _ask(self, move, amount):
        with patch.object(
            self.env.registry["payment.link.wizard"],
            "_makes_known_links",
            lambda _self: False,
        ):
            return self.wizard._get_invoice_link(move.sudo(), amount)

    def test_a_link_is_the_one_that_odoo_makes(self):
        for move in self.items:
            for amount in (move.amount_residual, 0.1 + 0.2, 1e-7, 1e16):
                link = self.wizard._get_invoice_link(move.sudo(), amount)
                self.assertEqual(link, self._ask(move, amount))
                self.assertIn(f"/my/invoices/{move.id}?access_token=", link)

    def test_an_addon_that_makes_other_links_is_asked(self):
        with patch.object(
            self.env.registry["payment.link.wizard"],
            "_prepare_anchor",
            lambda _self: "#elsewhere",
        ):
            link = self.wizard._get_invoice_link(self.late.sudo(), 10)
        self.assertTrue(link.endswith("#elsewhere"))
