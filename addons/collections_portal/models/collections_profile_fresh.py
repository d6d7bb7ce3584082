from odoo import models


class CollectionsProfile(models.Model):
    """A fresh link for whoever holds an old one: only to the address on file."""

    _inherit = "collections.profile"

    def _send_fresh_portal_link(self, person, purpose="account"):
        """Send a link through the one door; at most a few in an hour.

        Nothing is raised and nothing returned: who asks learns nothing from it.

        :param record person: the `res.partner` whose address is on file
        :param str purpose: key of ``PURPOSES``
        """
        self.ensure_one()
        # In sudo: the visitor is a stranger until the fresh link arrived.
        hits = self.env["collections.portal.hit"].sudo()
        if not hits._allow("send", f"fresh{self.id}-{person.id}"):
            return
        # In sudo: as above; the link goes to the address on file.
        profile = self.sudo().with_context(lang=person.lang or self.env.lang)
        body = profile.env["ir.qweb"]._render(
            "collections_portal.message_fresh_link",
            {
                "object": profile,
                "company": profile.company_id,
                "person": person,
                "url": profile._get_portal_link(person, purpose),
                "days": profile.company_id.collections_portal_link_days,
                "helper": profile._get_portal_helper(),
            },
            minimal_qcontext=True,
        )
        profile._send_asked_for(person, profile.env._("Your link"), body)

    # === TO A COLLEAGUE === #

    def _get_portal_colleague(self, address):
        """Return the contact of the customer with this address, if they may see the
        whole account.

        :param str address: normalized
        :rtype: recordset of `res.partner`
        """
        self.ensure_one()
        people = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "=", self.partner_id.id),
                ("email_normalized", "=", address),
            ]
        )
        return people.filtered(self._is_portal_whole)[:1]

    def _send_portal_document(self, visitor, person, name, content):
        """Send a document to somebody at the customer.

        :param record visitor: the `res.partner` who asks for it
        :param record person: the recipient
        :param str name: of the file
        :param bytes content: of the file
        :return: whether it left
        :rtype: bool
        """
        self.ensure_one()
        profile = self.with_context(lang=person.lang or self.env.lang)
        body = profile.env["ir.qweb"]._render(
            "collections_portal.message_document",
            {
                "object": profile,
                "company": profile.company_id,
                "person": person,
                "helper": profile._get_portal_helper(),
            },
            minimal_qcontext=True,
        )
        return profile._send_asked_for(
            person,
            profile.env._("Your document"),
            body,
            files=[(name, content)],
            to_colleague=person != visitor,
        )

    def _send_asked_for(self, person, subject, body, files=(), to_colleague=False):
        """Send what the customer asked for, through the one door.

        :param record person: the recipient
        :param str subject: of the e-mail
        :param Markup body: of the e-mail
        :param files: pairs of name and content, to attach
        :param bool to_colleague: the recipient is not who asked for it
        :return: whether it left
        :rtype: bool
        """
        self.ensure_one()
        # In sudo: portal visitors write no touchpoints; this is the door.
        touchpoints_sudo = self.env["collections.touchpoint"].sudo()
        touchpoint = touchpoints_sudo.create(
            {
                "profile_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": person.id,
                "origin": "person",
                "channel": "email",
                "state": "scheduled",
                "subject": subject,
                "body": body,
                "edited": True,
                "asked_for": True,
                "to_colleague": to_colleague,
                "lang": person.lang,
                "episode": self.episode,
            }
        )
        touchpoint = touchpoint.with_context(collections_portal_files=list(files))
        touchpoint._dispatch()
        if touchpoint.state == "sent":
            # In sudo: a job of the system, only woken.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
            return True
        if touchpoint.state == "scheduled":
            # Asked for now, or not at all.
            touchpoint._cancel("outside_hours", touchpoint.refusal_note)
        return False
