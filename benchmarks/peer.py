"""The strongest open peer, OCA's ``account_credit_control``, on a ledger of its own.

It is fetched from the package index when it is measured, at the version that the tests
use, into the ignored folder; it is under another licence than ours and no part of this
project.
"""

import configparser
import json
import os
import subprocess
import sys

from .measure import measured, tell

MODULE = "account_credit_control"
# Customers who get an e-mail, without files; each costs the same
EMAILS = 100
STEPS = ("run", "approval", "emails")
#: what does not end by then is not waited for
SECONDS = 600


def folder():
    from devkit import paths

    return paths.ROOT / ".dev" / "bench"


def addons_option():
    """Return the option that lets Odoo see the peer beside what it sees anyhow."""
    from devkit import oca

    from .inside import CONF

    conf = configparser.ConfigParser()
    conf.read(CONF)
    known = conf["options"]["addons_path"]
    return f"--addons-path={known},{oca.ADDONS}"


def ensure(env, args):
    """Fetch the peer, make the same ledger in a database of its own, install it."""
    from devkit import databases, oca

    from . import making

    oca.ensure(env)
    name = f"{args.database}_peer"
    done = folder() / f"{name}.done"
    if done.exists() and not args.fresh:
        return
    databases.copy(env, databases.ensure_base(env), name)
    making._call(env, "make", name, args.size)
    databases.install(env, name, f"-i {MODULE}", addons_option())
    done.touch()


def measure(env, args):
    """Let it run, approve and write e-mails in a process of its own; undo it.

    It has ten minutes; what it has done by then is told.
    """
    name = f"{args.database}_peer"
    kept = folder() / f"{name}.json"
    kept.write_text("{}")
    try:
        subprocess.run(
            [sys.executable, "-m", "benchmarks.peer", name, str(kept)],
            env={**os.environ, "COLLECTIONS_PEER": addons_option()},
            check=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        tell(f"peer: stopped after {SECONDS} s")
    return json.loads(kept.read_text())


def work(env, keep):
    """Do a night of the peer's.

    :param keep: called with what each step has cost so far, after each
    """
    from odoo import fields

    from .floor import floor

    today = fields.Date.today()
    results = {"floor": floor(env, today)}
    policy = env.ref(f"{MODULE}.credit_control_3_time")
    accounts = env["account.account"].search(
        [
            ("account_type", "=", "asset_receivable"),
            ("company_ids", "=", env.company.id),
        ]
    )
    policy.write({"account_ids": [(6, 0, accounts.ids)], "company_id": env.company.id})
    policy.level_ids.channel = "email"
    policy.level_ids.email_template_id.report_template_ids = False
    env.company.write({"credit_policy_id": policy.id, "email": "us@company.example"})
    run = env["credit.control.run"].create(
        {"date": today, "policy_ids": [(6, 0, policy.ids)]}
    )
    env.flush_all()
    keep(results)
    for name in STEPS:
        results[name] = {}
        env.invalidate_all()
        with measured(env.cr, results[name]):
            if name == "run":
                run.generate_credit_lines()
            elif name == "approval":
                run.set_to_ready_lines()
            else:
                chosen = run.line_ids.partner_id[:EMAILS]
                lines = run.line_ids.filtered_domain([("partner_id", "in", chosen.ids)])
                comms = env["credit.control.communication"]
                comms._generate_comm_from_credit_lines(lines)._generate_emails()
            env.flush_all()
        tell(f"peer {name}: {results[name]['seconds']:.1f} s")
        results["saw"] = {
            "items": len(run.line_ids),
            "customers": len(run.line_ids.partner_id),
            "emails": EMAILS,
        }
        keep(results)
    env.cr.rollback()


def report(results):
    done = [name for name in ("floor", *STEPS) if name in results]
    saw = results.get("saw") or dict.fromkeys(("items", "customers", "emails"), "?")
    lines = [
        f"OCA `account_credit_control`, {saw['items']} overdue items of "
        f"{saw['customers']} customers, {saw['emails']} e-mails without files.",
        "",
    ]
    if "emails" not in done:
        lines += [f"Stopped after {SECONDS} s, before all of it was done.", ""]
    lines += [
        "| | clock | processor | ÷ floor, processor | statements | peak memory |",
        "|---|---|---|---|---|---|",
    ]
    for name in done:
        row, base = results[name], results["floor"]
        lines.append(
            f"| {name} | {row['seconds']:.2f} s | {row['cpu']:.2f} s "
            f"| {row['cpu'] / max(base['cpu'], 0.01):.0f} | {row['statements']} "
            f"| {row['peak_mb']:.0f} MB |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    from pathlib import Path

    from .inside import environment

    def write(results):
        # In one move: it may be ended at any time.
        part = Path(f"{sys.argv[2]}.part")
        part.write_text(json.dumps(results))
        part.rename(sys.argv[2])

    with environment(sys.argv[1], os.environ["COLLECTIONS_PEER"]) as environ:
        work(environ, write)
