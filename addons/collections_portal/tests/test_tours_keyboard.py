from unittest.mock import patch

from odoo.tests import common, tagged

from .tours_common import ToursCommon

# Key, its number, what it writes
KEYS = {"Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), " ": ("Space", 32, " ")}


class KeyboardBrowser(common.ChromeBrowser):
    """Presses the keys that a tour asks for, as a hand would: a script cannot."""

    def _handle_console(self, type, args=None, **kwargs):
        """Override: press what is asked for."""
        word = str(args[0].get("value", "")) if args else ""
        if word.startswith("press "):
            self._press(word.removeprefix("press "))
        return super()._handle_console(type, args=args, **kwargs)

    def _press(self, key):
        code, number, text = KEYS.get(key, (f"Digit{key}", ord(key[0]), key))
        event = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self._websocket_send("Input.dispatchKeyEvent", params={**event, **down})
        self._websocket_send(
            "Input.dispatchKeyEvent", params={**event, "type": "keyUp"}
        )


@tagged("post_install", "-at_install")
class TestToursKeyboard(ToursCommon):
    def test_a_payment_and_a_promise_need_no_mouse(self):
        self.startPatcher(patch.object(common, "ChromeBrowser", KeyboardBrowser))
        self._walk(self._path(), "collections_portal_keyboard", "ada")
        self.assertEqual(self.late.amount_residual, 1134.5)
        promise = self._of_profile("collections.promise")
        self.assertEqual(promise.amount, 50)
        self.assertEqual(promise.date_due, self.today)
