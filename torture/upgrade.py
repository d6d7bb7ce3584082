"""Update, uninstall in any order and reinstall a used database; the same beside addons
of the OCA.

The used database is the demo company after its run. Whatever is done, the ledger stays
as it is, and Odoo's log is clean.
"""

import itertools
import os

from devkit import databases, demo, leftovers, logscan, manifests, oca
from devkit.paths import CONF, LOGS
from devkit.tell import Trouble, say

from .report import Report

USED = "torture_used"
DATABASE = "torture_upgrade"
#: what may be beside us, as on many companies' Odoo
BESIDE = ("queue_job", "account_credit_control", "account_financial_risk")

_OURS = """
    SELECT relname FROM pg_class
     WHERE relkind = 'r' AND relname LIKE 'collections\\_%' ORDER BY 1
"""


def torture(env, args):
    """Go through the matrix."""
    report = Report(table=[("what", "ledger", "log")])
    _make_used(env)
    _update_twice(env, report)
    _uninstall_in_any_order(env, report)
    _beside(env, report)
    for name in (DATABASE, USED):
        databases.drop(env, name)
    return report


def _make_used(env):
    """The demo company, live, with history."""
    databases.ensure_work(env, USED, demo=True)
    with demo.mail_catcher(env) as port:
        demo.run_desk(env, USED, port, "torture-used", quiet=True)


def _do(env, report, what, *words, conf=CONF):
    """Let Odoo do something with modules, and look at its log and the ledger."""
    before = leftovers.ledger(env, DATABASE)
    log = "torture-" + what.replace(" ", "-").replace(",", "")
    try:
        databases.install(env, DATABASE, *words, log=log, conf=conf)
        lines = logscan.unexpected((LOGS / f"{log}.log").read_text(errors="replace"))
        lines = [line for line in lines if not _is_others(line)]
    except Trouble as trouble:
        lines = [str(trouble)]
    _note(env, report, what, before, lines)


def _note(env, report, what, before, lines):
    same = leftovers.ledger(env, DATABASE) == before
    report.expect(same, f"{what}: the ledger changed")
    report.failures += [f"{what}: {line}" for line in lines]
    report.table.append((what, "same" if same else "CHANGED", len(lines) or "clean"))
    say(f"  {report.table[-1]}")


def _is_others(line):
    """Tell whether a line speaks of an addon of the OCA alone."""
    return any(name in line for name in BESIDE) and "collections" not in line


def _counts(env):
    tables = databases.query(env, _OURS, DATABASE).split()
    return leftovers._counts(env, DATABASE, tables)


def _update_twice(env, report):
    databases.copy(env, USED, DATABASE)
    ours = ",".join(manifests.in_order())
    counts = _counts(env)
    for time in ("first", "second"):
        _do(env, report, f"{time} update", f"-u {ours}")
        now = _counts(env)
        changed = [
            f"{k}: {v} to {now.get(k)}" for k, v in counts.items() if v != now[k]
        ]
        report.expect(not changed, f"{time} update: rows changed: {changed}")
    report.facts["tables of ours"] = len(counts)
    report.facts["rows of ours"] = sum(map(int, counts.values()))


def _uninstall(env, report, what, names):
    before = leftovers.ledger(env, DATABASE)
    lines = leftovers.uninstall(
        env, DATABASE, f"torture-{what.replace(' ', '-')}", names
    )
    _note(env, report, what, before, lines)


def _uninstall_in_any_order(env, report):
    """Uninstall one after the other, in every order; what stands on one goes with it.
    Then reinstall all, and update once more."""
    ours = manifests.in_order()
    for order in itertools.permutations(ours):
        databases.copy(env, USED, DATABASE)
        for name in order:
            _uninstall(env, report, f"uninstall {name} of {' '.join(order)}", [name])
        left = leftovers.named_after_us(env, DATABASE)
        report.failures += [f"{' '.join(order)}: {line}" for line in left]
        _do(env, report, f"reinstall after {' '.join(order)}", f"-i {','.join(ours)}")


def _beside(env, report):
    """Install before and after addons of the OCA."""
    with_oca = {**os.environ, **oca.ensure(env)}
    others, ours = ",".join(BESIDE), ",".join(manifests.in_order())
    more = ",".join([*manifests.in_order(), *manifests.apart()])
    for first, second, what in (
        (others, more, "ours after the OCA's"),
        (ours, others, "the OCA's after ours"),
    ):
        databases.copy(env, databases.ensure_base(env), DATABASE)
        conf = oca.OCA_CONF
        _do(with_oca, report, f"{what}, first half", f"-i {first}", conf=conf)
        _do(with_oca, report, what, f"-i {second}", conf=conf)
        _do(with_oca, report, f"{what}, update", f"-u {more}", conf=conf)
