from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL

# What stays until its cause is gone is looked at again after so many days.
REVIEW_DAYS = 14
# An owner who does not answer is asked again after so many days.
REVIEW_AGAIN_DAYS = 7
# About what the desk holds by itself, an owner is asked so often in a night.
ASKED_AT_ONCE = 20
# What the causes of automatic holds are read from.
CAUSES = {
    "account.bank.statement.line": [
        "amount",
        "amount_residual",
        "currency_id",
        "foreign_currency_id",
        "is_reconciled",
        "move_id",
        "partner_id",
    ],
    "account.move": [
        *("amount_residual", "date", "is_move_sent", "payment_state", "state"),
    ],
    "account.payment": [
        *("amount", "currency_id", "date", "is_matched", "move_id", "partner_id"),
        *("partner_type", "payment_type", "state"),
    ],
    "collections.hold": None,
    "collections.profile": ["collector_id", "company_id", "partner_id"],
    "mail.message": ["date", "model", "res_id"],
    "mail.notification": None,
    "res.partner": ["commercial_partner_id", "partner_share"],
}


class CollectionsHold(models.Model):
    """The holds that the ledger, the bank and the mail ask for, and the run's part."""

    _inherit = "collections.hold"

    # === THE RUN'S PART === #

    @api.model
    def _evaluate(self, run):
        """End what has run its time, and write or end the holds that the ledger
        itself asks for. Set-based.

        The first step of a run. An override calls ``super()`` and then looks at the
        whole company in a few statements: ``_insert_automatic`` writes its holds, and
        it ends them itself.

        :param run: a ``collections.run``, for its company and date; it has not looked
                    at anybody yet
        :raise UserError: to stop the run, in the words of the person
        """
        self.env["collections.agreement"]._judge_all(run.company_id, run.date)
        self.env["collections.dispute"]._watch(run)
        self.flush_model()
        self._expire(run)
        if run.company_id.collections_hold_unsent:
            self._hold_unsent(run)
        self._follow_causes(run)
        self._remind_owners(run)
        self.invalidate_model()

    @api.model
    def _follow_causes(self, run, where=None):
        """Hold the money in the bank that is not matched and what must not be paid, and
        end what has lost its cause: in the run, and whenever a profile is refreshed.

        :param run: a ``collections.run``, which may be a new record; its company and
                    date count
        :param SQL where: a condition on ``p`` (collections_profile), to narrow it
        """
        for model, fnames in CAUSES.items():
            self.env[model].flush_model(fnames)
        where = where or SQL("TRUE")
        self._hold_unmatched(run, where)
        self._hold_blocked(run, where)
        self._end_outdated(run, where)
        self.invalidate_model(flush=False)

    @api.model
    def _expire(self, run):
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_hold
                   SET state = 'ended', ended_on = %(as_of)s, end_note = %(note)s
                 WHERE company_id = %(company)s
                   AND state = 'active' AND date_end < %(as_of)s
                """,
                as_of=run.date,
                company=run.company_id.id,
                note=self.env._("It ran its time"),
            )
        )

    @api.model
    def _hold_unsent(self, run):
        """Do not chase an invoice that was never sent: it is our fault first."""
        self.env["account.move"].flush_model()
        self._insert_automatic(
            run,
            SQL("'invoice_unsent'"),
            SQL("'account.move'"),
            SQL(
                """
                SELECT p.id AS profile_id, m.id AS origin_id, NULL::numeric AS amount,
                       m.currency_id, p.collector_id
                  FROM account_move m
                  JOIN res_company c ON c.id = m.company_id
                  JOIN collections_profile p
                    ON p.partner_id = m.commercial_partner_id
                   AND p.company_id = split_part(c.parent_path, '/', 1)::int
                 WHERE p.company_id = %(company)s
                   AND m.state = 'posted' AND m.move_type = 'out_invoice'
                   AND m.is_move_sent IS NOT TRUE
                   AND m.amount_residual > 0
                   AND m.payment_state IN ('not_paid', 'partial', 'blocked')
                """,
                company=run.company_id.id,
            ),
        )

    @api.model
    def _hold_blocked(self, run, where):
        """Do not chase an invoice whose payment somebody blocked in Odoo: the customer
        cannot pay it online either.

        :param SQL where: a condition on ``p`` (collections_profile), to narrow it
        """
        self._insert_automatic(
            run,
            SQL("'payment_blocked'"),
            SQL("'account.move'"),
            SQL(
                """
                SELECT p.id AS profile_id, m.id AS origin_id, NULL::numeric AS amount,
                       m.currency_id, p.collector_id
                  FROM account_move m
                  JOIN res_company c ON c.id = m.company_id
                  -- Odoo leaves it as it was when a contact moves
                  JOIN res_partner r ON r.id = m.commercial_partner_id
                  JOIN collections_profile p
                    ON p.partner_id = r.commercial_partner_id
                   AND p.company_id = split_part(c.parent_path, '/', 1)::int
                 WHERE p.company_id = %(company)s
                   AND m.state = 'posted' AND m.payment_state = 'blocked'
                   AND m.move_type IN ('out_invoice', 'out_receipt')
                   AND m.amount_residual > 0 AND %(where)s
                """,
                company=run.company_id.id,
                where=where,
            ),
        )

    @api.model
    def _insert_automatic(self, run, reason, origin_model, wanted):
        """Write the holds that are wanted and not there: nothing that they cover is
        chased. What a person ended is not written again. They have no end but that of
        their cause, and their owner is asked to look again if that takes long. One
        whose cause is gone ends here only for the reasons of this file; whoever writes
        another reason ends it.

        :param run: a ``collections.run``, for its company and date
        :param SQL reason: a key of ``reason``
        :param SQL origin_model: name of the model of what causes it
        :param SQL wanted: columns profile_id, origin_id, amount, currency_id and
                           collector_id (NULL: the company's sender). Without an amount
                           a hold covers the open items of the invoice that the
                           ``account.move`` of ``origin_id`` is; any other origin needs
                           an amount, rounded as its currency is, and that currency
        """
        self.env.cr.execute(
            SQL(
                """
                WITH wanted AS (%(wanted)s),
                hold AS (
                    INSERT INTO collections_hold
                           (profile_id, company_id, reason, effect, scope, amount,
                            currency_id, date_start, date_review, user_id, automatic,
                            origin_model, origin_id, state, create_uid, create_date,
                            write_uid, write_date)
                    SELECT w.profile_id, %(company)s, %(reason)s, 'exclude',
                           CASE WHEN w.amount IS NULL THEN 'items' ELSE 'amount' END,
                           w.amount, w.currency_id, %(as_of)s, %(review)s,
                           COALESCE(w.collector_id, %(owner)s), TRUE,
                           %(origin_model)s, w.origin_id, 'active', %(uid)s, %(now)s,
                           %(uid)s, %(now)s
                      FROM wanted w
                     WHERE NOT EXISTS (
                            SELECT FROM collections_hold h
                             WHERE h.profile_id = w.profile_id
                               AND h.reason = %(reason)s
                               AND h.origin_model = %(origin_model)s
                               AND h.origin_id = w.origin_id
                               -- A person who ended it knows better
                               AND (h.state = 'active'
                                    OR h.ended_by_id IS NOT NULL))
                    ON CONFLICT DO NOTHING
                    RETURNING id, origin_id, amount
                )
                INSERT INTO collections_hold_line (hold_id, move_line_id, move_id,
                            create_uid, create_date, write_uid, write_date)
                SELECT h.id, l.id, l.move_id, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM hold h
                  JOIN account_move_line l ON l.move_id = h.origin_id
                  JOIN account_account a
                    ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                 WHERE h.amount IS NULL AND l.reconciled IS NOT TRUE
                """,
                wanted=wanted,
                company=run.company_id.id,
                reason=reason,
                origin_model=origin_model,
                as_of=run.date,
                review=run.date + timedelta(days=REVIEW_DAYS),
                owner=self._get_default_owner(run.company_id).id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )

    @api.model
    def _get_default_owner(self, company):
        """Return who owns a hold of a customer that has no collector."""
        return company.collections_sender_id or self.env.ref("base.user_admin")

    @api.model
    def _end_outdated(self, run, where):
        """End automatic holds whose cause is gone, as ``_hold_unmatched`` has found it.

        :param SQL where: a condition on ``p`` (collections_profile), to narrow it
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_hold h
                   SET state = 'ended', ended_on = %(as_of)s, end_note = %(note)s
                  FROM collections_profile p
                 WHERE p.id = h.profile_id AND h.company_id = %(company)s
                   AND h.state = 'active' AND h.automatic AND %(where)s
                   AND CASE h.reason
                       WHEN 'invoice_unsent' THEN NOT EXISTS (
                            SELECT FROM account_move m
                             WHERE m.id = h.origin_id AND m.state = 'posted'
                               AND m.is_move_sent IS NOT TRUE
                               AND m.amount_residual > 0)
                            OR NOT %(unsent)s
                       WHEN 'payment_blocked' THEN NOT EXISTS (
                            SELECT FROM account_move m
                             WHERE m.id = h.origin_id AND m.state = 'posted'
                               AND m.payment_state = 'blocked'
                               AND m.amount_residual > 0)
                       WHEN 'invoice_bounced' THEN NOT EXISTS (
                            SELECT FROM account_move m
                             WHERE m.id = h.origin_id AND m.state = 'posted'
                               AND m.amount_residual > 0)
                            OR EXISTS (%(arrived)s)
                       WHEN 'money_unmatched' THEN NOT EXISTS (
                            SELECT FROM collections_tmp_unmatched w
                             WHERE w.origin_id = h.origin_id
                               AND w.profile_id = h.profile_id)
                       ELSE FALSE END
                """,
                as_of=run.date,
                company=run.company_id.id,
                note=self.env._("Its cause is gone"),
                arrived=self._get_arrived_sql(run.date),
                where=where,
                unsent=run.company_id.collections_hold_unsent,
            )
        )

    @api.model
    def _get_arrived_sql(self, as_of):
        """Return whether the invoice of ``h`` (collections_hold) reached the customer
        after all: an e-mail it was attached to, later than the last one that got lost,
        left before the day, so that there was time to come back.

        :return: a query with one row, or none
        :rtype: SQL
        """
        return SQL(
            """
            SELECT FROM (
                SELECT g.id,
                       bool_or(n.notification_status IN ('bounce', 'exception'))
                           AS lost,
                       bool_and(n.notification_status = 'sent')
                       AND g.date < %s::date
                       AND EXISTS (SELECT FROM message_attachment_rel x
                                    WHERE x.message_id = g.id) AS arrived
                  FROM mail_message g
                  JOIN mail_notification n
                    ON n.mail_message_id = g.id AND n.notification_type = 'email'
             LEFT JOIN res_partner r ON r.id = n.res_partner_id
                 WHERE g.model = 'account.move' AND g.res_id = h.origin_id
                   -- A colleague's copy says nothing of the customer's
                   AND r.partner_share IS NOT FALSE
              GROUP BY g.id
              ) AS mail
            HAVING MAX(id) FILTER (WHERE arrived)
                   > COALESCE(MAX(id) FILTER (WHERE lost), 0)
            """,
            as_of,
        )

    @api.model
    def _remind_owners(self, run):
        """Ask the owners of open holds to look again when the day has come: once about
        what the desk holds by itself, and not about all of it in one night; else every
        week until they name another day."""
        due = Domain(
            [
                ("company_id", "=", run.company_id.id),
                ("state", "=", "active"),
                ("date_review", "<=", run.date),
                "|",
                ("asked_on", "=", False),
                "&",
                ("automatic", "=", False),
                ("asked_on", "<=", run.date - timedelta(days=REVIEW_AGAIN_DAYS)),
            ]
        )
        for owner, automatic in self._read_group(due, ["user_id", "automatic"]):
            # An e-mail about each customer would be many: their list of tasks has them.
            quiet = self.with_context(mail_activity_quick_update=automatic)
            holds = quiet.search(
                due
                & Domain("user_id", "=", owner.id)
                & Domain("automatic", "=", automatic),
                order="date_review, id",
                limit=ASKED_AT_ONCE if automatic else None,
            )
            holds._ask_owner(owner)
            holds.asked_on = run.date

    def _ask_owner(self, owner):
        """Ask the owner of these holds to look again, once per customer."""
        summary = self.with_context(lang=owner.lang).env._("Look at the hold again")
        asked = self.env["mail.activity"].search(
            [
                ("res_model", "=", self.profile_id._name),
                ("res_id", "in", self.profile_id.ids),
                ("user_id", "=", owner.id),
                ("summary", "=", summary),
            ]
        )
        profiles = self.profile_id - self.profile_id.browse(asked.mapped("res_id"))
        # Read at once: each activity asks for the name of its customer.
        profiles.mapped("display_name")
        profiles.activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, user_id=owner.id
        )

    # === WHEN MAIL COMES BACK === #

    @api.model
    def _hold_bounced(self, invoices):
        """Do not chase an invoice whose e-mail came back or was refused: it is our
        fault first.

        :param invoices: posted customer invoices; others are left out
        """
        for move in invoices.filtered(
            lambda m: m.move_type == "out_invoice" and m.state == "posted"
        ):
            lines = move.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
                and not line.reconciled
            )
            standing = self.search_count(
                [
                    ("origin_model", "=", move._name),
                    ("origin_id", "=", move.id),
                    ("reason", "=", "invoice_bounced"),
                    ("state", "=", "active"),
                ]
            )
            if not lines or standing:
                continue
            profile = self.env["collections.profile"]._get_or_create(
                move.commercial_partner_id, move.company_id.root_id
            )
            owner = profile.collector_id or self._get_default_owner(profile.company_id)
            today = profile.company_id._collections_today()
            self.create(
                {
                    "profile_id": profile.id,
                    "reason": "invoice_bounced",
                    "effect": "exclude",
                    "scope": "items",
                    "line_ids": [
                        Command.create({"move_line_id": line.id}) for line in lines
                    ],
                    "date_start": today,
                    "date_review": today + timedelta(days=REVIEW_DAYS),
                    "user_id": owner.id,
                    "automatic": True,
                    "origin_model": move._name,
                    "origin_id": move.id,
                }
            )
            profile.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._(
                    "%(invoice)s never arrived: mend the address and send it again",
                    invoice=move.name,
                ),
                user_id=owner.id,
            )
