import json
import threading
import time
from unittest.mock import patch

from odoo.http import Request
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import LIMITS, PURPOSES
from .common import CollectionsPortalHttpCommon

GENEROUS = {key: (10**6, minutes) for key, (_times, minutes) in LIMITS.items()}


class MatrixCommon(CollectionsPortalHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(LIMITS, GENEROUS))
        # What the preparation moved is marked now, not with the first request.
        cls.env.cr.precommit.run()
        # The routing map finds its database by the thread that asks.
        cls.startClassPatcher(
            patch.object(
                threading.current_thread(), "dbname", cls.env.cr.dbname, create=True
            )
        )
        cls.routes = sorted(
            [
                (rule.rule, method, rule)
                for rule in cls.env["ir.http"].routing_map().iter_rules()
                if rule.endpoint.func.__module__.startswith(
                    "odoo.addons.collections_portal."
                )
                and rule.rule.startswith(("/my/collections", "/my/c/"))
                for method in (rule.methods or {"GET", "POST"}) & {"GET", "POST"}
            ],
            key=lambda route: route[:2],
        )

    def _fill(self, rule, **values):
        """Return the path of a rule with these arguments, others made up."""
        known = {"profile_id": self.profile.id, "move_id": self.late.id, **values}
        path = rule.rule
        for argument, converter in rule._converters.items():
            made_up = 1 if "int" in type(converter).__name__.lower() else "x"
            value = known.get(argument, made_up)
            for name in ("int", "string", "float", ""):
                words = f"<{name}:{argument}>" if name else f"<{argument}>"
                path = path.replace(words, str(value))
        return path

    def _ask(self, rule, method, path, form=None, files=()):
        """Ask a route.

        :param dict form: what is sent
        :param files: names under which a file is sent, with a form alone
        """
        if rule.endpoint.routing["type"] == "jsonrpc":
            body = json.dumps({"jsonrpc": "2.0", "params": form or {}})
            # Odoo writes a warning for each no that is said in words.
            with mute_logger("odoo.http"):
                return self.url_open(
                    path,
                    body,
                    headers={"Content-Type": "application/json"},
                    allow_redirects=False,
                )
        if method == "GET":
            return self.url_open(path, allow_redirects=False, params=form or None)
        form = {"csrf_token": Request.csrf_token(self), **(form or {})}
        files = {name: ("a.txt", b"x") for name in files}
        return self.url_open(path, form, files=files or None, allow_redirects=False)

    def _snapshot(self):
        """Return what there is: it has to stay as it is."""
        self.env.invalidate_all()
        models = self.env(su=True)
        names = [
            name
            for name in self.env.registry
            if name.startswith("collections.")
            and self.env[name]._auto
            and not self.env[name]._transient
            and not self.env[name]._abstract
            and name != "collections.portal.hit"
        ]
        names += ["mail.message", "mail.activity", "ir.attachment", "payment.token"]
        names += ["payment.transaction", "account.payment", "account.partial.reconcile"]
        counts = {
            name: models[name].with_context(active_test=False).search_count([])
            for name in names
        }
        profile = self.profile.sudo()
        held = profile.read(["preferred_channel", "contact_hour_to", "hold_effect"])
        return counts, held, self.person.lang, self.late.amount_residual


