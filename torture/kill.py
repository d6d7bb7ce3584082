"""kill -9 at random moments of run and dispatch, with a real mail server.

Each turn begins on a ledger that waits to be reminded. A worker runs the loop, sends
and empties the mail queue through Odoo's own scheduler, as its jobs would; it is killed
at a random moment and another goes on where it stopped. A kill counts only when it hit
a job that had something left to do. When nothing is left, or enough were killed, one
works undisturbed to the end, and everything is counted.
"""

import json
import random
import time
from collections import Counter

from devkit import databases
from devkit.paths import DEV
from devkit.tell import Trouble, say

from .processes import mail_server, read_accepted, ready, shell
from .report import Report

DATABASE = "torture_kill"
CUSTOMERS = 40
#: kills that one ledger is meant to take, about
KILLS_A_TURN = 5
_PATIENCE = 60  # seconds until PostgreSQL has noticed that somebody is gone

# What the scheduled jobs do; "begun" and each job are told so that the killer knows
# what was hit. Batches are small, so that there are many commits.
WORK = """
    from odoo.addons.customer_collections.models import (
        collections_touchpoint_dispatch as dispatching,
    )
    dispatching.BATCH_SIZE = 10
    print("RESULT begun", flush=True)
    jobs = {
        "run": env.ref("customer_collections.ir_cron_run"),
        "dispatch": env.ref("customer_collections.ir_cron_dispatch"),
        "mail": env.ref("mail.ir_cron_mail_scheduler_action"),
    }
    for name, job in jobs.items():
        print(f"RESULT now {name}", flush=True)
        job.method_direct_trigger()
        env.cr.commit()
    print('RESULT {"end": "done"}', flush=True)
"""

COUNT = """
    SELECT json_build_object(
        'states', COALESCE((SELECT json_object_agg(state, n) FROM (
            SELECT state, COUNT(*) AS n FROM collections_touchpoint
             GROUP BY state) t), '{}'),
        'customers', (SELECT COUNT(DISTINCT profile_id) FROM collections_touchpoint),
        'stuck', (SELECT COUNT(*) FROM mail_mail l
                    JOIN mail_message m ON m.id = l.mail_message_id
                   WHERE m.model = 'collections.profile' AND l.state <> 'sent'),
        'unknown', (SELECT COUNT(*) FROM collections_touchpoint t
                     WHERE t.state = 'sent' AND t.mail_message_id IS NULL),
        'behind', (SELECT COUNT(*) FROM collections_profile
                    WHERE stage_id IS NULL),
        'ids', (SELECT json_agg(json_build_array(m.message_id, p.email_normalized))
                  FROM collections_touchpoint t
                  JOIN mail_message m ON m.id = t.mail_message_id
                  JOIN res_partner p ON p.id = t.partner_id))
"""


# What each job has left to do. A ledger that waits to be reminded has seen no run.
LEFT = """
    SELECT json_build_object(
        'run', NOT EXISTS (SELECT FROM collections_run
                            WHERE origin = 'schedule' AND state = 'done'),
        'dispatch', EXISTS (SELECT FROM collections_touchpoint
                             WHERE state IN ('planned', 'scheduled')),
        'mail', EXISTS (SELECT FROM mail_mail l
                          JOIN mail_message m ON m.id = l.mail_message_id
                         WHERE m.model = 'collections.profile'
                           AND l.state = 'outgoing'))
"""
# What PostgreSQL was told to commit it commits, whoever is dead.
OTHERS = """
    SELECT COUNT(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type = 'client backend'
"""
JOBS = {"run": "in the run", "dispatch": "in dispatch", "mail": "in the mail queue"}

# What was killed three times in a row Odoo leaves out once, until its next hour. Here
# hours do not pass.
FORGET = "UPDATE ir_cron_progress SET timed_out_counter = 0"


