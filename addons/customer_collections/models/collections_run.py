import logging
import time
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# What a statement of the run may sort or hash in memory.
WORK_MEM_KB = 32 * 1024
# How closely the planner looks at the tables of a run: it wants to know how many rows
# there are, not which values; a closer look takes longer than some steps.
STATISTICS_TARGET = 10


class CollectionsRun(models.Model):
    """One pass of the loop for one company and one date."""

    _name = "collections.run"
    _description = "Collections Run"
    _order = "date desc, id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    date = fields.Date(
        required=True,
        readonly=True,
        default=lambda self: fields.Date.context_today(self),
        help="The day the run looks from.",
    )
    mode = fields.Selection(
        selection=[("preview", "Preview"), ("live", "Live")],
        required=True,
        readonly=True,
        default="preview",
    )
    origin = fields.Selection(
        selection=[("schedule", "Schedule"), ("person", "By hand")],
        required=True,
        readonly=True,
        default="person",
    )
    state = fields.Selection(
        selection=[
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="running",
    )
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    seconds = fields.Float(readonly=True, digits=(16, 3), aggregator="avg")
    timings = fields.Json(readonly=True, help="Seconds per step.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    # What the run saw
    customer_count = fields.Integer(string="Customers", readonly=True)
    item_count = fields.Integer(string="Open Items", readonly=True)
    amount_ledger = fields.Monetary(string="Owed", readonly=True)
    amount_collectible = fields.Monetary(string="Collectible", readonly=True)
    amount_held = fields.Monetary(string="Held", readonly=True)
    # What it did
    planned_count = fields.Integer(string="Messages Planned", readonly=True)
    refused_count = fields.Integer(string="Not Planned", readonly=True)
    changed_count = fields.Integer(string="Customers Changed", readonly=True)
    warnings = fields.Text(
        readonly=True, help="What a person should mend, one sentence a line."
    )
    touchpoint_ids = fields.One2many(
        comodel_name="collections.touchpoint",
        inverse_name="run_id",
        string="Messages",
    )

    @api.depends("company_id", "date")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.company_id.name} {fields.Date.to_string(run.date)}"

    # === THE LOOP === #

    def _execute(self):
        """Go through the loop once: the table of contents of the engine.

        Each step is set-based and lives in the model it changes. Extend a step by
        overriding its method; add one by overriding ``_begin``, ``_go_through`` or
        ``_close``: a run that is spread over workers passes through these, not here.
        Only one run of a company goes on at a time.

        :raise UserError: if another run of the company is going on
        """
        self.ensure_one()
        self._lock_company()
        self._tune_database()
        self.env.flush_all()
        started = time.monotonic()
        self.started_at = fields.Datetime.now()
        timings = {}
        self._begin(timings)
        counts = self._go_through(timings)
        self._close(timings, *counts, started)

    def _begin(self, timings):
        """Do what is done once for the whole company before its customers are looked
        at.

        :param dict timings: seconds by step, filled
        """
        with self._timed(timings, "holds"):
            self.env["collections.profile"]._create_missing(self.company_id)
            self.env["collections.pin"]._end_outdated(self.company_id)
            self.env["collections.hold"]._evaluate(self)

    def _go_through(self, timings):
        """Look at the customers of the run's scope, plan, and write it down.

        :param dict timings: seconds by step, filled
        :return: (number of customers changed, of messages planned, of refused)
        :rtype: tuple[int, int, int]
        """
        changed = self._get_to_know(timings)
        with self._timed(timings, "plan"):
            planned, refused = self.env["collections.touchpoint"]._plan(self)
            self.env["collections.profile"]._restart_unthanked()
        with self._timed(timings, "writing"):
            self.env["collections.profile"]._write_run(self)
        return changed, planned, refused

    def _get_to_know(self, timings):
        """Look at the customers of the run's scope: figures, segment, decision.

        :param dict timings: seconds by step, filled
        :return: number of customers whose figures changed
        :rtype: int
        """
        with self._timed(timings, "profiles"):
            changed = self.env["collections.profile"]._sync(self)
        with self._timed(timings, "segments"):
            self.env["collections.segment"]._assign(self)
        with self._timed(timings, "decision"):
            self.env["collections.profile"]._decide(self)
        return changed

    def _close(self, timings, changed, planned, refused, started):
        """Do what is done once for the whole company when all were looked at.

        :param dict timings: seconds by step so far
        :param int changed: customers whose figures changed
        :param int planned: messages planned
        :param int refused: messages refused
        :param float started: ``time.monotonic()`` of the beginning
        """
        with self._timed(timings, "reports"):
            self.env["collections.touchpoint"]._report_unreached(self)
            self.env["collections.touchpoint"]._ask_to_approve(self)
        with self._timed(timings, "snapshot"):
            self.env["collections.snapshot"]._take(self)
        self.write(
            {
                "state": "done",
                "ended_at": fields.Datetime.now(),
                "seconds": round(time.monotonic() - started, 3),
                "timings": timings,
                "changed_count": changed,
                "planned_count": planned,
                "refused_count": refused,
                "warnings": "\n".join(self._get_warnings()) or False,
                **self._get_totals(),
            }
        )

    def _get_scope(self):
        """Return the profiles this pass is about, False for all of the company.

        Override it to spread a run over several workers; each of their passes must
        see all the items of its customers.

        :rtype: collections.profile or bool
        """
        return False

    def _get_scope_sql(self, column):
        """Return the condition that a row is one of the scope's.

        :param SQL column: the column that names the profile
        :rtype: SQL
        """
        profiles = self._get_scope()
        if profiles is False:
            return SQL("TRUE")
        return SQL("%s IN %s", column, profiles._ids or (0,))

    def _lock_company(self):
        """Make sure that no other run of this company goes on.

        The lock ends with the transaction, also when the process is killed.
        """
        [(locked,)] = self.env.execute_query(
            SQL(
                "SELECT pg_try_advisory_xact_lock(hashtext('collections.run'), %s)",
                self.company_id.id,
            )
        )
        if not locked:
            raise UserError(
                self.env._(
                    "A run of %(company)s is going on; its result will be here in a "
                    "moment.",
                    company=self.company_id.name,
                )
            )

    def _tune_database(self):
        """Tell the database that few large statements follow, until the transaction
        ends: room to sort and hash the items of a company without a file, no
        compiling of statements that are carried out once, a quick look at tables
        that are read once."""
        self.env.cr.execute(
            SQL(
                """
                SELECT set_config('jit', 'off', TRUE),
                       set_config('default_statistics_target', %(target)s, TRUE),
                       set_config('work_mem', GREATEST(setting::int, %(wanted)s)
                                              || 'kB', TRUE)
                  FROM pg_settings
                 WHERE name = 'work_mem'
                """,
                target=str(STATISTICS_TARGET),
                wanted=WORK_MEM_KB,
            )
        )

    @contextmanager
    def _timed(self, timings, step):
        start = time.monotonic()
        yield
        timings[step] = round(time.monotonic() - start, 3)

    def _get_totals(self):
        """Return what the run saw, from the profiles it has just written."""
        [row] = self.env.execute_query_dict(
            SQL(
                """
                SELECT COUNT(*) FILTER (WHERE item_count > 0) AS customer_count,
                       COALESCE(SUM(item_count), 0) AS item_count,
                       COALESCE(SUM(amount_ledger), 0) AS amount_ledger,
                       COALESCE(SUM(amount_collectible), 0) AS amount_collectible,
                       COALESCE(SUM(amount_held), 0) AS amount_held
                  FROM collections_profile
                 WHERE company_id = %s
                """,
                self.company_id.id,
            )
        )
        return row

    def _get_warnings(self):
        """Return what a person should mend, one sentence each. Extend it to say
        more; the run has gone on all the same.

        :rtype: list[str]
        """
        warnings = []
        [(no_customer,)] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*)
                  FROM account_move_line l
                  JOIN account_account a
                    ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                   AND a.non_trade IS NOT TRUE
                  JOIN res_company c ON c.id = l.company_id
                 WHERE l.reconciled IS NOT TRUE AND l.parent_state = 'posted'
                   AND l.partner_id IS NULL AND l.amount_residual_currency <> 0
                   AND split_part(c.parent_path, '/', 1)::int = %s
                """,
                self.company_id.id,
            )
        )
        if no_customer:
            warnings.append(
                self.env._(
                    "%(count)s open receivable items name no customer; nobody can "
                    "be asked about them.",
                    count=no_customer,
                )
            )
        currencies = self.env.execute_query(
            SQL(
                """SELECT DISTINCT c.name FROM collections_tmp_sum s
                     JOIN res_currency c ON c.id = s.currency_id
                    WHERE s.factor IS NULL ORDER BY c.name"""
            )
        )
        for (currency,) in currencies:
            warnings.append(
                self.env._(
                    "%(currency)s has no exchange rate; customers who owe in it wait "
                    "until you give one.",
                    currency=currency,
                )
            )
        if self.mode == "live":
            warnings += self.company_id._get_collections_mail_warnings()
        warnings += self.env["collections.segment"]._get_warnings(self.company_id)
        warnings += self.env["collections.policy"]._get_warnings(self.company_id)
        touchpoints = self.env["collections.touchpoint"]
        warnings += touchpoints._get_delivery_warnings(self.company_id)
        warnings += touchpoints._get_approval_warnings(self.company_id)
        return warnings

    def action_open_touchpoints(self):
        """Open the messages of this run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_collections.collections_touchpoint_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        action["context"] = {}
        return action
