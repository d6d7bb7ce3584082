from itertools import zip_longest

import psycopg2
import psycopg2.errors

from odoo import api, fields, models
from odoo.service.model import retrying
from odoo.tools import SQL

# Touchpoints sent between two commits: what a killed worker has to do again.
BATCH_SIZE = 50
# Turns in which a worker may find that another was quicker.
LOCK_ATTEMPTS = 5


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    # === SCHEDULED JOB === #

    @api.model
    def _cron_dispatch(self):
        """Send what is due, a batch at a time, and commit after each.

        Safe with any number of workers: a batch is locked, and the rows of another
        worker are skipped. A worker that is killed loses an uncommitted batch, whose
        messages nobody got. One that meets whoever changes the same customers begins
        the batch anew.
        """
        locked = retrying(self._dispatch_due, self.env)
        remaining = self.search_count(self._get_dispatch_domain()) if locked else 0
        self.env["ir.cron"]._commit_progress(len(locked), remaining=remaining)
        if not remaining:
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    @api.model
    def _dispatch_due(self):
        """Send one batch.

        :return: what was in it
        """
        locked = self._lock_due()
        locked._dispatch()
        return locked

    @api.model
    def _lock_due(self):
        """Lock the next batch that nobody else is sending.

        One statement finds and locks, so that a second worker takes the batch behind
        the first one's. A worker whose transaction began before another's ended sees
        rows that have left already: it begins anew.

        :return: the batch, empty when nothing is due or all is being sent
        """
        for _attempt in range(LOCK_ATTEMPTS):
            try:
                return self._lock_batch()
            except psycopg2.errors.SerializationFailure:
                # Nothing was written yet in this turn.
                self.env.cr.rollback()
        return self.browse()

    @api.model
    def _lock_batch(self):
        """Find and lock the next batch, see ``_lock_due``.

        :raise SerializationFailure: when it saw rows that have left already
        """
        query = self._search(
            self._get_dispatch_domain(), limit=BATCH_SIZE, order="scheduled_at, id"
        )
        lock = SQL(
            "%s FOR UPDATE OF %s SKIP LOCKED",
            query.select(),
            SQL.identifier(self._table),
        )
        self.env.cr.execute(lock, log_exceptions=False)
        batch = self.browse([row[0] for row in self.env.cr.fetchall()])
        batch.invalidate_recordset()
        return batch

    @api.model
    def _get_dispatch_domain(self):
        """Return what may leave now. Override to hold something back."""
        return [
            ("state", "=", "scheduled"),
            ("scheduled_at", "<=", fields.Datetime.now()),
            ("company_id.collections_mode", "=", "live"),
        ]

    def _dispatch(self):
        """Send these touchpoints through the gate.

        :return: those that were sent
        """
        sent = self.browse()
        # The one door: whoever knocks, the system opens or refuses.
        for company, touchpoints in self.sudo().grouped("company_id").items():
            # Days are those where the company works, also to a scheduled job.
            zone = company._collections_zone()
            # Letters take the paper of the current company.
            at_home = touchpoints.with_company(company).with_context(tz=zone)
            for turn in at_home._take_turns():
                sent |= turn._dispatch_turn()
            touchpoints.profile_id._redecide()
        return sent.sudo(self.env.su)

    def _take_turns(self):
        """Part these so that each turn has one message a customer at most: the gate
        has to count those before it.

        :return: list of touchpoints
        """
        turns = zip_longest(*(p.ids for p in self.grouped("profile_id").values()))
        return [self.browse(filter(None, turn)) for turn in turns]

    def _dispatch_turn(self):
        """Let what the gate permits leave by its channel.

        ``_send_by_<channel>`` gets all of a channel at once, of one company, in sudo
        and past the gate. It hands each over and ends in ``_mark_sent``, or leaves it
        failed with the reason (``_failing_softly``) so that the others go on. Only an
        error of the database goes through: the batch begins anew.

        :return: those that were sent
        """
        refusals = self._check_gate()
        self._apply_refusals(refusals)
        ready = self.filtered(lambda t: t.id not in refusals)._renew_lines()
        for channel, of_channel in ready.grouped("channel").items():
            getattr(of_channel, f"_send_by_{channel}")()
        done = ready.filtered(lambda t: t.state == "sent")
        done._advance_profiles()
        done._ask_to_mend_addresses(fields.Date.context_today(self))
        return done
