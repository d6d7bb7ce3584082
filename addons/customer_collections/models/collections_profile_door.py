from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.mail import (
    email_normalize,
    email_normalize_all,
    email_split_and_normalize,
)
from odoo.tools.misc import format_datetime

# Odoo's kinds of notification that leave the house, and the channel they take.
CHANNELS_OUT = {"email": "email", "sms": "sms"}
# Nobody waits at the screen to read why one of these did not go.
UNATTENDED_TYPES = ("email", "out_of_office")
# A person's own words: they answer a customer who waits.
ANSWER_TYPES = ("comment", "sms")


class Pass(int):
    """In the context as ``collections_pass``: what is said has passed the gate.

    A class of its own, so that code alone can give it: what comes by RPC is a plain
    number.
    """


class CollectionsProfile(models.Model):
    """The second door: whatever Odoo's own tools send from a profile, whoever calls
    them, passes the gate of the first and is kept as a touchpoint."""

    _inherit = "collections.profile"

    @api.model
    def _has_pass(self):
        return isinstance(self.env.context.get("collections_pass"), Pass)

    @api.model
    def _let_out(self, contacts, by_hand):
        """Ask the gate about contacts that are about to leave: the one check for all
        that is not said through a touchpoint from the start.

        :param list contacts: one dict per recipient with ``profile_id``, ``channel``,
                              ``partner_id`` (False: an address that is nobody's) and
                              ``address``
        :param bool by_hand: a person waits for the answer
        :return: a touchpoint for each, ``scheduled`` or ``cancelled``
        :raise UserError: in words, by hand, when one customer's may not go, or none
                          of many customers'
        """
        touchpoints = self._create_thread_touchpoints(contacts)
        refusals = touchpoints._check_gate()
        if not refusals:
            return touchpoints
        alone = len(touchpoints.profile_id) == 1
        if by_hand and (alone or len(refusals) == len(touchpoints)):
            sentences = [self._explain_refusal(r) for r in refusals.values()]
            raise UserError("\n".join(dict.fromkeys(sentences)))
        refused = touchpoints.filtered(lambda t: t.id in refusals)
        for touchpoint in refused:
            refusal = refusals[touchpoint.id]
            touchpoint._cancel(refusal.code, refusal.note)
        refused._tell_refused(by_hand)
        return touchpoints

    @api.model
    def _create_thread_touchpoints(self, contacts):
        # The gate reads the whole customer, whoever writes to them.
        profiles = self.browse([contact["profile_id"] for contact in contacts]).sudo()
        # Nobody writes touchpoints: this is a door.
        return (
            self.env["collections.touchpoint"]
            .sudo()
            .create(
                [
                    {
                        "company_id": profile.company_id.id,
                        "origin": "person",
                        "state": "scheduled",
                        "episode": profile.episode,
                        "user_id": self.env.uid,
                        **contact,
                    }
                    for profile, contact in zip(profiles, contacts, strict=True)
                ]
            )
        )

    @api.model
    def _explain_refusal(self, refusal):
        """Return a refusal in words, with the time from which it may go.

        :rtype: str
        """
        if not refusal.until:
            return refusal.note
        return self.env._(
            "%(why)s It may go out from %(when)s.",
            why=refusal.note,
            when=format_datetime(self.env, refusal.until),
        )

    @api.model
    def _is_by_hand(self, message_type=None):
        """Tell whether a colleague is at the screen, to be told why not; what the
        system, a customer or the mail gateway sends is left out and kept instead."""
        user = self.env.user
        return (
            user._is_internal()
            and not user._is_superuser()
            and message_type not in UNATTENDED_TYPES
            # Whoever says so themselves is told less, and lets out no more.
            and not self.env.context.get("collections_unattended")
        )

    # === MESSAGES OF THE THREAD === #

    def _let_through(self, message, recipients):
        """Keep those recipients of a message on the thread who may get it.

        :param message: the ``mail.message`` that is being notified
        :param list recipients: as of ``_notify_get_recipients``; colleagues are free
        :return: those who may get it
        :rtype: list[dict]
        """
        self.ensure_one()
        leaving = [r for r in recipients if r["share"] and r["notif"] in CHANNELS_OUT]
        known = self._find_people([r["email_normalized"] for r in leaving])
        contacts = {}
        for position, recipient in enumerate(recipients):
            if recipient not in leaving:
                continue
            channel = CHANNELS_OUT[recipient["notif"]]
            person = self.env["res.partner"].browse(recipient["id"] or [])
            address = recipient["email_normalized"]
            if not person:
                person = known.get(address, person)
                if person and not person.partner_share:
                    continue
            contacts[position] = self._prepare_contact(channel, person, address)
        passed = self._say_on_thread(message, list(contacts.values()))
        refused = {
            position
            for position, touchpoint in zip(contacts, passed, strict=True)
            if touchpoint.state == "cancelled"
        }
        return [r for position, r in enumerate(recipients) if position not in refused]

    def _say_on_thread(self, message, contacts):
        """Pass the gate with a message and keep what becomes of it.

        :return: a touchpoint for each contact
        """
        if not contacts:
            return self.env["collections.touchpoint"]
        # A message is read here to be let out, not shown.
        message = message.sudo()
        touchpoints = self._let_out(contacts, self._is_by_hand(message.message_type))
        said = touchpoints._settle_at_door(message)
        if said and message.message_type in ANSWER_TYPES:
            self._end_reply_holds(
                self.env._("Answered by %(user)s", user=message.author_id.name)
            )
        return touchpoints

    def _prepare_contact(self, channel, person, address):
        """Return one contact for ``_let_out``; a person goes before an address."""
        self.ensure_one()
        # Their address is needed to reach them, not shown.
        person = person.sudo()
        if person:
            address = (
                person._get_phone_partner().phone_sanitized
                if channel == "sms"
                else person.email_normalized
            )
        return {
            "profile_id": self.id,
            "channel": channel,
            "partner_id": person.id,
            "address": address,
            "lang": person.lang,
        }

    @api.model
    def _get_numbers(self, recipients):
        """Return by which numbers the customers among these get a text message.

        :param list recipients: as of ``_notify_get_recipients``
        :return: numbers by the id of the person
        :rtype: dict[int, str]
        """
        ids = [r["id"] for r in recipients if r["share"] and r["notif"] == "sms"]
        # In sudo: whoever writes need not read every contact of the customer.
        people = self.env["res.partner"].sudo().browse(ids)
        return {p.id: p._get_phone_partner().phone_sanitized for p in people}

    def _find_people(self, emails):
        """Find whose addresses these are: the customer's people before others.

        :param list emails: normalized
        :rtype: dict[str, record]
        """
        emails = [email for email in emails if email]
        if not emails:
            return {}
        # In sudo: a collector need not see every contact that is written to.
        partners = (
            self.env["res.partner"].sudo().search([("email_normalized", "in", emails)])
        )
        own = self.sudo().partner_id
        return {
            partner.email_normalized: partner
            for partner in partners.sorted(
                lambda p: (not p.partner_share, p.commercial_partner_id in own)
            )
        }

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """Override of ``mail``: a colleague who answered from their own mail program
        has answered; whom they wrote to is kept."""
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        # Nobody is answered by an out-of-office note.
        if self.env.context.get("collections_automatic_reply"):
            return recipients
        for profile in self:
            if message.message_type == "email" and not profile._is_from_customer(
                message
            ):
                profile._keep_colleagues_mail(message, recipients)
        return recipients

    def _keep_colleagues_mail(self, message, recipients):
        # It came by mail: there is no user who could read it.
        message = message.sudo()
        emails = email_normalize_all(
            f"{message.incoming_email_to or ''}, {message.incoming_email_cc or ''}"
        )
        people = self._find_people(emails)
        reached = self._create_thread_touchpoints(
            [
                self._prepare_contact("email", person, email)
                for email, person in people.items()
                if person.commercial_partner_id == self.sudo().partner_id
            ]
        )
        reached._settle_at_door(message)
        # What went to colleagues alone answers nobody.
        if reached or self._has_reached(emails, recipients):
            self._end_reply_holds(
                self.env._("Answered by %(user)s", user=message.author_id.name)
            )

    def _has_reached(self, emails, recipients):
        """Tell whether a colleague's mail went to who waits for an answer: an address
        that wrote, or one of the customer's people that Odoo notified.

        :param list emails: whom it was addressed to, normalized
        :param list recipients: as of ``_notify_get_recipients``, those who got it
        :rtype: bool
        """
        # It came by mail: there is no user who could read either.
        profile_sudo = self.sudo()
        people_sudo = profile_sudo.env["res.partner"].browse(
            r["id"] for r in recipients if r["id"] and r["share"]
        )
        if profile_sudo.partner_id in people_sudo.commercial_partner_id:
            return True
        replies_sudo = profile_sudo.env["mail.message"].browse(
            profile_sudo._get_reply_holds().mapped("origin_id")
        )
        waiting = replies_sudo.exists().mapped("email_from")
        return not set(emails).isdisjoint(map(email_normalize, waiting))

    # === MAILS WITHOUT A MESSAGE ON THE THREAD === #

    @api.model
    def _let_mails_out(self, mails, by_hand):
        """Let mails out that were made without the thread: by the composer in mass
        mode, by a template or by code.

        Who may not be reached is taken out; a mail with nobody left is cancelled.

        :param mails: ``mail.mail`` of profiles
        :param bool by_hand: a person waits for the answer
        :return: the mails that may not go
        """
        contacts = []
        owners = []
        for mail in mails:
            profile = self.browse(mail.res_id)
            for person, email in profile._get_mail_recipients(mail):
                contacts.append(profile._prepare_contact("email", person, email))
                owners.append(mail)
        if not contacts:
            return mails.browse()
        touchpoints = self._let_out(contacts, by_hand)
        refused = mails.browse()
        for mail in mails:
            mine = touchpoints.browse(
                t.id
                for t, owner in zip(touchpoints, owners, strict=True)
                if owner == mail
            )
            mine._settle_at_door(mail.mail_message_id)
            mail._leave_out(mine.filtered(lambda t: t.state == "cancelled"))
            if mail.state == "cancel":
                refused |= mail
        return refused

    def _get_mail_recipients(self, mail):
        """Return the customers whom a mail goes to, as pairs of person and address."""
        people = mail.recipient_ids.filtered("partner_share")
        emails = email_split_and_normalize(
            f"{mail.email_to or ''}, {mail.email_cc or ''}"
        )
        emails = [email for _name, email in emails]
        known = self._find_people(emails)
        nobody = self.env["res.partner"]
        pairs = [(person, person.email_normalized) for person in people]
        for email in emails:
            person = known.get(email, nobody)
            if not person or person.partner_share:
                pairs.append((person, email))
        return pairs
