from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command
from odoo.tools import SQL, format_amount

from ..const import SOURCES


class CollectionsAgreement(models.AbstractModel):
    """What was agreed with a customer: a promise, a dispute, a plan.

    Each has one hold, which keeps its amounts from being chased while it lives and
    gives them back when it ends. It is judged from the ledger, never by hand, and
    never deleted.

    A model that inherits this sets ``_hold_reason``, registers itself in
    ``_get_models``, begins with ``_begin`` and judges itself in ``_judge``.
    """

    _name = "collections.agreement"
    _description = "Agreement With a Customer"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True

    # A key of the reasons of a hold
    _hold_reason = None
    _hold_effect = "exclude"

    profile_id = fields.Many2one(
        comodel_name="collections.profile",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Contact", store=True, index=True
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount = fields.Monetary(required=True, tracking=True)
    amount_received = fields.Monetary(
        string="Received",
        readonly=True,
        copy=False,
        help="Read from payments, credit notes and write-offs on its items since it "
        "began.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
    )
    source = fields.Selection(
        selection=SOURCES, string="Said By", required=True, default="collector"
    )
    date_start = fields.Date(
        string="Agreed On",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    note = fields.Text(help="For the team; the customer never sees it.")
    hold_id = fields.Many2one(
        comodel_name="collections.hold",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    line_ids = fields.One2many(related="hold_id.line_ids", string="Items")
    ended_on = fields.Date(readonly=True, copy=False)
    end_note = fields.Char(string="Why It Ended", readonly=True, copy=False)

    @api.depends("profile_id")
    def _compute_currency_id(self):
        for record in self:
            record.currency_id = record.currency_id or record.profile_id.currency_id

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise AccessError(
            self.env._(
                "What was agreed is ended, not deleted: it is part of the record."
            )
        )

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        # The one door out is the touchpoint: this thread is for colleagues.
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        return [r for r in recipients if r["id"] and not r["share"]]

    # === THE HOLD === #

    def _begin(self, items, date_end=False, order_date=None):
        """Hold what this agreement covers, from now until it ends.

        :param dict items: receivable journal item to the amount of it that is covered,
                           in its currency; all in the currency of the agreement
        :param date date_end: the last day of the hold; open for an agreement that
                              watches its own time
        :param date order_date: when it falls due: of several agreements on one item the
                                earliest is paid first
        :return: the hold
        :raise UserError: if an item is paid, of another customer or currency, or
                          covered by another agreement already
        """
        self.ensure_one()
        self._lock_customer()
        free = self._get_free_amounts()
        for line, amount in items.items():
            self._check_item(line, amount, free)
        # The hold is the system's part of it; the person's right is on the agreement.
        self.hold_id = (
            self.env["collections.hold"]
            .sudo()
            .with_context(collections_judging=True)
            .create(self._prepare_hold_values(items, date_end, order_date))
        )
        self.sudo().profile_id._redecide()
        return self.hold_id

    def _prepare_hold_values(self, items, date_end, order_date):
        """Return the values of this agreement's hold. Extend it to hold more."""
        [(partial, line)] = self.env.execute_query(
            SQL(
                """SELECT (SELECT COALESCE(MAX(id), 0) FROM account_partial_reconcile),
                          (SELECT COALESCE(MAX(id), 0) FROM account_move_line)"""
            )
        )
        residual = self._get_free_amounts(gross=True)
        return {
            "profile_id": self.profile_id.id,
            "reason": self._hold_reason,
            "effect": self._hold_effect,
            "scope": "items",
            "currency_id": self.currency_id.id,
            "date_start": self.date_start,
            "date_end": date_end,
            "user_id": self.user_id.id,
            "automatic": True,
            "origin_model": self._name,
            "origin_id": self.id,
            "order_date": order_date,
            "since_partial_id": partial,
            "since_line_id": line,
            "line_ids": [
                Command.create(
                    {
                        "move_line_id": item.id,
                        "amount": amount,
                        "amount_agreed": amount,
                        "amount_base": residual.get(item.id, 0),
                    }
                )
                for item, amount in items.items()
            ],
        }

    def _lock_customer(self):
        """Let nobody else agree something with this customer at the same time.

        :raise UserError: if somebody is doing so
        """
        try:
            self.sudo().profile_id.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is just agreeing something with %(customer)s. Try "
                    "again in a moment.",
                    customer=self.profile_id.partner_id.name,
                )
            ) from error

    def _get_free_amounts(self, items=None, gross=False):
        """Return what of each open item no agreement covers, as the ledger has it now.

        :param items: only these receivable journal items
        :param bool gross: what is open in all, covered or not
        :return: dict of journal item id to an amount in its currency, the oldest first;
                 an item that is paid is missing
        """
        self.ensure_one()
        item = self.env["collections.item"]
        for model, fnames in item._depends.items():
            self.env[model].flush_model(fnames)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.id, i.amount_residual - i.amount_pending,
                       COALESCE(a.amount, 0)
                  FROM (%(items)s) AS i
             LEFT JOIN (
                    SELECT l.move_line_id, SUM(l.amount) AS amount
                      FROM collections_hold_line l
                      JOIN collections_hold h ON h.id = l.hold_id
                     WHERE h.state = 'active' AND l.amount_agreed > 0
                       AND h.profile_id = %(profile)s
                  GROUP BY l.move_line_id
                  ) AS a ON a.move_line_id = i.id
                 WHERE i.amount_residual > 0 AND i.currency_id = %(currency)s
              ORDER BY i.date_due, i.id
                """,
                items=item._get_items_sql(
                    fields.Date.context_today(self),
                    SQL("p.id = %s", self.profile_id.id),
                ),
                profile=self.profile_id.id,
                currency=self.currency_id.id,
            )
        )
        return {
            row[0]: self.currency_id.round(
                float(row[1]) - (0 if gross else float(row[2]))
            )
            for row in rows
            if items is None or row[0] in items._ids
        }

    def _check_item(self, line, amount, free):
        """Check that an item can be covered with an amount.

        :raise UserError: in the words of the person who chose it
        """
        self.ensure_one()
        name = line.move_id.name
        currency = line.currency_id
        if line.partner_id.commercial_partner_id != self.profile_id.partner_id:
            raise UserError(
                self.env._("%(invoice)s is of another customer.", invoice=name)
            )
        if line.parent_state != "posted":
            raise UserError(
                self.env._("%(invoice)s is not posted any more.", invoice=name)
            )
        if currency != self.currency_id:
            raise UserError(
                self.env._(
                    "%(invoice)s is in %(theirs)s and this is in %(ours)s; agree on "
                    "each currency apart.",
                    invoice=name,
                    theirs=currency.name,
                    ours=self.currency_id.name,
                )
            )
        if currency.compare_amounts(amount, 0) <= 0:
            raise UserError(
                self.env._("Say how much of %(invoice)s is meant.", invoice=name)
            )
        if line.id not in free:
            raise UserError(self.env._("%(invoice)s is paid already.", invoice=name))
        if currency.compare_amounts(amount, free[line.id]) > 0:
            if currency.compare_amounts(free[line.id], 0) <= 0:
                raise UserError(
                    self.env._(
                        "%(invoice)s is covered by another promise, dispute or plan "
                        "already, or paid and on its way.",
                        invoice=name,
                    )
                )
            raise UserError(
                self.env._(
                    "Only %(free)s of %(invoice)s is open and not agreed upon "
                    "otherwise; %(amount)s is too much.",
                    free=format_amount(self.env, free[line.id], currency),
                    invoice=name,
                    amount=format_amount(self.env, amount, currency),
                )
            )

    def _end_hold(self, note):
        """Give back what is held: the ladder goes on with it.

        :param str note: why, kept with the hold
        """
        # The system's part of it, as in ``_begin``.
        self.sudo().hold_id.with_context(collections_judging=True)._end(note)

    def _get_oldest_items(self, amount=None):
        """Return which items an amount covers, the oldest that are free first.

        :param float amount: in the currency of the agreement; all that is free if None
        :return: dict of journal item to amount, in the form ``_begin`` takes
        """
        self.ensure_one()
        result = {}
        for line_id, free in self._get_free_amounts().items():
            part = free if amount is None else min(free, amount)
            if self.currency_id.compare_amounts(part, 0) <= 0:
                continue
            result[self.env["account.move.line"].browse(line_id)] = part
            if amount is not None:
                amount = self.currency_id.round(amount - part)
        return result

    # === JUDGED FROM THE LEDGER === #

    @api.model
    def _get_models(self):
        """Return the names of the models of agreements, in the order in which they are
        judged. An addon that brings one extends the list."""
        return ["collections.promise", "collections.plan", "collections.dispute"]

    @api.model
    def _judge_all(self, company, as_of, profiles=None):
        """Measure every agreement that lives and let each be judged.

        :param company: a root company
        :param date as_of: the day it is looked from
        :param profiles: only those of these customers
        """
        # The ledger speaks, whoever looks at it.
        holds = self.env["collections.hold"].sudo()
        holds = holds.with_context(collections_judging=True)
        measures = holds._measure(company, as_of, profiles)
        if not measures:
            return
        by_model = {}
        for hold in holds.browse(measures):
            by_model.setdefault(hold.origin_model, {})[hold.origin_id] = measures[
                hold.id
            ]
        for name in self._get_models():
            found = by_model.get(name)
            if found:
                records = self.env[name].with_env(holds.env)
                records.browse(found)._judge(found, as_of)
        self.env.flush_all()

    def _judge(self, measures, as_of):
        """Say how these agreements stand. Called with all that live, as the system.

        An override writes what changed and nothing else, and ends the hold of what has
        ended; it must not raise.

        :param dict measures: id of each record to its ``Measure``
        :param date as_of: the day it is looked from
        """
        for record in self:
            received = sum(amount for _day, amount in measures[record.id].received)
            if record.currency_id.compare_amounts(received, record.amount_received):
                record.amount_received = received
