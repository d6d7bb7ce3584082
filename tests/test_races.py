"""Two at once, and killed at any instant: the result is that of one run.

On a database of its own that is really committed to, with processes of their own.
"""

import json

import processes
import pytest

from devkit import databases, odoo_run

READY = "collections_races_ready"
PLANNED = "collections_races_planned"
DATABASE = "collections_races"
CUSTOMERS = 12

BUILD = f"""
    from datetime import timedelta
    from odoo import Command, fields

    company = env.company
    env["account.chart.template"].try_loading(
        "generic_coa", company, install_demo=False
    )
    today = fields.Date.today()
    company.collections_mode = "live"
    company.email = "accounts@company.example"
    # Any hour will do here.
    env["collections.contact.rule"].search([]).active = False
    # Attachments take seconds each and are not what is tried here.
    env["collections.stage"].search([]).write(
        dict(attach_statement=False, attach_invoices=False)
    )
    moves = env["account.move"]
    for number in range({CUSTOMERS}):
        partner = env["res.partner"].create(
            {{
                "name": f"Customer {{number}}",
                "is_company": True,
                "email": f"customer{{number}}@customer.example",
            }}
        )
        moves |= env["account.move"].create(
            {{
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": today - timedelta(days=50),
                "invoice_date_due": today - timedelta(days=20),
                "invoice_line_ids": [
                    Command.create(
                        {{"name": "Work", "price_unit": 100, "tax_ids": []}}
                    )
                ],
            }}
        )
    moves.action_post()
    env.cr.commit()
    tell(end="built")
"""

# What every process says of how it ended: done, or refused with the reason.
TOOLS = """
    import psycopg2.errors
    from odoo.exceptions import UserError
    from odoo.addons.customer_collections.models import (
        collections_touchpoint_dispatch as dispatching,
    )

    touchpoints = env["collections.touchpoint"]
    runs = env["collections.run"]
    Touchpoint = type(touchpoints)
    dispatching.BATCH_SIZE = 5

    def run():
        try:
            found = runs._run_company(env.company)
            env.cr.commit()
            return f"planned {found.planned_count}"
        except UserError as error:
            env.cr.rollback()
            return f"refused {error}"
        except psycopg2.errors.SerializationFailure:
            env.cr.rollback()
            return "too late"

    def dispatch(turns=200):
        '''Do as the scheduled job does, turn after turn, until nothing is due.'''
        late = 0
        for _turn in range(turns):
            try:
                touchpoints._cron_dispatch()
                env.cr.commit()
            except psycopg2.errors.SerializationFailure:
                env.cr.rollback()
                late += 1
            if not touchpoints.search_count(touchpoints._get_dispatch_domain()):
                break
            env.cr.rollback()
            time.sleep(0.1)
        return late
"""

COUNT = """
    WITH said AS (
        SELECT id, res_id FROM mail_message
         WHERE model = 'collections.profile' AND message_type = 'auto_comment')
    SELECT json_build_object(
        'states', COALESCE((
            SELECT json_object_agg(state, number) FROM (
                SELECT state, COUNT(*) AS number FROM collections_touchpoint
                 GROUP BY state) AS t), '{}'),
        'messages', (SELECT COUNT(*) FROM said),
        'customers', (SELECT COUNT(DISTINCT res_id) FROM said),
        'notified', (SELECT COUNT(*) FROM mail_notification
                      WHERE mail_message_id IN (SELECT id FROM said)),
        'mails', (SELECT COUNT(*) FROM mail_mail
                   WHERE mail_message_id IN (SELECT id FROM said)),
        'behind', (SELECT COUNT(*) FROM collections_profile
                    WHERE stage_id IS NULL))
"""

ALL_SENT = {
    "states": {"sent": CUSTOMERS},
    "messages": CUSTOMERS,
    "customers": CUSTOMERS,
    "notified": CUSTOMERS,
    "mails": CUSTOMERS,
    "behind": 0,
}


@pytest.fixture(scope="module")
def environment():
    env = odoo_run.prepare()
    if databases.ensure_work(env, READY) or not _is_built(env):
        processes.Process(env, "", TOOLS, BUILD, READY).result()
    databases.copy(env, READY, PLANNED)
    planned = processes.Process(env, "", TOOLS, "tell(end=run())", PLANNED).result()
    assert planned["end"] == f"planned {CUSTOMERS}"
    yield env
    databases.drop(env, PLANNED)


def _is_built(env):
    found = databases.query(env, "SELECT COUNT(*) FROM account_move", READY)
    return int(found) == CUSTOMERS


@pytest.fixture
def start(environment, tmp_path):
    """Return a function that starts a process on a fresh copy of the ledger."""
    with processes.on_a_copy(environment, tmp_path, TOOLS, READY, DATABASE) as begin:
        yield begin


@pytest.fixture
def start_planned(environment, start):
    """The same on a ledger for which a run has planned its messages."""
    databases.copy(environment, PLANNED, DATABASE)
    return start


