from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class CollectionsCare(models.Model):
    """What a customer told us about their situation, for the few who need it.

    As little as possible, with consent, looked at again on a day. No thread, no
    tracking, no export: it is read here or nowhere.
    """

    _name = "collections.care"
    _description = "Care Note"
    _inherit = ["collections.of.customer"]
    _order = "date_review, id"
    _check_company_auto = True

    # The four drivers of vulnerability of the FCA's guidance FG21/1
    kind = fields.Selection(
        selection=[
            ("health", "Health"),
            ("life_event", "A life event"),
            ("resilience", "Little to fall back on"),
            ("capability", "Needs help to understand or to act"),
        ],
        string="About",
        required=True,
    )
    needs = fields.Char(
        string="What Helps", help="How to talk with them, when, with whom."
    )
    note = fields.Text(help="Only what is needed to help, in few words.")
    date_consent = fields.Date(
        string="They Agreed to It On",
        required=True,
        help="The day they agreed that we write this down.",
    )
    date_review = fields.Date(
        string="Look Again On",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), months=6),
    )

    @api.depends("profile_id", "kind")
    def _compute_display_name(self):
        # Nothing of it in the name, which shows in many places.
        for care in self:
            care.display_name = care.profile_id.partner_id.name or ""

    @api.constrains("date_consent", "date_review")
    def _check_dates(self):
        today = fields.Date.context_today(self)
        for care in self:
            if care.date_consent > today:
                raise ValidationError(
                    self.env._("They cannot have agreed to it in the future.")
                )
            if care.date_review <= care.date_consent:
                raise ValidationError(
                    self.env._("Look at it again after they agreed to it.")
                )

    def export_data(self, fields_to_export):
        raise AccessError(self.env._("Care notes do not leave this screen."))