def torture(env, args, customers=CUSTOMERS, source=None):
    """Kill as often as asked and count.

    :param str source: a database whose customers wait to be reminded
    :return: the report
    """
    kills = args.times or 100
    report = Report(facts={"kills": 0})
    report.facts |= {f"kills {where}": 0 for where in JOBS.values()}
    report.facts |= {"kills that hit no work": 0, "turns": 0}
    report.facts |= {"messages": 0, "repeated": 0}
    chance = random.Random(args.seed)
    source = source or ready(env, customers)
    path = DEV / "torture" / "kill.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    in_run, in_all = _measure(env, source, path)
    while report.facts["kills"] < kills:
        databases.copy(env, source, DATABASE)
        path.write_text("")
        before, first = report.facts["kills"], True
        with mail_server(env, path) as words:
            while report.facts["kills"] < kills:
                # Each goes on where the last one stopped. The first dies in the run,
                # which is short: later ones would hardly ever meet it.
                most = in_run if first else 2 * in_all / KILLS_A_TURN
                if not _kill_one(env, words, chance.uniform(0, most), report):
                    break
                first = False
            _finish(env, words, report)
        cuts = report.facts["kills"] - before
        judge(env, read_accepted(path), customers, report, cuts)
        say(f"  {report.facts}")
    databases.drop(env, DATABASE)
    return report


def _begin(env, words):
    databases.query(env, FORGET, DATABASE)
    worker = shell(env, DATABASE, WORK, *words)
    _read_until(worker, "RESULT begun")
    return worker


def _read_until(worker, words):
    for line in worker.process.stdout:
        if line.startswith(words):
            return
    raise RuntimeError(f"The worker ended before it said {words}.")


def _measure(env, source, path):
    """Return how long the run, and all jobs, take undisturbed."""
    databases.copy(env, source, DATABASE)
    with mail_server(env, path) as words:
        worker = _begin(env, words)
        start = time.monotonic()
        moments = []
        for mark in ("RESULT now dispatch", 'RESULT {"end"'):
            _read_until(worker, mark)
            moments.append(time.monotonic() - start)
        worker.wait()
    return moments


def _kill_one(env, words, after, report):
    """Kill a worker some time after it began, and count it if it was at work.

    :return: whether anything is left to do
    """
    worker = _begin(env, words)
    time.sleep(after)
    worker.kill()
    # What it said last is in the pipe still.
    said = [line for line in worker.process.stdout if line.startswith("RESULT ")]
    worker.wait()
    left = _read_left(env)
    ended = any(line.startswith('RESULT {"end"') for line in said)
    job = said[-1].removeprefix("RESULT now ").strip() if said else None
    if not ended and left.get(job):
        report.facts["kills"] += 1
        report.facts[f"kills {JOBS[job]}"] += 1
    else:
        # At its end, or on the way from one job to the next
        report.facts["kills that hit no work"] += 1
    return not ended and any(left.values())


def _read_left(env):
    deadline = time.monotonic() + _PATIENCE
    while int(databases.query(env, OTHERS, DATABASE)):
        if time.monotonic() > deadline:
            raise Trouble("PostgreSQL does not notice that the worker is dead.")
        time.sleep(0.05)
    return json.loads(databases.query(env, LEFT, DATABASE))


def _finish(env, words, report):
    failed, output = _begin(env, words).wait()
    report.expect(not failed, f"the last worker failed: {output[-500:]}")


def judge(env, accepted, customers, report, cuts):
    """Compare what the mail server has with what the database says.

    :param list accepted: what the mail server wrote down
    :param int cuts: how often a worker was cut off at work on this ledger
    """
    report.facts["turns"] += 1
    turn = f"turn {report.facts['turns']}"
    found = json.loads(databases.query(env, COUNT, DATABASE))
    # Not what Odoo tells its own people
    accepted = [line for line in accepted if line["to"][0].startswith("customer")]
    copies = Counter(line["message_id"] for line in accepted)
    receivers = Counter(line["to"][0] for line in accepted)
    distinct = {line["message_id"]: line["to"][0] for line in accepted}
    report.facts["messages"] += len(distinct)
    repeated = sum(number - 1 for number in copies.values())
    report.facts["repeated"] += repeated
    report.expect(
        found["states"] == {"sent": customers}, f"{turn}: states {found['states']}"
    )
    report.expect(not found["stuck"], f"{turn}: {found['stuck']} mails did not leave")
    report.expect(not found["behind"], f"{turn}: {found['behind']} took no step")
    report.expect(not found["unknown"], f"{turn}: {found['unknown']} without a message")
    report.expect(
        len(distinct) == len(receivers) == customers,
        f"{turn}: {len(distinct)} messages to {len(receivers)} customers",
    )
    report.expect(
        {tuple(pair) for pair in found["ids"] or []} == set(distinct.items()),
        f"{turn}: the server has other messages than the desk knows of",
    )
    # One worker, one message at a time: what a cut repeats is one at most.
    report.expect(repeated <= cuts, f"{turn}: {repeated} repeats by {cuts} cuts")
