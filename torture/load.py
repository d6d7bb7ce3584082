"""Portal customers and collectors at once, against several workers, while the scheduled
jobs work as they do in the daytime.

It counts from when everybody has logged in: what is measured is a day's work, not the
first minute after an installation, with everybody's password to try.
"""

import csv
import json
import os
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from devkit import databases, environment
from devkit.paths import CONF, DEV, LOAD_VENV, LOGS, PYTHON, ROOT
from devkit.tell import Trouble, step

from .processes import mail_server, ready, shell
from .report import Report

DATABASE = "torture_load"
MINUTES = 10
_START = 180  # seconds the server may take to answer
#: what must have been asked for
KINDS = (
    "customer: account",
    "customer: invoices",
    "customer: statement",
    "customer: pay",
    "customer: preferences",
    "customer: save preferences",
    "collector: list",
    "collector: customer",
    "collector: note",
)


@dataclass
class Crowd:
    """Who is there, and what they expect."""

    portal: int = 50
    collectors: int = 10
    workers: int = 4
    #: how long they pause, times what people do
    pause: float = 1
    #: milliseconds in which 95 of 100 are answered at most, by two processors at rest;
    #: None where the machine is not at rest
    p95: int | None = 2000

    @property
    def people(self):
        """How many log in."""
        return self.portal + self.collectors


PEOPLE = """
    import json
    from odoo import Command
    portal = env.ref("base.group_portal")
    collector = env.ref("customer_collections.group_collector")
    env["collections.run"]._run_company(env.company)
    env.cr.commit()
    profiles = env["collections.profile"].search([], limit={portal}, order="id")
    for number, profile in enumerate(profiles):
        env["res.users"].with_context(no_reset_password=True).create(dict(
            login=f"portal{{number}}", password=f"portal{{number}}",
            partner_id=profile.partner_id.id, group_ids=[Command.set(portal.ids)]))
    for number in range({collectors}):
        env["res.users"].with_context(no_reset_password=True).create(dict(
            name=f"Collector {{number}}", login=f"collector{{number}}",
            password=f"collector{{number}}", group_ids=[Command.link(collector.id)]))
    env.cr.commit()
    print("RESULT " + json.dumps(dict(profiles=profiles.ids)), flush=True)
"""


def torture(env, args, crowd=None, source=None):
    """Let them work, and read what they met.

    :param Crowd crowd: who they are
    :param str source: a database with as many customers who wait to be reminded
    :return: the report
    """
    minutes = args.minutes or MINUTES
    crowd = crowd or Crowd()
    environment.ensure_load()
    databases.copy(env, source or ready(env, crowd.portal), DATABASE)
    people = PEOPLE.format(portal=crowd.portal, collectors=crowd.collectors)
    profiles = shell(env, DATABASE, people).told()["profiles"]
    table = DEV / "torture" / "load"
    table.parent.mkdir(parents=True, exist_ok=True)
    path = table.with_suffix(".jsonl")
    path.write_text("")
    with (
        mail_server(env, path) as words,
        _server(env, words, crowd.workers) as port,
        step(f"{crowd.people} people, {minutes} minutes"),
    ):
        _locust(env, port, minutes, table, profiles, crowd)
    report = _read(table.with_name("load_stats.csv"), crowd.p95)
    report.facts |= {
        "portal customers": crowd.portal,
        "collectors": crowd.collectors,
        "workers": crowd.workers,
        "minutes": minutes,
        "load of the machine": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }
    _read_log(report)
    databases.drop(env, DATABASE)
    return report


def _locust(env, port, minutes, table, profiles, crowd):
    """Let all of them log in, one a second, and work.

    :param Path table: where what they met is written to
    """
    table.with_name("load_stats.csv").unlink(missing_ok=True)
    words = [str(LOAD_VENV / "bin" / "locust"), "--headless", "--only-summary"]
    words += ["-f", str(ROOT / "torture" / "load_people.py")]
    words += ["-u", str(crowd.people), "-r", "1", "--reset-stats"]
    seconds = minutes * 60 + crowd.people
    words += ["-t", f"{seconds:.0f}s", "-H", f"http://127.0.0.1:{port}"]
    words += ["--csv", str(table), "--exit-code-on-error", "0"]
    with (LOGS / "torture-load.log").open("w") as output:
        subprocess.run(
            words,
            env={
                **env,
                "LOAD_PROFILES": json.dumps(profiles),
                "LOAD_CROWD": json.dumps(asdict(crowd)),
            },
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )


def _read(path, p95):
    head = ("page", "requests", "errors", "median ms", "P95 ms", "max")
    report = Report(table=[head])
    asked = {}
    with path.open() as lines:
        for row in csv.DictReader(lines):
            name, number = row["Name"], int(row["Request Count"])
            asked[name] = number
            times = [row["Median Response Time"], row["95%"], row["Max Response Time"]]
            times = [round(float(text)) if text != "N/A" else "" for text in times]
            report.table.append((name, number, row["Failure Count"], *times))
            report.expect(
                # Not the last who were still logging in when it began to count
                p95 is None or name not in KINDS or not number or times[1] <= p95,
                f"{name}: 95 of 100 within {times[1]} ms, not {p95}",
            )
            if name == "Aggregated":
                report.facts["requests"] = number
                report.facts["requests a second"] = round(float(row["Requests/s"]), 1)
                failed = row["Failure Count"]
                report.expect(failed == "0", f"{failed} errors")
    for name in KINDS:
        report.expect(asked.get(name), f"nobody asked for {name}")
    return report


def _read_log(report):
    """Look for what the server complained of; a request that met another is no error
    when Odoo tried it again, but is counted."""
    text = (LOGS / "torture-server.log").read_text(errors="replace")
    report.facts["tried again"] = text.count("tries left, try again")
    report.facts["deadlocks"] = text.count("deadlock detected")
    bad = [
        line
        for line in text.splitlines()
        if " ERROR " in line or line.startswith("ImportError")
    ]
    # What the database says of a statement that Odoo then tries again
    bad = [line for line in bad if "bad query" not in line]
    report.expect(not bad, f"the server's log: {bad[:3]}")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _server(env, mail, workers):
    """Serve with some workers and a scheduler while the block runs.

    :param list mail: the options that name the mail server
    :return: its port
    """
    port = _free_port()
    words = [*mail, "-d", DATABASE, f"--workers={workers}", "--max-cron-threads=1"]
    words += [f"--http-port={port}", f"--gevent-port={_free_port()}"]
    words += [f"--db-filter=^{DATABASE}$", "--log-level=warn", "--proxy-mode"]
    words += ["--log-handler=odoo.service.model:INFO"]
    with (LOGS / "torture-server.log").open("w") as output:
        process = subprocess.Popen(
            [str(PYTHON), str(ROOT / "torture" / "server.py"), "-c", str(CONF), *words],
            env=env,
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + _START
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Trouble("Odoo did not start; see torture-server.log")
            time.sleep(0.5)
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port):
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/web/health", timeout=5
        ) as response:
            return response.status == 200
    except OSError:
        return False
