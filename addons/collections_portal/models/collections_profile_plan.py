import hashlib

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.customer_collections.tools.instalments import schedule

LIVE_STATES = ("proposed", "agreed", "active")


class CollectionsProfile(models.Model):
    """Payment plans a customer puts together by themselves."""

    _inherit = "collections.profile"

    def _get_portal_plans(self):
        """Return the plans a customer knows of, those that run first.

        :rtype: recordset of `collections.plan`
        """
        self.ensure_one()
        plans = self.env["collections.plan"].search(
            [("profile_id", "=", self.id), ("state", "!=", "draft")], limit=20
        )
        return plans.sorted(lambda plan: plan.state not in LIVE_STATES)

    def _get_plannable(self):
        """Return what a plan can be asked for: what is overdue, else all that is
        open, without what another agreement covers.

        :rtype: list[PayableGroup]
        """
        groups = []
        for group in self._get_portal_payables():
            items = [item for item in group.items if not item.label]
            late = [item for item in items if item.is_overdue]
            if items:
                groups.append(group._replace(items=late or items))
        return groups

    def _sketch_plan(self, group, terms):
        """Return a plan with these terms that is not kept anywhere.

        :param PayableGroup group: of ``_get_plannable``
        :param dict terms: values of the fields of the terms
        :return: the plan, to ask it for schedule, limits and counter-offer
        :raise UserError: in words, when the terms make no sense
        """
        self.ensure_one()
        plans = self.env["collections.plan"]
        plan = plans.new(
            {
                "profile_id": self.id,
                "template_id": plans._get_template(self).id,
                "currency_id": group.currency.id,
                "amount": group.currency.round(sum(i.open for i in group.items)),
                **terms,
            }
        )
        plan._check_terms()
        return plan

    def _get_sketch_rows(self, plan):
        """Return the schedule of a plan that is not kept: days and amounts."""
        return schedule(plan._get_terms(), plan.currency_id.rounding)

    def _plan_on_portal(self, person, group, terms, name, address):
        """Take a plan that a customer asks for: agreed at once inside the limits,
        else for a person of ours to decide.

        :param record person: who agrees
        :param PayableGroup group: of ``_get_plannable``
        :param dict terms: values of the fields of the terms
        :param str name: written by whoever accepts
        :param str address: the network address they came from
        :return: the plan
        :raise UserError: in words
        """
        self.ensure_one()
        items = self.env["account.move.line"].browse([i.id for i in group.items])
        plan = self.env["collections.plan"]._propose(
            self,
            items,
            currency_id=group.currency.id,
            source="customer",
            user_id=self._get_portal_owner().id,
            **terms,
        )
        plan._accept(name, address)
        self._receive_portal_plan(person, plan)
        return plan

    def _accept_plan_on_portal(self, person, plan, name, address):
        """Take the customer's yes to a plan that we proposed."""
        self.ensure_one()
        plan._accept(name, address)
        self._receive_portal_plan(person, plan)

    def _receive_portal_plan(self, person, plan):
        if plan.to_approve:
            subject = self.env._("Payment plan asked for: %s", plan._describe())
        else:
            subject = self.env._("Payment plan agreed: %s", plan._describe())
        self._receive_portal(person, subject)

    def _get_plan_cards(self, plan, person):
        """Return the saved cards of a person that may pay a plan by themselves.

        :rtype: recordset of `payment.token`
        """
        providers = self.env["payment.provider"].search(
            [
                ("state", "in", ("enabled", "test")),
                ("company_id", "parent_of", plan.company_id.id),
            ]
        )
        return self.env["payment.token"]._get_available_tokens(providers.ids, person.id)

    def _get_plan_amounts(self, plan):
        """Return what the next instalment pays of which item, the oldest first.

        :return: id of an item to an amount in the currency of the plan
        :rtype: dict[int, float]
        """
        still_open = plan.instalment_ids.filtered(lambda i: i.amount_left > 0)
        late = still_open.filtered(
            lambda i: i.date_due <= fields.Date.context_today(self)
        )
        rest = sum((late or still_open[:1]).mapped("amount_left"))
        return self._share_amount(plan, rest)

    def _share_amount(self, agreement, rest):
        """Return how an amount is shared out over the items of an agreement, the
        oldest first.

        :param record agreement: of `collections.agreement`
        :param float rest: in its currency
        :return: id of an item to an amount
        :rtype: dict[int, float]
        """
        amounts = {}
        # While an invoice is written anew, nothing is asked for of it.
        lines = agreement.hold_id.line_ids.filtered("move_line_id").sorted(
            lambda x: (x.date_maturity or x.move_line_id.date, x.id)
        )
        for line in lines:
            part = agreement.currency_id.round(min(line.amount, rest))
            if part > 0:
                amounts[line.move_line_id.id] = part
                rest = agreement.currency_id.round(rest - part)
        return amounts

    def _get_seen(self, plan, rows):
        """Return what stands for a schedule that is shown.

        :param record plan: of `collections.plan`
        :param rows: pairs of day and amount
        :rtype: str
        """
        digits = plan.currency_id.decimal_places
        parts = [f"{day} {amount:.{digits}f}" for day, amount in rows]
        text = "\n".join([plan.currency_id.name, *parts])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _check_seen(self, shown, seen):
        """Check that somebody accepts the schedule that they saw: invoices and offers
        change while a page is open.

        :param str shown: of ``_get_seen``, as it is now
        :param str seen: the same, as the page had it; empty for one that had none
        :raise UserError: in words
        """
        if seen and seen != shown:
            raise UserError(
                self.env._(
                    "The plan has changed since you opened this page. Look at it once "
                    "more before you agree."
                )
            )

    def _check_accepted(self, name, agree):
        """Check that somebody accepted by name and box.

        :raise UserError: in words
        """
        if not name:
            raise UserError(self.env._("Please write your name."))
        if not agree:
            raise UserError(self.env._("Please tick that you agree."))
