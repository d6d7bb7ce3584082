from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date

from ..const import SOURCES
from .collections_hold import MANAGER_GROUP


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
    _inherit = ["collections.of.customer", "mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _begins_on = "date_start"

    # A key of the reasons of a hold
    _hold_reason = None
    _hold_effect = "exclude"

    profile_id = fields.Many2one(ondelete="restrict")
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
        default=lambda self: self.env.company._collections_today(),
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
    invoice_gone = fields.Boolean(
        readonly=True,
        copy=False,
        help="An invoice it is about was reset or cancelled; its owner was told.",
    )
    ended_on = fields.Date(readonly=True, copy=False)
    end_note = fields.Char(string="Why It Ended", readonly=True, copy=False)

    @api.depends("profile_id")
    def _compute_currency_id(self):
        for record in self:
            record.currency_id = record.currency_id or record.profile_id.currency_id

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_given(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_given(vals)
        return super().write(vals)

    def _check_given(self, vals):
        """Check that what an agreement is given is the user's to see: it is read and
        ended later, as the system. Extend it for more fields.

        :param dict vals: as for ``create`` and ``write``
        :raise AccessError: for what is of a company that is not the user's
        """
        if vals.get("hold_id"):
            self.env["collections.hold"].browse(vals["hold_id"]).check_access("read")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise AccessError(
            self.env._(
                "What was agreed is ended, not deleted: it is part of the record."
            )
        )

    def _say_by_day(self):
        """Return the customer, the amount and the day it is due, for a name."""
        self.ensure_one()
        return self.env._(
            "%(customer)s: %(amount)s by %(date)s",
            customer=self.profile_id.partner_id.name or "",
            amount=format_amount(
                self.env, self.amount, self.currency_id or self.company_id.currency_id
            ),
            date=format_date(self.env, self.date_due) if self.date_due else "",
        )

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        # The one door out is the touchpoint: this thread is for colleagues.
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        return [r for r in recipients if r["id"] and not r["share"]]

    # === WHAT A MANAGER SAYS === #

    def _is_above(self, amount, limit):
        """Tell whether an amount is above what a collector may agree to.

        :param float amount: in the currency of the agreement
        :param float limit: in the company's
        :return: False for a manager, who needs to ask nobody
        :rtype: bool
        """
        self.ensure_one()
        company = self.company_id
        value = self.currency_id._convert(
            amount, company.currency_id, company, fields.Date.context_today(self)
        )
        above = company.currency_id.compare_amounts(value, limit) > 0
        return above and not self.env.user.has_group(MANAGER_GROUP)

    def _ask_manager(self):
        """Ask a manager to say yes, in the words of ``_get_question``."""
        self.ensure_one()
        summary, note = self._get_question()
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            note=note,
            user_id=self.company_id._get_collections_manager(self.profile_id).id,
        )

    def _get_question(self):
        """Return what a manager is asked, and what they should know to say yes.

        For the models that inherit this one to fill in: each whose agreements may wait
        for a manager (those that call ``_ask_manager``) overrides it without ``super``;
        nobody asks the others.

        :return: the summary and the note of an activity
        :rtype: tuple[str, str]
        """
        raise NotImplementedError

    def _check_manager(self, message):
        """Check that a manager is at it.

        :param str message: what is said to anybody else
        :raise UserError: to anybody else
        """
        if not self.env.user.has_group(MANAGER_GROUP):
            raise UserError(message)

    # === ENDED BY A PERSON === #

    def _ask_why(self):
        """Return the action that asks why it ends before its time, and ends it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_collections.collections_withdraw_wizard_action"
        )
        action["context"] = {
            "default_model": self._name,
            "default_res_ids": str(self.ids),
        }
        return action

    def _check_why(self, note):
        """Check that there is a reason.

        :raise UserError: without one
        """
        if not (note or "").strip():
            raise UserError(self.env._("Say why, so that others understand it."))

    def _is_void(self):
        """Tell whether all that it is about was cancelled or deleted since: nobody
        broke a word."""
        self.ensure_one()
        states = set(self.line_ids.move_id.mapped("state"))
        return states <= {"cancel"}

    def _tell_gone(self):
        """Tell the owner, once, that an invoice is not in the ledger any more."""
        for record in self:
            gone = record.line_ids.move_id.filtered(lambda m: m.state != "posted")
            if bool(gone) == record.invoice_gone:
                continue
            record.invoice_gone = bool(gone)
            if gone:
                record.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._(
                        "%(invoices)s was reset or cancelled: what is agreed of it?",
                        # Without a number while it gets another journal
                        invoices=", ".join(m.name or m.display_name for m in gone),
                    ),
                    user_id=record.user_id.id,
                )

    def _tell_rewritten(self, note):
        """Tell the owner that invoices were posted again with other amounts.

        :param str note: which and how, in sentences
        """
        self.ensure_one()
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("An agreed invoice was changed: is it still right?"),
            note=note,
            user_id=self.user_id.id,
        )

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
