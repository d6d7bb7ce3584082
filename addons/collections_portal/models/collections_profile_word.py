from datetime import datetime, time, timedelta

import pytz
from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, plaintext2html

# Half days in which somebody calls back: key, first hour, last hour.
CALL_SLOTS = (("am", 9, 12), ("pm", 13, 17))
CALL_DAYS = 4


class CollectionsProfile(models.Model):
    """What a customer tells us on their pages."""

    _inherit = "collections.profile"

    def _get_portal_reasons(self):
        """Return what a customer may say: reasons without finer ones below them.

        Nobody is offered to say that they will not pay; there is a text for that.

        :rtype: recordset of `collections.reason`
        """
        reasons = self.env["collections.reason"].search([("code", "!=", "will_not")])
        return reasons.filtered(lambda reason: not reason.child_ids & reasons)

    def _receive_portal_reason(self, person, reason, items=None, note=None):
        """Take down why it is late, as the customer says it.

        :param record person: the `res.partner` who says it
        :param record reason: a `collections.reason`
        :param items: receivable journal items; None for the whole customer
        :param str note: what they wrote
        :raise UserError: in words, when nothing is open any more
        """
        self.ensure_one()
        if items is not None and not items:
            raise UserError(
                self.env._("Nothing of yours is open: there is nothing to explain.")
            )
        # In sudo: the visitor has passed the door, and reads no profile.
        profile = self.sudo()
        profile._give_reason(reason, items=items, source="customer", note=note)
        profile._receive_portal(person, reason.customer_wording)

    def _receive_portal_word(self, person, subject, text="", files=()):
        """Keep what a customer told us, pause the reminders and ask for an answer.

        As with a reply by e-mail: it is on the thread, it is a touchpoint, and the
        ladder stands still until somebody has answered.

        :param record person: the `res.partner` who speaks
        :param str subject: what it is about, in a line
        :param str text: what they wrote
        :param files: pairs of name and content; kept with the customer, never public
        :return: of `mail.message`
        """
        self.ensure_one()
        body = Markup("<p>%s</p>") % subject
        if text:
            body += plaintext2html(text)
        # In sudo: the visitor has passed the door, and reads no profile.
        profile = self.sudo().with_context(collections_portal_word=True)
        return profile.message_post(
            body=body,
            subject=subject,
            author_id=person.id,
            email_from=person.email_formatted,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachments=list(files),
        )

    def _get_reply_channel(self, message):
        """Override: what came by these pages."""
        if self.env.context.get("collections_portal_word"):
            return "portal"
        return super()._get_reply_channel(message)

    # === CALL ME === #

    def _get_portal_zone(self):
        """Return the name of the time zone the customer's clock shows.

        :rtype: str
        """
        return self._get_likely_zone()

    def _get_portal_call_slots(self):
        """Return when somebody could call back, on the customer's clock: half days
        of the next working days, none that has begun.

        :return: dicts of ``key``, ``date``, ``hour_from``, ``hour_to``, ``label``
        :rtype: list[dict]
        """
        self.ensure_one()
        zone = pytz.timezone(self._get_portal_zone())
        now = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
        slots = []
        day = now.date()
        while len({slot["date"] for slot in slots}) < CALL_DAYS:
            for key, first, last in CALL_SLOTS:
                begins = zone.localize(datetime.combine(day, time(first)))
                if day.weekday() < 5 and begins > now:
                    slots.append(
                        {
                            "key": f"{day}-{key}",
                            "date": day,
                            "hour_from": first,
                            "hour_to": last,
                            "label": self.env._(
                                "%(day)s, %(first)s:00 to %(last)s:00",
                                day=format_date(
                                    self.env, day, date_format="EEEE d MMMM"
                                ),
                                first=first,
                                last=last,
                            ),
                        }
                    )
            day += timedelta(days=1)
        return slots

    def _receive_portal_call(self, person, slot, phone, text=""):
        """Ask the collector to call back in a slot.

        :param record person: the `res.partner` to call
        :param dict slot: of ``_get_portal_call_slots``
        :param str phone: the number to call
        :param str text: what it is about
        """
        self.ensure_one()
        zone = self._get_portal_zone()
        subject = self.env._(
            "Please call %(person)s: %(slot)s (%(zone)s), %(phone)s",
            person=person.name,
            slot=slot["label"],
            zone=zone,
            phone=phone,
        )
        self._receive_portal_word(person, subject, text)
        # In sudo: the visitor has passed the door, and writes no activities.
        profile = self.sudo()
        owner = profile.collector_id or self.env["collections.hold"]._get_default_owner(
            profile.company_id
        )
        profile.activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=slot["date"],
            user_id=owner.id,
            summary=subject,
            note=plaintext2html(text) if text else False,
        )
