from odoo import api, fields, models
from odoo.tools import format_amount

from ..const import OPEN_STATES
from .collections_plan import LIVE_STATES, RUNNING_STATES
from .collections_touchpoint_gate import Refusal

# The one that matters most first: a customer gets one message of a run.
PLAN_MESSAGES = [
    ("failed", "A charge failed"),
    ("missed", "A missed instalment"),
    ("agreed", "The agreed plan"),
    ("proposal", "The proposed plan"),
    ("reminder", "Before an instalment"),
]
ABOUT_PLAN = ("proposal", "agreed")


class CollectionsPlan(models.Model):
    """What is said to the customer about a plan, through the one door."""

    _inherit = "collections.plan"

    @api.model
    def _plan_messages(self, company, day, run=None):
        """Plan what is to be said about plans: one message per customer, none to
        whom another one is on its way to.

        :param company: a root company
        :param date day: the day it is looked from
        :param run: the ``collections.run`` it belongs to
        :return: the touchpoints
        """
        plans = self or self.search(
            [("company_id", "=", company.id), ("state", "in", LIVE_STATES)]
        )
        wanted = plans._get_wanted_messages(day)
        # People plan no messages: the schedule does.
        touchpoints = self.env["collections.touchpoint"].sudo()
        profiles = self.env["collections.profile"].union(
            *(plan.profile_id for plan, *_rest in wanted)
        )
        live = company.collections_mode == "live" and (
            day == fields.Date.context_today(self)
        )
        # The run may have planned a step for them already
        others = touchpoints.search(
            [
                ("profile_id", "in", profiles.ids),
                ("origin", "=", "automatic"),
                ("state", "in", OPEN_STATES),
            ]
        )
        if live:
            # ...which may have lost its reason by the plan
            others._apply_gate(only_lost=True)
        busy = others.filtered(lambda t: t.state in OPEN_STATES).profile_id
        order = [key for key, _label in PLAN_MESSAGES]
        vals_list = []
        for plan, instalment, message, occurrence in sorted(
            wanted, key=lambda row: (order.index(row[2]), row[1].date_due or day)
        ):
            if plan.profile_id in busy:
                continue
            busy |= plan.profile_id
            vals_list.append(
                plan._prepare_message(instalment, message, occurrence, day, run)
            )
        planned = touchpoints.create(vals_list)
        planned._choose_written_channel()
        if live:
            planned._apply_gate()
        return planned.filtered(lambda t: t.state in OPEN_STATES)

    def _get_wanted_messages(self, day):
        """Return what is to be said and was not said yet.

        :return: list of (plan, instalment, message, occurrence)
        """
        empty = self.env["collections.plan.instalment"]
        wanted = []
        for plan in self:
            terms = int(f"{plan.date_first:%Y%m%d}")
            if plan.state == "proposed" and not (plan.to_approve or plan.accepted_at):
                wanted.append((plan, empty, "proposal", terms))
            if plan.state not in RUNNING_STATES:
                continue
            wanted.append((plan, empty, "agreed", terms))
            soon = fields.Date.add(day, days=plan._get_rule("reminder_days"))
            for instalment in plan.instalment_ids:
                due = int(f"{instalment.date_due:%Y%m%d}")
                if instalment.covered or instalment.amount_left <= 0:
                    continue
                if instalment.state == "missed" and not instalment.asked_on:
                    missed = instalment._get_missed_occurrence()
                    wanted.append((plan, instalment, "missed", missed))
                elif day < instalment.date_due <= soon:
                    wanted.append((plan, instalment, "reminder", due))
                last = instalment.charge_ids[:1]
                if last and last.tx_state in ("error", "cancel") and last.note:
                    wanted.append((plan, instalment, "failed", last.attempt))
        said = {
            (t.plan_id, t.plan_instalment_id, t.plan_message, t.occurrence)
            for t in self.env["collections.touchpoint"].search(
                # What "off" took back is said once the company is live again
                [("plan_id", "in", self.ids), ("refusal", "!=", "not_live")]
            )
        }
        return [row for row in wanted if row not in said]

    def _prepare_message(self, instalment, message, occurrence, day, run):
        """Return the values of a touchpoint about this plan."""
        self.ensure_one()
        profile = self.profile_id
        person = profile._get_recipient()
        now = fields.Datetime.now()
        if day != fields.Date.context_today(self):
            now = self.company_id._collections_midnight(day)
        live = self.company_id.collections_mode == "live"
        return {
            "profile_id": profile.id,
            "company_id": self.company_id.id,
            "partner_id": person.id,
            "run_id": run.id if run else False,
            "origin": "automatic",
            "channel": "email",
            "state": "scheduled" if live else "planned",
            "plan_id": self.id,
            "plan_instalment_id": instalment.id,
            "plan_message": message,
            "tone": "friendly" if message == "missed" else "helpful",
            "episode": profile.episode,
            "occurrence": occurrence,
            "scheduled_at": now,
            "date": now,
            "lang": person.lang,
            "user_id": self.user_id.id,
        }

    def _note_asked(self, missed):
        """Note that the customer was asked about missed instalments, or have the
        owner ask where no message could."""
        self.ensure_one()
        asked = self.env["collections.touchpoint"].search(
            [
                ("plan_instalment_id", "in", missed.ids),
                ("plan_message", "=", "missed"),
                ("state", "not in", OPEN_STATES),
            ],
            order="id",
        )
        for touchpoint in asked:
            instalment = touchpoint.plan_instalment_id
            # What was asked before it was paid, and missed once more, counts no more.
            if (
                instalment.asked_on
                or touchpoint.occurrence != instalment._get_missed_occurrence()
            ):
                continue
            if touchpoint.state in ("sent", "delivered"):
                instalment.asked_on = fields.Date.to_date(touchpoint.sent_at)
                continue
            instalment.asked_on = fields.Date.context_today(self)
            self.activity_schedule(
                "mail.mail_activity_data_call",
                summary=self.env._("Ask about a missed instalment"),
                note=instalment.display_name,
                user_id=self.user_id.id,
            )

    def _get_customer_url(self):
        """Return where the customer sees the plan. There is no such place here.

        :rtype: str
        """
        self.ensure_one()
        return "/my"


