import re
from contextlib import contextmanager

from odoo import http
from odoo.fields import Command
from odoo.tools import mute_logger


class Refused(Exception):
    """What the server said no with."""


class PayCommon:
    """A way to pay that plays every part: done, pending, cancelled, failed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = (
            cls.env.ref("payment.payment_provider_demo")
            .sudo()
            .copy({"company_id": cls.company.id})
        )
        cls.method = (
            cls.env.ref("payment.payment_method_unknown")
            .sudo()
            .copy(
                {
                    "code": "collections_test",
                    "name": "Card",
                    "active": True,
                    "support_tokenization": True,
                    "provider_ids": [Command.set(cls.provider.ids)],
                }
            )
        )
        journal = cls.company_data["default_journal_bank"]
        cls.provider.write(
            {
                "code": "demo",
                "state": "test",
                "is_published": True,
                "allow_tokenization": True,
                "journal_id": journal.id,
                "payment_method_ids": [Command.set(cls.method.ids)],
            }
        )
        cls.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "True"
        )
        cls.overdue = cls.late | cls.dollars

    @classmethod
    def _allow_plans(cls, **limits):
        """Let customers agree plans by themselves, inside these limits."""
        limits = {"max_days": 120, "first_days": 30, **limits}
        cls.policy.plan_template_ids = [
            Command.clear(),
            Command.create({"name": "Standard", **limits}),
        ]

    @classmethod
    def _give_credit(cls, amount=20):
        """Return a credit note, in euros."""
        return cls._credit_note(amount, currency_id=cls.euro.id)

    def _item(self, moves):
        return moves.line_ids.filtered(lambda x: x.account_type == "asset_receivable")

    @classmethod
    def _discount_term(cls):
        return cls.env["account.payment.term"].create(
            {
                "name": "2% within 10 days",
                "early_discount": True,
                "discount_days": 10,
                "discount_percentage": 2,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )

    def _discounted(self, amount):
        return self._invoice(
            amount,
            currency_id=self.euro.id,
            invoice_date=self.today,
            invoice_payment_term_id=self._discount_term().id,
        )

    # === THE PAGES === #

    def _ticked(self, text):
        boxes = re.findall(r'<input type="checkbox"[^>]*name="item"[^>]*>', text)
        return {
            int(re.search(r'value="(\d+)"', box)[1])
            for box in boxes
            if "checked" in box
        }

    def _main_part(self, text):
        return text.split("<main>")[-1].split("</main>")[0]

    def _review(self, amounts, **form):
        """Choose documents with what is typed for them."""
        group = next(iter(amounts), self.late)
        fields = list(form.items())
        for move, typed in amounts.items():
            item = self._item(move)
            fields += [("item", item.id), (f"amount_{item.id}", typed)]
        return self._post_items("pay/review", group.currency_id, fields)

    def _post_items(self, path, currency, fields, files=None):
        """Send a form of items of a currency."""
        data = [
            ("csrf_token", http.Request.csrf_token(self)),
            ("group", f"{self.company.id}-{currency.id}"),
            *fields,
        ]
        return self.opener.post(
            self.base_url() + self._path(path), data=data, files=files
        )

    def _order(self, text):
        return re.search(r'data-access-token="([^"]+)"', text)[1]

    def _means(self):
        return {
            "provider_id": self.provider.id,
            "payment_method_id": self.method.id,
            "token_id": None,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/evil",
            "is_validation": False,
            "access_token": "",
        }

    def _call(self, path, params):
        with mute_logger("odoo.http"):
            answer = self.url_open(path, json={"params": params}).json()
        if "error" in answer:
            raise Refused(answer["error"]["data"]["message"])
        return answer["result"]

    def _pay_order(self, order, **kwargs):
        """Press the button, as Odoo's payment form does."""
        return self._call(
            self._path("pay/transaction"),
            {**self._means(), "amount": 1.0, "access_token": order, **kwargs},
        )

    def _last(self):
        return (
            self.env["payment.transaction"].sudo().search([], order="id desc", limit=1)
        )

    def _start(self, amounts):
        text = self._review(amounts).text
        self._pay_order(self._order(text))
        return self._last()

    def _card(self, partner, state="done"):
        self.card = (
            self.env["payment.token"]
            .sudo()
            .create(
                {
                    "provider_id": self.provider.id,
                    "payment_method_id": self.method.id,
                    "partner_id": partner.id,
                    "provider_ref": f"card-{partner.id}",
                    "payment_details": "1234",
                    "demo_simulated_state": state,
                }
            )
        )
        return self.card

    def _start_with_card(self, order):
        self._pay_order(order, flow="token", token_id=self.card.id)
        return self._last()

    # === THE PROVIDER === #

    def _notify(self, tx, state):
        tx._process("demo", {"reference": tx.reference, "simulated_state": state})

    def _poll(self, tx):
        self.make_jsonrpc_request("/payment/status/poll", {})
        tx.invalidate_recordset()

    def _finish(self, tx):
        self._notify(tx, "done")
        tx._post_process()

    # === WHAT IS SAID === #

    @contextmanager
    def assertRefused(self, words):
        with self.assertRaises(Refused) as caught:
            yield
        self.assertIn(words, str(caught.exception))

    def _told(self):
        return self._touchpoints().filtered(lambda t: t.channel == "portal")

    def _count_queries(self, path):
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self._get(path).status_code, 200)
        return self.env.cr.sql_log_count - before
