from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL


class CollectionsTouchpoint(models.Model):
    """The items that a message speaks of.

    What is planned keeps them in one field, what was said in rows of their own: most
    of what a large run plans is looked at by nobody before it leaves, and then all of
    it is read anew from the ledger.
    """

    _inherit = "collections.touchpoint"

    planned_items = fields.Json(
        readonly=True,
        copy=False,
        help="Until it leaves: per kind, the amount of each journal item by its id.",
    )
    about_ids = fields.One2many(
        comodel_name="collections.touchpoint.line",
        compute="_compute_about_ids",
        compute_sudo=True,
        string="Its Items",
    )

    @api.depends(
        "line_ids.amount", "line_ids.kind", "line_ids.date_due", "planned_items"
    )
    def _compute_about_ids(self):
        planned = self.filtered(lambda t: t.planned_items and not t.line_ids)
        for touchpoint in self - planned:
            touchpoint.about_ids = touchpoint.line_ids
        ids = [item for t in planned for item, _kind, _amount in t._get_spoken()]
        # An entry that was reset has other items now.
        items = self.env["account.move.line"].browse(ids).exists()
        lines = self.env["collections.touchpoint.line"]
        for touchpoint in planned:
            touchpoint.about_ids = lines.union(
                *(lines.new(values) for values in touchpoint._prepare_lines(items))
            )

    def _prepare_lines(self, items):
        """Return the values of a line for each item that this message is planned to
        speak of, in their order.

        :param items: journal items; what is not among them is left out
        :rtype: list[dict]
        """
        self.ensure_one()
        lines = []
        for item_id, kind, amount in self._get_spoken():
            item = items.browse(item_id) & items
            if item:
                lines.append(
                    {
                        "move_line_id": item.id,
                        "move_id": item.move_id.id,
                        "name": item.move_id.name,
                        "kind": kind,
                        "date_due": item.date_maturity or item.date,
                        "currency_id": item.currency_id.id,
                        "amount": amount,
                    }
                )
        return sorted(
            lines,
            key=lambda line: (
                line["kind"] != "overdue",
                line["currency_id"],
                line["date_due"],
                line["move_line_id"],
            ),
        )

    def _get_spoken(self):
        """Return what this message speaks of, without looking at the ledger.

        :return: (id of the journal item, kind, amount in its currency)
        :rtype: list[tuple[int, str, float]]
        """
        self.ensure_one()
        if self.line_ids:
            return sorted(
                (line.move_line_id.id, line.kind, line.amount) for line in self.line_ids
            )
        return sorted(
            (int(item), kind, amount)
            for kind, amounts in (self.planned_items or {}).items()
            for item, amount in amounts.items()
        )

    def _get_about_condition_sql(self, as_of):
        """Return a condition on ``i`` (collections_tmp_item): whether the message
        ``t``, of a policy ``po``, speaks of it. What is overdue and what falls due
        soon; nothing after the payment.

        :param date as_of: the day it is said
        """
        return SQL(
            """
            i.amount_collectible > 0
            AND t.kind IS DISTINCT FROM 'after_paid'
            AND i.date_due <= GREATEST(
                %(as_of)s::date + COALESCE(po.coming_days, 0),
                CASE WHEN t.occurrence > 0
                     THEN to_date(t.occurrence::text, 'YYYYMMDD') END)
            """,
            as_of=as_of,
        )

    @api.model
    def _load_planned_items(self, as_of):
        """Leave in ``collections_tmp_about`` what the candidates' messages would speak
        of (profile_id, items as in ``planned_items``)."""
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS collections_tmp_about")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE collections_tmp_about ON COMMIT DROP AS
                SELECT t.profile_id, jsonb_strip_nulls(jsonb_build_object(
                           'overdue', jsonb_object_agg(i.id, i.amount_collectible)
                               FILTER (WHERE i.date_due < %(as_of)s),
                           'coming', jsonb_object_agg(i.id, i.amount_collectible)
                               FILTER (WHERE i.date_due >= %(as_of)s))) AS items
                  FROM collections_tmp_plan t
                  JOIN collections_stage s ON s.id = t.stage_id
                  JOIN collections_policy po ON po.id = s.policy_id
                  JOIN collections_tmp_item i ON i.profile_id = t.profile_id
                 WHERE t.refusal IS NULL AND %(condition)s
              GROUP BY t.profile_id
                """,
                as_of=as_of,
                condition=self._get_about_condition_sql(as_of),
            )
        )
        # Without it the planner loops over them once per message
        cr.execute("ANALYZE collections_tmp_about (profile_id)")

    # === WHAT WAS SAID === #

    def _insert_current_lines(self):
        """Write down the items of these touchpoints, from the items that the gate has
        just classified."""
        self.flush_recordset(["profile_id", "stage_id", "kind", "occurrence"])
        as_of = fields.Date.context_today(self)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO collections_touchpoint_line
                       (touchpoint_id, move_line_id, move_id, name, kind, date_due,
                        currency_id, amount)
                SELECT t.id, i.id, i.move_id, m.name,
                       CASE WHEN i.date_due < %(as_of)s THEN 'overdue'
                            ELSE 'coming' END,
                       i.date_due, i.currency_id, i.amount_collectible
                  FROM collections_touchpoint t
             LEFT JOIN collections_stage s ON s.id = t.stage_id
             LEFT JOIN collections_policy po ON po.id = s.policy_id
                  JOIN collections_tmp_item i ON i.profile_id = t.profile_id
                  JOIN account_move m ON m.id = i.move_id
                 WHERE t.id IN %(ids)s AND %(condition)s
              ORDER BY t.id, i.date_due, i.id
                """,
                as_of=as_of,
                ids=self._ids,
                condition=self._get_about_condition_sql(as_of),
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
        planned = self.filtered(lambda t: t.origin == "automatic")
        if not planned:
            return self
        before = {t.id: t._get_spoken() for t in planned if t.edited}
        planned.line_ids.unlink()
        planned._insert_current_lines()
        planned.planned_items = False
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

    def _keep_lines(self):
        """Write down what was planned to be said as if it had been: a courtesy that a
        person refused is not made again for the same items."""
        for touchpoint in self.filtered(lambda t: t.planned_items and not t.line_ids):
            items = touchpoint.about_ids.move_line_id
            touchpoint.line_ids = [
                Command.create(values) for values in touchpoint._prepare_lines(items)
            ]
        self.planned_items = False
