from odoo import api, fields, models
from odoo.tools import format_amount

from .collections_touchpoint_gate import Refusal


class CollectionsOffer(models.Model):
    """What is said to the customer about an offer they took, through the one door."""

    _inherit = "collections.offer"

    def _accept(self):
        """Override to confirm in writing what both sides agreed upon."""
        result = super()._accept()
        self._confirm()
        return result

    def _confirm(self):
        """Plan the confirmation; the gate says when it leaves, or that it may not."""
        self.ensure_one()
        # The system's part of it, as for plans.
        touchpoints = self.env["collections.touchpoint"].sudo()
        touchpoint = touchpoints.create(self.sudo()._prepare_confirmation())
        touchpoint._choose_written_channel()
        if self.company_id.collections_mode == "live":
            touchpoint._apply_gate()

    def _prepare_confirmation(self):
        """Return the values of the touchpoint that confirms it."""
        self.ensure_one()
        profile = self.profile_id
        person = profile._get_recipient()
        live = self.company_id.collections_mode == "live"
        return {
            "profile_id": profile.id,
            "company_id": self.company_id.id,
            "partner_id": person.id,
            "origin": "automatic",
            "channel": "email",
            "state": "scheduled" if live else "planned",
            "offer_id": self.id,
            "tone": "helpful",
            "episode": profile.episode,
            "scheduled_at": fields.Datetime.now(),
            "date": fields.Datetime.now(),
            "lang": person.lang,
            "user_id": self.user_id.id,
        }


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    offer_id = fields.Many2one(
        comodel_name="collections.offer",
        string="Confirms the Offer",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    # Merge fields
    offer_kind = fields.Selection(related="offer_id.kind", string="Kind of Offer")
    offer_amount_text = fields.Char(compute="_compute_offer_texts", compute_sudo=True)
    offer_covered_text = fields.Char(compute="_compute_offer_texts", compute_sudo=True)
    offer_date_text = fields.Char(compute="_compute_offer_texts", compute_sudo=True)

    # One confirmation of an offer
    _offer_uniq = models.UniqueIndex(
        "(offer_id) WHERE offer_id IS NOT NULL "
        "AND state NOT IN ('cancelled', 'failed', 'bounced')"
    )

    @api.depends("offer_id", "lang")
    def _compute_offer_texts(self):
        for record in self:
            touchpoint = record._in_own_language()
            offer = touchpoint.offer_id
            currency = offer.currency_id
            record.offer_amount_text = offer and format_amount(
                touchpoint.env, offer.amount, currency
            )
            record.offer_covered_text = offer and format_amount(
                touchpoint.env, offer.amount_covered, currency
            )
            record.offer_date_text = offer and touchpoint._format_date(offer.date_due)

    @api.depends("offer_id")
    def _compute_texts(self):
        """Override: a confirmation names the invoices of the offer."""
        result = super()._compute_texts()
        for record in self.filtered("offer_id"):
            # Whoever looks: the invoices are the system's to name.
            moves = record.offer_id.sudo().line_ids.move_id.sorted("id")
            names = moves.filtered("name").mapped("name")
            record.documents_text = record._in_own_language()._name_few(names)
        return result

    @api.model
    def _get_merge_fields(self):
        return super()._get_merge_fields() + (
            "offer_kind",
            "offer_amount_text",
            "offer_covered_text",
            "offer_date_text",
        )

    def _get_written_channels(self):
        """Override: a confirmation is not for a short message."""
        if self.offer_id:
            return "email", "letter"
        return super()._get_written_channels()

    def _refuse_by_ledger(self, context):
        """Override to let the confirmation pass though its amounts are held: as long
        as the offer stands."""
        if not self.offer_id:
            return super()._refuse_by_ledger(context)
        if self.offer_id.state not in ("accepted", "kept"):
            return Refusal(
                "superseded",
                self.env._("The offer is no longer what it was about."),
            )
        return None

    def _is_about_ledger(self):
        """Override: it speaks of an offer."""
        return not self.offer_id and super()._is_about_ledger()

    def _get_why_words(self):
        """Override: the offer that was taken."""
        if not self.offer_id:
            return super()._get_why_words()
        return [self.offer_id.display_name]

    def _renew_lines(self):
        """Override: a confirmation names the offer, not items."""
        about_offer = self.filtered("offer_id")
        return (
            about_offer
            | super(CollectionsTouchpoint, self - about_offer)._renew_lines()
        )

    def _get_email_template(self):
        if self.offer_id:
            return self.env.ref("customer_collections.mail_template_offer")
        return super()._get_email_template()
