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

from .processes import shell
from .report import Report

USED = "torture_used"
DATABASE = "torture_upgrade"
WITH_JOBS = "torture_used_jobs"
#: what may be beside us, as on many companies' Odoo
BESIDE = ("queue_job", "account_credit_control", "account_financial_risk")

_OURS = """
    SELECT relname FROM pg_class
     WHERE relkind = 'r' AND relname LIKE 'collections\\_%' ORDER BY 1
"""
#: beside our tables, where a company changes what we gave it
_GIVEN = ("ir_cron", "mail_template", "res_company", "sms_template")

# What a company makes its own: an update leaves all of it.
_CHANGE = """
    UPDATE collections_stage SET delay_days = delay_days + 1;
    UPDATE collections_contact_rule SET hour_to = 17, active = NOT active;
    UPDATE collections_hold_rule SET active = NOT active;
    UPDATE mail_template SET subject = subject || jsonb_build_object('en_US', 'Ours');
    UPDATE sms_template SET body = body || jsonb_build_object('en_US', 'Ours');
    UPDATE ir_cron SET interval_number = interval_number + 1, active = NOT active
"""
_DIGEST = """
    SELECT COUNT(*) || ' rows, ' || COALESCE(md5(string_agg(row, ',' ORDER BY row)), '')
      FROM (SELECT (to_jsonb(t) - 'write_date' - 'write_uid')::text AS row
              FROM {table} t) r
"""

# It still works: every company is looked at, and the figures add up.
_USE = """
    import json
    seen = []
    for company in env["res.company"].search([("parent_id", "=", False)]):
        if company.collections_mode == "off":
            company.collections_mode = "preview"
        run = env["collections.run"]._run_company(company)
        seen.append((run.state, run.customer_count))
        of_company = [("profile_id.company_id", "=", company.id)]
        for balance in env["collections.balance"].search(of_company):
            parts = (balance.amount_collectible, balance.amount_held)
            total = sum(parts) + balance.amount_credit
            if balance.currency_id.compare_amounts(total, balance.amount_ledger):
                seen.append(("wrong", balance.profile_id.display_name))
    env.cr.rollback()
    print("RESULT " + json.dumps(seen), flush=True)
"""


def torture(env, args, source=None):
    """Go through the matrix.

    :param str source: a database with a ledger and our addons; then one order of
        uninstalling and one case beside the OCA's stand for all
    :return: the report
    """
    report = Report(table=[("what", "ledger", "log")])
    if source:
        databases.copy(env, source, USED)
    else:
        _make_used(env)
    _update_twice(env, report)
    with_oca = {**os.environ, **oca.ensure(env)}
    _uninstall_in_any_order(with_oca, report, short=bool(source))
    _beside(with_oca, report, short=bool(source))
    for name in (DATABASE, USED, WITH_JOBS):
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
    log = _log(what)
    try:
        databases.install(env, DATABASE, *words, log=log, conf=conf)
        lines = logscan.unexpected((LOGS / f"{log}.log").read_text(errors="replace"))
        lines = [line for line in lines if not _is_others(line)]
    except Trouble as trouble:
        lines = [str(trouble)]
    _note(env, report, what, before, lines)


def _log(what):
    words = "".join(sign if sign.isalnum() else " " for sign in what).split()
    return "-".join(["torture", *words])


def _note(env, report, what, before, lines):
    same = leftovers.ledger(env, DATABASE) == before
    report.expect(same, f"{what}: the ledger changed")
    report.failures += [f"{what}: {line}" for line in lines]
    report.table.append((what, "same" if same else "CHANGED", len(lines) or "clean"))
    say(f"  {report.table[-1]} {lines[:3] or ''}")


def _is_others(line):
    """Tell whether a line speaks of an addon of the OCA alone."""
    return any(name in line for name in BESIDE) and "collections" not in line


