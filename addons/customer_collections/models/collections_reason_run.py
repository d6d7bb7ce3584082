from odoo import api, fields, models
from odoo.tools import SQL

# The holds that tell of an invoice that never arrived.
NEVER_ARRIVED = ("invoice_unsent", "invoice_bounced")


class CollectionsHold(models.Model):
    _inherit = "collections.hold"

    @api.model
    def _evaluate(self, run):
        """Override: what the holds tell and the ledger settled, the reasons learn."""
        result = super()._evaluate(run)
        self.env["collections.reason.entry"]._evaluate(run)
        return result


class CollectionsReasonEntry(models.Model):
    """What the run makes of reasons: set-based, a handful of statements."""

    _inherit = "collections.reason.entry"

    @api.model
    def _evaluate(self, run):
        """End what is settled, infer what the figures tell, and write each customer's
        current reason.

        :param run: a ``collections.run``; its holds must have been evaluated
        """
        self.env.flush_all()
        self._end_settled(run)
        self._end_disproved(run)
        self._infer(run)
        self._sync_current(run)
        self.env.invalidate_all(flush=False)

    @api.model
    def _end_settled(self, run):
        """End the reasons of what is paid, and what they hold. An invoice that is just
        being corrected is not paid.

        A hold by a hardship rule is not theirs to end: its days are the rule's.
        """
        self.env.cr.execute(
            SQL(
                """
                WITH settled AS (
                    UPDATE collections_reason_entry e
                       SET ended_on = %(as_of)s, end_note = %(note)s
                     WHERE e.company_id = %(company)s AND e.ended_on IS NULL
                       AND NOT EXISTS (
                            SELECT FROM account_move_line_collections_reason_entry_rel x
                              JOIN account_move_line l ON l.id = x.account_move_line_id
                             WHERE x.collections_reason_entry_id = e.id
                               AND l.reconciled IS NOT TRUE
                               AND l.parent_state IN ('posted', 'draft'))
                 RETURNING e.hold_id
                )
                UPDATE collections_hold h
                   SET state = 'ended', ended_on = %(as_of)s, end_note = %(note)s
                  FROM settled s
                 WHERE h.id = s.hold_id AND h.state = 'active'
                   AND h.rule_id IS NULL
                """,
                as_of=run.date,
                company=run.company_id.id,
                note=self.env._("Settled"),
            )
        )

    @api.model
    def _end_disproved(self, run):
        """End what was inferred when the invoice has arrived after all."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_reason_entry e
                   SET ended_on = %(as_of)s, end_note = %(note)s
                 WHERE e.company_id = %(company)s AND e.ended_on IS NULL
                   AND e.source = 'inferred'
                   AND NOT EXISTS (
                        SELECT FROM account_move_line_collections_reason_entry_rel x
                          JOIN collections_hold_line hl
                            ON hl.move_line_id = x.account_move_line_id
                          JOIN collections_hold h ON h.id = hl.hold_id
                         WHERE x.collections_reason_entry_id = e.id
                           AND h.state = 'active' AND h.reason IN %(reasons)s)
                """,
                as_of=run.date,
                company=run.company_id.id,
                note=self.env._("The invoice was sent"),
                reasons=NEVER_ARRIVED,
            )
        )

    @api.model
    def _infer(self, run):
        """Take paperwork for the reason where an invoice never arrived and nobody said
        otherwise. One entry per customer; nothing is held or said by it, for the hold
        that tells of it stands already."""
        reason = self.env["collections.reason"].search(
            [("inferred", "=", True)], limit=1
        )
        if not reason:
            return
        self.env.cr.execute(
            SQL(
                """
                WITH lost AS (
                    SELECT DISTINCT h.profile_id, hl.move_line_id
                      FROM collections_hold h
                      JOIN collections_hold_line hl ON hl.hold_id = h.id
                      JOIN account_move_line l ON l.id = hl.move_line_id
                     WHERE h.company_id = %(company)s AND h.state = 'active'
                       AND h.reason IN %(reasons)s
                       AND l.reconciled IS NOT TRUE AND l.parent_state = 'posted'
                       AND COALESCE(l.date_maturity, l.date) < %(as_of)s
                       AND NOT EXISTS (
                            SELECT FROM collections_reason_entry e
                         LEFT JOIN account_move_line_collections_reason_entry_rel x
                                ON x.collections_reason_entry_id = e.id
                             WHERE e.profile_id = h.profile_id
                               AND (e.ended_on IS NULL
                                    -- What a person replaced is not inferred anew
                                    OR x.account_move_line_id = hl.move_line_id))
                ),
                entry AS (
                    INSERT INTO collections_reason_entry
                           (profile_id, company_id, reason_id, source, date, whole,
                            create_uid, create_date, write_uid, write_date)
                    SELECT DISTINCT profile_id, %(company)s, %(reason)s, 'inferred',
                           %(as_of)s::date, FALSE, %(uid)s, %(now)s::timestamp,
                           %(uid)s, %(now)s::timestamp
                      FROM lost
                 RETURNING id, profile_id
                )
                INSERT INTO account_move_line_collections_reason_entry_rel
                       (collections_reason_entry_id, account_move_line_id)
                SELECT e.id, l.move_line_id
                  FROM entry e
                  JOIN lost l ON l.profile_id = e.profile_id
                """,
                company=run.company_id.id,
                reasons=NEVER_ARRIVED,
                as_of=run.date,
                reason=reason.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )

    @api.model
    def _sync_current(self, run):
        """Write the reason that stands to each customer, as
        ``profile._follow_reason``."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_profile p
                   SET reason_id = n.reason_id
                  FROM (
                    SELECT p.id, e.reason_id
                      FROM collections_profile p
                 LEFT JOIN LATERAL (
                        SELECT e.reason_id
                          FROM collections_reason_entry e
                          JOIN collections_reason r ON r.id = e.reason_id
                         WHERE e.profile_id = p.id AND e.ended_on IS NULL
                      ORDER BY e.source = 'inferred', r.policy_id IS NULL,
                               e.date DESC, e.id DESC
                         LIMIT 1
                      ) AS e ON TRUE
                     WHERE p.company_id = %(company)s
                       AND (p.reason_id IS NOT NULL
                            OR p.id IN (
                                SELECT profile_id FROM collections_reason_entry
                                 WHERE company_id = %(company)s
                                   AND ended_on IS NULL))
                  ) AS n
                 WHERE n.id = p.id AND p.reason_id IS DISTINCT FROM n.reason_id
                """,
                company=run.company_id.id,
            )
        )
