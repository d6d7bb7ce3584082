from datetime import date, timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.tools import mute_logger

OPTOUT_SCOPE = "customer_collections.optout"
# Long after a message was read, its link must still work.
OPTOUT_LINK_DAYS = 365
# Days are counted from here: small numbers make short links.
DAY_ZERO = date(2025, 1, 1)
# A letter stays: some things have to be put in writing.
OPTOUT_CHANNELS = ("email", "sms", "call")
# Links hold the place in this list: it only grows, at its end.
LINK_CHANNELS = ("email", "sms", "call", "letter", "portal")


class CollectionsTouchpoint(models.Model):
    """The way out of a channel: one click, without a password."""

    _inherit = "collections.touchpoint"

    optout_url = fields.Char(compute="_compute_optout_url", compute_sudo=True)

    @api.depends("channel")
    def _compute_optout_url(self):
        for touchpoint in self:
            touchpoint.optout_url = touchpoint._get_optout_url(touchpoint.channel)

    def _get_optout_token(self, channel):
        self.ensure_one()
        last_day = fields.Date.today() + timedelta(days=OPTOUT_LINK_DAYS)
        return self.env["collections.link"]._sign(
            OPTOUT_SCOPE,
            [self.id, LINK_CHANNELS.index(channel), (last_day - DAY_ZERO).days],
        )

    def _get_optout_url(self, channel):
        """Return the address of the page where the recipient opts out.

        :param str channel: the channel the page proposes to leave
        :return: absolute URL, signed, for one year
        :rtype: str
        """
        self.ensure_one()
        token = self._get_optout_token(channel)
        return f"{self.get_base_url()}/my/o/{token}"

    def _get_mail_headers(self):
        """Return the headers by which mail programs offer to unsubscribe (RFC 8058).

        :rtype: dict[str, str]
        """
        self.ensure_one()
        return {
            "List-Unsubscribe": f"<{self._get_optout_url('email')}/one-click>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    @api.model
    def _from_optout_token(self, token):
        """Return whose link it is.

        :param str token: what the URL brought
        :return: the message in sudo mode, empty for a foreign or expired token,
            and the channel
        :rtype: tuple[record, str|None]
        """
        nobody = self.browse(), None
        numbers = self.env["collections.link"]._read_signed(OPTOUT_SCOPE, token)
        if not numbers:
            return nobody
        touchpoint_id, channel, last_day = numbers
        if (fields.Date.today() - DAY_ZERO).days > last_day:
            return nobody
        # In sudo: the signature is the right to act for this recipient.
        touchpoint = self.sudo().browse(touchpoint_id).exists()
        return touchpoint, LINK_CHANNELS[channel]

    def _get_optouts(self):
        """Return what keeps us from writing to this recipient, as the gate has it.

        :rtype: recordset of `collections.optout`
        """
        self.ensure_one()
        person = self._get_person()
        return self.profile_id.optout_ids.filtered(
            lambda optout: optout.active and optout._is_about(person)
        )

    def _get_person(self):
        self.ensure_one()
        return self.partner_id or self.profile_id.partner_id

    def _set_optouts(self, channels, source="link"):
        """Make the recipient opt out of these channels, and of no other.

        What was said for everybody at the customer stays; what another contact of the
        same mailbox or number said does not. Each change leaves a note on the profile.

        :param set channels: of ``OPTOUT_CHANNELS``
        :param str source: of `collections.optout`
        :return: whether anything changed
        :rtype: bool
        """
        self.ensure_one()
        person = self._get_person()
        current = self._get_optouts()
        common = set(current.filtered(lambda o: not o.partner_id).mapped("channel"))
        own = current.filtered("partner_id")
        wanted = set(channels) & set(OPTOUT_CHANNELS)
        back = own.filtered(
            lambda o: o.channel in OPTOUT_CHANNELS and o.channel not in wanted
        )
        left = sorted(wanted - common - set(own.mapped("channel")))
        back.active = False
        left = [channel for channel in left if self._create_optout(channel, source)]
        channel_field = self.env["collections.optout"]._fields["channel"]
        names = dict(channel_field._description_selection(self.env))
        if left:
            self._log_optout(
                self.env._(
                    "%(person)s does not want to be reached by %(channels)s any more.",
                    person=person.display_name,
                    channels=", ".join(names[channel] for channel in left),
                )
            )
        if back:
            self._log_optout(
                self.env._(
                    "%(person)s may be reached by %(channels)s again.",
                    person=person.display_name,
                    channels=", ".join(names[c] for c in back.grouped("channel")),
                )
            )
        return bool(left or back)

    def _create_optout(self, channel, source):
        """Create one opt-out; False when another click was quicker."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                optout = self.env["collections.optout"].create(
                    {
                        "profile_id": self.profile_id.id,
                        "partner_id": self._get_person().id,
                        "channel": channel,
                        "source": source,
                    }
                )
                optout.flush_recordset()
        except UniqueViolation:
            return False
        return True

    def _log_optout(self, text):
        self.profile_id.message_post(
            body=text, author_id=self._get_person().id, subtype_xmlid="mail.mt_note"
        )
