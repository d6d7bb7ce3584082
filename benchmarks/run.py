"""The whole run beside the floor."""

import json
from datetime import timedelta
from statistics import mean, median

from .floor import floor, floor_of_messages
from .measure import explained, measured, middle, spread, tell

# What the loop writes; the configuration stays.
WORK_TABLES = (
    "collections_balance",
    "collections_hold_line",
    "collections_hold",
    "collections_optout",
    "collections_pin",
    "collections_touchpoint_line",
    "collections_touchpoint",
    "collections_run",
    "collections_snapshot",
    "collections_stale",
    "collections_reason_entry",
    "collections_profile",
)


def forget(env, tables=WORK_TABLES):
    """Empty tables as if the loop had never been there."""
    # Neither TRUNCATE CASCADE, which would take the company along, nor row by row
    env.cr.execute("SET LOCAL session_replication_role = replica")
    for table in tables:
        env.cr.execute(f"DELETE FROM {table}")
    env.invalidate_all(flush=False)
    vacuum(env)


def vacuum(env):
    """Do what autovacuum does between two nights."""
    env.cr.commit()
    connection = env.cr._cnx
    connection.autocommit = True
    with connection.cursor() as cursor:
        for table in WORK_TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
    connection.autocommit = False


def once(env, name, date):
    """Measure one scenario: the run, or what is a job of its own."""
    result = {}
    with measured(env.cr, result):
        if name == "create":
            env["collections.run"]._survey(env.company)
        elif name == "learn":
            env["collections.profile"]._learn(env.company, date)
        else:
            run = env["collections.run"]._run_company(env.company, date)
        env.flush_all()
    if name not in JOBS:
        result["steps"] = run.timings
        result["saw"] = {
            "customers": run.customer_count,
            "items": run.item_count,
            "planned": run.planned_count,
            "refused": run.refused_count,
            "changed": run.changed_count,
        }
    env.cr.commit()
    env.invalidate_all(flush=False)
    return result


SCENARIOS = {
    "create": "Customers written down and looked at, as at installation",
    "first": "First run: all is planned",
    "again": "The same day again",
    "next": "**The next day**, 5 % of the customers moved",
    "learn": "Job: learn how those who moved and a seventh of the others pay",
    "due": "All that is due planned anew",
    "cold": "Customers written down and first run in one transaction",
}
JOBS = ("create", "learn")


def prepare(env, name, today):
    """Bring the database into the state before a scenario and return its date."""
    if name in ("create", "cold"):
        forget(env)
    elif name in ("first", "again"):
        vacuum(env)
    elif name == "due":
        forget(env, ("collections_touchpoint_line", "collections_touchpoint"))
    if name == "next":
        mark_moved(env)
    elif name == "learn":
        let_a_night_pass(env)
    return today + timedelta(days=1) if name in ("next", "learn") else today


def mark_moved(env, share=20):
    """As if one customer in so many had paid or been billed since the last run."""
    env.cr.execute(
        """INSERT INTO collections_stale (partner_id, company_id)
           SELECT partner_id, company_id FROM collections_profile
            WHERE mod(id, %s) = 0""",
        [share],
    )
    env.cr.commit()


def let_a_night_pass(env, share=20):
    """As if the figures of one customer in so many had changed since the last job."""
    env.cr.execute(
        """UPDATE collections_profile SET refreshed_at = refreshed_at - interval '1 day'
            WHERE mod(id, %s) <> 0""",
        [share],
    )
    vacuum(env)


def measure(env, args):
    """Measure the scenarios of the run, each between two floors of its own."""
    from odoo import fields

    today = fields.Date.today()
    wanted = args.only.split(",") if args.only else list(SCENARIOS)
    env.company.collections_mode = "live"
    env.cr.commit()
    results = {"floor": [], "kept": [], **{name: [] for name in wanted}}
    for turn in range(args.repeat + 1):
        for name in SCENARIOS:
            date = prepare(env, name, today)
            if args.profile == name:
                with explained(env):
                    print(json.dumps(once(env, name, date), indent=1))
                return None
            if name not in wanted:
                once(env, name, date)
                continue
            floors = [floor(env, today)]
            figures = once(env, name, date)
            floors.append(floor(env, today))
            if name == "first":
                messages = floor_of_messages(env, today)
                figures["messages_ratio"] = figures["seconds"] / messages["seconds"]
            kept = floor(env, today, keys=True)
            for key in ("seconds", "cpu"):
                figures[f"{key}_ratio"] = figures[key] / mean(f[key] for f in floors)
            figures["kept_ratio"] = figures["seconds"] / kept["seconds"]
            tell(
                f"{turn} {name}: {figures['seconds']:.2f} s, "
                f"{figures['seconds_ratio']:.1f} floors by the clock, "
                f"{figures['cpu_ratio']:.1f} by the processor, "
                f"{figures['kept_ratio']:.1f} of those with keys"
            )
            # The first turn warms caches up and does not count.
            if turn or not args.repeat:
                results["floor"] += floors
                results["kept"].append(kept)
                results[name].append(figures)
                if name == "first":
                    results.setdefault("messages", []).append(messages)
    return results


def report(results):
    """Return the tables of what was measured, in Markdown."""
    lines = [
        "| | median | range | ÷ floor, clock | ÷ floor, processor "
        "| ÷ floor with keys, clock | statements | rows written | peak memory |",
        "|---|---|---|---|---|---|---|---|---|",
        f"| Floor: one SQL statement | {middle(results['floor']):.0f} ms "
        f"| {spread(results['floor'])} | 1.0 | 1.0 | | 1 "
        f"| {results['floor'][0]['rows']} | |",
        "| The same, into a table with the keys of Odoo's "
        f"| {middle(results['kept']):.0f} ms | {spread(results['kept'])} "
        f"| | | 1.0 | 1 | {results['kept'][0]['rows']} | |",
    ]
    if results.get("messages"):
        lines.append(
            "| The same, each row a message with what it must name "
            f"| {middle(results['messages']):.0f} ms | {spread(results['messages'])} "
            f"| | | | 1 | {results['messages'][0]['rows']} | |"
        )
    present = [name for name in SCENARIOS if results.get(name)]
    for name in present:
        rows = results[name]
        lines.append(
            f"| {SCENARIOS[name]} | {middle(rows):.0f} ms | {spread(rows)} "
            f"| {median(r['seconds_ratio'] for r in rows):.1f} "
            f"| {median(r['cpu_ratio'] for r in rows):.1f} "
            f"| {median(r['kept_ratio'] for r in rows):.1f} "
            f"| {rows[-1]['statements']} | {rows[-1]['rows']} "
            f"| {max(r['peak_mb'] for r in rows):.0f} MB |"
        )
    runs = [name for name in present if name not in JOBS]
    if not runs:
        return "\n".join(lines)
    lines += ["", "| step, ms | " + " | ".join(runs) + " |"]
    lines.append("|---|" + "---|" * len(runs))
    for step in results[runs[0]][0]["steps"]:
        figures = [
            f"{median(r['steps'][step] for r in results[name]) * 1000:.0f}"
            for name in runs
        ]
        lines.append(f"| {step} | " + " | ".join(figures) + " |")
    if results.get("messages"):
        ratio = median(r["messages_ratio"] for r in results["first"])
        lines.append(f"\nThe first run ÷ a statement that writes messages: {ratio:.1f}")
    for name in runs:
        last = results[name][-1]
        saw = ", ".join(f"{count} {what}" for what, count in last["saw"].items())
        lines.append(f"\n{name}: {saw}; rows written: {last['tables']}")
    return "\n".join(lines)