def _use(env, report, what, conf=CONF):
    """Run the loop for every company."""
    try:
        seen = shell(env, DATABASE, _USE, conf=conf).told()
    except RuntimeError as error:
        seen = [("failed", str(error)[-500:])]
    wrong = [one for one in seen if one[0] != "done"]
    report.expect(not wrong, f"{what}: the run says {wrong}")
    report.facts["runs afterwards"] = report.facts.get("runs afterwards", 0) + len(seen)


def _digests(env):
    """Return what each table holds, but for who wrote it when."""
    tables = [*databases.query(env, _OURS, DATABASE).split(), *_GIVEN]
    return {
        name: databases.query(env, _DIGEST.format(table=name), DATABASE)
        for name in tables
    }


def _update_twice(env, report):
    databases.copy(env, USED, DATABASE)
    databases.query(env, _CHANGE, DATABASE)
    ours = ",".join(manifests.in_order())
    before = _digests(env)
    for time in ("first", "second"):
        _do(env, report, f"{time} update", f"-u {ours}")
        now = _digests(env)
        changed = [name for name, text in before.items() if now.get(name) != text]
        report.expect(not changed, f"{time} update: rows changed in {changed}")
    _use(env, report, "after the updates")
    report.facts["tables compared"] = len(before)
    report.facts["rows compared"] = sum(int(t.split()[0]) for t in before.values())


def _uninstall(env, report, what, names, conf=CONF):
    before = leftovers.ledger(env, DATABASE)
    lines = leftovers.uninstall(env, DATABASE, _log(what), names, conf)
    lines = [line for line in lines if not _is_others(line)]
    _note(env, report, what, before, lines)


def _uninstall_in_any_order(env, report, short):
    """Uninstall one after the other, in every order; what stands on one goes with it.
    Then reinstall all, and use them.

    :param bool short: one order, in which one goes by itself and one with another
    """
    ours = [*manifests.in_order(), *manifests.apart()]
    conf = oca.OCA_CONF
    databases.copy(env, USED, DATABASE)
    _do(env, report, "the job queue", f"-i {','.join(manifests.apart())}", conf=conf)
    databases.copy(env, DATABASE, WITH_JOBS)
    orders = _orders(ours)
    for order in orders[1:2] if short else orders:
        databases.copy(env, WITH_JOBS, DATABASE)
        said = " ".join(order)
        for name in order:
            _uninstall(env, report, f"uninstall {name} of {said}", [name], conf)
        left = leftovers.named_after_us(env, DATABASE)
        report.failures += [f"{said}: {line}" for line in left]
        _do(env, report, f"reinstall after {said}", f"-i {','.join(ours)}", conf=conf)
        _use(env, report, f"reinstalled after {said}", conf)


def _orders(names):
    """Return the orders that differ: with the first addon, all go."""
    first = names[0]
    return sorted(
        {order[: order.index(first) + 1] for order in itertools.permutations(names)},
        key=lambda order: (len(order), order),
    )


def _beside(env, report, short):
    """Install before and after addons of the OCA, and uninstall ours beside them.

    :param bool short: theirs on a used database alone
    """
    conf = oca.OCA_CONF
    others, ours = ",".join(BESIDE), ",".join(manifests.in_order())
    more = ",".join([*manifests.in_order(), *manifests.apart()])
    base = databases.ensure_base(env)
    cases = (
        (USED, (others,), "the OCA's on a used database"),
        (base, (others, more), "ours after the OCA's"),
        (base, (ours, others), "the OCA's after ours"),
    )
    for source, steps, what in cases[:1] if short else cases:
        databases.copy(env, source, DATABASE)
        for number, names in enumerate(steps, 1):
            _do(env, report, f"{what}, step {number}", f"-i {names}", conf=conf)
        _do(env, report, f"{what}, update", f"-u {more}", conf=conf)
        _use(env, report, what, conf)
        _uninstall(env, report, f"{what}, ours uninstalled", manifests.in_order(), conf)
