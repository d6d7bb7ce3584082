"""A year of the demo company, day by day, with everything that a desk lives through."""

import random
import re
from collections import Counter, defaultdict
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo_case import DemoCase
from markupsafe import Markup
from year_agreements import YearAgreements

from odoo.fields import Command
from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.customer_collections.demo.builder import QUIET
from odoo.addons.customer_collections.demo.cast import load_cast
from odoo.addons.customer_collections.demo.ledger import LedgerBuilder

DAYS = 365
UTC = ZoneInfo("UTC")
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
# How likely a customer pays what a reminder was about, and within how many days.
PAYS = {"gone": (0, 0), "slow": (0.45, 30), "part": (0.8, 12)}
PAYS_ELSE = (0.7, 9)
NEW_INVOICES_A_MONTH = 12


MADE = re.compile(
    r"\s*CREATE TEMPORARY TABLE (collections_tmp_\w+)\s+ON COMMIT DROP AS"
)
DROPPED = re.compile(r"\s*DROP TABLE IF EXISTS collections_tmp_")


def reuse_temporary_tables(execute):
    """Return a cursor's ``execute`` that empties the engine's temporary tables
    instead of making them anew.

    PostgreSQL keeps a lock for each table until the transaction ends; that of a
    test lasts a year and would need more of them than a server has by default.
    """

    def execute_economically(cr, query, params=None, log_exceptions=True):
        if isinstance(query, SQL):
            query, params = query.code, query.params
        if not isinstance(query, str):
            # Values in bulk come as bytes; the engine's tables do not.
            return execute(cr, query, params, log_exceptions)
        if DROPPED.match(query):
            return None
        made = MADE.match(query)
        if made:
            execute(cr, "SELECT to_regclass(%s)", (f"pg_temp.{made[1]}",))
            if cr.fetchone()[0]:
                execute(cr, f"TRUNCATE {made[1]}")
                query = f"INSERT INTO {made[1]} {query[made.end() :]}"
        return execute(cr, query, params, log_exceptions)

    return execute_economically


def render_plainly(touchpoints):
    """Stand in for the templates, which have tests of their own and take long."""
    return {
        touchpoint.id: {"subject": "Your account", "body": Markup("<p>Hello</p>")}
        for touchpoint in touchpoints
    }


