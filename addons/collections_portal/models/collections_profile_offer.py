from odoo import models
from odoo.tools import format_amount


class CollectionsProfile(models.Model):
    """Offers we made, accepted by the customer."""

    _inherit = "collections.profile"

    def _get_portal_offers(self):
        """Return the offers a customer may see: those that stand, and those accepted.

        :rtype: recordset of `collections.offer`
        """
        self.ensure_one()
        return self.env["collections.offer"].search(
            [("profile_id", "=", self.id), ("state", "in", ("open", "accepted"))],
            limit=20,
        )

    def _accept_offer_on_portal(self, person, offer):
        """Take the customer's yes to an offer.

        :param record person: who says it
        :param record offer: a `collections.offer` of this customer
        :raise UserError: in words, when it does not stand any more
        """
        self.ensure_one()
        offer._lock_customer()
        offer._accept()
        self._receive_portal(
            person,
            self.env._(
                "Offer accepted: %(amount)s instead of %(covered)s",
                amount=format_amount(self.env, offer.amount, offer.currency_id),
                covered=format_amount(
                    self.env, offer.amount_covered, offer.currency_id
                ),
            ),
        )
