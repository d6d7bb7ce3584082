"""Random histories of a ledger: what is stored equals a recomputation apart from it.

Runs the histories of the addons' own tests (``ledger_history.py``) with more
currencies, companies, terms and merges and many more operations, in one process.
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


def torture(env, args):
    """Live through histories with as many operations as asked."""
    operations = args.times or OPERATIONS
    databases.ensure_work(env, DATABASE)
    report = Report(facts={"operations asked": operations})
    log = LOGS / "torture-ledger.log"
    words = lanes.pytest_command(DATABASE, ["tests/test_histories.py"], "-s")
    start = time.monotonic()
    with log.open("w") as output:
        code = subprocess.run(
            words,
            env={
                **os.environ,
                **env,
                "HISTORY_OPERATIONS": str(operations),
                "HISTORY_SEED": str(args.seed),
            },
            cwd=ROOT,
            stdout=output,
            stderr=output,
        ).returncode
    text = log.read_text(errors="replace")
    for name, count in re.findall(r"^HISTORY (.+?): (\d+)$", text, re.MULTILINE):
        report.facts[name] = report.facts.get(name, 0) + int(count)
    done = report.facts.get("operations", 0)
    report.facts["per second"] = round(done / (time.monotonic() - start), 1)
    report.expect(not code, f"pytest ended with {code}: {log}")
    report.expect(done >= operations, f"{done} operations only")
    return report
