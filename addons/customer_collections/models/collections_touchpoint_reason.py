from odoo import api, fields, models

from .collections_touchpoint_gate import Refusal


class CollectionsTouchpoint(models.Model):
    """What is said because of a reason, and what is never said to some."""

    _inherit = "collections.touchpoint"

    reason_entry_id = fields.Many2one(
        comodel_name="collections.reason.entry",
        string="Said Because",
        index="btree_not_null",
        readonly=True,
        ondelete="set null",
    )
    reason_code = fields.Char(related="reason_entry_id.reason_id.code")

    @api.model
    def _get_merge_fields(self):
        return (*super()._get_merge_fields(), "reason_code")

    @api.depends("reason_entry_id")
    def _compute_texts(self):
        """Override: a message about a reason names its documents and asks for
        nothing."""
        result = super()._compute_texts()
        for record in self.filtered("reason_entry_id"):
            moves = record.reason_entry_id.line_ids.move_id.sorted("id")
            names = moves.filtered("name").mapped("name")
            record.documents_text = record._in_own_language()._name_few(names)
        return result

    def _get_why_words(self):
        """Override: the reason that was given."""
        if not self.reason_entry_id:
            return super()._get_why_words()
        return [self.reason_entry_id.reason_id.name]

    def _get_email_template(self):
        """Override: what the track of the reason says."""
        if self.reason_entry_id:
            return self.reason_entry_id.reason_id.email_template_id
        return super()._get_email_template()

    def _get_message_attachments(self):
        files = super()._get_message_attachments()
        entry = self.reason_entry_id
        if entry.reason_id.attach_invoices:
            for move in self._get_attached_moves():
                document = move._get_invoice_legal_documents("pdf", allow_fallback=True)
                files.append((document["filename"], document["content"]))
        return files

    def _get_attached_moves(self):
        entry = self.reason_entry_id
        if not entry:
            return super()._get_attached_moves()
        # In sudo: the copy goes to the customer whoever took the reason down.
        moves = entry.sudo().line_ids.move_id
        return moves.filtered(lambda m: m.is_sale_document(include_receipts=True))[:20]

    def _get_copied_partners(self):
        """Override: whoever can mend it reads along."""
        partners = super()._get_copied_partners()
        entry = self.reason_entry_id
        if entry.reason_id.copy_to:
            partners |= entry._get_track_user(entry.reason_id.copy_to).partner_id
        return partners

    def _is_answer(self):
        """Override: what the customer's own click asked for is no new contact; what a
        colleague took down of a talk is, also while the customer waits for an answer to
        something else."""
        entry = self.reason_entry_id
        if entry:
            return entry.source == "customer" and not entry.user_id
        return super()._is_answer()

    def _is_said_by_itself(self):
        """Override: so is what a reason calls for."""
        return bool(self.reason_entry_id) or super()._is_said_by_itself()

    def _take_another_way(self, refusal):
        """Override: what a reason calls for is said once, by one channel. What does
        not go by it, or to this reader, is for a person to say."""
        result = super()._take_another_way(refusal)
        said = self.filtered(lambda t: t.reason_entry_id and not t.copy_of_id)
        said._tell_refused(by_hand=False)
        return result

    # === NEVER FIRMER THAN === #

    @api.model
    def _get_gate_context(self, profiles):
        return {
            **super()._get_gate_context(profiles),
            "tone_limits": profiles._get_tone_limits(),
        }

    def _refuse_by_choice(self, context):
        return super()._refuse_by_choice(context) or self._refuse_by_tone(context)

    def _refuse_by_tone(self, context):
        """Nobody in hardship hears a demand, whoever pressed the button."""
        self.ensure_one()
        profile = self.profile_id
        limit = context["tone_limits"].get(profile.id)
        if limit and profile._get_tone_rank(self.tone) > limit:
            return Refusal(
                "too_firm",
                self.env._(
                    "Nothing firm is said to %(customer)s now: choose a gentler text.",
                    customer=profile.partner_id.name,
                ),
            )
        return None