@tagged("post_install", "-at_install")
class TestDemoYear(YearAgreements, DemoCase):
    """Every night the run, every hour that has something due the dispatch, and once
    a week somebody who presses the button at night.

    What is asserted is worked out here from the rules' own records, not with the
    functions that the engine plans with.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rng = random.Random(19)
        # When, to whom and how often is the matter here, not what hangs on it.
        cls.env["collections.stage"].search([]).write(
            {"attach_statement": False, "attach_invoices": False}
        )
        cls.env = cls.env(context={**cls.env.context, **QUIET})
        cls.touchpoints = cls.env["collections.touchpoint"]
        cls.behaviours = {
            cls.demo(f"partner_{customer.key}").id: customer.behaviour
            for customer in load_cast()
        }
        cls.ledger = LedgerBuilder(cls.env, None, {}, {}, {}, cls.day)
        cls.replace(type(cls.touchpoints), "_render_messages", render_plainly)
        cls.replace(Cursor, "execute", reuse_temporary_tables(Cursor.execute))
        cls.payments_due = defaultdict(list)
        cls.instalments_due = defaultdict(list)
        cls.replies_due = defaultdict(list)
        cls.talks_due = defaultdict(list)
        cls.stopped = {}
        cls.problems = []
        cls.sent_ids = []
        cls.paid_between = set()
        cls.refused_agreements = 0

    def test_a_year_of_days(self):
        self.clock.move_to(datetime.combine(self.day, time(5)))
        self.company._collections_go_live()
        for number in range(DAYS):
            self.live_through(self.day + timedelta(days=number))
        self.assertFalse(self.problems[:10])
        # The last day's payments came after its run.
        self.env["collections.run"]._run_company(self.company)
        sent = self.touchpoints.browse(self.sent_ids)
        self.check_hours(sent)
        self.check_budgets(sent)
        self.check_quiet_days(sent)
        # What is said because of a reason or a plan is no step of a ladder.
        sent = sent.filtered("stage_id")
        self.check_steps(sent)
        self.check_breadth(sent)
        self.check_agreements()
        self.check_ledger(self.company)

    # === ONE DAY === #

    def live_through(self, day):
        self.clock.move_to(datetime.combine(day, time(3)))
        if day.weekday() == 2:
            self.press_the_button_at_night()
        self.invoice(day)
        self.env["collections.run"]._run_company(self.company, day, origin="schedule")
        if day.day == 15:
            self.run_again(day)
        # Between planning and dispatch some customers pay.
        self.clock.move_to(datetime.combine(day, time(5)))
        self.receive_payments(day)
        self.pay_instalments(day)
        self.receive_replies(day)
        self.talk(day)
        self.agree(day)
        self.approve()
        self.dispatch_through(day)

    def run_again(self, day):
        before = self.touchpoints.search_count([("company_id", "=", self.company.id)])
        self.env["collections.run"]._run_company(self.company, day)
        after = self.touchpoints.search_count([("company_id", "=", self.company.id)])
        if before != after:
            self.problems.append(f"{day}: a second run planned {after - before} more")

    def press_the_button_at_night(self):
        """Whoever insists at three in the morning, the gate decides."""
        waiting = self.touchpoints.search(
            [("company_id", "=", self.company.id), ("state", "=", "scheduled")], limit=5
        )
        self.dispatch(waiting)

    def approve(self):
        waiting = self.touchpoints.search(
            [("company_id", "=", self.company.id), ("state", "=", "to_approve")]
        )
        waiting.with_user(self.demo("user_marta")).action_approve()

    def dispatch_through(self, day):
        """Dispatch at each instant of the day at which something is due."""
        end = datetime.combine(day, time(23, 59))
        while True:
            waiting = self.touchpoints.search(
                [
                    ("company_id", "=", self.company.id),
                    ("state", "=", "scheduled"),
                    ("scheduled_at", "<=", end),
                ],
                order="scheduled_at",
                limit=1,
            )
            if not waiting:
                break
            # The job comes by a minute later.
            instant = max(waiting.scheduled_at, datetime.now()) + timedelta(minutes=1)
            if instant > end:
                break
            self.clock.move_to(instant)
            self.dispatch(
                self.touchpoints.search(self.touchpoints._get_dispatch_domain())
            )

    def dispatch(self, touchpoints):
        sent = touchpoints._dispatch()
        for touchpoint in sent:
            self.check_at_once(touchpoint)
            self.react(touchpoint)
        self.sent_ids += sent.ids

    # === THE OTHERS === #

    def react(self, touchpoint):
        """What a customer does with a message, decided by chance."""
        today = datetime.now().date()
        profile = touchpoint.profile_id
        chance, days = PAYS.get(self.behaviours[profile.partner_id.id], PAYS_ELSE)
        if touchpoint.kind == "overdue" and self.rng.random() < chance:
            day = today + timedelta(days=self.rng.randint(1, days))
            self.payments_due[day].append(profile)
        if self.rng.random() < 0.04:
            self.replies_due[today + timedelta(days=1)].append(touchpoint)
        if self.rng.random() < 0.08:
            # Also on a day for which the next message is planned already
            day = today + timedelta(days=self.rng.randint(0, 9))
            self.talks_due[day].append(profile)
        if self.rng.random() < 0.02 and touchpoint.channel in ("email", "sms"):
            profile._opt_out(touchpoint.channel, "link", partner=touchpoint.partner_id)
            key = profile.id, touchpoint.channel, touchpoint.partner_id.id
            self.stopped[key] = datetime.now()

    def invoice(self, day):
        if day.day != 5:
            return
        partners = self.rng.sample(
            sorted(
                self.env["collections.profile"]
                .search(
                    [
                        ("company_id", "=", self.company.id),
                        ("partner_id.active", "=", True),
                    ]
                )
                .partner_id.ids
            ),
            NEW_INVOICES_A_MONTH,
        )
        last = [
            self.env["account.move"].search(
                [
                    ("commercial_partner_id", "=", partner),
                    ("move_type", "=", "out_invoice"),
                    ("company_id", "=", self.company.id),
                ],
                limit=1,
            )
            for partner in partners
        ]
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "company_id": self.company.id,
                    "journal_id": move.journal_id.id,
                    "partner_id": move.partner_id.id,
                    "invoice_date": day,
                    "currency_id": move.currency_id.id,
                    "invoice_payment_term_id": move.invoice_payment_term_id.id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self.demo("product_service").id,
                                "price_unit": self.rng.randint(300, 3000),
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
                for move in last
                if move
            ]
        )
        moves.action_post()
        moves.is_move_sent = True

    def receive_payments(self, day):
        """Everybody whose day it is pays what is overdue, or half of it."""
        values, lines = [], []
        for profile in dict.fromkeys(self.payments_due.pop(day, [])):
            share = 0.5 if self.behaviours[profile.partner_id.id] == "part" else 1
            overdue = self.env["account.move.line"].search(
                [
                    ("partner_id", "=", profile.partner_id.id),
                    ("company_id", "child_of", self.company.ids),
                    ("account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                    ("amount_residual_currency", ">", 0),
                    ("date_maturity", "<", day),
                ]
            )
            for line in overdue:
                amount = line.currency_id.round(line.amount_residual_currency * share)
                values.append(self.ledger.prepare_payment(line, day, amount))
                lines.append(line)
        if lines:
            self.ledger.register(values, lines)

    def receive_replies(self, day):
        for touchpoint in self.replies_due.pop(day, []):
            touchpoint.profile_id.message_post(
                author_id=touchpoint.partner_id.id,
                email_from=touchpoint.partner_id.email_formatted or "a@post.example",
                body="We are looking into it.",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
            )

    def talk(self, day):
        """Somebody calls us and speaks with a collector."""
        collector = self.demo("user_camille")
        for profile in self.talks_due.pop(day, []):
            profile.with_user(collector)._log_contact(
                "call", "in", "reached", "They asked about their account", True
            )

    # === WHAT MUST BE TRUE === #

    def check_at_once(self, touchpoint):
        """What a message says is true in the second in which it leaves."""
        for line in touchpoint.line_ids:
            item = line.move_line_id
            open_amount = item.amount_residual_currency
            if item.reconciled or line.amount > open_amount + 0.005 or item.no_followup:
                self.problems.append(
                    f"{touchpoint.sent_at}: {touchpoint.profile_id.partner_id.name} "
                    f"was told of {line.name}, {line.amount} of {open_amount}"
                )
        self.check_agreed(touchpoint)
        partner = touchpoint.partner_id
        profile = touchpoint.profile_id
        spoken = touchpoint.line_ids
        if touchpoint.kind == "overdue":
            spoken = spoken.filtered(lambda line: line.kind == "overdue")
        stopped = (
            (profile.id, touchpoint.channel, partner.id) in self.stopped
            or (touchpoint.channel == "email" and partner.is_blacklisted)
            or profile.optout_ids.filtered(
                lambda o: o.channel == touchpoint.channel
                and o.partner_id in (partner, partner.browse())
            )
        )
        paused = profile.hold_ids.filtered(
            lambda h: h.state == "active"
            # A pause stops the ladder, not what a person says
            and (
                h.effect == "silence"
                or (h.effect == "pause" and touchpoint.origin == "automatic")
            )
            and h.date_start <= datetime.now().date()
            and (not h.date_end or h.date_end >= datetime.now().date())
        )
        for broken, why in (
            (
                touchpoint.kind in ("before_due", "overdue") and not spoken,
                "owes nothing of it",
            ),
            (stopped, f"opted out of {touchpoint.channel}"),
            (paused, "is under a hold"),
            (not profile.partner_id.active, "is archived"),
            (touchpoint.channel == "email" and partner.message_bounce, "has bounced"),
        ):
            if broken:
                self.problems.append(
                    f"{touchpoint.sent_at}: {profile.partner_id.name} {why}"
                )

    def get_rules(self, profile):
        """Return the contact rules of a customer, by their plain words."""
        partner = profile.partner_id
        kinds = ("all", "business" if partner.is_company else "consumer")
        country = partner.country_id
        return (
            self.env["collections.contact.rule"]
            .search([("company_id", "in", [False, self.company.id])])
            .filtered(
                lambda rule: rule.applies_to in kinds
                and (not rule.country_ids or not country or country in rule.country_ids)
            )
        )

    def get_holidays(self):
        calendar = self.company.collections_calendar_id
        zone = ZoneInfo(calendar.tz)
        return {
            leave.date_from.replace(tzinfo=UTC).astimezone(zone).date()
            for leave in calendar.global_leave_ids
        }

    def check_hours(self, sent):
        """Nothing left outside of the hours, on any clock the customer may have."""
        holidays = self.get_holidays()
        wrong = []
        for touchpoint in sent:
            rules = self.get_rules(touchpoint.profile_id)
            self.assertTrue(rules)
            for zone in touchpoint.profile_id.timezones.split(","):
                local = touchpoint.sent_at.replace(tzinfo=UTC).astimezone(
                    ZoneInfo(zone)
                )
                hour = local.hour + local.minute / 60 + local.second / 3600
                for rule in rules:
                    if not (
                        rule.hour_from <= hour < rule.hour_to
                        and rule[WEEKDAYS[local.weekday()]]
                        and not (rule.holidays and local.date() in holidays)
                    ):
                        wrong.append(f"{touchpoint.profile_id.partner_id.name} {local}")
        self.assertFalse(wrong[:10])

    def check_budgets(self, sent):
        """No more contacts in any run of days than each rule allows."""
        wrong = []
        for profile in sent.profile_id:
            contacts = self.touchpoints.search(
                [
                    ("profile_id", "=", profile.id),
                    ("direction", "=", "out"),
                    ("sent_at", "!=", False),
                    ("state", "in", ("sent", "delivered")),
                ]
            )
            for zone in profile.timezones.split(","):
                days = [
                    (
                        contact.sent_at.replace(tzinfo=UTC)
                        .astimezone(ZoneInfo(zone))
                        .date(),
                        contact.channel,
                    )
                    for contact in contacts
                ]
                for cap in self.get_rules(profile).cap_ids:
                    counted = [d for d, ch in days if cap.channel in (False, ch)]
                    for first in counted:
                        last = first + timedelta(days=cap.days - 1)
                        if sum(first <= d <= last for d in counted) > cap.max_count:
                            wrong.append(
                                f"{profile.partner_id.name}: more than "
                                f"{cap.max_count} in {cap.days} days from {first}"
                            )
        self.assertFalse(wrong[:10])

    def check_quiet_days(self, sent):
        """Nothing left by itself in the quiet days after a conversation, the day of
        the conversation being the first, on any clock the customer may have."""
        talks = self.touchpoints.search(
            [("company_id", "=", self.company.id), ("conversation", "=", True)]
        )
        talks = talks.filtered(lambda t: t.date.date() >= self.day)
        self.assertGreater(len(talks), 10)
        sent = sent.filtered(lambda t: t.origin == "automatic").grouped("profile_id")
        wrong = []
        for talk in talks:
            profile = talk.profile_id
            quiet = max(self.get_rules(profile).mapped("silence_days"))
            for touchpoint in sent.get(profile, self.touchpoints):
                for zone in profile.timezones.split(","):
                    spoken, left = (
                        moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
                        for moment in (talk.date, touchpoint.sent_at)
                    )
                    after = touchpoint.sent_at > talk.date
                    if after and (left - spoken).days < quiet:
                        wrong.append(f"{profile.partner_id.name} {spoken}: {left}")
        self.assertFalse(wrong[:10])
        # Some messages waited for it, in the run and at the door.
        waited = self.touchpoints.search(
            [("company_id", "=", self.company.id), ("refusal", "=", "quiet")]
        )
        self.assertTrue(waited)

    def check_steps(self, sent):
        """No step was taken twice, no customer had two messages of one run."""
        steps = Counter(
            (t.profile_id.id, t.episode, t.stage_id.id, t.occurrence)
            for t in sent
            if t.state in ("sent", "delivered")
        )
        self.assertFalse([step for step, count in steps.items() if count > 1])
        runs = Counter((t.profile_id.id, t.run_id.id) for t in sent)
        self.assertFalse([run for run, count in runs.items() if count > 1])

    def check_breadth(self, sent):
        """The year was no quiet one: a test that sees nothing proves nothing."""
        self.assertGreater(len(sent), 250)
        kinds = Counter(touchpoint.kind for touchpoint in sent)
        self.assertEqual(set(kinds), {"before_due", "overdue", "after_paid"})
        self.assertGreater(min(kinds.values()), 50)
        self.assertLessEqual({"friendly", "firm", "final"}, set(sent.mapped("tone")))
        self.assertLessEqual(
            {"email", "sms", "letter", "call"}, set(sent.mapped("channel"))
        )
        self.assertEqual(set(sent.mapped("lang")), {"en_US", "de_DE", "fr_FR", "es_ES"})
        for key in ("kauripoint", "konaridge", "kiritimati", "aozora", "tidewater"):
            self.assertIn(self.profile(key), sent.profile_id, key)
        refused = self.touchpoints.search(
            [("company_id", "=", self.company.id), ("state", "=", "cancelled")]
        )
        self.assertLessEqual({"settled", "paused"}, set(refused.mapped("refusal")))
        self.assertTrue(self.stopped)
        self.assertFalse(
            self.touchpoints.search_count(
                [
                    ("company_id", "=", self.company.id),
                    ("state", "=", "failed"),
                    ("origin", "=", "automatic"),
                ]
            )
        )
