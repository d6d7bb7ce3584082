"""Agreements made at once, and a charge that is killed: one wins, one is charged.

On a database of its own that is really committed to, with connections and processes
of their own.
"""

import json

import processes
import pytest

from devkit import databases, odoo_run

READY = "collections_races_agreements_ready"
DATABASE = "collections_races_agreements"
CUSTOMERS = 12

BUILD = f"""
    company = env.company
    env["account.chart.template"].try_loading(
        "generic_coa", company, install_demo=False
    )
    company.collections_mode = "live"
    env["collections.contact.rule"].search([]).active = False
    moves = env["account.move"]
    for number in range({CUSTOMERS}):
        partner = env["res.partner"].create(
            {{"name": f"Customer {{number}}", "is_company": True}}
        )
        moves |= env["account.move"].create(
            {{
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": day(-50),
                "invoice_date_due": day(-20),
                "invoice_line_ids": [
                    Command.create(
                        {{"name": "Work", "price_unit": 300, "tax_ids": []}}
                    )
                ],
            }}
        )
    moves.action_post()
    env["collections.run"]._run_company(company)
    journal = env["account.journal"].create(
        {{"name": "Online", "code": "ONL", "type": "bank"}}
    )
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1).copy(
        {{"company_id": company.id, "state": "test", "journal_id": journal.id}}
    )
    env["payment.token"].create(
        {{
            "provider_id": provider.id,
            "payment_method_id": env["payment.method"].search([], limit=1).id,
            "payment_details": "1111",
            "partner_id": profile(0).partner_id.id,
            "provider_ref": "demo",
            "demo_simulated_state": "done",
        }}
    )
    env.cr.commit()
    tell(end="built")
"""

TOOLS = """
    from datetime import timedelta
    from unittest.mock import patch
    from odoo import Command, fields
    from odoo.exceptions import UserError
    from odoo.service.model import retrying

    def day(days):
        return fields.Date.today() + timedelta(days=days)

    def profile(number, at=env):
        return at["collections.profile"].search(
            [("partner_id.name", "=", f"Customer {number}")]
        )

    def items(profile):
        return profile.env["account.move.line"].search(
            [
                ("partner_id", "=", profile.partner_id.id),
                ("account_type", "=", "asset_receivable"),
            ]
        )

    def promise(number, at=env):
        customer = profile(number, at)
        at["collections.promise"]._give(customer, 300, day(5), items(customer))

    def plan(number, at=env):
        customer = profile(number, at)
        return at["collections.plan"]._propose(
            customer,
            items(customer),
            agreed=True,
            rhythm="month",
            instalment_count=3,
            date_first=day(0),
        )

    def dispute(number, at=env):
        customer = profile(number, at)
        at["collections.dispute"]._raise(
            customer,
            {items(customer): 300},
            at["collections.dispute.reason"].search([], limit=1),
        )

    agree = {"promise": promise, "plan": plan, "dispute": dispute}

    # As Odoo does with a request: committed, or undone with a sentence, and tried
    # again when it came too late.
    def like_a_click(kind, number, at=env):
        try:
            retrying(lambda: agree[kind](number, at), at)
            return "agreed"
        except UserError as error:
            at.cr.rollback()
            return str(error)
"""

# What stands in the end, and what is half done: an agreement without its hold, a hold
# without its agreement, more held of an item than is open.
COUNT = """
    WITH agreed AS (
        SELECT 'promise' AS kind, id, hold_id FROM collections_promise
     UNION ALL
        SELECT 'plan', id, hold_id FROM collections_plan
     UNION ALL
        SELECT 'dispute', id, hold_id FROM collections_dispute)
    SELECT json_build_object(
        'agreed', (SELECT COUNT(*) FROM agreed),
        'customers', (SELECT COUNT(DISTINCT profile_id) FROM collections_hold),
        'without_hold', (SELECT COUNT(*) FROM agreed WHERE hold_id IS NULL),
        'lonely', (SELECT COUNT(*) FROM collections_hold h
                    WHERE NOT EXISTS (SELECT FROM agreed WHERE hold_id = h.id)),
        'too_much', (SELECT COUNT(*) FROM (
            SELECT l.move_line_id FROM collections_hold_line l
              JOIN collections_hold h ON h.id = l.hold_id AND h.state = 'active'
              JOIN account_move_line i ON i.id = l.move_line_id
          GROUP BY l.move_line_id, i.amount_residual_currency
            HAVING SUM(l.amount) > i.amount_residual_currency) AS x),
        'without_schedule', (SELECT COUNT(*) FROM collections_plan p
            WHERE NOT EXISTS (SELECT FROM collections_plan_instalment
                               WHERE plan_id = p.id)))
"""

