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
