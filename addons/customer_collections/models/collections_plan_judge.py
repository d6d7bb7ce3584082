from odoo import models
from odoo.tools import SQL, format_amount, format_list

from ..tools.instalments import settle
from .collections_plan import LIVE_STATES, RUNNING_STATES


class CollectionsPlan(models.Model):
    """Judged from the ledger: what was paid, the oldest instalment first."""

    _inherit = "collections.plan"

    def _judge(self, measures, as_of):
        """Kept once all of it came; a missed instalment is asked about before the
        plan breaks."""
        result = super()._judge(measures, as_of)
        plans = self.filtered(lambda p: p.state in LIVE_STATES)
        fate = plans._load_fate()
        for plan in plans:
            plan._judge_one(measures[plan.id], fate.get(plan.hold_id.id, []), as_of)
        return result

    def _load_fate(self):
        """Return what happened to the invoices of these plans besides payments.

        :return: dict of hold id to list of (invoice, what: ``draft``, ``cancel``,
                 ``credited`` or ``moved``)
        """
        if not self:
            return {}
        self.env["account.move"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT h.id, m.name,
                       CASE WHEN m.state <> 'posted' THEN m.state ELSE 'credited' END
                  FROM collections_hold h
                  JOIN collections_hold_line l ON l.hold_id = h.id
                  JOIN account_move m ON m.id = l.move_id
             LEFT JOIN account_move_line i ON i.id = l.move_line_id
                 WHERE h.id IN %s
                   AND (m.state <> 'posted'
                        OR EXISTS (
                            SELECT FROM account_partial_reconcile r
                              JOIN account_move_line c ON c.id = r.credit_move_id
                              JOIN account_move cm ON cm.id = c.move_id
                             WHERE r.debit_move_id = i.id
                               AND r.id > h.since_partial_id
                               AND cm.move_type = 'out_refund'))
              ORDER BY h.id, m.id
                """,
                tuple(self.hold_id.ids) or (0,),
            )
        )
        fate = {}
        for hold, name, what in rows:
            fate.setdefault(hold, []).append((name or "", what))
        return fate

    def _judge_one(self, measure, fate, as_of):
        self.ensure_one()
        currency = self.currency_id
        received = sum(amount for _day, amount in measure.received)
        left = currency.round(measure.left)
        # Not paid and not owed any more: cancelled, reset, or moved elsewhere
        dropped = max(0.0, currency.round(self.amount - received - left))
        # ...of which so much because an invoice was posted again with less
        less = max(0.0, currency.round(self.amount - measure.agreed))
        self._judge_instalments(measure, dropped, as_of)
        moved = currency.round(dropped - less)
        self._tell_fate(fate, moved)
        if currency.is_zero(left):
            # What is on its way may still come to nothing: then the plan goes on.
            if currency.is_zero(measure.on_its_way):
                self._judge_ended(fate, received, moved, as_of)
        elif self.state == "proposed":
            if self.date_lapse and as_of > self.date_lapse and not self.accepted_at:
                self._end("cancelled", self.env._("The customer did not answer"), as_of)
        else:
            self._judge_missed(as_of)
            deposit = self.instalment_ids.filtered(lambda i: not i.number)
            if self.state == "agreed" and not any(deposit.mapped("amount_left")):
                self.state = "active"

    def _judge_instalments(self, measure, dropped, as_of):
        """Write what was paid of each instalment: the oldest first, whatever the
        customer paid it for."""
        instalments = self.instalment_ids.sorted(lambda i: (i.date_due, i.number))
        rows = settle(
            instalments.mapped("amount"),
            measure.received,
            dropped,
            self.currency_id.rounding,
        )
        # Money that nobody has matched yet: before anybody is told of a missed one
        loose = sum(amount for _day, amount in measure.loose)
        for instalment, row in zip(instalments, rows, strict=True):
            rest = instalment.amount - row.paid - row.dropped
            unmatched = max(0.0, min(loose, self.currency_id.round(rest)))
            loose -= unmatched
            values = instalment._prepare_judged(row, unmatched, as_of)
            if values:
                instalment.write(values)

    def _judge_ended(self, fate, received, moved, as_of):
        """Nothing of it is open any more: paid, or not owed."""
        if self.currency_id.compare_amounts(moved, 0) <= 0:
            self._end("kept", self.env._("Everything was paid"), as_of)
        elif self._is_void() or (
            fate and all(what == "cancel" for _name, what in fate)
        ):
            state = "cancelled" if self.currency_id.is_zero(received) else "kept"
            self._end(state, self.env._("Its invoices were cancelled"), as_of)

    def _judge_missed(self, as_of):
        """Break the plan once a missed instalment was asked about in vain."""
        missed = self.instalment_ids.filtered(lambda i: i.state == "missed")
        if not missed or self.state not in RUNNING_STATES:
            return
        self._note_asked(missed)
        patience = self._get_rule("patience_days")
        company = self.company_id
        for instalment in missed.filtered("asked_on"):
            until = company._collections_add_working_days(instalment.asked_on, patience)
            if as_of > until:
                self._break(instalment, as_of)
                return

    def _break(self, instalment, as_of):
        """Give the amounts back to the ladder, at the stage that the policy names."""
        self.ensure_one()
        self._end(
            "broken",
            self.env._(
                "%(instalment)s was not paid, nor was there an answer",
                instalment=instalment._get_title().capitalize(),
            ),
            as_of,
        )
        self._advance_ladder()
        self.profile_id.activity_schedule(
            "mail.mail_activity_data_call",
            summary=self.env._("A payment plan broke: ask what happened"),
            note=self.display_name,
            user_id=self.user_id.id,
        )

    def _advance_ladder(self):
        """Let the ladder go on with the stage that the policy names for broken plans.

        Nobody is put back to a gentler step, none is said twice.
        """
        self.ensure_one()
        profile = self.profile_id
        stage = profile.policy_id.plan_broken_stage_id
        ladder = profile.policy_id.stage_ids.filtered(
            lambda s: s.kind == "overdue" and s.active
        ).sorted(lambda s: (s.delay_days, s.id))
        before = ladder.filtered(
            lambda s: (s.delay_days, s.id) < (stage.delay_days, stage.id)
        )[-1:]
        stands = profile.stage_id
        if not stage or not before or stands.delay_days >= before.delay_days > 0:
            return
        profile.write({"stage_id": before.id, "stage_date": profile.stage_date})

    # === TOLD ONCE === #

    def _tell_fate(self, fate, moved):
        """Tell the owner, once for each news, what became of the invoices."""
        self.ensure_one()
        words = {
            "draft": self.env._("reset to draft"),
            "cancel": self.env._("cancelled"),
            "credited": self.env._("credited"),
        }
        news = [
            self.env._("%(invoice)s was %(what)s", invoice=name, what=words[what])
            for name, what in fate
            if what in words
        ]
        fallen = self.currency_id.compare_amounts(moved, 0) > 0
        if fallen and not fate and not self._is_void():
            news = [
                self.env._(
                    "%(amount)s of it was moved to another account",
                    amount=format_amount(self.env, moved, self.currency_id),
                )
            ]
        note = format_list(self.env, news) if news else False
        if note == (self.fallen_away or False):
            return
        self.fallen_away = note
        if note:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Look at the plan: its invoices changed"),
                note=note,
                user_id=self.user_id.id,
            )
