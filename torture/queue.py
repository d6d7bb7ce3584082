"""The run of the night as jobs of OCA's queue_job, over two Odoo processes on one
database, one of which is killed at a random moment."""

import json
import random
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager

from devkit import databases, manifests, oca, odoo_run
from devkit.paths import DEV, LOGS, ROOT
from devkit.tell import Trouble, say, step

from .kill import COUNT
from .processes import mail_server, read_accepted, ready, shell
from .report import Report

DATABASE = "torture_queue"
CUSTOMERS = 40
_PATIENCE = 420  # seconds until everything must be done

# Small jobs, so that there are many to kill.
PREPARE = """
    settings = env["ir.config_parameter"]
    settings.set_param("collections_queue_job.customers_per_job", "1")
    settings.set_param("web.base.url", "http://127.0.0.1")
    env.cr.commit()
"""

NIGHT = """
    env.ref("customer_collections.ir_cron_run").method_direct_trigger()
    env.cr.commit()
"""

MORNING = """
    env.ref("customer_collections.ir_cron_dispatch").method_direct_trigger()
    env.cr.commit()
"""

MAIL = """
    env.ref("mail.ir_cron_mail_scheduler_action").method_direct_trigger()
    env.cr.commit()
"""

JOBS = """
    SELECT json_build_object(
        'done', COUNT(*) FILTER (WHERE state = 'done'),
        'failed', COUNT(*) FILTER (WHERE state = 'failed'),
        'open', COUNT(*) FILTER (WHERE state NOT IN ('done', 'failed', 'cancelled')),
        'repeated', COUNT(*) FILTER (WHERE retry > 1))
      FROM queue_job
"""
RUN = "SELECT string_agg(state, ',') FROM collections_run"


def torture(env, args, customers=CUSTOMERS, source=None):
    """Spread a night over two servers and kill one.

    :param str source: a database whose customers wait to be reminded
    :return: the report
    """
    chance = random.Random(args.seed)
    report = Report()
    databases.copy(env, source or ready(env, customers), DATABASE)
    env = oca.ensure(env)
    conf = oca.OCA_CONF
    with step("Installing the job queue beside us"):
        databases.install(
            env,
            DATABASE,
            f"-i {','.join(manifests.apart())}",
            log="torture-queue",
            conf=conf,
        )
    path = DEV / "torture" / "queue.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    with mail_server(env, path) as words, ExitStack() as stack:

        def do(script, meanwhile=None):
            process = shell(env, DATABASE, script, *words, conf=conf)
            if meanwhile:
                meanwhile()
            failed, output = process.wait()
            if failed:
                raise Trouble(output[-2000:])

        do(PREPARE)
        servers = [stack.enter_context(_server(env, n)) for n in (1, 2)]
        time.sleep(8)
        one = servers[chance.randrange(2)]
        enough = chance.randint(1, max(1, customers // 4))
        do(NIGHT, lambda: _kill_one(env, one, enough, report))
        _wait(env, report, "night")
        do(MORNING)
        _wait(env, report, "morning")
        do(MAIL)
    _judge(env, read_accepted(path), customers, report)
    databases.drop(env, DATABASE)
    return report


def _kill_one(env, server, enough, report):
    """Kill a server when so many jobs are done, and others are not."""
    deadline = time.monotonic() + _PATIENCE
    while _jobs(env)["done"] < enough and time.monotonic() < deadline:
        time.sleep(0.05)
    server.kill()
    server.wait()
    jobs = _jobs(env)
    report.facts["jobs done when one was killed"] = jobs["done"]
    report.facts["jobs open when one was killed"] = jobs["open"]
    report.expect(jobs["open"], "the server was killed too late: nothing was open")


def _jobs(env):
    return json.loads(databases.query(env, JOBS, DATABASE))


def _wait(env, report, what):
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        jobs = _jobs(env)
        if not jobs["open"]:
            break
        time.sleep(1)
    say(f"  {what}: {jobs}")
    report.facts[f"jobs of the {what}"] = ", ".join(f"{v} {k}" for k, v in jobs.items())
    report.expect(not jobs["open"], f"{what}: {jobs['open']} jobs are still open")
    report.expect(not jobs["failed"], f"{what}: {jobs['failed']} jobs failed")


def _judge(env, accepted, customers, report):
    found = json.loads(databases.query(env, COUNT, DATABASE))
    report.facts["runs"] = databases.query(env, RUN, DATABASE)
    report.facts["messages by state"] = found["states"]
    receivers = {line["to"][0] for line in accepted}
    report.expect(report.facts["runs"] == "done", f"run: {report.facts['runs']}")
    report.expect(found["states"] == {"sent": customers}, f"states {found['states']}")
    report.expect(
        len(accepted) == len(receivers) == customers,
        f"{len(accepted)} messages to {len(receivers)} customers",
    )


@contextmanager
def _server(env, number):
    """Run an Odoo that works on jobs while the block runs.

    :return: the process
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["-d", DATABASE, "--load=base,web,queue_job", f"--http-port={port}"]
    words += [f"--db-filter=^{DATABASE}$", "--max-cron-threads=0", "--log-level=warn"]
    jobs = {
        "ODOO_QUEUE_JOB_CHANNELS": "root:4,root.collections:4",
        "ODOO_QUEUE_JOB_HOST": "127.0.0.1",
        "ODOO_QUEUE_JOB_PORT": str(port),
        "ODOO_QUEUE_JOB_JOBRUNNER_DB_NAME": DATABASE,
    }
    with (LOGS / f"torture-queue-{number}.log").open("w") as output:
        process = subprocess.Popen(
            odoo_run.command(*words, conf=oca.OCA_CONF),
            env={**env, **jobs},
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
