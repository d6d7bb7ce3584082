from odoo import models

# What can be left; a letter stays, because some things have to be put in writing.
OPTOUTS = ("email", "sms", "call")
# Within what the contact rules permit, on the customer's clock.
HOURS = {"any": (0.0, 0.0), "morning": (8.0, 12.0), "afternoon": (12.0, 18.0)}


class CollectionsProfile(models.Model):
    """How the customer's people wish to be reached: kept by the gate at once."""

    _inherit = "collections.profile"

    def _get_portal_optouts(self, person):
        """Return what keeps us from writing to a person, as the gate has it.

        :param record person: a `res.partner` of the customer
        :return: of their own, their mailbox's and number's; of everybody
        :rtype: tuple of recordsets of `collections.optout`
        """
        self.ensure_one()
        optouts = self.optout_ids.filtered(lambda o: o.active and o._is_about(person))
        own = optouts.filtered("partner_id")
        return own, optouts - own

    def _set_portal_optouts(self, person, channels):
        """Make a person leave these channels, and no other.

        :param record person: a `res.partner` of the customer
        :param set channels: of ``OPTOUTS``
        :return: whether anything changed
        :rtype: bool
        """
        self.ensure_one()
        own, common = self._get_portal_optouts(person)
        wanted = set(channels) & set(OPTOUTS)
        back = own.filtered(lambda o: o.channel in OPTOUTS and o.channel not in wanted)
        back.active = False
        left = sorted(wanted - set((own | common).mapped("channel")))
        for channel in left:
            self._opt_out(channel, "portal", partner=person)
        return bool(left or back)

    def _get_portal_hours(self):
        """Return which of ``HOURS`` the customer chose; empty for hours that somebody
        entered by hand.

        :rtype: str
        """
        self.ensure_one()
        hours = (self.contact_hour_from, self.contact_hour_to)
        return next((key for key, value in HOURS.items() if value == hours), "")

    def _set_portal_wishes(self, channel, hours):
        """Note how the customer wishes to be reached, and plan anew by it.

        :param str channel: key of a channel, or False for no wish
        :param str hours: key of ``HOURS``; empty to leave them as they are
        :return: whether anything changed
        :rtype: bool
        """
        self.ensure_one()
        values = {"preferred_channel": channel or False}
        if hours:
            values["contact_hour_from"], values["contact_hour_to"] = HOURS[hours]
        changed = {name: v for name, v in values.items() if self[name] != v}
        if not changed:
            return False
        # The next run finds the channel and the hour by the new wish. Messages first,
        # then the customer, as in sending: each would wait for the other.
        self._withdraw_open(
            "superseded", self.env._("The customer changed how to be reached.")
        )
        self.write(changed)
        self._get_planned_notices()._choose_written_channel()
        return True

    def _log_portal_preferences(self, person):
        """Leave a note for the collectors.

        :param record person: who changed something
        """
        self.message_post(
            body=self.env._(
                "%(person)s changed on the portal how to be reached.",
                person=person.display_name,
            ),
            author_id=person.id,
            subtype_xmlid="mail.mt_note",
        )
