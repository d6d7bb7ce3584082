from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from ..const import SOURCES


class CollectionsReasonEntry(models.Model):
    """A reason that was given: by whom, when, about what. Never erased."""

    _name = "collections.reason.entry"
    _description = "Reason Given for Late Payment"
    _inherit = ["collections.of.customer"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _begins_on = "date"

    reason_id = fields.Many2one(
        comodel_name="collections.reason",
        required=True,
        index=True,
        ondelete="restrict",
    )
    whole = fields.Boolean(
        string="The Whole Customer",
        help="Said of the customer and not of particular invoices.",
    )
    line_ids = fields.Many2many(
        comodel_name="account.move.line",
        string="Items",
        help="What it is about; of the whole customer: what was open when it was said.",
    )
    documents = fields.Char(string="About", compute="_compute_documents")
    source = fields.Selection(
        selection=SOURCES, string="Said By", required=True, default="collector"
    )
    date = fields.Date(
        required=True, default=lambda self: self.env.company._collections_today()
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Taken Down By",
        help="Empty when the customer or the run wrote it.",
    )
    note = fields.Text(help="For the team; the customer never sees it.")
    hold_id = fields.Many2one(
        comodel_name="collections.hold", index="btree_not_null", ondelete="set null"
    )
    touchpoint_id = fields.Many2one(
        comodel_name="collections.touchpoint",
        string="Message",
        index="btree_not_null",
        ondelete="set null",
    )
    ended_on = fields.Date()
    end_note = fields.Char(string="Why It Ended")

    _standing_idx = models.Index("(profile_id) WHERE ended_on IS NULL")

    @api.depends("reason_id", "profile_id")
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = (
                f"{entry.profile_id.partner_id.name or ''}: "
                f"{entry.reason_id.display_name}"
            )

    @api.depends("whole", "line_ids")
    def _compute_documents(self):
        for entry in self:
            # Named as they are, whoever reads: the items are the customer's own.
            moves = entry.sudo().line_ids.move_id.sorted("id")
            names = [move.name or move.display_name for move in moves]
            if entry.whole:
                entry.documents = self.env._("The whole customer")
            elif len(names) > 3:
                entry.documents = self.env._(
                    "%(names)s and %(count)s more",
                    names=", ".join(names[:3]),
                    count=len(names) - 3,
                )
            else:
                entry.documents = ", ".join(names)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise AccessError(
            self.env._("What was said is ended, not deleted: it is part of the record.")
        )

    # === GIVEN === #

    @api.model
    def _give(self, profile, reason, items=None, source="collector", note=None):
        """Take down why it is late, and follow the track of that reason.

        A later word about the same invoices replaces an earlier one, for these; what
        was said of the whole customer stands until something else is said of the whole.
        What the figures suggest never replaces a person's word.

        :param profile: the customer; whoever may read it may say why
        :param reason: a ``collections.reason``
        :param items: receivable journal items; the whole customer if none are named
        :param str source: key of ``SOURCES``
        :param str note: for the team
        :return: the entry
        :raise UserError: if nothing is open, or an item is paid or of another customer
        """
        profile.ensure_one()
        profile.check_access("read")
        if not reason or not reason.active:
            raise UserError(self.env._("Say which reason was given."))
        # History is written by this door alone; nobody edits it.
        entries = self.sudo()
        profile = profile.sudo()
        entries._lock_profile(profile)
        about = entries._check_items(profile, items)
        note = self.env._("Replaced by “%(reason)s”", reason=reason.display_name)
        if items:
            entries._get_standing(profile, about)._replace_for(about, note)
        else:
            entries._get_standing(profile)._end(note)
        person = source != "inferred" and self.env.user._is_internal()
        entry = entries.create(
            {
                "profile_id": profile.id,
                "reason_id": reason.id,
                "whole": not items,
                "line_ids": about.ids,
                "source": source,
                "user_id": self.env.uid if person and not self.env.su else False,
                "note": note,
            }
        )
        profile._follow_reason()
        entry._follow_track()
        profile._redecide()
        profile._withdraw_unsuited(entry)
        return entry.sudo(self.env.su)

    @api.model
    def _lock_profile(self, profile):
        try:
            profile.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is just working on %(customer)s. Try again in a "
                    "moment.",
                    customer=profile.partner_id.name,
                )
            ) from error

    @api.model
    def _check_items(self, profile, items):
        """Return the items that a reason is about: those named, else what is overdue,
        else what is open.

        :raise UserError: in the words of the person who chose them
        """
        still_open = profile._get_open_items()
        if not items:
            today = fields.Date.context_today(self)
            late = still_open.filtered(lambda x: (x.date_maturity or x.date) < today)
            if not still_open:
                raise UserError(
                    self.env._(
                        "Nothing is open at %(customer)s; there is nothing to explain.",
                        customer=profile.partner_id.name,
                    )
                )
            return late or still_open
        # Who takes down a reason need not be an accountant to name an invoice.
        for line in items.sudo() - still_open:
            name = line.move_id.name
            if line.partner_id.commercial_partner_id != profile.partner_id:
                raise UserError(
                    self.env._("%(invoice)s is of another customer.", invoice=name)
                )
            raise UserError(
                self.env._(
                    "%(invoice)s is paid or not posted any more; there is nothing to "
                    "explain.",
                    invoice=name,
                )
            )
        # As above.
        return items.sudo()

    @api.model
    def _get_standing(self, profile, items=None):
        """Return the entries that stand: about these items, or about anything."""
        standing = self.search(
            [("profile_id", "=", profile.id), ("ended_on", "=", False)]
        )
        if items is None:
            return standing
        return standing.filtered(lambda e: not e.whole and e.line_ids & items)

    # === ENDED === #

    def _end(self, note):
        """End these entries and what their track holds.

        :param str note: why, kept
        """
        standing = self.filtered(lambda entry: not entry.ended_on)
        standing.write({"ended_on": fields.Date.context_today(self), "end_note": note})
        standing._end_holds(note)

    def _replace_for(self, items, note):
        """End these entries for some of their items; for the others they go on, as
        entries of their own, with what is held.

        :param items: receivable journal items
        :param str note: why, kept
        """
        for entry in self:
            rest = entry.line_ids - items
            if not rest:
                entry._end(note)
                continue
            entry._let_go(items)
            entry.copy({"line_ids": rest.ids})
            entry.write(
                {
                    "hold_id": False,
                    "ended_on": fields.Date.context_today(self),
                    "end_note": note,
                }
            )

    def _end_holds(self, note):
        """End what the track of these entries holds. A hold by a hardship rule goes
        on: its days are the rule's, whatever becomes of the reason.

        :param str note: why, kept
        """
        # In sudo: which rule it is may tell of somebody's health.
        holds = self.sudo().hold_id.filtered(lambda hold: not hold.rule_id)
        holds.with_context(collections_judging=True)._end(note)

    def action_end(self):
        """Say that the reason does not stand any more: the usual ladder goes on."""
        self.check_access("read")
        # By this door alone, as it was given.
        entries = self.sudo().filtered(lambda entry: not entry.ended_on)
        entries._end(
            self.env._("Ended by %(user)s", user=self.env.user.name),
        )
        entries.profile_id._follow_reason()
        entries.profile_id._redecide()
        return True
