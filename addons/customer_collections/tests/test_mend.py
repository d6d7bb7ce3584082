from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from ..models import collections_touchpoint_mend
from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestMend(CollectionsCommon, MockEmail):
    """Who is asked for addresses, and how many at a time."""

    def _owe_without_any_address(self, **amounts):
        """Return the profiles of customers nobody can write to, by what they owe."""
        nowhere = {"email": False, "phone": False, "street": False}
        for name, amount in amounts.items():
            self._invoice(amount, 5, partner=self._customer(f"{name} Ltd", **nowhere))
        names = [f"{name} Ltd" for name in amounts]
        self._run()
        return self.env["collections.profile"].search(
            [("partner_id.name", "in", names)]
        )

    def test_a_collector_is_not_asked_for_many_addresses_in_one_night(self):
        with patch.object(collections_touchpoint_mend, "ASKED_AT_ONCE", 2):
            profiles = self._owe_without_any_address(Ann=50, Ben=300, Cara=200)
            asked = profiles.filtered("activity_ids")
            self.assertEqual(set(asked.mapped("amount_overdue")), {300, 200})
            self._run()
            self.assertEqual(profiles.filtered("activity_ids"), asked)
            for days in (1, 2):
                self._run(self.today + timedelta(days=days))
                self.assertEqual([len(p.activity_ids) for p in profiles], [1, 1, 1])

    def test_nobody_is_mailed_about_addresses_to_mend(self):
        with self.mock_mail_gateway():
            profiles = self._owe_without_any_address(Ann=50, Ben=300)
        self.assertTrue(all(p.activity_ids for p in profiles))
        self.assertFalse(self._new_mails)

    def test_nobody_is_asked_for_addresses_before_the_company_is_live(self):
        self.company.collections_mode = "preview"
        profiles = self._owe_without_any_address(Ann=50)
        self.assertEqual(profiles.next_code, "no_channel")
        self.assertFalse(profiles.activity_ids)
        self.company.collections_mode = "live"
        self._run()
        self.assertEqual(len(profiles.activity_ids), 1)

    def test_who_takes_another_way_is_asked_about_within_the_same_bounds(self):
        letters = self.env["collections.profile"]
        for name in ("Ann", "Ben", "Cara"):
            partner = self._customer(f"{name} Ltd", email=False, phone=False)
            self._invoice(100, 5, partner=partner)
            self._run()
            letters |= self._profile(partner)
        with patch.object(collections_touchpoint_mend, "ASKED_AT_ONCE", 2):
            self._dispatch()
        self.assertEqual(set(letters.touchpoint_ids.mapped("state")), {"sent"})
        about = letters.activity_ids.filtered(lambda a: "e-mail" in a.summary)
        self.assertEqual(len(about), 2)
