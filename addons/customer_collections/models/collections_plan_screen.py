from odoo import api, fields, models
from odoo.tools.misc import get_lang


class CollectionsPlan(models.Model):
    """What the screens and the document of a plan need."""

    _inherit = "collections.plan"

    terms_text = fields.Char(string="Terms", compute="_compute_terms_text")
    progress = fields.Float(compute="_compute_progress", help="Percent paid.")
    counter_text = fields.Char(
        string="Inside the Limits", compute="_compute_counter_text"
    )

    @api.depends(
        "instalment_count", "rhythm", "date_first", "deposit_amount", "currency_id"
    )
    @api.depends_context("lang")
    def _compute_terms_text(self):
        for plan in self:
            plan.terms_text = plan._describe() if plan.date_first else False

    @api.depends("amount", "amount_left")
    def _compute_progress(self):
        for plan in self:
            paid = plan.amount - plan.amount_left
            plan.progress = 100 * paid / plan.amount if plan.amount else 0

    @api.depends("state", "approval_note", "instalment_ids")
    def _compute_counter_text(self):
        for plan in self:
            offer = plan.state == "proposed" and plan.approval_note
            values = plan._get_counter_offer() if offer else {}
            plan.counter_text = plan._describe(values) if values else False

    # === THE DOCUMENT === #

    def _get_document_lang(self):
        """Return the language the customer reads.

        :return: code of an installed language
        :rtype: str
        """
        self.ensure_one()
        languages = self.env["res.lang"]
        for partner in (self.profile_id._get_recipient(), self.partner_id):
            if partner.lang and languages._get_data(code=partner.lang).active:
                return partner.lang
        return get_lang(self.env).code

    def _render_agreement(self):
        """Return the agreement in the customer's language.

        :return: PDF
        :rtype: bytes
        """
        self.ensure_one()
        pdf, _type = self.env["ir.actions.report"]._render_qweb_pdf(
            "customer_collections.action_report_collections_plan", self.ids
        )
        return pdf

    def _get_filename(self):
        """Return the name of the agreement's file, in the customer's language."""
        self.ensure_one()
        plan = self.with_context(lang=self._get_document_lang())
        return plan.env._(
            "Payment plan %(number)s.pdf", number=self.name.replace("/", "-")
        )


class CollectionsProfile(models.Model):
    _inherit = "collections.profile"

    plan_ids = fields.One2many(
        comodel_name="collections.plan",
        inverse_name="profile_id",
        string="Payment Plans",
    )


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_collections_plan(self):
        """Open the wizard that proposes a plan for these invoices."""
        return self._open_collections_wizard("collections_plan_wizard_action")