@tagged("post_install", "-at_install")
class TestMatrix(MatrixCommon):
    """Every route of the addon, whoever asks who should not."""

    def _assert_closed(self, who, allowed=frozenset()):
        before = self._snapshot()
        form = {
            "reason": "paid",
            "message": "I was here",
            "no_email": "1",
            "language": "de_DE",
            "channel": "letter",
            "email": "sven@customer.example",
            "slot": "2026-03-11-am",
            "phone": "+32 2 555 77 77",
            "document": self.late.id,
            "invoice_ids": [self.late.id],
        }
        asked = 0
        for _rule, method, rule in self.routes:
            right = getattr(rule.endpoint.func, "collections_right", None)
            if right in allowed or "profile_id" not in rule.arguments:
                continue
            asked += 1
            with self.subTest(who=who, rule=rule.rule, method=method):
                response = self._ask(rule, method, self._fill(rule), form)
                self.assertLess(response.status_code, 500)
                for secret in ("Alma", self.late.name, "ada@", "sven@", "1,234"):
                    self.assertNotIn(secret, response.text)
                if right:
                    self.assertEqual(response.status_code, 404)
        self.assertTrue(asked or allowed)
        self.assertEqual(self._snapshot(), before)

    def test_every_route_of_an_account_has_a_door_or_says_why_not(self):
        # Routes without an account in their address have doors of their own.
        without = {
            rule.rule
            for _path, _method, rule in self.routes
            if not getattr(rule.endpoint.func, "collections_right", None)
        }
        self.assertLessEqual(
            {path for path in without if "<int:profile_id>" in path}, self.own_doors
        )

    #: routes that ask ``_get_account`` themselves
    own_doors = frozenset({"/my/collections/<int:profile_id>/pay/transaction"})

    def test_a_stranger(self):
        self.authenticate(None, None)
        self._assert_closed("stranger")

    def test_another_customer(self):
        self.authenticate("other", "other")
        self._assert_closed("another customer")

    def test_an_employee_without_rights(self):
        self.authenticate("employee", "employee")
        self._assert_closed("employee")

    def test_a_portal_user_of_another_company(self):
        other = self.setup_other_company()["company"]
        self.portal_user.write(
            {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        )
        self.authenticate("ada", "ada")
        self._assert_closed("portal user of another company")

    def test_the_holder_of_an_expired_link(self):
        self._open_link(self._token(days=1))
        later = time.time() + 25 * 3600
        with patch("odoo.addons.collections_portal.controllers.access.time") as clock:
            clock.time.return_value = later
            self._assert_closed("expired link")

    def test_the_holder_of_a_withdrawn_link(self):
        token = self._token()
        self._open_link(token)
        self.profile.action_withdraw_portal_links()
        self._assert_closed("withdrawn link, opened before")
        self._open_link(token)
        self._assert_closed("withdrawn link, opened after")

    def test_the_holder_of_a_link_of_another_purpose(self):
        for purpose, rights in PURPOSES.items():
            self._open_link(self._token(purpose=purpose))
            self._assert_closed(purpose, rights)

    def test_the_holder_of_a_link_to_another_account(self):
        self._open_link(self._token(self.stranger, profile=self.stranger_profile))
        self._assert_closed("link to another account")

    def test_a_sibling_sees_no_documents_but_their_own(self):
        self.company.collections_portal_entity = False
        self.authenticate("sven", "sven")
        for _path, method, rule in self.routes:
            if method != "GET":
                continue
            with self.subTest(rule.rule):
                response = self._ask(rule, method, self._fill(rule))
                self.assertLess(response.status_code, 500)
                for secret in (self.late.name, "1,234", "Opening balance"):
                    self.assertNotIn(secret, response.text)

    def test_a_sibling_agrees_on_no_document_of_others(self):
        self.company.collections_portal_entity = False
        self.authenticate("sven", "sven")
        item = self.late.line_ids.filtered("date_maturity")
        form = {
            "group": f"{self.company.id}-{self.euro.id}",
            "item": item.id,
            f"amount_{item.id}": "10",
            "amount": "10",
            "date": "2026-03-20",
            "reason": self.env.ref("customer_collections.dispute_reason_price").id,
            "count": "2",
            "rhythm": "month",
            "first": "2026-03-20",
            "name": "Sven",
            "agree": "1",
        }
        for _path, method, rule in self.routes:
            if method == "POST":
                response = self._ask(rule, method, self._fill(rule), form)
                self.assertLess(response.status_code, 500)
                self.assertNotIn(self.late.name, response.text, rule.rule)
        for model in ("promise", "dispute", "plan"):
            found = self.env[f"collections.{model}"].search(
                [("profile_id", "=", self.profile.id)]
            )
            self.assertFalse(found, model)

    def test_the_numbers_of_ours_open_nothing_on_the_account_of_another(self):
        ours = self._agreements()
        before = self._snapshot()
        self.authenticate("other", "other")
        theirs = self.stranger_profile.id
        for _path, method, rule in self.routes:
            known = ours.keys() & rule.arguments
            if "profile_id" in rule.arguments and known:
                path = self._fill(
                    rule, profile_id=theirs, **{k: ours[k] for k in known}
                )
                form = {"name": "Other", "agree": "1", "message": "I was here"}
                response = self._ask(rule, method, path, form)
                self.assertEqual(response.status_code, 404, rule.rule)
        self.assertEqual(self._snapshot(), before)

    def _agreements(self):
        """Return ids of what the customer has, by the name of a route's argument."""
        item = self.late.line_ids.filtered("date_maturity")
        reason = self.env.ref("customer_collections.dispute_reason_price")
        dispute = self.env["collections.dispute"]._raise(
            self.profile, {item: 10}, reason
        )
        return {
            "dispute": dispute.id,
            "offer": self._offer().id,
            "move_id": self.late.id,
        }
