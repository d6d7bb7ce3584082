"""What a customer and a collector do all day; read by locust."""

import json
import os
import random
import re
from itertools import count
from urllib.parse import urlsplit

from locust import HttpUser, between, task

PROFILES = json.loads(os.environ["LOAD_PROFILES"])
_PORTAL, _COLLECTORS = count(), count()
_TOKEN = re.compile(r'name="csrf_token"\s+value="([^"]+)"')


class Person(HttpUser):
    """Somebody with a login."""

    abstract = True

    def _log_in(self, login):
        page = self.client.get("/web/login", name="login page").text
        token = _TOKEN.search(page).group(1)
        form = {"login": login, "password": login, "csrf_token": token}
        with self.client.post(
            "/web/login", form, name="log in", catch_response=True
        ) as response:
            if "/web/login" in response.url:
                response.failure("not logged in")


class Customer(Person):
    """Looks at the account, the invoices and the statement, and promises."""

    weight = 5
    fixed_count = 50
    wait_time = between(3, 9)

    def on_start(self):
        """Log in as one of them, each once."""
        self.number = next(_PORTAL) % len(PROFILES)
        # As the proxy of a company says it: requests are limited by address, too.
        self.client.headers["X-Forwarded-For"] = f"198.51.100.{self.number}"
        self.client.headers["X-Forwarded-Host"] = urlsplit(self.host).netloc
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
    def read_statement(self):
        """The statement on the screen."""
        self.client.get(f"{self.account}/statement", name="customer: statement")

    @task(1)
    def think_of_paying(self):
        """What would be paid."""
        self.client.get(f"{self.account}/pay", name="customer: pay")

    @task(1)
    def prefer(self):
        """Change how to be contacted."""
        page = self.client.get(
            f"{self.account}/preferences", name="customer: preferences"
        ).text
        form = {
            "csrf_token": _TOKEN.search(page).group(1),
            "hours": random.choice(["", "morning", "afternoon"]),
        }
        self.client.post(
            f"{self.account}/preferences/save", form, name="customer: save preferences"
        )


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
        number = random.choice(PROFILES)
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
            [[random.choice(PROFILES)]],
            body="Called, nobody there",
        )
