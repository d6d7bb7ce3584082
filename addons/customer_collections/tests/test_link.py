from odoo.tests import tagged

from ..tools.short_numbers import pack, unpack
from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestLink(CollectionsCommon):
    def test_numbers_are_packed_into_few_bytes_and_found_again(self):
        for numbers in ([], [0], [1, 127, 128], [2**31 - 1, 0, 300]):
            self.assertEqual(unpack(pack(numbers)), numbers)
        self.assertEqual(len(pack([127])), 1)
        with self.assertRaises(ValueError):
            pack([-1])
        with self.assertRaises(ValueError):
            unpack(pack([300])[:1])

    def test_a_signed_link_is_short_and_holds_for_its_scope_alone(self):
        link = self.env["collections.link"]
        token = link._sign("one", [70000, 90000, 2, 0, 17000])
        self.assertLessEqual(len(token), 30)
        self.assertEqual(link._read_signed("one", token), [70000, 90000, 2, 0, 17000])
        self.assertIsNone(link._read_signed("two", token))

    def test_whatever_is_changed_in_a_link_makes_it_useless(self):
        link = self.env["collections.link"]
        token = link._sign("one", [1, 2, 3])
        for place in range(len(token)):
            other = "A" if token[place] != "A" else "B"
            changed = token[:place] + other + token[place + 1 :]
            self.assertIsNone(link._read_signed("one", changed), changed)
        for foreign in (
            "",
            "=",
            "ä",
            token + "=",
            token + "!",
            token[:-1],
            f" {token}",
        ):
            self.assertIsNone(link._read_signed("one", foreign), foreign)

    def test_whoever_may_write_a_message_may_sign_its_link(self):
        link = self.env["collections.link"].with_user(self.collector)
        self.assertEqual(
            self.env["collections.link"]._read_signed("one", link._sign("one", [5])),
            [5],
        )
