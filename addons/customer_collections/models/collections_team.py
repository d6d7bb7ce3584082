from odoo import fields, models


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
