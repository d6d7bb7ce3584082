"""The run of the night as jobs of OCA's queue_job, over two Odoo processes on one
database, one of which is killed with a job in hand.

The job queue has one runner at a time, which asks one address to do the jobs. Here it
is that of a balancer, as where a company has several hosts: both servers get jobs,
whichever of them has the runner.
"""

import json
import random
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack, contextmanager

from devkit import databases, manifests, oca, odoo_run
from devkit.paths import DEV, LOGS, ROOT
from devkit.tell import Trouble, say, step

from .balancer import balance
from .kill import COUNT
from .processes import mail_server, read_accepted, ready, shell
from .report import Report

DATABASE = "torture_queue"
# So many that their messages leave in several jobs
CUSTOMERS = 120
SERVERS = 2
_PATIENCE = 420  # seconds until everything must be done
_START = 120  # seconds a server may take to start

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
DONE_BY = """
    SELECT COALESCE(json_object_agg(worker_pid, n), '{{}}')
      FROM (SELECT worker_pid, COUNT(*) AS n FROM queue_job
             WHERE state = 'done' AND method_name IN ({methods})
             GROUP BY worker_pid) j
"""
IN_HAND = """
    SELECT COALESCE(json_agg(uuid), '[]')
      FROM queue_job WHERE state = 'started' AND worker_pid = {pid}
"""
# Odoo tells PostgreSQL the number of its process.
BUSY = """
    SELECT COUNT(*) FROM pg_stat_activity
     WHERE application_name = 'odoo-{pid}' AND state = 'active'
"""
AGAIN = """
    SELECT COUNT(*) FROM queue_job
     WHERE state = 'done' AND retry > 1 AND worker_pid <> {pid} AND uuid IN ({jobs})
"""
# The runner looks for dead jobs whenever something happens in the queue, else once a
# minute. Here minutes do not pass.
WAKE = "NOTIFY queue_job, 'wake up'"
NIGHT_JOBS = "'_run_range', '_close_ranges'"
MORNING_JOBS = "'_send_batch'"
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
        ports = [_free_port() for _number in range(SERVERS)]
        shared = stack.enter_context(balance(ports))
        servers = [
            stack.enter_context(_server(env, number, port, shared))
            for number, port in enumerate(ports, start=1)
        ]
        for server, port in zip(servers, ports, strict=True):
            _wait_for(server, port)
        victim = chance.randrange(SERVERS)
        enough = chance.randint(1, max(1, customers // 4))
        held = []
        do(
            NIGHT,
            lambda: held.extend(
                _kill_one(env, servers, victim, enough, chance, report)
            ),
        )
        _wait(env, report, "night")
        _judge_again(env, servers[victim].pid, held, report)
        # Another takes its place, so that both send
        number, port = SERVERS + 1, ports[victim]
        servers[victim] = stack.enter_context(_server(env, number, port, shared))
        _wait_for(servers[victim], port)
        do(MORNING)
        _wait(env, report, "morning")
        report.facts["sending jobs by each"] = _tell_done_by(env, servers, MORNING_JOBS)
        do(MAIL)
    _judge(env, read_accepted(path), customers, report)
    databases.drop(env, DATABASE)
    return report


def _kill_one(env, servers, number, enough, chance, report):
    """Kill a server that has a job in hand when so many are done, some by each.

    :param int number: which of the servers
    :return: the jobs it had in hand
    """
    victim = servers[number]
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        jobs = _jobs(env)
        if jobs["done"] and not jobs["open"]:
            break
        if jobs["done"] < enough or len(_done_by(env, NIGHT_JOBS)) < len(servers):
            time.sleep(0.05)
            continue
        time.sleep(chance.uniform(0, 0.1))
        # While it stands still, what it has in hand stays there.
        victim.send_signal(signal.SIGSTOP)
        held = _in_hand(env, victim.pid)
        if held:
            victim.kill()
            victim.wait()
            _tell_killed(env, servers, number, held, report)
            return held
        victim.send_signal(signal.SIGCONT)
    report.expect(False, "no server was killed: it never had a job in hand")
    return []


def _in_hand(env, pid):
    """Return the jobs a stopped server has in hand, when the database has ended what it
    was asked before: that may be the end of a job."""
    deadline = time.monotonic() + 5
    while int(databases.query(env, BUSY.format(pid=pid), DATABASE)):
        if time.monotonic() > deadline:
            return []
        time.sleep(0.02)
    return json.loads(databases.query(env, IN_HAND.format(pid=pid), DATABASE))


def _tell_killed(env, servers, number, held, report):
    jobs = _jobs(env)
    report.facts["killed"] = f"server {number + 1}"
    report.facts["jobs done by each when one was killed"] = _tell_done_by(
        env, servers, NIGHT_JOBS
    )
    report.facts["jobs it had in hand"] = len(held)
    report.facts["jobs open when one was killed"] = jobs["open"]
    report.expect(jobs["open"], "the server was killed too late: nothing was open")


def _judge_again(env, pid, held, report):
    """Look whether what a dead server had in hand was done by another."""
    names = ", ".join(f"'{uuid}'" for uuid in held) or "''"
    statement = AGAIN.format(pid=pid, jobs=names)
    again = int(databases.query(env, statement, DATABASE))
    report.facts["jobs begun again by another"] = again
    report.expect(
        again == len(held), f"{again} of {len(held)} jobs were begun again by another"
    )


def _done_by(env, methods):
    """Return how many jobs each process has done, by its number."""
    return json.loads(databases.query(env, DONE_BY.format(methods=methods), DATABASE))


def _tell_done_by(env, servers, methods):
    done = _done_by(env, methods)
    return " and ".join(str(done.get(str(server.pid), 0)) for server in servers)


def _jobs(env):
    return json.loads(databases.query(env, JOBS, DATABASE))


def _wait(env, report, what):
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        jobs = _jobs(env)
        if not jobs["open"]:
            break
        databases.query(env, WAKE, DATABASE)
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


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _server(env, number, port, shared):
    """Run an Odoo that works on jobs while the block runs.

    :param int port: its own
    :param int shared: the one behind which all of them are asked for jobs
    :return: the process
    """
    words = ["-d", DATABASE, "--load=base,rpc,web,queue_job", f"--http-port={port}"]
    words += [f"--db-filter=^{DATABASE}$", "--max-cron-threads=0", "--log-level=warn"]
    jobs = {
        "ODOO_QUEUE_JOB_CHANNELS": "root:4,root.collections:4",
        "ODOO_QUEUE_JOB_HOST": "127.0.0.1",
        "ODOO_QUEUE_JOB_PORT": str(shared),
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
            process.send_signal(signal.SIGCONT)
            process.terminate()
        process.wait()


def _wait_for(server, port):
    """Wait until a server answers who asks it to do a job, here one that is none."""
    address = f"http://127.0.0.1:{port}/queue_job/runjob?job_uuid=none"
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=_START):
                return
        except OSError:
            time.sleep(0.5)
    raise Trouble("A server did not start; see torture-queue-*.log")
