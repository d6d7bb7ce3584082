"""Odoo's own tests, with and without our addons: no failure that Odoo does not have
by itself."""

import subprocess
import xml.etree.ElementTree as ElementTree

from devkit import databases, lanes, manifests, odoo_source
from devkit.paths import LOGS, ROOT
from devkit.tell import say, step

from .report import Report

MODULES = ("account_payment", "payment", "portal", "sms", "mail", "account")
ALONE = "torture_odoo_alone"
BESIDE = "torture_odoo_beside"


def torture(env, args, source=None):
    """Run the suites with us, and what fails then without us as well.

    :param str source: a database with our addons and nothing in it
    :return: the report
    """
    modules = args.modules.split(",") if args.modules else MODULES
    base = databases.ensure_base(env)
    databases.copy(env, base, ALONE)
    databases.copy(env, source or base, BESIDE)
    if not source:
        with step("Installing our addons beside Odoo"):
            databases.install(env, BESIDE, f"-i {','.join(manifests.in_order())}")
    report = Report(table=[("suite", "tests", "fail with us", "and alone", "ours")])
    for module in modules:
        with step(f"Tests of {module}"):
            beside = run(env, BESIDE, module)
            alone = _run_alone(env, module, beside)
        _compare(report, module, alone, beside)
        say("  " + " | ".join(map(str, report.table[-1])))
    return report


def _run_alone(env, module, beside):
    """Run without us what fails with us, and once more with us what does not fail then:
    a browser that was too slow is no failure of anybody's.

    :return: whether each of these tests failed without us
    """
    failed = [name for name, bad in beside.items() if bad]
    if not failed:
        return {}
    alone = run(env, ALONE, module, *_only(failed))
    ours = [name for name in failed if not alone.get(name)]
    if ours:
        again = run(env, BESIDE, module, *_only(ours))
        beside.update({name: again.get(name, True) for name in ours})
    return alone


def _only(names):
    return "-k", " or ".join(name.rsplit(".", 1)[1] for name in names)


def _compare(report, module, alone, beside):
    failed = {name for name, bad in beside.items() if bad}
    theirs = {name for name in failed if alone.get(name)}
    ours = sorted(failed - theirs)
    report.table.append((module, len(beside), len(failed), len(theirs), len(ours)))
    report.expect(beside, f"{module}: no test was run")
    report.failures += [f"{module}: {name} fails with us" for name in ours]


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
