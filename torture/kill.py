"""kill -9 at random moments of run and dispatch, with a real mail server.

Each turn begins on a ledger that waits to be reminded. A worker runs the loop, sends
and empties the mail queue through Odoo's own scheduler, over and over, as its jobs
would; it is killed at a random moment and another takes its place. When enough were
killed, one works undisturbed until nothing is left, and everything is counted.
"""

import json
import random
import time
from collections import Counter

from devkit import databases
from devkit.paths import DEV
from devkit.tell import say

from .processes import mail_server, read_accepted, ready, shell
from .report import Report

DATABASE = "torture_kill"
CUSTOMERS = 40
#: kills on one ledger before it is counted and a fresh one begins
KILLS_A_TURN = 5

# What the scheduled jobs do; "begun" and each step are told so that the killer knows
# when there is something to kill. Batches are small, so that there are many commits.
WORK = """
    from odoo.addons.customer_collections.models import (
        collections_touchpoint_dispatch as dispatching,
    )
    dispatching.BATCH_SIZE = 10
    print("RESULT begun", flush=True)
    jobs = [
        env.ref("customer_collections.ir_cron_run"),
        env.ref("customer_collections.ir_cron_dispatch"),
        env.ref("mail.ir_cron_mail_scheduler_action"),
    ]
    for job in jobs:
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


# What was killed three times in a row Odoo leaves out once, until its next hour. Here
# hours do not pass.
FORGET = "UPDATE ir_cron_progress SET timed_out_counter = 0"


def torture(env, args, customers=CUSTOMERS, source=None):
    """Kill as often as asked and count.

    :param str source: a database whose customers wait to be reminded
    :return: the report
    """
    kills = args.times or 100
    report = Report(facts={"kills": 0, "turns": 0, "messages": 0, "repeated": 0})
    chance = random.Random(args.seed)
    source = source or ready(env, customers)
    spans = None
    while report.facts["kills"] < kills:
        databases.copy(env, source, DATABASE)
        path = DEV / "torture" / "kill.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        with mail_server(env, path) as words:
            if spans is None:
                # How long it takes undisturbed: the moments to choose from
                spans = _measure(env, words)
                databases.copy(env, source, DATABASE)
                path.write_text("")
            todo = min(KILLS_A_TURN, kills - report.facts["kills"])
            for _time in range(todo):
                _kill_one(env, words, chance.uniform(0, spans), report)
            _finish(env, words, report)
        judge(env, read_accepted(path), customers, report, todo)
        say(f"  {report.facts}")
    databases.drop(env, DATABASE)
    return report


def _begin(env, words):
    databases.query(env, FORGET, DATABASE)
    worker = shell(env, DATABASE, WORK, *words)
    for line in worker.process.stdout:
        if line.startswith("RESULT begun"):
            return worker
    raise RuntimeError("The worker did not begin.")


def _measure(env, words):
    worker = _begin(env, words)
    start = time.monotonic()
    worker.wait()
    return time.monotonic() - start


def _kill_one(env, words, after, report):
    worker = _begin(env, words)
    time.sleep(after)
    worker.kill()
    worker.wait()
    report.facts["kills"] += 1


def _finish(env, words, report):
    failed, output = _begin(env, words).wait()
    report.expect(not failed, f"the last worker failed: {output[-500:]}")


def judge(env, accepted, customers, report, cuts):
    """Compare what the mail server has with what the database says.

    :param list accepted: what the mail server wrote down
    :param int cuts: how often the worker was cut off on this ledger
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
