from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import CollectionsCommon

# Brussels is one hour ahead of UTC in that week.
MORNING, AFTERNOON = "2026-03-10 09:00:00", datetime(2026, 3, 10, 13, 0)


@tagged("post_install", "-at_install")
class TestContactWish(CollectionsCommon):
    """The hours a customer wishes to be contacted in."""

    def _wish(self, hour_from, hour_to):
        self._profile().with_user(self.collector).write(
            {"contact_hour_from": hour_from, "contact_hour_to": hour_to}
        )

    def _plan(self):
        self._invoice(100, 4)
        self._run()
        return self._open_touchpoints()

    def test_messages_are_planned_for_the_hours_wished_for(self):
        self._invoice(10, -60)
        self._run()
        self._wish(14, 18)
        self.assertEqual(self._plan().scheduled_at, AFTERNOON)

    def test_the_gate_keeps_a_wish_the_moment_it_is_saved(self):
        touchpoint = self._plan()
        self.assertFalse(touchpoint.sudo()._check_gate())
        self._wish(14, 18)
        refusal = touchpoint.sudo()._check_gate()[touchpoint.id]
        self.assertEqual((refusal.code, refusal.until), ("outside_hours", AFTERNOON))
        with freeze_time("2026-03-10 13:00:00"):
            self.assertFalse(touchpoint.sudo()._check_gate())

    def test_a_wish_that_leaves_no_hour_is_disregarded(self):
        touchpoint = self._plan()
        self._wish(20, 22)
        self.assertFalse(touchpoint.sudo()._check_gate())

    def test_hours_that_end_before_they_begin_are_refused(self):
        self._plan()
        with self.assertRaises(ValidationError):
            self._wish(14, 8)

    def _somewhere_in_the_states(self):
        """Return a form of a customer of whom only the country is known."""
        self.customer.write({"country_id": self.env.ref("base.us").id, "phone": False})
        self._invoice(10, -60)
        self._run()
        return Form(self._profile().with_user(self.collector))

    def test_a_wish_that_is_kept_everywhere_needs_no_words(self):
        self._plan()
        self._wish(14, 18)
        self.assertFalse(self._profile().contact_wish_note)

    def test_a_wish_that_is_kept_in_one_zone_says_so_when_it_is_typed(self):
        form = self._somewhere_in_the_states()
        form.contact_hour_to = 18
        form.contact_hour_from = 14
        self.assertIn("clock of America/New_York", form.contact_wish_note)
        self.assertEqual(form.save().contact_wish_note, form.contact_wish_note)

    def test_a_wish_that_cannot_be_kept_says_so_when_it_is_typed(self):
        form = self._somewhere_in_the_states()
        form.contact_hour_to = 12
        form.contact_hour_from = 9
        self.assertIn("cannot be kept", form.contact_wish_note)
        form.contact_hour_to = form.contact_hour_from = 0
        self.assertFalse(form.contact_wish_note)
