"""Short turns of those parts of ``./dev torture`` that bring servers and addons of
their own; see docs/reliability.md. The others' are in ``tests/test_torture.py``.

No Odoo is needed in the process that looks on.
"""

import json

import pytest

from devkit import databases, lanes, odoo_run
from torture import kill, load, odoo, processes, queue, upgrade
from torture.__main__ import parse

# Whom the mail server keeps waiting, asks to come later, or does not know
ANSWERS = """
    for number, name in enumerate(("slow", "later", "never")):
        partner = env["res.partner"].search([("name", "=", f"Customer {number}")])
        partner.email = f"{name}@customer.example"
    env.cr.commit()
"""
STATES = """
    SELECT json_object_agg(p.email_normalized, t.state)
      FROM collections_touchpoint t JOIN res_partner p ON p.id = t.partner_id
"""

READY = f"{lanes.SHORT_TURNS}_ready"
CUSTOMERS = 12


@pytest.fixture(scope="module")
def env():
    return odoo_run.prepare()


@pytest.fixture(scope="module")
def installed(env):
    """A database with our addons and nothing else."""
    databases.ensure_work(env, lanes.SHORT_TURNS)
    return lanes.SHORT_TURNS


@pytest.fixture(scope="module")
def ready(env, installed):
    """A database whose customers wait to be reminded."""
    databases.copy(env, installed, READY)
    processes.build(env, READY, CUSTOMERS)
    yield READY
    databases.drop(env, READY)


def _args(*words):
    return parse(["--seed", "20260310", *words])


def test_a_night_goes_on_when_one_of_two_servers_is_killed(env, ready):
    report = queue.torture(env, _args(), CUSTOMERS, ready)
    assert not report.failures
    assert report.facts["jobs open when one was killed"]


def test_whatever_the_mail_server_says_to_one_the_others_get_theirs(
    env, ready, tmp_path
):
    database, path = f"{ready}_answers", tmp_path / "accepted.jsonl"
    path.touch()
    databases.copy(env, ready, database)
    with processes.mail_server(env, path) as words:
        for script in (ANSWERS, kill.WORK):
            worker = processes.shell(env, database, script, *words)
            # Odoo's log may well have the traceback of a mail that was refused.
            _failed, output = worker.wait()
            assert worker.process.returncode == 0, output
    states = json.loads(databases.query(env, STATES, database))
    databases.drop(env, database)
    assert len(states) == CUSTOMERS
    assert states.pop("later@customer.example") == "scheduled"
    assert states.pop("never@customer.example") == "failed"
    assert set(states.values()) == {"sent"}
    accepted = [line["to"][0] for line in processes.read_accepted(path)]
    told = [address for address in accepted if address.endswith("@customer.example")]
    assert sorted(told) == sorted(states)


def test_a_small_crowd_meets_no_error(env, ready):
    crowd = load.Crowd(portal=5, collectors=2, workers=2, pause=0.2, p95=None)
    report = load.torture(env, _args("--minutes", "0.5"), crowd, ready)
    assert not report.failures
    assert report.facts["requests"] > 20


def test_updated_uninstalled_and_beside_others_the_ledger_stays(env, ready):
    report = upgrade.torture(env, _args(), ready)
    assert not report.failures
    assert report.facts["runs afterwards"] == 3
    assert report.facts["rows compared"]


def test_no_test_of_odoos_sms_fails_with_us(env, installed):
    report = odoo.torture(env, _args("--modules", "sms"), installed)
    assert not report.failures
