from markupsafe import Markup

from odoo import fields, models
from odoo.tools import plaintext2html


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    dispute_id = fields.Many2one(
        comodel_name="collections.dispute",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="What this conversation is about.",
    )


class CollectionsDispute(models.Model):
    """The conversation with the customer: outside by touchpoints, kept here to read."""

    _inherit = "collections.dispute"

    touchpoint_ids = fields.One2many(
        comodel_name="collections.touchpoint",
        inverse_name="dispute_id",
        string="With the Customer",
        readonly=True,
        groups="customer_collections.group_collector",
    )

    def action_write_customer(self):
        """Open the message to the customer, prefilled with what it is about."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_collections.collections_message_wizard_action"
        )
        action["context"] = {
            "default_profile_id": self.profile_id.id,
            "default_dispute_id": self.id,
        }
        return action

    def _keep_touchpoint(self, touchpoint):
        """Keep a message to the customer with the dispute, for colleagues to read."""
        self.ensure_one()
        # People write no touchpoints: this is the link between two of ours.
        touchpoint.sudo().dispute_id = self
        self._message_log(
            body=Markup("<p>%s</p>%s")
            % (
                self.env._(
                    "To %(person)s: %(subject)s",
                    person=touchpoint.partner_id.name,
                    subject=touchpoint.subject or "",
                ),
                touchpoint.body or "",
            ),
        )

    def _log_customer_message(self, body, attachments=None, partner=None):
        """Keep what the customer says about the dispute, and have it read.

        :param body: plain text; Markup is taken as it is
        :param list attachments: pairs of file name and content in bytes; kept on the
                                 dispute, never public
        :param partner: who at the customer says it
        :return: the touchpoint
        """
        self.ensure_one()
        partner = partner or self.partner_id
        html = body if isinstance(body, Markup) else plaintext2html(body or "")
        # The customer writes; keeping it is the system's.
        dispute = self.sudo()
        message = dispute.message_post(
            body=html,
            attachments=list(attachments or []),
            author_id=partner.id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=(dispute.processor_id | dispute.user_id).partner_id.ids,
        )
        touchpoint = dispute.env["collections.touchpoint"].create(
            {
                "profile_id": dispute.profile_id.id,
                "company_id": dispute.company_id.id,
                "partner_id": partner.id,
                "direction": "in",
                "origin": "person",
                "channel": "portal",
                "state": "delivered",
                "body": html,
                "mail_message_id": message.id,
                "attachment_ids": message.attachment_ids.ids,
                "episode": dispute.profile_id.episode,
                "dispute_id": dispute.id,
            }
        )
        if dispute.kind == "waiting":
            dispute.stage_id = dispute.env["collections.dispute.stage"]._get_first(
                "review"
            )
        if dispute.kind != "solved":
            dispute._tell_processor(self.env._("The customer wrote about the dispute"))
        return touchpoint
