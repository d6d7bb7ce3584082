from urllib.parse import urlencode

from odoo import api, models

from odoo.addons.payment import utils as payment_utils

# Whose links are known here; whatever else makes them is asked for each.
KNOWN_ADDONS = ("payment", "account_payment", "sale")


class PaymentLinkWizard(models.TransientModel):
    _inherit = "payment.link.wizard"

    @api.model
    def _get_invoice_link(self, move, amount):
        """Return the link by which an amount of an invoice is paid online.

        The wizard is the one place that knows how links are made, but it takes longer
        for one than all the rest of a line of a message: two tokens that it throws
        away, and a record. So it is asked only where an addon changes its links.

        :param record move: an `account.move`
        :param float amount: in the invoice's currency
        :return: absolute URL
        :rtype: str
        """
        base = move.get_base_url()
        if self._makes_known_links():
            params = {
                "move_id": move.id,
                "amount": amount,
                "payment_token": payment_utils.generate_access_token(
                    move.id, amount, env=self.env
                ),
                "payment": True,
            }
            return f"{base}{move.get_portal_url()}&{urlencode(params)}#portal_pay"
        # Never saved
        wizard = self.new(
            {
                "res_model": move._name,
                "res_id": move.id,
                "amount": amount,
                "currency_id": move.currency_id.id,
                "partner_id": move.partner_id.id,
            }
        )
        return wizard.link.replace(f"{base}//", f"{base}/")

    @api.model
    def _makes_known_links(self):
        """Return whether the last word on links is Odoo's own.

        :rtype: bool
        """
        return all(
            getattr(type(self), name).__module__.split(".")[2] in KNOWN_ADDONS
            for name in (
                "_compute_link",
                "_prepare_access_token",
                "_prepare_anchor",
                "_prepare_query_params",
                "_prepare_url",
            )
        )
