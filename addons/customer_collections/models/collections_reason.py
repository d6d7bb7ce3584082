from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import HOLD_EFFECTS, HOLD_REASONS, TONES

# Who a track asks: found anew for each customer, see ``_get_track_user``.
TRACK_PEOPLE = [
    ("collector", "The collector"),
    ("salesperson", "The salesperson"),
    ("cash", "Cash application"),
    ("manager", "A collections manager"),
]


class CollectionsReason(models.Model):
    """Why is it late? Each reason has its track: what we do next depends on why.

    A track is data: the hold it writes, whom it asks to do something, the ladder that
    applies while the reason stands, what is said to the customer, and what to agree
    upon next.
    """

    _name = "collections.reason"
    _description = "Reason for Late Payment"
    _order = "sequence, id"

    name = fields.Char(
        required=True, translate=True, help="As colleagues say it among themselves."
    )
    customer_wording = fields.Char(
        required=True,
        translate=True,
        help="As the customer would say it; shown to them.",
    )
    code = fields.Char(
        required=True, help="For integrations and texts; never shown to customers."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one(
        comodel_name="collections.reason",
        string="Part Of",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("parent_id", "=", False)],
    )
    child_ids = fields.One2many(
        comodel_name="collections.reason",
        inverse_name="parent_id",
        string="More Exactly",
    )

    # The hold it writes
    hold_effect = fields.Selection(
        selection=HOLD_EFFECTS,
        string="Hold",
        help="Empty: nothing is held.",
    )
    hold_reason = fields.Selection(selection=HOLD_REASONS, string="Shown As")
    hold_scope = fields.Selection(
        selection=[
            ("items", "What it is about"),
            ("all", "The whole customer"),
        ],
        string="Holds",
        required=True,
        default="items",
    )
    hold_days = fields.Integer(string="For (Days)", default=14)

    # The activity it makes
    activity_type_id = fields.Many2one(
        comodel_name="mail.activity.type",
        string="Activity",
        ondelete="restrict",
        help="Empty: nobody is asked to do anything.",
    )
    activity_summary = fields.Char(string="What to Do", translate=True)
    activity_days = fields.Integer(string="Within (Working Days)", default=1)
    activity_for = fields.Selection(
        selection=TRACK_PEOPLE, string="Who", required=True, default="collector"
    )

    # The ladder
    policy_id = fields.Many2one(
        comodel_name="collections.policy",
        index="btree_not_null",
        ondelete="restrict",
        help="Applies in place of the segment's policy while the reason stands.",
    )
    pace_percent = fields.Integer(
        string="Delays of the Ladder (%)",
        required=True,
        default=100,
        help="50 halves the days between the steps. Their order stays, and no gentler "
        "step is skipped.",
    )
    max_tone = fields.Selection(
        selection=TONES,
        string="Never Firmer Than",
        help="Nothing firmer is said while the reason stands, not even by hand.",
    )

    # What is said
    email_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Message",
        domain=[("model", "=", "collections.touchpoint")],
        ondelete="set null",
        help="Goes to the customer at once, through the gate.",
    )
    attach_invoices = fields.Boolean(
        string="Attach the Invoices",
        help="The legal PDF of each invoice that it is about.",
    )
    copy_to = fields.Selection(selection=TRACK_PEOPLE)

    next_action = fields.Selection(
        selection=[
            ("promise", "A promise"),
            ("dispute", "A dispute"),
            ("plan", "A payment plan"),
            ("hardship", "Hardship"),
        ],
        string="Then Agree On",
        help="Opens after the reason was given. What is agreed takes the place of the "
        "hold of the reason.",
    )
    inferred = fields.Boolean(
        help="Inferred when an invoice was never sent or its e-mail came back. A "
        "person's word replaces it."
    )
    track_summary = fields.Text(compute="_compute_track_summary")

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Each reason has a code of its own."
    )

    @api.depends("name", "parent_id.name")
    def _compute_display_name(self):
        for reason in self:
            reason.display_name = (
                self.env._(
                    "%(group)s: %(reason)s",
                    group=reason.parent_id.name,
                    reason=reason.name,
                )
                if reason.parent_id
                else reason.name
            )

    @api.depends(
        "hold_effect",
        "hold_days",
        "activity_summary",
        "activity_for",
        "pace_percent",
        "max_tone",
        "email_template_id",
        "policy_id",
    )
    def _compute_track_summary(self):
        for reason in self:
            reason.track_summary = "\n".join(reason._get_track_sentences())

    def _get_track_sentences(self):
        """Return what happens when this reason is given, one sentence each.

        :rtype: list[str]
        """
        self.ensure_one()
        sentences = []
        if self.hold_effect:
            effect = self._get_label("hold_effect")
            sentences.append(
                self.env._(
                    "%(effect)s for %(days)s days.", effect=effect, days=self.hold_days
                )
            )
        if self.email_template_id:
            sentences.append(
                self.env._("The customer gets the invoice again by e-mail.")
                if self.attach_invoices
                else self.env._("The customer gets an e-mail.")
            )
        if self.copy_to:
            sentences.append(
                self.env._("With a copy: %(who)s.", who=self._get_label("copy_to"))
            )
        if self.activity_type_id:
            sentences.append(
                self.env._(
                    "%(who)s: %(what)s.",
                    who=self._get_label("activity_for"),
                    what=self.activity_summary or self.activity_type_id.name,
                )
            )
        return sentences + self._get_ladder_sentences()

    def _get_ladder_sentences(self):
        """Return what becomes of the ladder, one sentence each."""
        sentences = []
        if self.policy_id:
            sentences.append(
                self.env._("“%(policy)s” applies.", policy=self.policy_id.name)
            )
        if self.pace_percent < 100:
            sentences.append(
                self.env._(
                    "The steps come sooner: %(pace)s%% of the usual days.",
                    pace=self.pace_percent,
                )
            )
        if self.max_tone:
            sentences.append(
                self.env._(
                    "Nothing is said that is firmer than “%(tone)s”.",
                    tone=self._get_label("max_tone"),
                )
            )
        return sentences

    def _get_label(self, fname):
        return dict(self._fields[fname]._description_selection(self.env))[self[fname]]

    @api.constrains("hold_effect", "hold_reason", "hold_days", "activity_days")
    def _check_hold(self):
        for reason in self:
            if reason.hold_effect and not reason.hold_reason:
                raise ValidationError(
                    self.env._(
                        "Say as what the hold of “%(reason)s” is shown.",
                        reason=reason.name,
                    )
                )
            if reason.hold_effect and reason.hold_days < 1:
                raise ValidationError(
                    self.env._(
                        "The hold of “%(reason)s” needs at least one day.",
                        reason=reason.name,
                    )
                )
            if reason.activity_days < 0:
                raise ValidationError(
                    self.env._("Days to do something cannot be negative.")
                )

    @api.constrains("pace_percent")
    def _check_pace(self):
        for reason in self:
            if not 10 <= reason.pace_percent <= 100:
                raise ValidationError(
                    self.env._(
                        "A reason shortens the delays of a ladder or leaves them: give "
                        "a percentage from 10 to 100."
                    )
                )

    @api.constrains("parent_id")
    def _check_parent(self):
        if any(
            reason.parent_id.parent_id or reason.parent_id == reason for reason in self
        ):
            raise ValidationError(
                self.env._("A reason is part of another, and that is all the depth.")
            )

    def _get_next_action(self, profile, moves):
        """Return the wizard to agree upon what this reason calls for.

        :param profile: the customer
        :param moves: the invoices it is about
        :return: an action, or False where there is none
        :rtype: dict | bool
        """
        self.ensure_one()
        xmlid = f"customer_collections.collections_{self.next_action}_wizard_action"
        if not self.next_action or not self.env.ref(xmlid, raise_if_not_found=False):
            return False
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["context"] = {
            "default_profile_id": profile.id,
            "default_move_ids": moves.ids,
        }
        return action