BOOKED = """
    SELECT json_build_object(
        'transactions', (SELECT COUNT(*) FROM payment_transaction),
        'payments', (SELECT COUNT(*) FROM account_payment),
        'paid', (SELECT SUM(amount_paid) FROM collections_plan_instalment),
        'open', (SELECT amount_residual FROM account_move m
                   JOIN res_partner p ON p.id = m.partner_id
                  WHERE p.name = 'Customer 0' AND m.move_type = 'out_invoice'),
        'unknown', (SELECT COUNT(*) FROM collections_plan_charge WHERE unknown))
"""

# The provider's own books, which know nothing of what becomes of our transactions.
AUTOPAY = """
        books = os.path.join(folder, "books")
        Transaction = type(env["payment.transaction"])
        send = Transaction._send_payment_request

        def charge(self):
            with open(books, "a") as file:
                file.write(self.reference + chr(10))
                file.flush()
                os.fsync(file.fileno())
            after_charge()
            return send(self)

        def charged():
            with open(books) as file:
                return file.read().split()

        def block(*args):
            flag("charged")
            wait_for("the end of days")

        def autopay():
            env["collections.plan"]._cron_autopay()
            env.cr.commit()
            profile(0)._redecide()
            env.cr.commit()

        after_charge = lambda: None
        patch.object(Transaction, "_send_payment_request", charge).start()
"""

PREPARE = """
        found = plan(0)
        found._set_token(env["payment.token"].search([]))
        env.cr.commit()
"""


@pytest.fixture(scope="module")
def environment():
    env = odoo_run.prepare()
    statement = "SELECT COUNT(*) FROM payment_token"
    if databases.ensure_work(env, READY) or not int(
        databases.query(env, statement, READY)
    ):
        processes.Process(env, "", TOOLS, BUILD, READY).result()
    return env


@pytest.fixture
def start(environment, tmp_path):
    """Return a function that starts a process on a fresh copy of the ledger."""
    with processes.on_a_copy(environment, tmp_path, TOOLS, READY, DATABASE) as begin:
        yield begin


@pytest.fixture
def ask(environment):
    """Return a function that asks the database, as JSON."""
    return lambda statement: json.loads(
        databases.query(environment, statement, DATABASE)
    )


def only(number):
    """Return what is counted when so many agreements stand and nothing is half done."""
    return {
        "agreed": number,
        "customers": number,
        "without_hold": 0,
        "lonely": 0,
        "too_much": 0,
        "without_schedule": 0,
    }


def test_two_connections_over_the_same_amount_one_wins(start, ask):
    told = start(
        """
        pairs = [
            ("promise", "plan"), ("plan", "promise"),
            ("plan", "dispute"), ("dispute", "plan"),
            ("promise", "dispute"), ("dispute", "promise"),
        ]
        busy, late = [], []
        with env.registry.cursor() as cr:
            other = env(cr=cr)
            for number, (first, second) in enumerate(pairs):
                # While the first is at it
                agree[first](number)
                busy.append(like_a_click(second, number, other))
                env.cr.commit()
                # The first is done, but the second had looked before that.
                number += len(pairs)
                profile(number, other).amount_held
                agree[first](number)
                env.cr.commit()
                late.append(like_a_click(second, number, other))
        tell(busy=busy, late=late)
        """
    ).result()
    for sentence in told["busy"]:
        assert "Somebody else is just agreeing something with Customer" in sentence
    for sentence in told["late"]:
        assert sentence.startswith("INV/")
        assert "covered by another promise, dispute or plan already" in sentence
    assert ask(COUNT) == only(CUSTOMERS)


