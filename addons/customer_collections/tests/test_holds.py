from datetime import timedelta

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import NOW
from .hold_common import HoldCommon


@tagged("post_install", "-at_install")
class TestHolds(HoldCommon):
    # === EFFECT AND SCOPE === #

    def test_a_pause_of_everything_stops_the_ladder_and_chases_on(self):
        self._hold(effect="pause")
        self.assertEqual(self.profile.amount_collectible, 100)
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self._touchpoints().refusal, "paused")
        self.assertEqual(self.profile.next_code, "paused")

    def test_people_may_speak_during_a_pause(self):
        self._hold(effect="pause")
        said = self.profile.with_user(self.collector)._say("email", "Hello", "Hello")
        self.assertEqual(said.state, "sent")

    @freeze_time("2026-03-10 20:30:00")
    def test_a_hold_begins_at_once_where_it_is_tomorrow_already(self):
        there = self.env(context={**self.env.context, "tz": "Pacific/Auckland"})
        there["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "effect": "silence",
                "date_end": self.today + timedelta(days=9),
            }
        )
        self.assertEqual(self.profile.hold_effect, "silence")

    def test_silence_stops_people_as_well(self):
        self._hold(effect="silence")
        with self.assertRaisesRegex(UserError, "manager's word"):
            self.profile.with_user(self.collector)._say("email", "Hello", "Hello")

    def test_an_excluded_customer_is_not_chased(self):
        self._hold(effect="exclude")
        self.assertEqual(self.profile.amount_held, 100)
        self._run()
        self.assertFalse(self._open_touchpoints())
        self.assertEqual(self.profile.next_code, "held")

    def test_held_items_leave_the_others_to_be_spoken_of(self):
        other = self._invoice(40, days_late=4)
        for effect in ("exclude", "pause", "silence"):
            hold = self._hold(
                effect=effect, scope="items", line_ids=self._items(self.invoice)
            )
            self.assertEqual(self.profile.amount_held, 100, effect)
            self._run()
            self.assertEqual(self._open_touchpoints().stage_id, self.friendly, effect)
            self._dispatch_text_lines(other)
            hold.action_end()

    def _dispatch_text_lines(self, move):
        touchpoint = self._open_touchpoints().sudo()
        touchpoint._check_gate()
        touchpoint.line_ids.unlink()
        touchpoint._insert_current_lines()
        self.assertEqual(touchpoint.line_ids.move_id, move)

    def test_a_part_of_an_item_may_be_held(self):
        self._hold(
            effect="exclude",
            scope="items",
            line_ids=[
                Command.create(
                    {"move_line_id": self._receivable(self.invoice).id, "amount": 30}
                )
            ],
        )
        self.assertEqual(self.profile.amount_held, 30)
        self.assertEqual(self.profile.amount_collectible, 70)

    def test_an_amount_is_held_from_the_oldest_item(self):
        old = self._invoice(50, days_late=50)
        self._hold(effect="exclude", scope="amount", amount=70)
        item = self.env["collections.item"].browse(self._receivable(old).id)
        self.assertEqual(item.amount_held, 50)
        self.assertEqual(self.profile.amount_held, 70)
        self.assertEqual(self.profile.oldest_due_date, self.invoice.invoice_date_due)

    def test_the_strongest_hold_wins(self):
        pause = self._hold(effect="pause")
        silence = self._hold(effect="silence")
        self.assertEqual(self.profile.hold_effect, "silence")
        silence.action_end()
        self.assertEqual(self.profile.hold_effect, "pause")
        pause.action_end()
        self.assertFalse(self.profile.hold_effect)

    def test_a_hold_begins_on_its_day(self):
        self._hold(
            date_start=self.today + timedelta(days=2),
            date_end=self.today + timedelta(days=4),
        )
        self.assertFalse(self.profile.hold_effect)
        self._run(self.today + timedelta(days=2))
        self.assertEqual(self.profile.hold_effect, "pause")

    # === END === #

    def test_the_run_ends_what_has_run_its_time(self):
        hold = self._hold(date_end=self.today + timedelta(days=1))
        self._run(self.today + timedelta(days=1))
        self.assertEqual(hold.state, "active")
        self._run(self.today + timedelta(days=2))
        self.assertEqual(hold.state, "ended")
        self.assertFalse(hold.ended_by_id)
        self.assertTrue(hold.end_note)
        self.assertTrue(self._open_touchpoints())

    def test_an_end_before_the_start_is_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "cannot end on 2026-03-09"):
            self._hold(date_end=self.today - timedelta(days=1))

    def test_only_a_manager_may_leave_a_hold_open(self):
        review = self.today + timedelta(days=30)
        with self.assertRaisesRegex(ValidationError, "only a manager"):
            self._hold(date_end=False, date_review=review)
        hold = self._hold(self.manager, date_end=False, date_review=review)
        self.assertEqual(hold.state, "active")

    def test_an_open_hold_needs_a_day_to_look_again(self):
        with self.assertRaisesRegex(ValidationError, "a day to look at it again"):
            self._hold(self.manager, date_end=False)

    def test_the_owner_is_asked_to_look_again(self):
        self._hold(
            self.manager, date_end=False, date_review=self.today + timedelta(days=2)
        )
        self._run(self.today + timedelta(days=1))
        self.assertFalse(self.profile.activity_ids)
        self._run(self.today + timedelta(days=2))
        self._run(self.today + timedelta(days=3))
        self.assertEqual(self.profile.activity_ids.user_id, self.manager)
        self.assertEqual(len(self.profile.activity_ids), 1)

    def test_who_does_not_answer_is_asked_again_after_a_week(self):
        self._hold(self.manager, date_end=False, date_review=self.today)
        for days, asked in ((0, True), (6, False), (7, True)):
            self._run(self.today + timedelta(days=days))
            self.assertEqual(bool(self.profile.activity_ids), asked, days)
            self.profile.activity_ids.unlink()

    def test_a_hold_is_to_be_looked_at_until_its_owner_names_another_day(self):
        hold = self._hold(self.manager, date_end=False, date_review=self.today)
        self._run()
        self.assertEqual(hold.date_review, self.today)
        hold.with_user(self.manager).date_review = self.today + timedelta(days=2)
        self.profile.activity_ids.unlink()
        self._run(self.today + timedelta(days=2))
        self.assertEqual(self.profile.activity_ids.user_id, self.manager)

    def test_what_is_held_must_be_said(self):
        with self.assertRaisesRegex(ValidationError, "how much"):
            self._hold(scope="amount")
        with self.assertRaisesRegex(ValidationError, "Choose the items"):
            self._hold(scope="items")

    def test_a_negative_part_is_refused_in_words(self):
        line = self._receivable(self.invoice)
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self._hold(
                scope="items",
                line_ids=[Command.create({"move_line_id": line.id, "amount": -30})],
            )

    def test_items_of_another_customer_are_refused_in_words(self):
        other = self._invoice(partner=self._customer("Bert Butcher"))
        with self.assertRaisesRegex(ValidationError, "Bert Butcher"):
            self._hold(scope="items", line_ids=self._items(other))

    def test_items_of_another_company_are_refused_in_words(self):
        house = self.setup_other_company(name="Other House")
        other = self._invoice(
            company_id=house["company"].id,
            journal_id=house["default_journal_sale"].id,
            invoice_line_ids=[Command.create({"name": "Flour", "price_unit": 100})],
        )
        with self.assertRaisesRegex(ValidationError, other.name):
            self._hold(scope="items", line_ids=self._items(other))

    # === ABOUT TO END === #

    def test_the_list_of_holds_about_to_end_shows_those_of_seven_days(self):
        borders = {
            "yesterday, and no run since": -1,
            "today": 0,
            "in seven days": 7,
            "in eight days": 8,
        }
        holds = {
            when: self._hold(
                date_start=self.today - timedelta(days=5),
                date_end=self.today + timedelta(days=days),
            )
            for when, days in borders.items()
        }
        holds["ended"] = self._hold(date_end=self.today + timedelta(days=2))
        holds["ended"].action_end()
        for when, days in (("open, looked at in seven days", 7), ("in eight", 8)):
            holds[when] = self._hold(
                self.manager,
                date_end=False,
                date_review=self.today + timedelta(days=days),
            )
        holds["by the desk"] = self._hold().sudo()
        # What the desk holds by itself ends with its cause
        holds["by the desk"].write(
            {"automatic": True, "date_end": False, "date_review": self.today}
        )
        shown = self._open_menu("menu_holds_ending").filtered(
            lambda hold: hold.profile_id == self.profile
        )
        self.assertEqual(
            [when for when, hold in holds.items() if hold in shown],
            [
                "yesterday, and no run since",
                "today",
                "in seven days",
                "open, looked at in seven days",
                "by the desk",
            ],
        )

    def _open_menu(self, name):
        """Return what a collector finds behind a menu, by the filters it sets."""
        menu = self.env.ref(f"customer_collections.{name}").with_user(self.collector)
        self.assertIn(menu.id, menu._visible_menu_ids())
        action = menu.action.sudo()
        model = self.env[action.res_model].with_user(self.collector)
        search = etree.fromstring(model.get_view(view_type="search")["arch"])
        domain = Domain(safe_eval(action.domain or "[]"))
        for name in safe_eval(action.context):
            found = search.find(f".//filter[@name='{name[len('search_default_') :]}']")
            domain &= Domain(safe_eval(found.get("domain")))
        return model.search(domain)

    def test_an_ended_hold_is_kept(self):
        hold = self._hold()
        with (
            self.assertRaisesRegex(UserError, "ended, not deleted"),
            mute_logger("odoo.models.unlink"),
        ):
            hold.sudo().unlink()

    def test_time_goes_on(self):
        self._hold(date_end=self.today)
        with freeze_time(fields.Datetime.to_datetime(NOW) + timedelta(days=1)):
            self.profile.action_refresh()
            self.assertFalse(self.profile.hold_effect)
