from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import AGREEMENT_REASONS


class CollectionsProfile(models.Model):
    """What the customer's screen needs beside the figures themselves."""

    _inherit = "collections.profile"

    company_mode = fields.Selection(related="company_id.collections_mode")
    aging_chart = fields.Json(string="Ageing", compute="_compute_aging_chart")
    contact_email = fields.Char(related="contact_id.email", string="E-mail")
    contact_phone = fields.Char(compute="_compute_contact_phone", string="Phone")
    contact_lang = fields.Selection(related="contact_id.lang", string="Language")
    currency_count = fields.Integer(compute="_compute_screen_counts")
    has_credit_applied = fields.Boolean(compute="_compute_screen_counts")
    hold_count = fields.Integer(string="Active Holds", compute="_compute_screen_counts")
    touchpoint_count = fields.Integer(
        string="Messages Sent", compute="_compute_screen_counts"
    )
    invoice_count = fields.Integer(string="Invoices", compute="_compute_invoice_count")
    has_agreements = fields.Boolean(compute="_compute_has_agreements")

    @api.depends("contact_id.phone", "contact_id.commercial_partner_id.phone")
    def _compute_contact_phone(self):
        for profile in self:
            profile.contact_phone = profile.contact_id._get_phone_partner().phone

    @api.depends("hold_ids.reason", "reason_entry_ids")
    def _compute_has_agreements(self):
        for profile in self:
            profile.has_agreements = bool(
                profile.reason_entry_ids
                or profile.hold_ids.filtered(lambda h: h.reason in AGREEMENT_REASONS)
            )

    @api.depends(
        "amount_aging_0",
        "amount_aging_1",
        "amount_aging_2",
        "amount_aging_3",
        "amount_aging_4",
        "amount_aging_5",
        "company_id",
    )
    def _compute_aging_chart(self):
        for profile in self:
            labels = profile._get_aging_labels(profile.company_id)
            profile.aging_chart = [
                {
                    "field": f"amount_aging_{number}",
                    "label": label,
                    "amount": profile[f"amount_aging_{number}"],
                }
                for number, label in enumerate(labels)
            ]

    @api.depends("balance_ids", "hold_ids.state", "touchpoint_ids.state")
    def _compute_screen_counts(self):
        holds = dict(
            self.env["collections.hold"]._read_group(
                [("profile_id", "in", self.ids), ("state", "=", "active")],
                ["profile_id"],
                ["__count"],
            )
        )
        touchpoints = dict(
            self.env["collections.touchpoint"]._read_group(
                [
                    ("profile_id", "in", self.ids),
                    ("state", "in", ("sent", "delivered", "failed", "bounced")),
                ],
                ["profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            profile.currency_count = len(profile.balance_ids)
            profile.has_credit_applied = any(
                profile.balance_ids.mapped("credit_applied")
            )
            profile.hold_count = holds.get(profile, 0)
            profile.touchpoint_count = touchpoints.get(profile, 0)

    @api.depends("partner_id", "company_id")
    def _compute_invoice_count(self):
        for profile in self:
            profile.invoice_count = self.env["account.move"].search_count(
                profile._get_invoice_domain()
            )

    @api.model
    def _get_aging_labels(self, company):
        """Return the six ageing headings in the words of the company's limits.

        :param company: the company whose limits count
        :rtype: list[str]
        """
        limits = company._get_collections_aging_limits()
        first_days = [1, *(limit + 1 for limit in limits[:-1])]
        return [
            self.env._("Not due"),
            *(
                self.env._("%(first)s–%(last)s days", first=first, last=last)
                for first, last in zip(first_days, limits, strict=True)
            ),
            self.env._("Over %(limit)s days", limit=limits[-1]),
        ]

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Override to head the ageing columns with the company's own limits."""
        res = super().fields_get(allfields, attributes)
        # In sudo: limits are the legal entity's, also for who sees a branch alone.
        labels = self._get_aging_labels(self.env.company.sudo().root_id)
        for number, label in enumerate(labels):
            field = res.get(f"amount_aging_{number}")
            if field and "string" in field:
                field["string"] = label
        return res

    def write(self, vals):
        """Override: people write their own fields; figures and steps are the run's."""
        refused = set() if self.env.su else set(vals) - self._get_person_fields()
        if refused:
            raise AccessError(
                self.env._(
                    "%(fields)s follow from the ledger and the policies; pin a choice "
                    "or set a hold instead.",
                    fields=", ".join(
                        sorted(self._fields[name].string for name in refused)
                    ),
                )
            )
        return super().write(vals)

    @api.model
    def _get_person_fields(self):
        """Return the names of the fields that a collector may write.

        An override adds the names of its own fields, to ``super()``.

        :rtype: set[str]
        """
        thread = ("mail.thread", "mail.activity.mixin")
        return {
            "preferred_channel",
            "contact_hour_from",
            "contact_hour_to",
            "hold_ids",
            "optout_ids",
            "pin_ids",
            *(name for model in thread for name in self.env[model]._fields),
        }

    @api.model
    @api.readonly
    def get_banner(self):
        """Tell the lists of the app whether anything is sent at all.

        :return: the mode of the user's legal entity and whether the user may change it
        :rtype: dict
        """
        self.check_access("read")
        # In sudo: a branch's people need not see the legal entity's record.
        company = self.env.company.sudo().root_id
        return {
            "mode": company.collections_mode,
            "company": company.display_name,
            "can_go_live": self.env.user.has_group(
                "customer_collections.group_manager"
            ),
        }

    def _get_invoice_domain(self):
        """Return the domain of the customer's invoices in this company, as the items
        are read: by whose contact it is now, which has an index.

        :rtype: list
        """
        self.ensure_one()
        return [
            ("partner_id.commercial_partner_id", "=", self.partner_id.id),
            ("company_id", "child_of", self.company_id.id),
            ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
        ]

    # === OPENING WHAT BELONGS TO IT === #

    def _open(self, xmlid, **changes):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"customer_collections.{xmlid}"
        )
        action.update(
            domain=[("profile_id", "=", self.id)],
            context={"default_profile_id": self.id},
        )
        action.update(changes)
        return action

    def action_open_touchpoints(self):
        """Open what was, will be and was not said to this customer."""
        return self._open("collections_touchpoint_action")

    def action_open_holds(self):
        """Open this customer's holds, the ended ones too."""
        return self._open("collections_hold_action")

    def action_open_items(self):
        """Open this customer's open items, with what of each is collectible."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_collections.collections_item_action"
        )
        action["domain"] = [("profile_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_open_partner(self):
        """Open the contact."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }

    def action_open_invoices(self):
        """Open this customer's invoices, credit notes and receipts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        return {
            **action,
            "domain": self._get_invoice_domain(),
            "context": {
                "default_move_type": "out_invoice",
                "default_partner_id": self.partner_id.id,
            },
        }
