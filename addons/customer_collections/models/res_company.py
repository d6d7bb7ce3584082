from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..const import OPEN_STATES
from ..tools.local_time import day_start

# When a manager looks again at old debts that were left to a person.
PERSON_REVIEW_DAYS = 14


# Portal users read their company, not how it is run.
INTERNAL = "base.group_user"


class ResCompany(models.Model):
    _inherit = "res.company"

    collections_mode = fields.Selection(
        selection=[
            ("off", "Off"),
            ("preview", "Preview: nothing is sent"),
            ("live", "Live"),
        ],
        required=True,
        default="preview",
        help="Preview shows what would be said; only Live sends it.",
        groups=INTERNAL,
    )
    collections_live_since = fields.Datetime(readonly=True, groups=INTERNAL)
    collections_catch_up = fields.Selection(
        selection=[
            ("gentle", "Start every old debt at the gentle end"),
            ("age", "Start at the step its age calls for"),
            ("person", "Leave debts older than the limit to a person"),
        ],
        required=True,
        default="gentle",
        groups=INTERNAL,
    )
    collections_catch_up_days = fields.Integer(
        string="Old Debt Limit (Days)",
        default=180,
        groups=INTERNAL,
    )
    collections_business = fields.Selection(
        selection=[("b2b", "Companies"), ("b2c", "Consumers"), ("both", "Both")],
        required=True,
        default="b2b",
        help="Who your customers mostly are. A customer that is no company "
        "always counts as a consumer.",
        groups=INTERNAL,
    )
    collections_policy_id = fields.Many2one(
        comodel_name="collections.policy",
        string="Default Policy",
        check_company=True,
        help="Used for customers whom no segment claims.",
        groups=INTERNAL,
    )
    collections_sender_id = fields.Many2one(
        comodel_name="res.users",
        string="Default Sender",
        help="Signs what is said to customers who have no collector yet.",
        groups=INTERNAL,
    )
    collections_calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Holidays",
        help="On the public holidays (time off of everybody) of this calendar "
        "no message goes out. Empty: on those of the company's working hours.",
        groups=INTERNAL,
    )
    collections_hold_unsent = fields.Boolean(
        string="Hold Invoices Never Sent",
        help="Do not chase an invoice that Odoo never sent. Leave this off if you "
        "send your invoices by other means.",
        groups=INTERNAL,
    )
    collections_respect_blacklist = fields.Boolean(
        string="Honour Blacklists",
        default=True,
        help="Treat an address on the e-mail or phone blacklist as opted out.",
        groups=INTERNAL,
    )
    collections_reply_days = fields.Integer(
        string="Days to Answer a Reply",
        default=5,
        help="A customer's reply pauses the reminders for so many days, unless it "
        "is answered before.",
        groups=INTERNAL,
    )
    collections_pending_days = fields.Integer(
        string="Days an Online Payment May Stay Pending",
        default=14,
        help="A payment that is still pending after so many days stops no reminder.",
        groups=INTERNAL,
    )
    collections_aging_1 = fields.Integer(
        string="Ageing Limit 1", default=30, groups=INTERNAL
    )
    collections_aging_2 = fields.Integer(
        string="Ageing Limit 2", default=60, groups=INTERNAL
    )
    collections_aging_3 = fields.Integer(
        string="Ageing Limit 3", default=90, groups=INTERNAL
    )
    collections_aging_4 = fields.Integer(
        string="Ageing Limit 4", default=120, groups=INTERNAL
    )

    @api.constrains("collections_policy_id")
    def _check_collections_policy(self):
        self._check_company(["collections_policy_id"])

    @api.constrains(
        "collections_aging_1",
        "collections_aging_2",
        "collections_aging_3",
        "collections_aging_4",
    )
    def _check_collections_aging(self):
        for company in self:
            limits = company._get_collections_aging_limits()
            if limits[0] < 1 or limits != sorted(set(limits)):
                raise ValidationError(
                    self.env._(
                        "The ageing limits must grow: %(limits)s do not.",
                        limits=", ".join(map(str, limits)),
                    )
                )

    @api.constrains(
        "collections_reply_days",
        "collections_pending_days",
        "collections_catch_up_days",
    )
    def _check_collections_days(self):
        for company in self:
            if company.collections_reply_days < 1:
                raise ValidationError(
                    self.env._("Give yourselves at least one day to answer a reply.")
                )
            if company.collections_pending_days < 0:
                raise ValidationError(
                    self.env._("A payment cannot stay pending for less than 0 days.")
                )
            if company.collections_catch_up_days < 1:
                raise ValidationError(
                    self.env._("The limit of an old debt is at least one day.")
                )

    def _collections_zone(self):
        """Return the time zone by which the company counts its days.

        :rtype: str
        """
        self.ensure_one()
        # Whoever asks need not read calendars.
        root_sudo = self.sudo().root_id
        return root_sudo.resource_calendar_id.tz or root_sudo.partner_id.tz or "UTC"

    def _collections_today(self):
        """Return which day it is where the company works: to a scheduled job it is
        the day in UTC, a day ahead in an afternoon in California.

        :rtype: date
        """
        zone = self._collections_zone()
        return fields.Date.context_today(self.with_context(tz=zone))

    def _collections_midnight(self, day):
        """Return when a day begins where the company works.

        :param date day: as the company counts
        :return: naive UTC
        :rtype: datetime
        """
        return day_start(self._collections_zone(), day)

    def _collections_hour(self):
        """Return which hour it is where the company works.

        :rtype: int
        """
        local = self.with_context(tz=self._collections_zone())
        return fields.Datetime.context_timestamp(local, fields.Datetime.now()).hour

    def _get_collections_aging_limits(self):
        """Return the upper limits, in days past due, of the first four buckets.

        :rtype: list[int]
        """
        self.ensure_one()
        return [
            self.collections_aging_1,
            self.collections_aging_2,
            self.collections_aging_3,
            self.collections_aging_4,
        ]

    def _suggest_collections_hold_unsent(self):
        """Tell whether this company sends its invoices with Odoo, so that one never
        sent is our own fault: most of those of the last 90 days were.

        :rtype: bool
        """
        self.ensure_one()
        recent = [
            ("company_id", "child_of", self.id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("invoice_date", ">", "today -90d"),
        ]
        # A count for a proposal; who sets this up may not read invoices.
        counts = dict(
            self.env["account.move"]
            .sudo()
            ._read_group(recent, ["is_move_sent"], ["__count"])
        )
        return counts.get(True, 0) > counts.get(False, 0)

    # === GOING LIVE === #

    def _collections_go_live(self, catch_up="gentle", catch_up_days=180):
        """Say "live": from now on the right messages leave.

        What the preview planned stands, unless the choice for old debts changes it;
        a run follows at once. Only for managers, and after their confirmation: the
        caller sees to both.

        :param str catch_up: ``gentle``, ``age`` or ``person``: where debts start
                             that were late before
        :param int catch_up_days: age in days from which ``person`` leaves a debt to
                                  a person
        :return: the run
        """
        self.ensure_one()
        company = self.root_id
        if not (company.collections_sender_id or self.env.user._is_superuser()):
            # Whom customers without a collector know, and who is asked to call them.
            company.collections_sender_id = self.env.user
        if company.collections_mode != "live":
            # Old debts are treated below: also those that no run has seen yet.
            company.collections_mode = "preview"
            self.env["collections.run"]._run_company(company)
        company.write(
            {
                "collections_mode": "live",
                "collections_live_since": fields.Datetime.now(),
                "collections_catch_up": catch_up,
                "collections_catch_up_days": catch_up_days,
            }
        )
        if catch_up == "age":
            company._start_by_age()
        elif catch_up == "person":
            company._leave_to_person(catch_up_days)
        company._release_planned()
        return self.env["collections.run"]._run_company(company)

    def _collections_go_preview(self):
        """Say "preview" again: what has not left stays, until live is said again."""
        company = self.root_id
        company.collections_mode = "preview"
        company._take_back_queued()
        company._find_planned("to_approve", "scheduled").state = "planned"

    def _collections_go_off(self):
        """Say "off": no run looks at this company, and what it planned is taken back.

        Agreements, holds and what was said stay. The guided setup begins anew.
        """
        company = self.root_id
        company.collections_mode = "off"
        company._take_back_queued()
        planned = company._find_planned(*OPEN_STATES)
        planned |= company._find_waiting()
        planned._cancel("not_live")
        planned.profile_id._redecide()

    def _take_back_queued(self):
        """Take back the messages that wait in Odoo's queues of mails and texts."""
        self.ensure_one()
        # In sudo: who decides for the company need not read its queues.
        texts = (
            self.env["sms.sms"]
            .sudo()
            .search(
                [
                    ("state", "=", "outgoing"),
                    ("mail_message_id.model", "=", "collections.profile"),
                ]
            )
        )
        queued = (
            self.env["collections.touchpoint"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.id),
                    *("|", ("origin", "=", "automatic"), ("copy_of_id", "!=", False)),
                    ("state", "=", "sent"),
                    "|",
                    ("mail_message_id.mail_ids.state", "=", "outgoing"),
                    ("mail_message_id", "in", texts.mail_message_id.ids),
                ]
            )
        )
        queued = queued.filtered(
            # Not what a colleague's copy of has left already
            lambda t: "sent" not in t.mail_message_id.mail_ids.mapped("state")
        )
        queued._reopen(
            fields.Datetime.now(),
            self.env._(
                "%(company)s has not gone live; nothing is sent.", company=self.name
            ),
        )
        # Made anew with what they are copies of
        queued.filtered(lambda t: t.copy_of_id in queued)._cancel("not_live")

    def _find_planned(self, *states):
        return self.env["collections.touchpoint"].search(
            [
                ("company_id", "=", self.id),
                ("state", "in", states),
                ("origin", "=", "automatic"),
            ]
        )

    def _find_waiting(self):
        """Return what is said by itself beside the ladder and waits for its hour:
        copies, and what a reason calls for."""
        return self.env["collections.touchpoint"].search(
            [
                ("company_id", "=", self.id),
                ("direction", "=", "out"),
                ("origin", "=", "person"),
                ("state", "=", "scheduled"),
            ]
        )

    def _collections_simulate_go_live(self, catch_up="gentle", catch_up_days=180):
        """Say what the first live night would send, and keep nothing of it.

        :return: as ``collections.run._simulate``
        """
        self.ensure_one()
        return self.env["collections.run"]._rolled_back(
            lambda: self._collections_go_live(catch_up, catch_up_days)
        )

    def _start_by_age(self):
        """Put late customers who were never reminded just before the step that the
        age of their oldest debt calls for."""
        self.env["collections.profile"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET stage_id = n.before_id
                  FROM (
                    SELECT DISTINCT ON (p.id) p.id, s.before_id
                      FROM collections_profile p
                      JOIN (
                        SELECT id, policy_id, delay_days,
                               lag(id) OVER (PARTITION BY policy_id
                                             ORDER BY delay_days, id) AS before_id
                          FROM collections_stage
                         WHERE kind = 'overdue' AND active
                      ) AS s
                        ON s.policy_id = p.policy_id
                       AND p.oldest_due_date + s.delay_days <= %(today)s
                     WHERE p.company_id = %(company)s AND p.stage_id IS NULL
                  ORDER BY p.id, s.delay_days DESC, s.id DESC
                  ) AS n
                 WHERE n.id = p.id AND n.before_id IS NOT NULL
                """,
                today=self._collections_today(),
                company=self.id,
            )
        )
        self.env["collections.profile"].invalidate_model()

    def _leave_to_person(self, days):
        """Pause customers with debts older than so many days for a manager."""
        today = self._collections_today()
        profiles = self.env["collections.profile"].search(
            [
                ("company_id", "=", self.id),
                ("oldest_due_date", "<", today - timedelta(days=days)),
                ("hold_effect", "not in", ("pause", "silence")),
            ]
        )
        self.env["collections.hold"].create(
            [
                {
                    "profile_id": profile.id,
                    "reason": "manual",
                    "effect": "pause",
                    "scope": "all",
                    "date_review": today + timedelta(days=PERSON_REVIEW_DAYS),
                    "note": self.env._(
                        "The debt is older than %(days)s days: a person decides how "
                        "to begin.",
                        days=days,
                    ),
                }
                for profile in profiles
            ]
        )

    def _release_planned(self):
        """Let what the preview planned go the way of a live message."""
        planned = self.env["collections.touchpoint"].search(
            [
                ("company_id", "=", self.id),
                ("state", "=", "planned"),
                ("origin", "=", "automatic"),
            ]
        )
        waiting = planned.filtered(
            # Also what a person wrote and something stood against since: amounts
            # that changed may be in the text.
            lambda t: t.stage_id.approval or (t.edited and t.refusal_note)
        )
        waiting.write({"state": "to_approve"})
        (planned - waiting).write({"state": "scheduled"})
