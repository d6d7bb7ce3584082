"""Connections lost at random moments of run and dispatch, under Odoo's own scheduler.

A server with a scheduler and a real mail server works on a ledger that waits to be
reminded. Again and again PostgreSQL closes a connection of it, or all of them; the
server is never started anew. When it was left alone for a while, everything is counted
as after ``kill``.
"""

import random
import socket
import subprocess
import time
from contextlib import contextmanager

from devkit import databases, odoo_run
from devkit.paths import DEV, LOGS, ROOT
from devkit.tell import Trouble, say

from . import kill
from .processes import mail_server, read_accepted, ready
from .report import Report

CUSTOMERS = 150
#: losses on one ledger before it is counted and a fresh one begins
LOSSES_A_TURN = 8
_START = 120  # half seconds the scheduler may take to start
_PATIENCE = 180  # seconds until everything must be done
_JOBS = (
    "customer_collections.ir_cron_run",
    "customer_collections.ir_cron_dispatch",
    "mail.ir_cron_mail_scheduler_action",
)

# Only these, and due: nobody wants to wait for ten minutes.
DUE = """
    UPDATE ir_cron SET active = TRUE, nextcall = now() at time zone 'UTC'
     WHERE id IN (SELECT c.id FROM ir_cron c
                    JOIN ir_model_data d ON d.model = 'ir.cron' AND d.res_id = c.id
                   WHERE d.module || '.' || d.name IN ({jobs})
              FOR UPDATE OF c SKIP LOCKED)
"""
# To lose them all, or one by chance.
LOSE = """
    SELECT COUNT(pg_terminate_backend(pid)) FROM (
        SELECT pid FROM pg_stat_activity
         WHERE datname = '{database}' AND pid <> pg_backend_pid()
         ORDER BY random() LIMIT {limit}) c
"""
LEFT = """
    SELECT COUNT(*) FROM collections_profile p
     WHERE NOT EXISTS (SELECT FROM collections_touchpoint t
                         JOIN mail_mail m ON m.mail_message_id = t.mail_message_id
                        WHERE t.profile_id = p.id AND m.state = 'sent')
"""


def torture(env, args, customers=CUSTOMERS, source=None):
    """Lose connections as often as asked and count.

    :param str source: a database whose customers wait to be reminded
    :return: the report
    """
    losses = args.times or 50
    counts = ("losses", "connections lost", "turns", "messages", "repeated")
    report = Report(facts=dict.fromkeys(counts, 0))
    chance = random.Random(args.seed)
    source = source or ready(env, customers)
    path = DEV / "torture" / "lost.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    while report.facts["losses"] < losses:
        databases.copy(env, source, kill.DATABASE)
        path.write_text("")
        _do(env, "UPDATE ir_cron SET active = FALSE")
        with mail_server(env, path) as words, _server(env, words) as server:
            todo = min(LOSSES_A_TURN, losses - report.facts["losses"])
            for _time in range(todo):
                _wake(env, chance.uniform(0.2, 2.5))
                limit = chance.choice(["ALL", 1, 1])
                lost = _do(env, LOSE.format(database=kill.DATABASE, limit=limit))
                report.facts["losses"] += 1
                report.facts["connections lost"] += int(lost)
            _finish(env, customers, report)
            report.expect(server.poll() is None, "the server ended")
        kill.judge(env, read_accepted(path), customers, report, todo)
        say(f"  {report.facts}")
    databases.drop(env, kill.DATABASE)
    return report


def _do(env, statement):
    return databases.query(env, statement, kill.DATABASE)


def _wake(env, seconds, jobs=_JOBS):
    """Let the scheduler work for a while, as if its hour came again and again."""
    due = DUE.format(jobs=", ".join(f"'{name}'" for name in jobs))
    end = time.monotonic() + seconds
    while True:
        _do(env, due)
        databases.query(env, f"NOTIFY cron_trigger, '{kill.DATABASE}'")
        rest = end - time.monotonic()
        if rest <= 0:
            return
        time.sleep(min(rest, 0.5))


def _finish(env, customers, report):
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        _wake(env, 1)
        known = int(_do(env, "SELECT COUNT(*) FROM collections_profile"))
        if known == customers and not int(_do(env, LEFT)):
            return
    report.expect(False, f"not done after {_PATIENCE} s undisturbed")


@contextmanager
def _server(env, words):
    """Run an Odoo that does nothing but scheduled jobs while the block runs.

    :return: the process
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [*words, "-d", kill.DATABASE, f"--http-port={port}"]
    words += ["--max-cron-threads=1", "--log-level=warn"]
    with (LOGS / "torture-lost.log").open("a") as output:
        process = subprocess.Popen(
            odoo_run.command(*words), env=env, cwd=ROOT, stdout=output, stderr=output
        )
    try:
        _wait_for(env)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()


def _wait_for(env):
    """Wait until the scheduler has done a job of its own."""
    done = "SELECT COUNT(*) FROM ir_cron_progress"
    before = _do(env, done)
    for _attempt in range(_START):
        _wake(env, 0.5, _JOBS[-1:])
        if _do(env, done) != before:
            return
    raise Trouble("Odoo's scheduler did not start; see torture-lost.log")
