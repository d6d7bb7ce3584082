from odoo import fields, models
from odoo.tools import format_amount


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    collections_profile_id = fields.Many2one(
        comodel_name="collections.profile",
        string="Paid on the Account of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="account.group_account_invoice",
    )
    collections_told = fields.Char(
        readonly=True,
        copy=False,
        groups="account.group_account_invoice",
        help="The state the collector was told of last.",
    )

    def _update_state(self, *args, **kwargs):
        """Override of ``payment`` to keep on the profile what was paid, and what was
        not after all."""
        transactions = super()._update_state(*args, **kwargs)
        # In sudo: a notification of the provider comes from nobody.
        for transaction in transactions.sudo():
            # It has no language either; the customer reads of it again.
            lang = transaction.partner_id.lang or self.env.lang
            transaction = transaction.with_context(lang=lang)
            profile = transaction.collections_profile_id
            subject = profile and transaction._get_portal_subject()
            if subject and transaction.collections_told != transaction.state:
                transaction.collections_told = transaction.state
                profile._receive_portal(transaction.partner_id, subject)
        return transactions

    def _get_portal_subject(self):
        """Return what became of a payment in a few words, empty while nothing did.

        :rtype: str
        """
        self.ensure_one()
        amount = format_amount(self.env, self.amount, self.currency_id)
        if self.state in ("pending", "authorized"):
            return self.env._("Payment of %s, on its way", amount)
        if self.state == "done":
            return self.env._("Payment of %s", amount)
        if self.state == "error":
            return self.env._("Payment of %s failed", amount)
        if self.state == "cancel":
            if self.collections_told == "done":
                return self.env._("Payment of %s was taken back", amount)
            return self.env._("Payment of %s was cancelled", amount)
        return ""
