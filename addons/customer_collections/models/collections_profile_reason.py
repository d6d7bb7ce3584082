from odoo import api, fields, models
from odoo.tools import SQL

from ..const import TONES

# The holds of people in distress: nothing firm is said to them, ever.
GENTLE_REASONS = ("hardship", "vulnerability", "breathing_space", "crisis")
GENTLE_TONE = "friendly"


class CollectionsProfile(models.Model):
    """Why the customer is late, and what follows from it for the ladder."""

    _inherit = "collections.profile"

    reason_id = fields.Many2one(
        comodel_name="collections.reason",
        string="Why It Is Late",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
    )
    reason_entry_ids = fields.One2many(
        comodel_name="collections.reason.entry",
        inverse_name="profile_id",
        string="Reasons Given",
    )

    def _give_reason(self, reason, items=None, source="collector", note=None):
        """Take down why this customer is late; see ``collections.reason.entry._give``.

        The door for screens and pages of the customer.
        """
        return self.env["collections.reason.entry"]._give(
            self, reason, items=items, source=source, note=note
        )

    def _get_open_items(self):
        """Return the receivable journal items that this customer owes, oldest first.

        :rtype: account.move.line
        """
        self.ensure_one()
        return self.env["account.move.line"].search(
            [
                ("partner_id", "child_of", self.partner_id.id),
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "child_of", self.company_id.id),
                ("account_type", "=", "asset_receivable"),
                ("account_id.non_trade", "=", False),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("balance", ">", 0),
            ],
            order="date_maturity, id",
        )

    # === WHAT FOLLOWS === #

    def _follow_reason(self):
        """Write the reason that stands now, and the policy it leads to: a person's word
        first, one that leads to a ladder of its own before one that does not, then the
        latest."""
        for profile in self:
            standing = profile.reason_entry_ids.filtered(lambda e: not e.ended_on)
            standing = standing.sorted(
                lambda e: (
                    e.source != "inferred",
                    bool(e.reason_id.policy_id),
                    e.date,
                    e.id,
                ),
                reverse=True,
            )
            profile.reason_id = standing[:1].reason_id
            profile.policy_id = profile._get_policy()

    def _get_policy(self):
        """Return the policy that applies: the reason's while it stands, else the
        segment's, else the company's."""
        self.ensure_one()
        of_reason = self.reason_id.policy_id
        # Reasons are everybody's, a ladder may be of one company.
        of_reason = of_reason.filtered_domain(
            of_reason._check_company_domain(self.company_id)
        )
        return (
            of_reason
            or self.segment_id.policy_id
            or self.company_id.collections_policy_id
        )

    def _withdraw_unsuited(self, entry):
        """Cancel what was planned and is not the next step any more."""
        for profile in self.filtered(lambda p: p.next_code != "planned"):
            profile._get_planned_steps()._cancel(
                "superseded",
                self.env._("They say: %(reason)s", reason=entry.reason_id.display_name),
            )

    # === NEVER FIRMER THAN === #

    @api.model
    def _get_tone_limit_sql(self, as_of):
        """Return the SQL of the firmest tone that customers may hear: profile_id and
        rank, 1 for the gentlest. Who may hear anything is missing.

        Override to protect more people; never to protect fewer.
        """
        for name in ("collections.hold", "collections.reason", self._name):
            self.env[name].flush_model()
        self.env["collections.reason.entry"].flush_model()
        tones = [tone for tone, _label in TONES]
        return SQL(
            """
            SELECT profile_id, MIN(rank) AS rank
              FROM (
                SELECT e.profile_id, array_position(%(tones)s, r.max_tone) AS rank
                  FROM collections_reason_entry e
                  JOIN collections_reason r ON r.id = e.reason_id
                 WHERE e.ended_on IS NULL AND r.max_tone IS NOT NULL
             UNION ALL
                SELECT h.profile_id, array_position(%(tones)s, %(gentle)s)
                  FROM collections_hold h
                 WHERE h.state = 'active' AND h.reason IN %(reasons)s
                   AND h.date_start <= %(as_of)s
                   AND (h.date_end IS NULL OR h.date_end >= %(as_of)s)
              ) AS protected
          GROUP BY profile_id
            """,
            tones=SQL("%s::varchar[]", tones),
            gentle=SQL("%s::varchar", GENTLE_TONE),
            reasons=GENTLE_REASONS,
            as_of=SQL("%s::date", as_of),
        )

    def _get_tone_limits(self):
        """Return the firmest tone that each of these customers may hear.

        :return: dict of profile id to the rank of a tone, 1 for the gentlest; who may
                 hear anything is missing
        :rtype: dict[int, int]
        """
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT profile_id, rank FROM (%s) AS l WHERE profile_id IN %s",
                    self._get_tone_limit_sql(fields.Date.context_today(self)),
                    self._ids or (0,),
                )
            )
        )

    @api.model
    def _get_tone_rank(self, tone):
        """Return the rank of a tone: 1 for the gentlest, 0 for none."""
        return [False, *(key for key, _label in TONES)].index(tone or False)

    def _get_suited_stage(self, stage):
        """Return the step itself, or the firmest of its ladder that this customer may
        hear; none when there is no such step."""
        self.ensure_one()
        limit = self._get_tone_limits().get(self.id)
        if not limit or self._get_tone_rank(stage.tone) <= limit:
            return stage
        return stage.policy_id.stage_ids.filtered(
            lambda s: s.kind == stage.kind and self._get_tone_rank(s.tone) <= limit
        ).sorted("delay_days")[-1:]

    # === MERGED === #

    def _take_over(self, others):
        """Override: what was said of the merged customers is said of one."""
        if not others:
            return super()._take_over(others)
        for name in self._get_taken_over():
            self._repoint(self.env[name], others)
        result = super()._take_over(others)
        self._follow_reason()
        return result

    @api.model
    def _get_taken_over(self):
        """Return the names of models of which merged customers keep the records."""
        return ["collections.reason.entry"]
