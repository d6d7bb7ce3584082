"""Odoo's own tests, with and without our addons: no failure that Odoo does not have
by itself."""

import subprocess
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

from devkit import databases, lanes, manifests, odoo_source
from devkit.paths import LOGS, ROOT
from devkit.tell import say, step

from .report import Report

MODULES = ("account_payment", "payment", "portal", "sms", "mail", "account")
ALONE = "torture_odoo_alone"
BESIDE = "torture_odoo_beside"


def torture(env, args):
    """Run the suites on both databases at once, and compare."""
    modules = args.modules.split(",") if args.modules else MODULES
    base = databases.ensure_base(env)
    databases.copy(env, base, ALONE)
    databases.copy(env, base, BESIDE)
    with step("Installing our addons beside Odoo"):
        databases.install(env, BESIDE, f"-i {','.join(manifests.in_order())}")
    report = Report(table=[("suite", "tests", "fail alone", "fail with us", "ours")])
    for module in modules:
        with step(f"Tests of {module}"):
            with ThreadPoolExecutor() as sides:
                alone, beside = sides.map(
                    run, repeat(env), (ALONE, BESIDE), repeat(module)
                )
            _look_again(env, module, alone, beside)
        _compare(report, module, alone, beside)
        say("  " + " | ".join(map(str, report.table[-1])))
    return report


def _look_again(env, module, alone, beside):
    """A browser that was too slow is no failure of anybody's: what fails on one side
    only is tried once more there."""
    for database, here, there in ((BESIDE, beside, alone), (ALONE, alone, beside)):
        only = [name for name, bad in here.items() if bad and not there.get(name)]
        if only:
            words = " or ".join(name.rsplit(".", 1)[1] for name in only)
            again = run(env, database, module, "-k", words)
            here.update({name: again.get(name, True) for name in only})


def _compare(report, module, alone, beside):
    failed = [{name for name, bad in side.items() if bad} for side in (alone, beside)]
    ours = sorted(failed[1] - failed[0])
    counts = [len(failed[0]), len(failed[1]), len(ours)]
    report.table.append((module, len(beside), *counts))
    report.expect(alone and beside, f"{module}: no test was run")
    lost = sorted(set(alone) - set(beside))
    report.failures += [f"{module}: {name} fails with us" for name in ours]
    report.failures += [f"{module}: {name} does not run with us" for name in lost]


def run(env, database, module, *more):
    """Run the tests of one of Odoo's modules.

    :param more: further options of pytest
    :return: whether each test failed, by its name
    :rtype: dict
    """
    source = odoo_source.find()
    homes = (source.path / "odoo" / "addons", *source.addons)
    tests = next(h / module / "tests" for h in homes if (h / module).is_dir())
    junit = LOGS / f"{database}-{module}.xml"
    junit.unlink(missing_ok=True)
    words = lanes.pytest_command(database, [tests], f"--junitxml={junit}", *more)
    # Odoo's tests skip and warn as they like.
    at = words.index("devkit.pytest_guard")
    del words[at - 1 : at + 1]
    with (LOGS / f"{database}-{module}.log").open("w") as output:
        subprocess.run(words, env=env, cwd=ROOT, stdout=output, stderr=output)
    if not junit.exists():
        return {}
    return {
        f"{case.get('classname')}.{case.get('name')}": any(
            child.tag in ("failure", "error") for child in case
        )
        for case in ElementTree.parse(junit).iter("testcase")
    }
