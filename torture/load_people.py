"""What a customer and a collector do all day; read by locust."""

import json
import os
import re
from itertools import count

from locust import HttpUser, between, task

PROFILES = json.loads(os.environ["LOAD_PROFILES"])
_PORTAL, _COLLECTORS = count(), count()


class Person(HttpUser):
    """Somebody with a login."""

    abstract = True

    def _log_in(self, login):
        page = self.client.get("/web/login", name="log in").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        form = {"login": login, "password": login, "csrf_token": token}
        self.client.post("/web/login", form, name="log in")


class Customer(Person):
    """Looks at the account, an invoice, the statement."""

    weight = 5
    fixed_count = 50
    wait_time = between(3, 9)

    def on_start(self):
        """Log in."""
        self.number = next(_PORTAL) % len(PROFILES)
        self.account = f"/my/collections/{PROFILES[self.number]}"
        self._log_in(f"portal{self.number}")

    @task(4)
    def look(self):
        """The account page."""
        self.client.get(self.account, name="customer: account")

    @task(2)
    def list_invoices(self):
        """All invoices."""
        self.client.get(f"{self.account}/invoices", name="customer: invoices")

    @task(1)
    def prefer(self):
        """How to be contacted."""
        self.client.get(f"{self.account}/preferences", name="customer: preferences")


class Collector(Person):
    """Goes through the list, opens customers, notes calls."""

    weight = 1
    fixed_count = 10
    wait_time = between(2, 6)

    def on_start(self):
        """Log in."""
        self._log_in(f"collector{next(_COLLECTORS)}")

    def _call(self, name, model, method, args, **kwargs):
        path = f"/web/dataset/call_kw/{model}/{method}"
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        with self.client.post(
            path,
            json={"jsonrpc": "2.0", "params": params},
            name=name,
            catch_response=True,
        ) as response:
            answer = response.json()
            if "error" in answer:
                response.failure(answer["error"]["data"]["message"][:200])
            return answer.get("result")

    @task(3)
    def list_customers(self):
        """The worklist's first page."""
        fields = ("partner_id", "amount_overdue", "next_summary", "stage_id")
        self._call(
            "collector: list",
            "collections.profile",
            "web_search_read",
            [],
            domain=[],
            specification={field: {} for field in fields},
            limit=80,
        )

    @task(4)
    def open_customer(self):
        """One customer's screen."""
        number = PROFILES[self.environment.runner.user_count % len(PROFILES)]
        fields = ("partner_id", "amount_overdue", "next_summary", "touchpoint_ids")
        self._call(
            "collector: customer",
            "collections.profile",
            "web_read",
            [[number]],
            specification={field: {} for field in fields},
        )

    @task(1)
    def note_call(self):
        """Somebody was called."""
        self._call(
            "collector: note",
            "collections.profile",
            "message_post",
            [[PROFILES[0]]],
            body="Called, nobody there",
        )
