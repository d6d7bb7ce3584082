import ast
from math import inf

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# What Odoo raises on a rule that it cannot read.
UNREADABLE = (
    ValueError,
    SyntaxError,
    KeyError,
    TypeError,
    OverflowError,
    NotImplementedError,
    UserError,
)


class CollectionsSegment(models.Model):
    """An ordered rule over profiles that chooses a policy and a team."""

    _name = "collections.segment"
    _description = "Collections Segment"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company", index=True)
    description = fields.Text(
        translate=True, help="Shown as the reason why a customer is in this segment."
    )
    domain = fields.Char(
        string="Rule",
        required=True,
        default="[]",
        help="Who belongs here, over the customer's collections profile; fields of "
        "the contact are reached through 'partner_id'.",
    )
    policy_id = fields.Many2one(
        comodel_name="collections.policy",
        required=True,
        index=True,
        check_company=True,
    )
    team_id = fields.Many2one(
        comodel_name="collections.team", index="btree_not_null", check_company=True
    )
    color = fields.Integer()
    profile_count = fields.Integer(string="Customers", compute="_compute_counts")
    matched_count = fields.Integer(
        string="Matching the Rule", compute="_compute_counts"
    )
    note = fields.Char(
        string="Worth Knowing",
        compute="_compute_counts",
        help="Overlaps with segments that come first, or a rule that cannot be read.",
    )

    @api.constrains("domain")
    def _check_domain(self):
        for segment in self:
            try:
                segment._get_matched_query()
            except UNREADABLE as error:
                raise ValidationError(
                    self.env._(
                        "The rule of “%(segment)s” cannot be read: %(why)s",
                        segment=segment.name,
                        why=error,
                    )
                ) from error

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        # History is history, of whatever company.
        known = (
            self.env["collections.snapshot"]
            .sudo()
            .search_count([("segment_id", "in", self.ids)], limit=1)
        )
        if known:
            raise UserError(
                self.env._(
                    "Reports tell what the customers of this segment owed day by day; "
                    "archive it instead, so that they stay readable."
                )
            )

    def _get_domain(self):
        """Return the rule of this segment.

        :rtype: Domain
        :raise ValueError, SyntaxError: if it cannot be read
        """
        self.ensure_one()
        return Domain(ast.literal_eval(self.domain or "[]"))

    def _get_matched_query(self):
        # The rule decides, not what the user who runs the loop happens to see.
        profiles = (
            self.env["collections.profile"].sudo().with_context(active_test=False)
        )
        return profiles._search(self._get_domain())

    @api.model
    def _get_active_segments(self, company):
        """Return the segments of a company in the order in which they claim."""
        return self.search([("company_id", "in", [False, *company.ids])])

    @api.model
    def _assign(self, run):
        """Put every customer into the first segment whose rule fits, and take over
        its policy and team; a pinned segment stays. Whoever has no collector gets one
        of the team. Leaves all of it in ``collections_tmp_claim``, for the decision
        and for ``profile._write_run``.

        :param run: a ``collections.run``; figures must have been loaded by ``_sync``
        """
        self.env["collections.profile"].flush_model()
        self.with_context(collections_as_of=run.date)._load_claims(run.company_id)
        self.env["collections.team"]._assign(run)

    @api.model
    def _load_claims(self, company):
        """Leave in ``collections_tmp_claim`` the segment, policy and team of each
        profile of a company where they change (``changed``) or a collector is wanted
        (``vacant``).

        The rules are searches over the table of profiles; they are shown the figures
        that are about to be written in place of those that are.
        """
        segments = self._get_active_segments(company)
        # In the order of PostgreSQL's arrays, from 1
        claims = [SQL("SELECT NULL::int AS id, 0 AS rank WHERE FALSE")]
        for rank, segment in enumerate(segments, start=1):
            query = segment._try_query()
            if query is not None:
                claims.append(
                    SQL("SELECT id, %s FROM (%s) AS matched", rank, query.select())
                )
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_claim")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_claim ON COMMIT DROP AS
                WITH collections_profile AS NOT MATERIALIZED (
                    SELECT %(shown)s
                      FROM collections_profile p
                      JOIN collections_tmp_profile f ON f.id = p.id
                ),
                claim AS (%(claims)s),
                winner AS (
                    SELECT id, (%(segments)s)[MIN(rank)] AS segment_id
                      FROM claim
                  GROUP BY id
                ),
                pin AS (
                    SELECT profile_id, bool_or(kind = 'segment') AS segment,
                           bool_or(kind = 'collector') AS collector
                      FROM collections_pin
                     WHERE active
                  GROUP BY profile_id
                ),
                colleague AS (%(colleagues)s),
                complete AS (
                    SELECT p.id, s.id AS segment_id, s.team_id, p.amount_overdue,
                           y.policy_id,
                           (p.segment_id, p.policy_id, p.team_id)
                               IS DISTINCT FROM (s.id, y.policy_id, s.team_id)
                               AS changed,
                           -- Who has a collector keeps them, unless they left the
                           -- company
                           (s.team_id IS NOT NULL AND p.item_count > 0
                            AND u.id IS NULL AND pin.collector IS NOT TRUE) AS vacant
                      FROM collections_profile p
                 LEFT JOIN winner w ON w.id = p.id
                 LEFT JOIN pin ON pin.profile_id = p.id
                 LEFT JOIN collections_segment s
                        ON s.id = CASE WHEN pin.segment
                                       THEN p.segment_id ELSE w.segment_id END
                 LEFT JOIN collections_reason r ON r.id = p.reason_id
                 -- Reasons are everybody's, a ladder may be of one company
                 LEFT JOIN collections_policy rp
                        ON rp.id = r.policy_id
                       AND COALESCE(rp.company_id, p.company_id) = p.company_id
                 LEFT JOIN colleague u ON u.id = p.collector_id
                CROSS JOIN LATERAL (
                        SELECT COALESCE(rp.id, s.policy_id, %(policy)s)
                                   AS policy_id) AS y
                     WHERE p.company_id = %(company)s
                )
                SELECT *, NULL::int AS found_id
                  FROM complete
                 WHERE changed OR vacant
                """,
                shown=self.env["collections.profile"]._get_fresh_columns(),
                claims=SQL(" UNION ALL ").join(claims),
                segments=SQL("%s::int[]", segments.ids),
                company=company.id,
                colleagues=self.env["collections.team"]._get_colleagues_sql(company),
                policy=company.collections_policy_id.id or None,
            )
        )

    def _try_query(self):
        """Return the query of the rule, or None when it cannot be read any more,
        for instance because a field is gone; ``_get_warnings`` says so."""
        self.ensure_one()
        try:
            return self._get_matched_query()
        except UNREADABLE:
            return None

    @api.model
    def _get_warnings(self, company):
        """Return what is wrong with the segments of a company, one sentence each."""
        return [
            self.env._(
                "The rule of the segment “%(segment)s” cannot be read; it claims "
                "nobody.",
                segment=segment.name,
            )
            for segment in self._get_active_segments(company)
            if segment._try_query() is None
        ]

    @api.depends("domain", "sequence", "company_id", "active")
    @api.depends_context("company")
    def _compute_counts(self):
        company = self.env.company.root_id
        claimed = self.env["collections.profile"].browse()
        of_company = Domain("company_id", "=", company.id)
        profiles = self.env["collections.profile"]
        self.profile_count = self.matched_count = 0
        self.note = False
        for segment in self._put_in_order(company):
            if segment._try_query() is None:
                segment.note = self.env._("The rule cannot be read; it claims nobody.")
                continue
            matched = profiles.search(segment._get_domain() & of_company)
            own = matched - claimed
            overlap = len(matched) - len(own)
            if segment in self:
                segment.matched_count = len(matched)
                segment.profile_count = len(own)
                if overlap:
                    segment.note = self.env._(
                        "%(count)s of the customers that fit are claimed by segments "
                        "that come first.",
                        count=overlap,
                    )
            claimed |= matched

    def _put_in_order(self, company):
        """Return the segments of a company in the order in which they claim, these as
        somebody edits them.

        :param company: a root company
        :rtype: collections.segment
        """
        edited = self.filtered(
            lambda s: s.active and s.company_id.id in (False, company.id)
        )
        others = self._get_active_segments(company) - self._origin
        return (others | edited).sorted(lambda s: (s.sequence, s._origin.id or inf))

    def action_open_profiles(self):
        """Open the customers of this segment."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_collections.collections_profile_action"
        )
        action["domain"] = [("segment_id", "=", self.id)]
        action["context"] = {}
        return action
