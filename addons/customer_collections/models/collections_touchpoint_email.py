import logging

import psycopg2

from odoo import models
from odoo.tools import SQL

from ..tools.pdf_time_limit import pdf_time_limit
from .collections_profile_door import Pass

_logger = logging.getLogger(__name__)


class CollectionsTouchpoint(models.Model):
    """By e-mail: many at once."""

    _inherit = "collections.touchpoint"

    def _send_by_email(self):
        """Put e-mails into Odoo's mail queue, all at once, or one by one where one of
        them cannot be sent, see ``_dispatch_turn``."""
        texts = self._render_messages()
        broken = self.filtered(lambda t: texts[t.id].get("error"))
        for touchpoint in broken:
            touchpoint._fail(texts[touchpoint.id]["error"], refusal="template")
        ready = self - broken
        if not ready._post_together(texts):
            for touchpoint in ready:
                with touchpoint._failing_softly():
                    touchpoint._post_emails(texts)
        self._keep_bodies()

    def _post_together(self, texts):
        """Post these e-mails at once; none of them where one cannot be sent.

        :param dict texts: as of ``_render_messages``
        :return: whether they were posted
        :rtype: bool
        """
        try:
            with self.env.cr.savepoint(), pdf_time_limit():
                self._post_emails(texts)
        except psycopg2.Error:
            # Of the batch as a whole: it begins anew.
            raise
        # Whatever an addon raises for one of them shall not keep the others.
        except Exception as error:
            _logger.info("Touchpoints are sent one by one", exc_info=error)
            return False
        return True

    def _post_emails(self, texts):
        """Post each on its profile's thread, signed by the known person: delivery is
        tracked for the recipients and the reply comes back to the thread.

        :param dict texts: as of ``_render_messages``
        """
        senders = self._prepare_senders()
        for lang, touchpoints in self.grouped("lang").items():
            # In sudo: whoever runs the loop speaks for the collector.
            profiles = touchpoints.profile_id.sudo()
            profiles = profiles.with_context(lang=lang, collections_pass=Pass())
            messages = profiles._post_emails(
                [
                    touchpoint._prepare_email(texts[touchpoint.id])
                    | senders[touchpoint.id]
                    for touchpoint in touchpoints
                ],
                [touchpoint._get_mail_headers() for touchpoint in touchpoints],
            )
            for touchpoint, message in zip(touchpoints, messages, strict=True):
                touchpoint._mark_sent(
                    address=touchpoint.partner_id.email_normalized,
                    subject=texts[touchpoint.id]["subject"],
                    message=message,
                )

    def _prepare_email(self, text):
        """Return what is posted, besides who sends it.

        :param dict text: ``subject`` and ``body``
        :return: values of ``mail.message``, and ``attachments`` as ``message_post``
            takes them
        :rtype: dict
        """
        self.ensure_one()
        values = {
            "subject": text["subject"],
            "body": text["body"],
            "partner_ids": (self.partner_id | self._get_copied_partners()).ids,
            "attachments": self._get_message_attachments(),
        }
        if self.email_reference:
            values["message_id"] = self.email_reference
        return values

    def _prepare_senders(self):
        """Return from whom each e-mail is and where its reply goes, asked of Odoo for
        all of them at once.

        :return: for each id the values that ``message_post`` would look up
        :rtype: dict[int, dict]
        """
        senders = {}
        for company, touchpoints in self.grouped("company_id").items():
            # In sudo: whoever runs the loop speaks for the collector.
            profiles = touchpoints.profile_id.sudo()
            domains = profiles._mail_get_alias_domains(default_company=company)
            signed = touchpoints.grouped(lambda t: t._get_signer().partner_id)
            # Asked of each author when the e-mails are made
            profiles.env["res.partner"].union(*signed).mapped("main_user_id")
            for author, by_author in signed.items():
                email_from = author.email_formatted or company.email_formatted
                replies = by_author.profile_id.sudo()._notify_get_reply_to(
                    default=email_from, author_id=author.id
                )
                for touchpoint in by_author:
                    profile_id = touchpoint.profile_id.id
                    senders[touchpoint.id] = {
                        "author_id": author.id,
                        "email_from": email_from,
                        "reply_to": replies[profile_id],
                        "record_alias_domain_id": domains[profile_id].id,
                        "record_company_id": company.id,
                    }
        return senders

    def _get_copied_partners(self):
        """Return colleagues who get the same e-mail. Override to add some.

        :rtype: res.partner
        """
        self.ensure_one()
        return self.env["res.partner"]

    def _keep_bodies(self):
        """Keep what was said as Odoo's messages have it: made safe already, and for
        all of them in one statement."""
        sent = self.filtered(lambda t: t.state == "sent")
        sent.flush_recordset(["mail_message_id"])
        sent.mail_message_id.flush_recordset(["body"])
        self.env.cr.execute(
            SQL(
                """UPDATE collections_touchpoint t SET body = m.body
                     FROM mail_message m
                    WHERE m.id = t.mail_message_id AND t.id IN %s""",
                sent._ids or (0,),
            )
        )
        sent.invalidate_recordset(["body"])
        sent.modified(["body"])
