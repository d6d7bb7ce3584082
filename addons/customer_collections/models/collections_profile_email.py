from markupsafe import escape

from odoo import models
from odoo.tools.misc import clean_context

from .mail_followers import Recipients


class CollectionsProfile(models.Model):
    """E-mails on the threads of many customers, made in a few statements."""

    _inherit = "collections.profile"

    def _post_emails(self, posts, headers):
        """Post a message on each thread and queue its e-mails, as ``message_post``
        does for one: its hooks are called for each thread.

        :param list posts: a dict for each profile, see ``touchpoint._prepare_email``
        :param list headers: for each profile a dict of further headers of its e-mail
        :return: the messages, in the order of the profiles
        :rtype: record of `mail.message`
        """
        profiles = self._fallback_lang()
        values = [
            profile._prepare_thread_message(post)
            for profile, post in zip(profiles._with_latest(), posts, strict=True)
        ]
        messages = profiles._create_messages(values)
        for profile, message, vals in zip(profiles, messages, values, strict=True):
            profile._message_post_after_hook(message, vals)
        profiles._notify_by_emails(messages, values, headers)
        return messages

    def _prepare_thread_message(self, post):
        """Return the values of a ``mail.message`` on this thread, as ``message_post``
        makes them."""
        self.ensure_one()
        comment = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        values = {
            "author_guest_id": False,
            "email_add_signature": False,
            "email_layout_xmlid": "mail.mail_notification_light",
            "incoming_email_to": False,
            "incoming_email_cc": False,
            "message_type": "auto_comment",
            "outgoing_email_to": False,
            "parent_id": self._message_compute_parent_id(False),
            "subtype_id": comment,
            # Nothing was changed: nobody has to look for it
            "tracking_value_ids": [],
            **post,
            "model": self._name,
            "res_id": self.id,
            "body": escape(post["body"]),
        }
        files = values.pop("attachments")
        return values | self._process_attachments_for_post(files, [], values)

    def _notify_by_emails(self, messages, values, headers):
        """Queue the e-mails of these messages, and track them: as ``_notify_thread``
        does for one message.

        :param list values: those each message was made of
        :param list headers: see ``_post_emails``
        """
        people = {pid for vals in values for pid in vals["partner_ids"]}
        profiles = self._with_references(messages).with_context(
            collections_recipients=Recipients(
                self.env["mail.followers"]._get_recipient_data(
                    self, "user_notification", values[0]["subtype_id"], list(people)
                )
            )
        )
        prepared = []
        for profile, message, vals, extra in zip(
            profiles, messages, values, headers, strict=True
        ):
            writers = {vals["author_id"], self.env.user.partner_id.id}
            options = {
                "notify_skip_followers": True,
                # Odoo leaves authors out, and looks them up for each message
                "notify_author": writers.isdisjoint(vals["partner_ids"]),
            }
            recipients = profile._notify_get_recipients(message, vals, **options)
            if all(r["id"] and r["notif"] == "email" for r in recipients):
                prepared += profile._prepare_mails(message, vals, recipients, extra)
            else:
                # Who reads in Odoo is told there.
                profile._notify_thread(
                    message,
                    vals,
                    force_email_lang=profile.env.lang,
                    force_send=False,
                    mail_auto_delete=False,
                    mail_headers=extra,
                    **options,
                )
        # In sudo: as in Odoo, mails and what becomes of them are nobody's to write.
        env = self.env(su=True, context=clean_context(self.env.context))
        mails = env["mail.mail"].create([mail for mail, _notified in prepared])
        env["mail.notification"].create(
            [
                {"mail_mail_id": mail.id, **notified}
                for mail, (_values, for_mail) in zip(mails, prepared, strict=True)
                for notified in for_mail
            ]
        )

    def _prepare_mails(self, message, vals, recipients, headers):
        """Return the e-mails of one message, as ``_notify_thread_by_email`` does: one
        per language and kind of reader.

        :return: pairs of the values of a ``mail.mail`` and those of each recipient's
            ``mail.notification``
        :rtype: list[tuple[dict, list[dict]]]
        """
        self.ensure_one()
        if not recipients:
            return []
        base = self._notify_by_email_get_base_mail_values(
            message,
            recipients,
            additional_values={"auto_delete": False, "headers": headers},
        )
        notified = self._notify_by_email_get_base_notification_values(message)
        prepared = []
        for _lang, context, group in self._notify_get_classified_recipients_iterator(
            message, recipients, msg_vals=vals, force_email_lang=self.env.lang
        ):
            body = self._notify_by_email_render_layout(
                message, group, msg_vals=vals, render_values=context
            )
            mail = self._notify_by_email_get_final_mail_values(
                group["recipients_ids"], base, additional_values={"body_html": body}
            )
            people = [
                {"res_partner_id": i, **notified} for i in group["recipients_ids"]
            ]
            prepared.append((mail, people))
        return prepared