@pytest.fixture
def count(environment):
    """Return a function that counts what became of the messages."""
    return lambda: json.loads(databases.query(environment, COUNT, DATABASE))


def test_two_runs_at_once_plan_what_one_plans(start, count):
    first = start(
        """
        with meeting(touchpoints, "_plan", "planning", "second came"):
            tell(end=run())
        """
    )
    second = start(
        """
        wait_for("planning")
        end = run()
        flag("second came")
        tell(end=end)
        """
    )
    assert second.result()["end"].startswith("refused A run of")
    assert first.result()["end"] == f"planned {CUSTOMERS}"
    assert count()["states"] == {"scheduled": CUSTOMERS}


def test_a_run_that_began_before_another_ended_plans_nothing_twice(start, count):
    second = start(
        """
        env.cr.execute("SELECT COUNT(*) FROM collections_touchpoint")
        flag("second looked")
        wait_for("first ended")
        tell(end=run())
        """
    )
    first = start(
        """
        wait_for("second looked")
        end = run()
        flag("first ended")
        tell(end=end)
        """
    )
    assert first.result()["end"] == f"planned {CUSTOMERS}"
    assert second.result()["end"] in ("too late", "planned 0")
    assert count()["states"] == {"scheduled": CUSTOMERS}


def test_two_who_send_at_once_send_each_message_once(start_planned, count):
    first = start_planned(
        """
        gate = touchpoints, "_check_gate"
        with meeting(*gate, "first at the gate", "second tried", late=True):
            tell(late=dispatch())
        """
    )
    second = start_planned(
        """
        wait_for("first at the gate")
        late = dispatch(turns=1)
        sent = touchpoints.search_count([("state", "=", "sent")])
        flag("second tried")
        tell(sent=sent, late=late + dispatch())
        """
    )
    assert first.result() == {"late": 0}
    # The second takes the next batch while the first still sends its own.
    assert second.result() == {"sent": 5, "late": 0}
    assert count() == ALL_SENT


def test_who_comes_late_takes_the_next_batch_and_logs_nothing(start_planned, count):
    late = start_planned(
        """
        # Their transaction sees the messages as they were before the first sent them.
        touchpoints.search_count([])
        flag("late looked")
        wait_for("first sent")
        touchpoints._cron_dispatch()
        env.cr.commit()
        tell(sent=touchpoints.search_count([("state", "=", "sent")]))
        """
    )
    first = start_planned(
        """
        wait_for("late looked")
        touchpoints._cron_dispatch()
        env.cr.commit()
        flag("first sent")
        tell(late=0)
        """
    )
    first.result()
    assert late.result() == {"sent": 10}
    assert "could not serialize" not in late.output


def test_a_person_and_the_job_send_one_message_once(start_planned, count):
    job = start_planned(
        """
        gate = touchpoints, "_check_gate"
        with meeting(*gate, "job at the gate", "person at the gate", late=True):
            tell(late=dispatch())
        """
    )
    person = start_planned(
        """
        touchpoint = touchpoints.search([], order="scheduled_at, id", limit=1)
        touchpoint.state
        wait_for("job at the gate")
        flag("person at the gate")
        try:
            touchpoint.action_send_now()
            env.cr.commit()
            tell(end="sent")
        except (psycopg2.errors.SerializationFailure, UserError) as error:
            env.cr.rollback()
            tell(end=str(error))
        """
    )
    job.result()
    person.result()
    assert count() == ALL_SENT


@pytest.mark.parametrize(
    "instant",
    ["before the first", "in the first batch", "in the second batch", "after a batch"],
)
def test_a_killed_job_sends_the_rest_next_time(start_planned, count, instant):
    sends = {
        "before the first": 0,
        "in the first batch": 3,
        "in the second batch": 8,
        "after a batch": 5,
    }[instant]
    killed = start_planned(
        f"""
        sent = 0
        mark = Touchpoint._mark_sent

        def deadly(self, **kwargs):
            global sent
            if sent == {sends}:
                env.flush_all()
                os.kill(os.getpid(), signal.SIGKILL)
            mark(self, **kwargs)
            sent += 1

        with patch.object(Touchpoint, "_mark_sent", deadly):
            tell(late=dispatch())
        """
    )
    assert killed.result() is None
    half = count()
    # What was sent is known, and whole batches only.
    assert half["messages"] == half["states"].get("sent", 0) == sends // 5 * 5
    start_planned("tell(late=dispatch())").result()
    assert count() == ALL_SENT


def test_a_run_that_was_killed_leaves_nothing_and_may_be_repeated(start, count):
    killed = start(
        """
        with patch.object(
            type(env["collections.snapshot"]),
            "_take",
            lambda self, run: os.kill(os.getpid(), signal.SIGKILL),
        ):
            run()
        """
    )
    assert killed.result() is None
    assert count()["states"] == {}
    assert start("tell(end=run())").result()["end"] == f"planned {CUSTOMERS}"