class CollectionsRun(models.Model):
    _inherit = "collections.run"

    def _close(self, *args):
        """Override to plan what is to be said of plans: once per run, when all of its
        customers have been looked at."""
        result = super()._close(*args)
        planned = self.env["collections.plan"]._plan_messages(
            self.company_id, self.date, self
        )
        self.planned_count += len(planned)
        return result


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    plan_id = fields.Many2one(
        comodel_name="collections.plan",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    plan_instalment_id = fields.Many2one(
        comodel_name="collections.plan.instalment",
        string="Instalment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    plan_message = fields.Selection(
        selection=PLAN_MESSAGES, string="About the Plan", readonly=True
    )
    # Merge fields
    plan_number = fields.Char(related="plan_id.name", string="Number of the Plan")
    plan_amount_text = fields.Char(compute="_compute_plan_texts", compute_sudo=True)
    plan_date_text = fields.Char(compute="_compute_plan_texts", compute_sudo=True)
    plan_title_text = fields.Char(compute="_compute_plan_texts", compute_sudo=True)
    plan_charge_text = fields.Char(
        compute="_compute_plan_texts",
        compute_sudo=True,
        help="The saved payment method, where it is charged.",
    )
    plan_html = fields.Html(
        compute="_compute_plan_texts", compute_sudo=True, sanitize=False
    )

    # One message of a kind about one thing
    _plan_uniq = models.UniqueIndex(
        "(plan_id, COALESCE(plan_instalment_id, 0), plan_message, occurrence) "
        "WHERE plan_id IS NOT NULL AND state NOT IN ('cancelled', 'failed', 'bounced')"
    )

    @api.depends("plan_id", "plan_instalment_id", "lang")
    def _compute_plan_texts(self):
        for record in self:
            touchpoint = record._in_own_language()
            plan = touchpoint.plan_id
            instalment = touchpoint.plan_instalment_id
            amount = instalment.amount_left if instalment else plan.amount
            date = instalment.date_due or plan.date_lapse or plan.date_next
            record.plan_amount_text = plan and format_amount(
                touchpoint.env, amount, plan.currency_id
            )
            record.plan_date_text = date and touchpoint._format_date(date)
            record.plan_title_text = instalment and instalment._get_title()
            record.plan_charge_text = plan.autopay and plan.token_id.display_name
            record.plan_html = plan and touchpoint._render_text_view(
                "touchpoint_plan", plan=plan
            )

    @api.model
    def _get_merge_fields(self):
        return super()._get_merge_fields() + (
            "plan_number",
            "plan_message",
            "plan_amount_text",
            "plan_date_text",
            "plan_title_text",
            "plan_charge_text",
            "plan_html",
        )

    def _apply_gate(self, only_lost=False):
        """Ask the gate when planned, as it is asked when sent.

        :param bool only_lost: leave alone what may go at another time
        """
        still_open = self.filtered(lambda t: t.state in OPEN_STATES)
        refusals = still_open._check_gate()
        if only_lost:
            refusals = {key: why for key, why in refusals.items() if not why.until}
        still_open._apply_refusals(refusals)

    def _get_written_channels(self):
        """Return what it may go by, in this order.

        :rtype: tuple[str, ...]
        """
        self.ensure_one()
        return "email", "sms", "letter"

    def _choose_written_channel(self):
        """Give each the channel that reaches the customer: the preference first, a
        letter only where nothing quicker does."""
        for touchpoint in self:
            lack = None
            channels = touchpoint._get_written_channels()
            preferred = touchpoint.profile_id.preferred_channel
            if preferred not in channels or preferred == "letter":
                preferred = channels[0]
            for channel in dict.fromkeys((preferred, *channels)):
                touchpoint.channel = channel
                missing = touchpoint._get_lack(channel)
                refusal = touchpoint._get_optout_refusal()
                if not missing and not refusal:
                    break
                lack = lack or missing or refusal.note
            else:
                touchpoint._cancel("no_channel", lack)
                touchpoint._ask_collector("mail.mail_activity_data_todo", lack)

    def _choose_recipient(self):
        """Let each go to whoever receives what is said to its customer now."""
        for touchpoint in self:
            person = touchpoint.profile_id._get_recipient()
            touchpoint.write({"partner_id": person.id, "lang": person.lang})

    def _take_another_way(self, refusal):
        """Override: no run plans this again, so it looks for another reader and
        another channel now."""
        notices = self.filtered(lambda t: t.plan_id or t.offer_id)
        if refusal.code == "left":
            notices._choose_recipient()
        notices._choose_written_channel()
        return super(CollectionsTouchpoint, self - notices)._take_another_way(refusal)

    def _get_next_try(self):
        """Override: whom no message may ask about a missed instalment, the owner
        asks; and the day before an instalment comes once."""
        if self.plan_message in ("missed", "reminder"):
            return None
        return super()._get_next_try()

    def _refuse_by_ledger(self, context):
        """Override to let a message about a plan pass though its amounts are held:
        as long as the plan stands and the instalment is not paid."""
        if self.plan_id:
            return self._refuse_by_plan()
        return super()._refuse_by_ledger(context)

    def _refuse_by_plan(self):
        self.ensure_one()
        plan, instalment = self.plan_id, self.plan_instalment_id
        if self.plan_message == "proposal":
            standing = plan.state == "proposed" and not plan.to_approve
        else:
            standing = plan._is_running()
        if not standing:
            return Refusal(
                "settled" if plan.state == "kept" else "superseded",
                self.env._("The plan is no longer what it was about."),
            )
        if instalment and (instalment.amount_left <= 0 or instalment.covered):
            return Refusal(
                "settled", self.env._("The instalment is paid or on its way.")
            )
        today = fields.Date.context_today(self)
        if self.plan_message == "reminder" and today > instalment.date_due:
            return Refusal("superseded", self.env._("The day has passed."))
        if self.plan_message == "missed" and instalment.state != "missed":
            return Refusal(
                "settled", self.env._("The instalment is not missed any more.")
            )
        return None

    def _is_about_ledger(self):
        """Override: it speaks of a plan."""
        return not self.plan_id and super()._is_about_ledger()

    def _get_why_words(self):
        """Override: what about which plan."""
        if not self.plan_id:
            return super()._get_why_words()
        kinds = dict(self._fields["plan_message"]._description_selection(self.env))
        return [kinds.get(self.plan_message), self.plan_id.name]

    def _renew_lines(self):
        """Override: what is said about a plan names its instalments, not items."""
        about_plan = self.filtered("plan_id")
        return (
            about_plan | super(CollectionsTouchpoint, self - about_plan)._renew_lines()
        )

    def _get_email_template(self):
        if self.plan_id:
            return self.env.ref("customer_collections.mail_template_plan")
        return super()._get_email_template()

    def _get_sms_template(self):
        if self.plan_id:
            return self.env.ref("customer_collections.sms_template_plan")
        return super()._get_sms_template()

    def _get_message_attachments(self):
        files = super()._get_message_attachments()
        if self.plan_message in ABOUT_PLAN:
            files.append(
                (self.plan_id._get_filename(), self.plan_id._render_agreement())
            )
        return files
