from markupsafe import Markup

from odoo import models


class MailScheduledMessage(models.Model):
    _inherit = "mail.scheduled.message"

    def _post_message(self, raise_exception=True):
        """Override of ``mail``: what was to be posted to a customer later waits for a
        permitted hour, or goes back to its author with the reason."""
        if raise_exception:
            # A person is at the screen: the gate tells them itself.
            return super()._post_message(raise_exception=True)
        ready = self
        for scheduled in self.filtered(lambda s: s.model == "collections.profile"):
            refusal = scheduled._get_collections_refusal()
            if not refusal:
                # Odoo posts it as its author, who is not there to be told.
                scheduled.send_context = {
                    **(scheduled.send_context or {}),
                    "collections_unattended": True,
                }
                continue
            ready -= scheduled
            if refusal.until:
                scheduled.scheduled_date = refusal.until
            else:
                scheduled._give_back(refusal)
        return super(MailScheduledMessage, ready)._post_message(raise_exception=False)

    def _get_collections_refusal(self):
        """Return why the message may not leave now, or None.

        :rtype: Refusal|None
        """
        self.ensure_one()
        profile = self.env["collections.profile"].browse(self.res_id)
        people = self.partner_ids
        if not self.is_note:
            people |= profile.message_partner_ids
        contacts = [
            profile._prepare_contact("email", person, None)
            for person in people.filtered("partner_share")
        ]
        if not contacts:
            return None
        probes = profile._create_thread_touchpoints(contacts)
        refusals = probes._check_gate()
        probes.unlink()
        # One who may be reached is enough; who may not is left out.
        return next(iter(refusals.values())) if len(refusals) == len(probes) else None

    def _give_back(self, refusal):
        author = self.create_uid.partner_id
        self.env["mail.thread"].message_notify(
            partner_ids=author.ids,
            subject=self.env._("A scheduled message was not sent"),
            body=Markup("<p>%s</p><hr/>%s") % (refusal.note, self.body or ""),
        )
        self.unlink()
