from odoo import api, fields, models


class CollectionsOptout(models.Model):
    """A customer's word that a channel is not wanted. Kept as history."""

    _name = "collections.optout"
    _description = "Channel Opt-out"
    _inherit = ["collections.of.customer"]
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Person",
        index=True,
        ondelete="cascade",
        help="Empty: everybody at the customer.",
    )
    channel = fields.Selection(
        selection=[
            ("email", "E-mail"),
            ("sms", "SMS"),
            ("letter", "Letter"),
            ("call", "Call"),
        ],
        required=True,
    )
    active = fields.Boolean(default=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    source = fields.Selection(
        selection=[
            ("link", "The link in a message"),
            ("reply", "A reply"),
            ("person", "Told a colleague"),
            ("portal", "The portal"),
        ],
        required=True,
        default="person",
    )
    note = fields.Char()

    _active_uniq = models.UniqueIndex(
        "(profile_id, coalesce(partner_id, 0), channel) WHERE active",
        "This channel is opted out already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        optouts = super().create(vals_list)
        optouts._withdraw_planned()
        return optouts

    def _is_about(self, person, address=None):
        """Tell whether it keeps us from reaching a person by its channel: it is their
        own, everybody's, or that of another contact with the same mailbox or number;
        of letters that of the company whose street they go to.

        :param record person: a ``res.partner``; empty for an address alone
        :param str address: by which a person without a mailbox or number of their own
            is reached, normalized
        :rtype: bool
        """
        self.ensure_one()
        who = self.partner_id
        if not who or who == person:
            return True
        if self.channel == "letter":
            return who == person._get_postal_partner()
        address = self._get_address(person) or address
        return bool(address) and self._get_address(who) == address

    def _get_address(self, person):
        """Return the mailbox or number by which its channel reaches a person."""
        if self.channel == "email":
            return person.email_normalized
        return person._get_phone_partner().phone_sanitized

    def _withdraw_planned(self):
        """Cancel the steps that were to go by a channel that is not wanted; the next
        run finds another one. What is said of agreements looks for one at once."""
        # Whoever may note an opt-out need not write messages and figures: the door may.
        for optout in self:
            profile = optout.profile_id.sudo()
            steps, notices = (
                planned.filtered(lambda t, o=optout: t._is_opted_out_by(o))
                for planned in (
                    profile._get_planned_steps(),
                    profile._get_planned_notices(),
                )
            )
            steps._cancel(
                "opted_out", self.env._("The customer does not want this channel.")
            )
            notices._choose_written_channel()
        # What follows for the customer is the system's to work out.
        self.profile_id.sudo()._redecide()
