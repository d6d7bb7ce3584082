"""Random histories of a ledger: what is stored equals a recomputation apart from it.

Runs the histories of the addons' own tests (``ledger_history.py``) with more
currencies, companies, terms and merges and many more operations, in two processes, each
on a database and with seeds of its own.
"""

import os
import re
import subprocess
import time

from devkit import databases, lanes
from devkit.paths import LOGS, ROOT

from .report import Report

DATABASE = "torture_ledger"
OPERATIONS = 10_000
#: beyond it: more histories than one of them lives through
_SEEDS_APART = 1000


def torture(env, args):
    """Live through histories with as many operations as asked."""
    operations = args.times or OPERATIONS
    processes = min(2, os.cpu_count())
    databases.ensure_work(env, DATABASE)
    report = Report(facts={"operations asked": operations, "processes": processes})
    start = time.monotonic()
    begun = []
    for number in range(processes):
        share = (operations + number) // processes
        begun.append(_begin(env, number, share, args.seed + number * _SEEDS_APART))
    for process, log in begun:
        code = process.wait()
        text = log.read_text(errors="replace")
        for name, count in re.findall(r"^HISTORY (.+?): (\d+)$", text, re.MULTILINE):
            report.facts[name] = report.facts.get(name, 0) + int(count)
        report.expect(not code, f"pytest ended with {code}: {log}")
    done = report.facts.get("operations", 0)
    report.facts["per second"] = round(done / (time.monotonic() - start), 1)
    report.expect(done >= operations, f"{done} operations only")
    return report


def _begin(env, number, operations, seed):
    """Let one of them begin.

    :return: the process, and where it writes to
    """
    database = f"{DATABASE}_{number}"
    databases.copy(env, DATABASE, database)
    log = LOGS / f"torture-ledger-{number}.log"
    history = {"HISTORY_OPERATIONS": str(operations), "HISTORY_SEED": str(seed)}
    with log.open("w") as output:
        process = subprocess.Popen(
            lanes.pytest_command(database, ["tests/test_histories.py"], "-s"),
            env={**os.environ, **env, **history},
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    return process, log
