import smtplib
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import (
    IrMail_Server,
    MailDeliveryException,
)
from odoo.addons.mail.tests.common import MockEmail

from .common import CollectionsCommon


def _refused(code):
    said = smtplib.SMTPRecipientsRefused({"x@customer.example": (code, b"no")})
    return MailDeliveryException("Mail Delivery Failed", f"Refused: {said}")


@tagged("post_install", "-at_install")
class TestDelivery(CollectionsCommon, MockEmail):
    """What Odoo's mail queue makes of a message comes back to the touchpoint."""

    def _send_queue(self, touchpoint):
        mails = touchpoint.mail_message_id.sudo().mail_ids
        self.assertTrue(mails)
        mails.send()

    def _dispatched(self):
        self._invoice(days_late=5)
        self._run()
        self._dispatch()
        return self._touchpoints()

    @contextmanager
    def _no_route(self):
        """Refuse every e-mail at the mail server."""
        with (
            self.mock_mail_gateway(),
            patch.object(
                IrMail_Server,
                "send_email",
                side_effect=MailDeliveryException("no route"),
            ),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            yield

    def test_an_email_that_is_handed_over_stays_sent(self):
        touchpoint = self._dispatched()
        with self.mock_mail_gateway():
            self._send_queue(touchpoint)
        self.assertEqual(touchpoint.state, "sent")
        self.assertEqual(self._profile().stage_id, self.friendly)
        self.assertEqual(self._profile().next_stage_id, self.firm)

    def test_an_email_that_is_refused_takes_the_step_back(self):
        touchpoint = self._dispatched()
        with self._no_route():
            self._send_queue(touchpoint)
        self.assertEqual(touchpoint.state, "failed")
        self.assertFalse(self._profile().stage_id)
        self.assertEqual(self._profile().next_stage_id, self.friendly)
        self.assertEqual(self._profile().next_code, "due")
        self._run()
        self.assertEqual(self._open_touchpoints().channel, "sms")

    def test_an_email_that_is_tried_again_by_hand_passes_the_gate_again(self):
        touchpoint = self._dispatched()
        mail = touchpoint.mail_message_id.sudo().mail_ids
        with self._no_route():
            mail.send()
        self.env["collections.hold"].create(
            {
                "profile_id": self._profile().id,
                "effect": "silence",
                "date_end": self.today + timedelta(days=9),
            }
        )
        mail.action_retry()
        with self.mock_mail_gateway():
            mail.send()
        self.assertFalse(self._mails)
        self.assertEqual(mail.state, "cancel")

    # === ONE MESSAGE, SEVERAL READERS === #

    def _written_to_two(self):
        """Return what a collector wrote to the customer and to Ada, in this order."""
        self._invoice(days_late=5)
        self._run()
        ada = self.env["res.partner"].create(
            {
                "name": "Ada Adler",
                "parent_id": self.customer.id,
                "email": "ada@customer.example",
                "phone": "+32 2 555 13 13",
            }
        )
        readers = self.customer | ada
        message = (
            self._profile()
            .with_user(self.collector)
            .message_post(
                body="Hello",
                partner_ids=readers.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                mail_auto_delete=False,
                force_send=False,
            )
        )
        said = self._touchpoints().filtered(lambda t: t.mail_message_id == message)
        return [said.filtered(lambda t, p=p: t.partner_id == p) for p in readers]

    def _come_back(self, touchpoint):
        touchpoint.mail_message_id.sudo().notification_ids.filtered(
            lambda n: n.res_partner_id == touchpoint.partner_id
        ).write({"notification_status": "bounce", "failure_type": "mail_bounce"})

    def test_mail_that_comes_back_from_one_reader_reached_the_other(self):
        alma, ada = self._written_to_two()
        self._come_back(ada)
        self.assertEqual((alma.state, ada.state), ("sent", "bounced"))
        [asked] = self._profile().activity_ids.filtered(
            lambda a: "came back" in a.summary
        )
        self.assertIn("ada@customer.example", asked.summary)

    def test_mail_that_came_back_from_one_reader_knocks_again_for_both(self):
        alma, ada = self._written_to_two()
        self._come_back(ada)
        self.env["collections.hold"].create(
            {
                "profile_id": self._profile().id,
                "effect": "silence",
                "date_end": self.today + timedelta(days=9),
            }
        )
        mail = alma.mail_message_id.sudo().mail_ids
        with self.mock_mail_gateway():
            mail.send()
        self.assertFalse(self._mails)
        self.assertEqual(mail.mapped("state"), ["cancel"] * len(mail))

    # === THE INVOICE ITSELF === #

    def _send_invoice(self, send=None, connect=None, partner=None):
        """Send an invoice by e-mail as Odoo does.

        :param send: the error of handing it over
        :param connect: the error of connecting
        :return: the holds of the customer
        """
        invoice = self._invoice(days_late=5)
        message = invoice.message_post(
            body="Your invoice",
            partner_ids=(partner or self.customer).ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            mail_auto_delete=True,
            force_send=False,
        )
        server = self.env.registry["ir.mail_server"]
        with (
            self.mock_mail_gateway(),
            patch.object(server, "_connect__", side_effect=connect),
            patch.object(IrMail_Server, "send_email", side_effect=send),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            message.sudo().mail_ids.send()
        return self._profile().hold_ids

    def test_an_invoice_that_is_refused_for_good_is_held(self):
        hold = self._send_invoice(_refused(550))
        self.assertEqual((hold.reason, hold.state), ("invoice_bounced", "active"))
        self.assertEqual(self._profile().amount_held, 100)

    def test_an_invoice_to_no_valid_address_is_held(self):
        # Odoo deletes such a mail.
        hold = self._send_invoice(AssertionError(IrMail_Server.NO_VALID_RECIPIENT))
        self.assertEqual(hold.reason, "invoice_bounced")

    def test_an_invoice_that_the_server_takes_later_is_not_held(self):
        self.assertFalse(self._send_invoice(_refused(451)))
        self.assertFalse(self._send_invoice(connect=ConnectionRefusedError()))

    def test_a_colleague_whose_copy_is_refused_holds_nothing(self):
        colleague = self.manager.partner_id
        self.assertFalse(self._send_invoice(_refused(550), partner=colleague))
