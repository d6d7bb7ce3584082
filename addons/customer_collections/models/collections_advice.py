from odoo import fields, models


class CollectionsAdvice(models.Model):
    """Somebody who advises people on debts, free of charge and on their side."""

    _name = "collections.advice"
    _description = "Free Debt Advice"
    _order = "country_id, sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    country_id = fields.Many2one(
        comodel_name="res.country", required=True, index=True, ondelete="cascade"
    )
    for_whom = fields.Selection(
        selection=[
            ("person", "People"),
            ("business", "Businesses"),
            ("both", "Both"),
        ],
        required=True,
        default="person",
    )
    phone = fields.Char()
    url = fields.Char(string="Website")
    languages = fields.Char(help="As people call them, e.g. English, Cymraeg.")

    def _get_address(self):
        """Return where their page is, as a browser understands it.

        :return: an absolute address, whatever was typed; False without one
        :rtype: str|bool
        """
        self.ensure_one()
        url = (self.url or "").strip()
        if not url or url.startswith(("https://", "http://")):
            return url or False
        return f"https://{url}"
