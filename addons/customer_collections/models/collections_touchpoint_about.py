from odoo import api, fields, models
from odoo.tools import SQL

from ..const import OPEN_STATES


class CollectionsTouchpoint(models.Model):
    """The items that a message speaks of.

    What is planned has none of its own: it shows what it would speak of as the ledger
    is now, and what it says is read from the ledger when it leaves. What was said
    stays in rows.
    """

    _inherit = "collections.touchpoint"

    about_ids = fields.One2many(
        comodel_name="collections.touchpoint.line",
        compute="_compute_about_ids",
        compute_sudo=True,
        string="Its Items",
    )

    @api.depends(
        *("line_ids.amount", "line_ids.kind", "line_ids.date_due"),
        *("state", "scheduled_at"),
    )
    def _compute_about_ids(self):
        planned = self.filtered(lambda t: t._is_about_ledger() and not t.line_ids)
        for touchpoint in self - planned:
            touchpoint.about_ids = touchpoint.line_ids
        lines = self.env["collections.touchpoint.line"]
        for day, touchpoints in planned.grouped(lambda t: t._get_day()).items():
            found = touchpoints._find_lines(day)
            for touchpoint in touchpoints:
                touchpoint.about_ids = lines.union(
                    *(lines.new(values) for values in found.get(touchpoint._origin, ()))
                )

    def _is_about_ledger(self):
        """Return whether it is still to be said what the ledger has then. Override
        for messages that speak of something else than open items.

        :rtype: bool
        """
        self.ensure_one()
        return (
            self.origin == "automatic"
            and bool(self.stage_id)
            and self.state in OPEN_STATES
        )

    def _get_day(self):
        """Return the day on which it leaves, at the earliest today."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        if not self.scheduled_at:
            return today
        leaves = fields.Datetime.context_timestamp(self, self.scheduled_at)
        return max(today, leaves.date())

    def _find_lines(self, as_of):
        """Return the values of the lines that these messages would have now, in their
        order.

        :param date as_of: the day they leave
        :rtype: dict[collections.touchpoint, list[dict]]
        """
        self.flush_recordset(["profile_id", "stage_id", "kind", "occurrence"])
        self.env["account.move"].flush_model(["name"])
        self.env["collections.policy"].flush_model(["coming_days"])
        item = self.env["collections.item"]
        for model, fnames in item._depends.items():
            self.env[model].flush_model(fnames)
        narrow = SQL("p.id IN %s", tuple(self.profile_id._origin.ids) or (0,))
        items = SQL("(%s)", item._get_items_sql(as_of, narrow))
        found = {}
        for row in self.env.execute_query_dict(
            self._origin._get_lines_sql(as_of, items)
        ):
            touchpoint = self.browse(row.pop("touchpoint_id"))
            found.setdefault(touchpoint, []).append(row)
        return found

    def _get_lines_sql(self, as_of, items):
        """Return the query of the lines of these messages: what is overdue and what
        falls due soon; nothing after the payment.

        :param date as_of: the day they are said
        :param SQL items: the classified items of their customers
        :return: the columns of a line, in their order
        :rtype: SQL
        """
        return SQL(
            """
            SELECT t.id AS touchpoint_id, i.id AS move_line_id, i.move_id, m.name,
                   CASE WHEN i.date_due < %(as_of)s THEN 'overdue'
                        ELSE 'coming' END AS kind,
                   i.date_due, i.currency_id, i.amount_collectible AS amount
              FROM collections_touchpoint t
         LEFT JOIN collections_stage s ON s.id = t.stage_id
         LEFT JOIN collections_policy po ON po.id = s.policy_id
              JOIN %(items)s AS i ON i.profile_id = t.profile_id
              JOIN account_move m ON m.id = i.move_id
             WHERE t.id IN %(ids)s
               AND i.amount_collectible > 0
               AND t.kind IS DISTINCT FROM 'after_paid'
               AND i.date_due <= GREATEST(
                    %(as_of)s::date + COALESCE(po.coming_days, 0),
                    CASE WHEN t.occurrence > 0
                         THEN to_date(t.occurrence::text, 'YYYYMMDD') END)
          ORDER BY t.id, i.date_due >= %(as_of)s, i.currency_id, i.date_due, i.id
            """,
            as_of=as_of,
            items=items,
            ids=tuple(self.ids) or (0,),
        )

    def _is_reason(self, date_due):
        """Return whether an item is why this step was planned: it was overdue then,
        or the courtesy is about its due date.

        :param date date_due: the due date of the item
        :rtype: bool
        """
        self.ensure_one()
        if self.kind == "before_due":
            return int(f"{date_due:%Y%m%d}") == self.occurrence
        return date_due < (self.run_id.date or self.create_date.date())

    # === WHAT WAS SAID === #

    def _insert_current_lines(self, as_of=None):
        """Write down the items of these touchpoints, from the items that the refresh
        before has just classified.

        :param date as_of: the day they are said, today if not given
        """
        self.flush_recordset(["profile_id", "stage_id", "kind", "occurrence"])
        as_of = as_of or fields.Date.context_today(self)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO collections_touchpoint_line
                       (touchpoint_id, move_line_id, move_id, name, kind, date_due,
                        currency_id, amount)
                %s
                """,
                self._get_lines_sql(as_of, SQL("collections_tmp_item")),
            )
        )
        self.env["collections.touchpoint.line"].invalidate_model()
        self.invalidate_recordset(["line_ids"])
        self.modified(["line_ids"])

    def _renew_lines(self):
        """Write down the items as the ledger has them in this second.

        A text that a person edited speaks of the amounts they saw: when these have
        changed, it goes back to them instead of out.

        :return: the touchpoints that may go
        """
        planned = self.filtered(lambda t: t._is_automatic())
        if not planned:
            return self
        before = {t.id: t._get_spoken() for t in planned if t.edited}
        planned.line_ids.unlink()
        planned._insert_current_lines()
        stale = planned.filtered(
            lambda t: t.id in before and t._get_spoken() != before[t.id]
        )
        if stale:
            stale.write(
                {
                    "state": "to_approve",
                    "refusal_note": self.env._(
                        "The amounts changed since the text was edited."
                    ),
                }
            )
        return self - stale

    def _get_spoken(self):
        self.ensure_one()
        return sorted(
            (line.move_line_id.id, line.kind, line.amount) for line in self.line_ids
        )

    def _keep_lines(self):
        """Write down what is planned to be said: a person judged it by that. A text of
        theirs holds for these amounts, and a courtesy that they refused is not made
        again for the same items."""
        planned = self.filtered(lambda t: t._is_about_ledger() and not t.line_ids)
        if planned:
            planned.profile_id._refresh()
        for day, touchpoints in planned.grouped(lambda t: t._get_day()).items():
            touchpoints._insert_current_lines(day)
