import heapq

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class CollectionsTeam(models.Model):
    _name = "collections.team"
    _description = "Collections Team"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company", index=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Leader")
    member_ids = fields.One2many(
        comodel_name="collections.team.member",
        inverse_name="team_id",
        string="Collectors",
    )

    @api.model
    def _get_colleagues_sql(self, company):
        """Return the SQL of who works for a company or one of its branches. Column: id.

        :param company: a root company
        :rtype: SQL
        """
        return SQL(
            """
            SELECT DISTINCT u.id
              FROM res_users u
              JOIN res_company_users_rel r ON r.user_id = u.id
              JOIN res_company c ON c.id = r.cid
             WHERE u.active AND split_part(c.parent_path, '/', 1) = %s
            """,
            str(company.id),
        )

    @api.model
    def _assign(self, run):
        """Give customers without a collector to the member of their segment's team
        who has the most room left, in proportion, the biggest debts first. Who has
        one keeps them, unless the collector left.

        :param run: a ``collections.run``; ``segment._load_claims`` has said who wants
                    one, and gets the answer in ``found_id``
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT team_id, array_agg(id ORDER BY amount_overdue DESC, id)
                  FROM collections_tmp_claim
                 WHERE vacant
              GROUP BY team_id
                """
            )
        )
        ids, users = [], []
        for team_id, profile_ids in rows:
            shared = self.browse(team_id)._share(len(profile_ids), run.company_id)
            ids += profile_ids[: len(shared)]
            users += shared
        if not ids:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE collections_tmp_claim c SET found_id = n.user_id
                     FROM unnest(%s::int[], %s::int[]) AS n(id, user_id)
                    WHERE c.id = n.id""",
                ids,
                users,
            )
        )

    def _share(self, count, company):
        """Return the user id for each of so many new customers of a company.

        :param company: a root company; who works for none of its branches gets nobody
        :rtype: list[int]
        """
        self.ensure_one()
        # In sudo: where a colleague works, also in companies one cannot see.
        members = self.member_ids.filtered(
            lambda m: m.user_id.active
            and company in m.user_id.sudo().company_ids.root_id
        )
        if not members:
            return []
        # The load of a colleague is counted, also of customers one cannot see.
        load = dict(
            self.env["collections.profile"]
            .sudo()
            ._read_group(
                [
                    ("collector_id", "in", members.user_id.ids),
                    ("item_count", ">", 0),
                ],
                ["collector_id"],
                ["__count"],
            )
        )
        heap = [
            (load.get(m.user_id, 0) / m.capacity, m.user_id.id, m.capacity)
            for m in members
        ]
        heapq.heapify(heap)
        shared = []
        for _position in range(count):
            fill, user_id, capacity = heap[0]
            shared.append(user_id)
            heapq.heapreplace(heap, (fill + 1 / capacity, user_id, capacity))
        return shared


class CollectionsTeamMember(models.Model):
    _name = "collections.team.member"
    _description = "Collector of a Team"
    _order = "id"
    _rec_name = "user_id"

    team_id = fields.Many2one(
        comodel_name="collections.team",
        required=True,
        index=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Collector", required=True, index=True
    )
    capacity = fields.Integer(
        default=200,
        help="Customers this collector can look after. New customers go to whoever "
        "has the most room left, in proportion.",
    )

    _user_uniq = models.Constraint(
        "UNIQUE (team_id, user_id)", "A collector is in a team once."
    )

    @api.constrains("capacity")
    def _check_capacity(self):
        if any(member.capacity < 1 for member in self):
            raise ValidationError(
                self.env._("A collector can look after at least one customer.")
            )
