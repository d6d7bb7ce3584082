from odoo import models


class CollectionsDispute(models.Model):
    """A dispute in the customer's words."""

    _inherit = "collections.dispute"

    def _get_portal_state(self):
        """Return how it stands, in a sentence for the customer.

        :rtype: str
        """
        self.ensure_one()
        if self.kind == "solved":
            return {
                "credited": self.env._("Settled: we credit it"),
                "partly_credited": self.env._("Settled: we credit a part of it"),
                "goodwill": self.env._("Settled: we credit it as a goodwill"),
                "explained": self.env._("Settled: we explained it"),
                "withdrawn": self.env._("You took it back"),
                "paid": self.env._("Paid"),
            }.get(self.outcome, self.env._("Settled"))
        return {
            "new": self.env._("We received it"),
            "review": self.env._("We are looking into it"),
            "waiting": self.env._("We wait for your answer"),
        }.get(self.kind, self.env._("We are looking into it"))

    def _get_portal_talk(self, person):
        """Return what was said about it with the customer, oldest first.

        What we wrote to a colleague of theirs is theirs: it may hold a link.

        :param record person: who reads it
        :rtype: recordset of `collections.touchpoint`
        """
        self.ensure_one()
        touchpoints = self.touchpoint_ids.filtered(
            lambda t: t.state in ("sent", "delivered")
            and (t.direction == "in" or t.partner_id == person)
        )
        return touchpoints.sorted(lambda t: (t.date or t.create_date, t.id))
