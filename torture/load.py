"""Fifty portal customers and ten collectors at once, against four workers."""

import csv
import json
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager

from devkit import databases, environment, odoo_run
from devkit.paths import DEV, LOAD_VENV, LOGS, ROOT
from devkit.tell import Trouble, step

from .processes import ready, shell
from .report import Report

DATABASE = "torture_load"
CUSTOMERS = 50
PORTAL, COLLECTORS, WORKERS = 50, 10, 4
MINUTES = 10
_START = 180  # seconds the server may take to answer

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


def torture(env, args):
    """Let them work, and read what they met."""
    minutes = args.minutes or MINUTES
    environment.ensure_load()
    databases.copy(env, ready(env, CUSTOMERS), DATABASE)
    people = PEOPLE.format(portal=PORTAL, collectors=COLLECTORS)
    profiles = shell(env, DATABASE, people).told()["profiles"]
    table = DEV / "torture" / "load"
    table.parent.mkdir(parents=True, exist_ok=True)
    with _server(env) as port, step(f"{PORTAL + COLLECTORS} people, {minutes} minutes"):
        words = [str(LOAD_VENV / "bin" / "locust"), "--headless", "--only-summary"]
        words += ["-f", str(ROOT / "torture" / "load_people.py")]
        words += ["-u", str(PORTAL + COLLECTORS), "-r", "5"]
        words += ["-t", f"{minutes * 60:.0f}s", "-H", f"http://127.0.0.1:{port}"]
        words += ["--csv", str(table), "--exit-code-on-error", "0"]
        log = LOGS / "torture-load.log"
        with log.open("w") as output:
            subprocess.run(
                words,
                env={**env, "LOAD_PROFILES": json.dumps(profiles)},
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )
    report = _read(table.with_name("load_stats.csv"))
    report.facts |= {
        "portal customers": PORTAL,
        "collectors": COLLECTORS,
        "workers": WORKERS,
        "minutes": minutes,
    }
    text = (LOGS / "torture-server.log").read_text(errors="replace")
    bad = [line for line in text.splitlines() if " ERROR " in line]
    report.expect(not bad, f"the server's log: {bad[:3]}")
    databases.drop(env, DATABASE)
    return report


def _read(path):
    report = Report(
        table=[("page", "requests", "errors", "median ms", "P95 ms", "max")]
    )
    with path.open() as lines:
        for row in csv.DictReader(lines):
            report.table.append(
                (
                    row["Name"],
                    row["Request Count"],
                    row["Failure Count"],
                    row["Median Response Time"],
                    row["95%"],
                    round(float(row["Max Response Time"])),
                )
            )
            if row["Name"] == "Aggregated":
                report.facts["requests a second"] = round(float(row["Requests/s"]), 1)
                report.expect(
                    row["Failure Count"] == "0", f"{row['Failure Count']} errors"
                )
                report.expect(int(row["Request Count"]), "nobody asked for anything")
    return report


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _server(env):
    """Serve with four workers while the block runs.

    :return: its port
    """
    port = _free_port()
    words = ["-d", DATABASE, f"--workers={WORKERS}", "--max-cron-threads=0"]
    words += [f"--http-port={port}", f"--gevent-port={_free_port()}"]
    words += [f"--db-filter=^{DATABASE}$", "--log-level=warn"]
    with (LOGS / "torture-server.log").open("w") as output:
        process = subprocess.Popen(
            odoo_run.command(*words), env=env, cwd=ROOT, stdout=output, stderr=output
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
