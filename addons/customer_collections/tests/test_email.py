from ast import literal_eval
from unittest.mock import patch

from odoo.tests import tagged

from ..models.collections_profile_door import Pass
from .common import CollectionsCommon

MAIL = (
    "author_id",
    "auto_delete",
    "body_html",
    "email_cc",
    "email_from",
    "email_to",
    "is_notification",
    "record_company_id",
    "record_alias_domain_id",
    "recipient_ids",
    "reply_to",
    "state",
    "subject",
)
MESSAGE = (
    "attachment_ids",
    "author_id",
    "body",
    "email_add_signature",
    "email_layout_xmlid",
    "is_internal",
    "message_type",
    "model",
    "notified_partner_ids",
    "parent_id",
    "partner_ids",
    "res_id",
    "subtype_id",
    "tracking_value_ids",
)
NOTIFICATION = (
    "author_id",
    "is_read",
    "mail_email_address",
    "notification_status",
    "notification_type",
    "res_partner_id",
)


@tagged("post_install", "-at_install")
class TestEmail(CollectionsCommon):
    """Many e-mails at once, each as if Odoo had posted it alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param(
            "mail.catchall.domain", "company.example"
        )

    def _send_to(self, *names):
        partners = [self._customer(name) for name in names]
        for partner in partners:
            self._invoice(100, days_late=5, partner=partner)
        self._run()
        touchpoints = [self._open_touchpoints(partner) for partner in partners]
        self._dispatch()
        return touchpoints

    def _read(self, message):
        """Return what was made of a message, but for what tells any two apart."""
        message = message.sudo()
        mail, notification = message.mail_ids, message.notification_ids
        self.assertEqual((len(mail), len(notification)), (1, 1))
        headers = literal_eval(mail.headers)
        return [
            {name: record[name] for name in names}
            for record, names in (
                (mail, MAIL),
                (message, MESSAGE),
                (notification, NOTIFICATION),
            )
        ] + [headers, mail.references.replace(message.message_id, "itself")]

    def test_each_is_as_if_odoo_had_posted_it(self):
        ann, ben = self._send_to("Ann Abt", "Ben Bee")
        for touchpoint in (ann, ben):
            message = touchpoint.mail_message_id
            made = self._read(message)
            texts = {"subject": message.subject, "body": message.body}
            headers = touchpoint._get_mail_headers()
            sender = touchpoint._prepare_senders()[touchpoint.id]
            profile = touchpoint.profile_id.sudo().with_context(
                lang=touchpoint.lang, collections_pass=Pass()
            )
            message.sudo().mail_ids.unlink()
            message.sudo().unlink()
            posted = profile.message_post(
                **texts,
                partner_ids=touchpoint.partner_id.ids,
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_light",
                email_add_signature=False,
                force_email_lang=touchpoint.lang,
                force_send=False,
                mail_auto_delete=False,
                mail_headers=headers,
                notify_skip_followers=True,
                **sender,
            )
            self.assertEqual(made, self._read(posted))

    def test_the_second_refers_to_the_first(self):
        [first] = self._send_to("Ann Abt")
        profile = first.profile_id.with_user(self.collector)
        second = profile._say("email", "Once more", "<p>Bread?</p>")
        mail = second.mail_message_id.sudo().mail_ids
        self.assertIn(first.mail_message_id.message_id, mail.references)
        self.assertEqual(second.mail_message_id.parent_id, first.mail_message_id)

    def test_each_answers_what_odoo_would_answer_however_long_the_thread(self):
        """A dozen messages of every kind and date, one more on each next thread."""
        partners = [self._customer(f"Thread {n}") for n in range(4)]
        for partner in partners:
            self._invoice(100, days_late=5, partner=partner)
        self._run()
        touchpoints = [self._open_touchpoints(partner) for partner in partners]
        for count, touchpoint in enumerate(touchpoints):
            self._talk(touchpoint.profile_id, count * 4)
        answers = [t.profile_id._message_compute_parent_id(False) for t in touchpoints]
        self._dispatch()
        for touchpoint, answer in zip(touchpoints, answers, strict=True):
            message = touchpoint.mail_message_id.sudo()
            self.assertEqual(message.parent_id.id, answer)
            values = touchpoint.profile_id._notify_by_email_get_base_mail_values(
                message, []
            )
            self.assertEqual(message.mail_ids.references, values["references"])

    def _talk(self, profile, count):
        kinds = ("comment", "email", "notification", "user_notification")
        subtypes = ("mail.mt_comment", "mail.mt_note")
        self.env["mail.message"].sudo().create(
            [
                {
                    "model": profile._name,
                    "res_id": profile.id,
                    "body": "Bread",
                    "message_type": kinds[number % 4],
                    "subtype_id": self.env.ref(subtypes[number % 2]).id,
                    "is_internal": number % 3 == 0,
                    "date": f"2026-01-{1 + number * 7 % 20:02d} 10:00:00",
                }
                for number in range(count)
            ]
        )

    def test_a_colleague_who_reads_in_odoo_is_told_there(self):
        self.manager.notification_type = "inbox"
        touchpoints = self.env.registry["collections.touchpoint"]
        with patch.object(
            touchpoints, "_get_copied_partners", lambda _self: self.manager.partner_id
        ):
            ann, ben = self._send_to("Ann Abt", "Ben Bee")
        for touchpoint in (ann, ben):
            notified = touchpoint.mail_message_id.sudo().notification_ids
            self.assertEqual(
                {n.res_partner_id: n.notification_type for n in notified},
                {
                    touchpoint.partner_id: "email",
                    self.manager.partner_id: "inbox",
                },
            )
