from odoo import fields, models

from ..const import CHANNELS, REFUSALS, STAGE_KINDS, TONES, TOUCHPOINT_STATES


class CollectionsTouchpoint(models.Model):
    """Every contact with a customer, in or out: the one door out.

    An outbound touchpoint passes the gate when it is planned and again in the
    second it is sent. What was said and what was refused is kept as it was.
    """

    _name = "collections.touchpoint"
    _description = "Collections Message"
    _order = "date desc, id desc"
    _check_company_auto = True

    profile_id = fields.Many2one(
        comodel_name="collections.profile",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Recipient", index=True
    )
    run_id = fields.Many2one(
        comodel_name="collections.run",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    direction = fields.Selection(
        selection=[("out", "To the customer"), ("in", "From the customer")],
        required=True,
        default="out",
    )
    origin = fields.Selection(
        selection=[("automatic", "Automatic"), ("person", "By hand")],
        required=True,
        default="person",
    )
    channel = fields.Selection(selection=CHANNELS, required=True, default="email")
    state = fields.Selection(
        selection=TOUCHPOINT_STATES, required=True, default="planned", copy=False
    )
    # The step it takes. What it was then stays, whatever becomes of the stage.
    stage_id = fields.Many2one(comodel_name="collections.stage", ondelete="restrict")
    kind = fields.Selection(selection=STAGE_KINDS)
    tone = fields.Selection(selection=TONES)
    episode = fields.Integer(
        help="Number of the customer's period of lateness, from 1."
    )
    occurrence = fields.Integer(
        help="Tells steps of one stage apart: for a courtesy before the due date "
        "the due date as a number."
    )
    attempt = fields.Integer(
        help="0 for the first channel tried, 1 for the one it fell back to..."
    )
    # Where the customer stood before, to go back to if it never arrived.
    previous_stage_id = fields.Many2one(
        comodel_name="collections.stage", readonly=True, ondelete="set null"
    )
    previous_stage_date = fields.Date(readonly=True)
    # When: in UTC
    scheduled_at = fields.Datetime()
    date = fields.Datetime(
        string="When",
        required=True,
        default=fields.Datetime.now,
        help="Sent on, or else planned for.",
    )
    sent_at = fields.Datetime(readonly=True, copy=False)
    # What: a snapshot, immutable once sent
    line_ids = fields.One2many(
        comodel_name="collections.touchpoint.line",
        inverse_name="touchpoint_id",
        string="Items",
    )
    address = fields.Char(
        help="The e-mail address, phone number or postal address it went to."
    )
    lang = fields.Char(string="Language")
    user_id = fields.Many2one(comodel_name="res.users", string="Signed By")
    subject = fields.Char()
    body = fields.Html(sanitize_style=True)
    edited = fields.Boolean(
        readonly=True, help="A person changed the text; it is sent as it stands."
    )
    mail_message_id = fields.Many2one(
        comodel_name="mail.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    attachment_ids = fields.Many2many(comodel_name="ir.attachment", readonly=True)
    # Why, or why not
    refusal = fields.Selection(selection=REFUSALS, readonly=True, copy=False)
    refusal_note = fields.Char(readonly=True, copy=False)
    # What came of it
    outcome = fields.Selection(
        selection=[
            ("reached", "Spoke with the right person"),
            ("other_person", "Spoke with somebody else"),
            ("no_answer", "No answer"),
            ("voicemail", "Left a message"),
            ("wrong_number", "Wrong number"),
        ],
    )
    note = fields.Text()
    conversation = fields.Boolean(
        help="Somebody spoke with the customer: quiet days follow."
    )

    # Run twice, killed or raced: one step is taken once. A bounced or failed try
    # makes room for the next channel.
    _step_uniq = models.UniqueIndex(
        "(profile_id, episode, stage_id, occurrence) "
        "WHERE origin = 'automatic' AND direction = 'out' "
        "AND state NOT IN ('cancelled', 'failed', 'bounced')"
    )
    _due_idx = models.Index("(scheduled_at) WHERE state = 'scheduled'")
    _open_idx = models.Index(
        "(company_id, profile_id) WHERE state IN ('planned', 'to_approve', 'scheduled')"
    )
    _contact_idx = models.Index("(profile_id, sent_at) WHERE sent_at IS NOT NULL")


class CollectionsTouchpointLine(models.Model):
    """A receivable item as it was when it was spoken of."""

    _name = "collections.touchpoint.line"
    _description = "Item of a Collections Message"
    _order = "kind desc, currency_id, date_due, id"
    _rec_name = "name"

    touchpoint_id = fields.Many2one(
        comodel_name="collections.touchpoint",
        required=True,
        index=True,
        ondelete="cascade",
    )
    # Kept when the entry is reset and its lines are made anew.
    move_line_id = fields.Many2one(
        comodel_name="account.move.line",
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Invoice",
        index="btree_not_null",
        ondelete="set null",
    )
    name = fields.Char(string="Document")
    kind = fields.Selection(
        selection=[("overdue", "Overdue"), ("coming", "Coming due")], required=True
    )
    date_due = fields.Date()
    currency_id = fields.Many2one(comodel_name="res.currency", required=True)
    amount = fields.Monetary(
        help="What is still collectible of the item, in its currency."
    )
