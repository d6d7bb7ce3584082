from odoo import Command

from .common import CollectionsCommon

LANGS = ["en_US", "de_DE", "fr_FR", "es_ES"]


class CollectionsTextCommon(CollectionsCommon):
    """One customer with a person to write to, and messages about its invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in LANGS[1:]:
            cls.env["res.lang"]._activate_lang(lang)
        cls.env["ir.module.module"].search(
            [("name", "=", "customer_collections")]
        )._update_translations(LANGS[1:], overwrite=True)
        cls.collector.phone = "+32 2 555 99 99"
        cls.person = cls.env["res.partner"].create(
            {
                "name": "Ada Adler",
                "parent_id": cls.customer.id,
                "email": "ada@customer.example",
                "type": "invoice",
            }
        )
        cls.dollar = cls.env.ref("base.USD")
        cls.euro = cls.env.ref("base.EUR")
        (cls.dollar | cls.euro).active = True
        cls.profile = cls._make_profile(cls.customer)
        cls.env["res.partner.bank"].create(
            {
                "acc_number": "BE71096123456769",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.late = cls._invoice(1234.5, 40, currency_id=cls.euro.id)
        cls.dollars = cls._invoice(300, 12, currency_id=cls.dollar.id)
        cls.coming = cls._invoice(80.25, -6, currency_id=cls.euro.id)
        cls.items = cls.late | cls.dollars | cls.coming

    @classmethod
    def _make_profile(cls, partner):
        # In sudo: only the run makes profiles.
        profile = cls.env["collections.profile"].sudo()
        return profile.create(
            {"partner_id": partner.id, "company_id": cls.company.id}
        ).sudo(False)

    @classmethod
    def _message(cls, stage, moves=None, channel="email", lang="en_US", **values):
        """Return a message of the stage about these invoices."""
        lines = (cls.items if moves is None else moves).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        touchpoint = (
            cls.env["collections.touchpoint"]
            .sudo()
            .create(
                {
                    "profile_id": cls.profile.id,
                    "company_id": cls.company.id,
                    "partner_id": cls.person.id,
                    "channel": channel,
                    "stage_id": stage.id,
                    "kind": stage.kind,
                    "tone": stage.tone,
                    "lang": lang,
                    "user_id": cls.collector.id,
                    "scheduled_at": "2026-03-10 09:00:00",
                    "line_ids": [
                        Command.create(
                            {
                                "move_line_id": line.id,
                                "move_id": line.move_id.id,
                                "name": line.move_id.name,
                                "kind": (
                                    "overdue"
                                    if line.date_maturity < cls.today
                                    else "coming"
                                ),
                                "date_due": line.date_maturity,
                                "currency_id": line.currency_id.id,
                                "amount": line.amount_residual_currency,
                            }
                        )
                        for line in lines
                    ],
                    **values,
                }
            )
        )
        return touchpoint.sudo(False)
