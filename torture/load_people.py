"""What a customer and a collector do all day; read by locust."""

import json
import os
import random
import re
from itertools import count, cycle
from urllib.parse import urlsplit

from locust import HttpUser, between, task

PROFILES = json.loads(os.environ["LOAD_PROFILES"])
CROWD = json.loads(os.environ["LOAD_CROWD"])
_PORTAL, _COLLECTORS = count(), count()
_TOKEN = re.compile(r'name="csrf_token"\s+value="([^"]+)"')


def _pause(shortest, longest):
    """Return how long people look at a page before they go on, in seconds."""
    return between(shortest * CROWD["pause"], longest * CROWD["pause"])


class Person(HttpUser):
    """Somebody with a login."""

    abstract = True
    #: what they do, by name, over and over; what is rare comes first
    doings = ()

    def _begin(self, number):
        """Begin elsewhere than the others: each page is asked for from the start."""
        start = number % len(self.doings)
        self.deck = cycle([*self.doings[start:], *self.doings[:start]])

    @task
    def go_on(self):
        """Do what comes next."""
        getattr(self, next(self.deck))()

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

    fixed_count = CROWD["portal"]
    wait_time = _pause(3, 9)
    doings = (
        *("read_statement", "think_of_paying", "prefer", "look", "list_invoices"),
        *("look", "list_invoices", "look", "look"),
    )

    def on_start(self):
        """Log in as one of them, each once."""
        self.number = next(_PORTAL) % len(PROFILES)
        self._begin(self.number)
        # As the proxy of a company says it: requests are limited by address, too.
        self.client.headers["X-Forwarded-For"] = f"198.51.100.{self.number}"
        self.client.headers["X-Forwarded-Host"] = urlsplit(self.host).netloc
        self.account = f"/my/collections/{PROFILES[self.number]}"
        self._log_in(f"portal{self.number}")

    def look(self):
        """The account page."""
        self.client.get(self.account, name="customer: account")

    def list_invoices(self):
        """All invoices."""
        self.client.get(f"{self.account}/invoices", name="customer: invoices")

    def read_statement(self):
        """The statement on the screen."""
        self.client.get(f"{self.account}/statement", name="customer: statement")

    def think_of_paying(self):
        """What would be paid."""
        self.client.get(f"{self.account}/pay", name="customer: pay")

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

    fixed_count = CROWD["collectors"]
    wait_time = _pause(2, 6)
    doings = (
        *("note_call", "list_customers", "open_customer", "list_customers"),
        *("open_customer", "list_customers", "open_customer", "open_customer"),
    )

    def on_start(self):
        """Log in."""
        number = next(_COLLECTORS)
        self._begin(number)
        self._log_in(f"collector{number}")

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

    def note_call(self):
        """Somebody was called."""
        self._call(
            "collector: note",
            "collections.profile",
            "message_post",
            [[random.choice(PROFILES)]],
            body="Called, nobody there",
        )
