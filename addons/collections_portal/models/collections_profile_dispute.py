from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..const import AGAIN_MINUTES


class CollectionsProfile(models.Model):
    """What a customer says is wrong, by themselves, and how they follow it."""

    _inherit = "collections.profile"

    def _get_portal_disputes(self, person=None):
        """Return the disputes to show, the open ones first.

        :param record person: only those about documents addressed to this person
        :rtype: recordset of `collections.dispute`
        """
        self.ensure_one()
        disputes = self.env["collections.dispute"].search(
            [("profile_id", "=", self.id)], order="id desc", limit=100
        )
        if person:
            theirs = disputes.item_ids.move_id.filtered_domain(
                self._get_portal_moves_domain(person)
            )
            disputes = disputes.filtered(
                lambda dispute: not dispute.item_ids.move_id - theirs
            )
        return disputes.sorted(lambda dispute: dispute.kind == "solved")

    def _get_portal_dispute_reasons(self):
        """Return what may be wrong, in the customer's language.

        :rtype: recordset of `collections.dispute.reason`
        """
        return self.env["collections.dispute.reason"].search([], limit=100)

    def _get_portal_disputables(self, person=None):
        """Return what a customer may object to, for each company and currency: of what
        is open, as much as no agreement covers.

        :param record person: only documents addressed to this person
        :rtype: list[PayableGroup]
        """
        self.ensure_one()
        groups = []
        # One question a currency, for all of its items: a customer owes in few.
        for group in self._get_portal_payables(person):
            draft = self.env["collections.dispute"].new(
                {"profile_id": self.id, "currency_id": group.currency.id}
            )
            free = draft._get_free_amounts()
            items = [
                item._replace(amount=min(item.open, free[item.id]))
                for item in group.items
                if group.currency.compare_amounts(free.get(item.id, 0), 0) > 0
            ]
            if items:
                groups.append(group._replace(items=items))
        return groups

    def _check_portal_disputed(self, group, amounts):
        """Check what somebody objects to against what is open now.

        :param PayableGroup group: of ``_get_portal_payables``
        :param dict amounts: id of an item to an amount in the currency of the group
        :return: sentences for the customer, by id of an item
        :rtype: dict[int, str]
        """
        if group:
            # A discount is for paying: what is wrong may be all of it.
            items = [i._replace(amount=i.open, discount=0.0) for i in group.items]
            group = group._replace(items=items)
        return self._check_portal_amounts(group, amounts)

    def _dispute_on_portal(self, person, group, amounts, reason, text, files=()):
        """Open a dispute for a customer, with what they say and send.

        :param record person: who objects
        :param PayableGroup group: company and currency of what is disputed
        :param dict amounts: id of an item to the amount of it that is disputed
        :param record reason: a `collections.dispute.reason`
        :param str text: in their words
        :param files: pairs of name and content
        :return: the dispute
        :raise UserError: in words
        """
        self.ensure_one()
        if self._check_portal_disputed(group, amounts):
            raise UserError(
                self.env._("Some of it was paid meanwhile. Here is what is left.")
            )
        raised = self._get_same_dispute(amounts, reason)
        if raised:
            return raised
        lines = self.env["account.move.line"].browse(amounts)
        dispute = self.env["collections.dispute"]._raise(
            self, {line: amounts[line.id] for line in lines}, reason, source="customer"
        )
        body = Markup("<p>%s</p>") % reason.name
        if text:
            body += plaintext2html(text)
        touchpoint = dispute._log_customer_message(body, files, person)
        touchpoint.subject = self.env._(
            "%(invoices)s: %(reason)s", invoices=dispute.name, reason=reason.name
        )
        self._tell_collector(person, touchpoint.subject)
        return dispute

    def _get_same_dispute(self, amounts, reason):
        """Return the dispute that was opened just now in the same words: a form that is
        sent twice objects once. Parameters as in ``_dispute_on_portal``.

        :rtype: recordset of `collections.dispute`
        """
        since = fields.Datetime.now() - timedelta(minutes=AGAIN_MINUTES)
        raised = self.env["collections.dispute"].search(
            [
                ("profile_id", "=", self.id),
                ("reason_id", "=", reason.id),
                ("source", "=", "customer"),
                ("kind", "!=", "solved"),
                ("create_date", ">", since),
            ]
        )
        return raised.filtered(
            lambda dispute: (
                {item.move_line_id.id: item.amount for item in dispute.item_ids}
                == amounts
            )
        )[:1]