def test_two_processes_at_the_same_instant_agree_once_with_each(start, ask):
    script = """
        ends = []
        for number in range(%s):
            profile(number).amount_held
            flag(f"%s at {number}")
            wait_for(f"%s at {number}")
            ends.append(like_a_click(%s[number %% 3], number))
            env.cr.rollback()
        tell(ends=ends)
        """
    first = start(script % (CUSTOMERS, "one", "two", ["promise", "plan", "dispute"]))
    second = start(script % (CUSTOMERS, "two", "one", ["plan", "dispute", "promise"]))
    for ends in zip(first.result()["ends"], second.result()["ends"], strict=True):
        assert ends.count("agreed") == 1, ends
        [sentence] = [end for end in ends if end != "agreed"]
        assert "Somebody else" in sentence or "covered by another" in sentence
    assert ask(COUNT) == only(CUSTOMERS)


def test_killed_between_charge_and_booking_it_is_charged_and_booked_once(
    start, ask, tmp_path
):
    killed = start(
        AUTOPAY
        + PREPARE
        + """
        with patch.object(Transaction, "_post_process", block):
            autopay()
        """
    )
    killed.kill_at(tmp_path / "charged")
    # Known to be paid, not booked
    half = ask(BOOKED)
    assert (half["transactions"], half["payments"], half["open"]) == (1, 0, 300)
    again = start(
        AUTOPAY
        + """
        autopay()
        autopay()
        tell(charged=charged())
        """
    )
    assert len(again.result()["charged"]) == 1
    assert ask(BOOKED) == {
        "transactions": 1,
        "payments": 1,
        "paid": 100,
        "open": 200,
        "unknown": 0,
    }


def test_killed_inside_the_call_of_the_provider_nobody_charges_again(
    start, ask, tmp_path
):
    killed = start(
        AUTOPAY
        + PREPARE
        + """
        after_charge = block
        autopay()
        """
    )
    killed.kill_at(tmp_path / "charged")
    assert ask(BOOKED)["open"] == 300
    # At once, when another worker may be at it still, and after the patience for one
    again = start(
        AUTOPAY
        + """
        autopay()
        early = charged()
        env["collections.plan.charge"].search([]).started_at -= timedelta(minutes=11)
        autopay()
        autopay()
        noted = env["collections.plan"].search([]).activity_ids.mapped("summary")
        tell(early=early, charged=charged(), noted=noted)
        """
    ).result()
    assert len(again["early"]) == len(again["charged"]) == 1
    assert "Find out whether an instalment was charged" in again["noted"]
    assert ask(BOOKED)["unknown"] == 1
    # The provider's word comes after all: booked once.
    start(
        AUTOPAY
        + """
        env["payment.transaction"].search([])._set_done()
        env.cr.commit()
        autopay()
        autopay()
        tell(end="booked")
        """
    ).result()
    booked = ask(BOOKED)
    assert (booked["payments"], booked["paid"], booked["open"]) == (1, 100, 200)


def test_a_provider_that_knows_the_request_is_asked_again_and_charges_once(
    start, ask, tmp_path
):
    killed = start(
        AUTOPAY
        + PREPARE
        + """
        after_charge = block
        autopay()
        """
    )
    killed.kill_at(tmp_path / "charged")
    again = start(
        AUTOPAY
        + """
        Charge = type(env["collections.plan.charge"])
        env["collections.plan.charge"].search([]).started_at -= timedelta(minutes=11)
        with patch.object(Charge, "_is_repeatable", lambda charge: True):
            autopay()
            autopay()
        tell(charged=charged())
        """
    ).result()
    # Asked twice for one reference, which such a provider charges once
    assert len(set(again["charged"])) == 1
    booked = ask(BOOKED)
    assert (booked["payments"], booked["paid"], booked["open"]) == (1, 100, 200)
