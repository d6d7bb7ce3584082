from contextlib import ExitStack
from unittest.mock import patch

from odoo.tests import tagged

from .text_common import CollectionsTextCommon

# What docs/integrators.md says is called for each e-mail of a batch
CALLED = (
    "_message_post_after_hook",
    "_notify_get_recipients",
    "_notify_get_recipients_groups",
    "_notify_by_email_prepare_rendering_context",
    "_notify_by_email_get_base_mail_values",
    "_notify_by_email_get_final_mail_values",
)
NOT_CALLED = ("message_post", "_notify_thread")


@tagged("post_install", "-at_install")
class TestHooks(CollectionsTextCommon):
    """What others hang on a thread is called when many messages leave at once."""

    def test_what_is_called_for_each_of_a_batch_is_what_we_say(self):
        other = self._customer("Other Ltd")
        batch = self._message(self.firm) | self._message(
            self.firm, profile_id=self._make_profile(other).id, partner_id=other.id
        )
        thread = self.registry["collections.profile"]
        with ExitStack() as stack:
            spies = {
                name: stack.enter_context(
                    patch.object(
                        thread, name, autospec=True, side_effect=getattr(thread, name)
                    )
                )
                for name in (*CALLED, *NOT_CALLED)
            }
            batch.sudo()._send_by_email()
        self.assertEqual(batch.mapped("state"), ["sent", "sent"])
        for name, spy in spies.items():
            with self.subTest(hook=name):
                of = {call.args[0].id for call in spy.call_args_list}
                wanted = set() if name in NOT_CALLED else set(batch.profile_id.ids)
                self.assertEqual(of, wanted)
