"""Two customers' clerks at once, and notifications at once: everything is paid once.

On a database of its own that is really committed to, with processes of their own.
"""

import json

import processes
import pytest

from devkit import databases, odoo_run

READY = "collections_pay_races_ready"
DATABASE = "collections_pay_races"

BUILD = """
    from datetime import timedelta
    from odoo import Command, fields

    company = env.company
    env["account.chart.template"].try_loading(
        "generic_coa", company, install_demo=False
    )
    today = fields.Date.today()
    partner = env["res.partner"].create({"name": "Customer", "is_company": True})
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": today - timedelta(days=50),
                "invoice_date_due": today - timedelta(days=20),
                "invoice_line_ids": [
                    Command.create({"name": "Work", "price_unit": p, "tax_ids": []})
                ],
            }
            for p in (100, 70)
        ]
    )
    moves.action_post()
    provider = env.ref("payment.payment_provider_demo")
    provider.write({"state": "test", "is_published": True})
    env["collections.run"]._run_company(company)
    assert env["collections.profile"].search([("partner_id", "=", partner.id)])
    env.cr.commit()
    tell(end="built")
"""

TOOLS = """
    import psycopg2.errors
    from odoo import Command
    from odoo.exceptions import UserError

    profile = env["collections.profile"].search([("partner_id.name", "=", "Customer")])
    provider = env.ref("payment.payment_provider_demo")
    method = provider.payment_method_ids[:1]

    def start(pause=lambda: None, state="draft"):
        '''Do as the page to pay does, in one transaction: lock, look, charge.'''
        group = profile._get_portal_payables()[0]
        amounts = {item.id: item.amount for item in group.items}
        try:
            found, order = profile._lock_portal_order(group.key, amounts)
            pause()
            transaction = env["payment.transaction"].create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": method.id,
                    "reference": f"race-{os.getpid()}",
                    "amount": sum(amount for amount, _discount in order.values()),
                    "currency_id": found.currency.id,
                    "partner_id": profile.partner_id.id,
                    "operation": "online_direct",
                    "collections_profile_id": profile.id,
                    "collections_line_ids": [
                        Command.create({"move_line_id": item.id, "amount": amount})
                        for item, (amount, _discount) in order.items()
                    ],
                }
            )
            env.cr.commit()
            return transaction.reference
        except UserError as error:
            env.cr.rollback()
            return f"refused {error}"
        except psycopg2.errors.OperationalError as error:
            env.cr.rollback()
            return f"again {type(error).__name__}"

    def notify(reference, attempts=20):
        '''Do as the provider's notification and the polling page do, with Odoo's
        way of trying again what the database refused.'''
        for _attempt in range(attempts):
            try:
                found = env["payment.transaction"].search(
                    [("reference", "=", reference)]
                )
                found._process(
                    "demo", {"reference": reference, "simulated_state": "done"}
                )
                found._post_process()
                env.cr.commit()
                return "done"
            except psycopg2.errors.OperationalError:
                env.cr.rollback()
                env.invalidate_all()
                time.sleep(0.1)
        return "never"
"""

COUNT = """
    SELECT json_build_object(
        'transactions', (SELECT COUNT(*) FROM payment_transaction),
        'payments', (SELECT COUNT(*) FROM account_payment
                      WHERE state <> 'canceled'),
        'left', (SELECT SUM(amount_residual) FROM account_move
                  WHERE move_type = 'out_invoice'),
        'open', (SELECT COALESCE(SUM(l.amount_residual), 0)
                   FROM account_move_line l
                   JOIN account_account a ON a.id = l.account_id
                  WHERE a.account_type = 'asset_receivable'
                    AND l.parent_state = 'posted'))
"""
PAID_ONCE = {"transactions": 1, "payments": 1, "left": 0, "open": 0}


@pytest.fixture(scope="module")
def environment():
    env = odoo_run.prepare()
    databases.ensure_work(env, READY)
    if not int(databases.query(env, "SELECT COUNT(*) FROM account_move", READY)):
        processes.Process(env, "", "", BUILD, READY).result()
    return env


@pytest.fixture
def start(environment, tmp_path):
    """Return a function that starts a process on a fresh copy of the ledger."""
    with processes.on_a_copy(environment, tmp_path, TOOLS, READY, DATABASE) as begin:
        yield begin


@pytest.fixture
def count(environment):
    """Return a function that counts what became of the payments."""
    return lambda: json.loads(databases.query(environment, COUNT, DATABASE))


def test_two_who_pay_the_same_at_once_pay_it_once(start, count):
    first = start(
        """
        def pause():
            flag("first holds the lock")
            wait_for("second was told")

        name = start(pause)
        tell(end=name, paid=notify(name))
        """
    )
    second = start(
        """
        wait_for("first holds the lock")
        end = start()
        flag("second was told")
        tell(end=end)
        """
    )
    assert second.result()["end"].startswith("refused Somebody else at your company")
    assert first.result()["paid"] == "done"
    assert count() == PAID_ONCE


def test_who_looked_before_another_paid_starts_anew_and_pays_nothing(start, count):
    late = start(
        """
        # The view of the database begins here.
        profile._get_portal_payables()
        flag("second looked")
        wait_for("first paid")
        end = start()
        profile.invalidate_recordset()
        tell(end=end, left=len(profile._get_portal_payables()))
        """
    )
    first = start(
        """
        wait_for("second looked")
        name = start()
        tell(paid=notify(name))
        flag("first paid")
        """
    )
    assert first.result()["paid"] == "done"
    result = late.result()
    assert result == {"end": "again SerializationFailure", "left": 0}
    assert count() == PAID_ONCE


def test_notifications_and_a_polling_page_at_once_book_once(start, count):
    script = """
        wait_for("started")
        # What was begun meanwhile is to be seen.
        env.cr.rollback()
        env.invalidate_all()
        name = env["payment.transaction"].search([], limit=1).reference
        flag(f"ready {os.getpid()}")
        wait_for("go")
        tell(end=notify(name))
    """
    others = [start(script) for _number in range(2)]
    first = start(
        """
        name = start()
        flag("started")
        while len([f for f in os.listdir(folder) if f.startswith("ready")]) < 2:
            time.sleep(0.05)
        flag("go")
        tell(end=notify(name))
        """
    )
    assert [p.result()["end"] for p in (first, *others)] == ["done"] * 3
    assert count() == PAID_ONCE
