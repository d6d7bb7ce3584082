"""Sending: from the gate to Odoo's queue."""

import cProfile
import pstats
from statistics import median

from .measure import measured, spread, tell
from .run import forget


def measure(env, args):
    """Send 1,000 e-mails through the gate, as the scheduled job does, and undo it.

    Without files: a PDF takes its own time. At any hour of the day.
    """
    count, batch = 1000, 50
    model = env["collections.touchpoint"]
    results = []
    if env.company.collections_mode != "live":
        # What was only simulated leaves room for what is sent
        forget(env, ("collections_touchpoint_line", "collections_touchpoint"))
        env.company.collections_mode = "live"
    for turn in range(args.repeat + 1):
        env["collections.contact.rule"].search([]).active = False
        env["collections.stage"].search([]).write(
            {"attach_statement": False, "attach_invoices": False}
        )
        touchpoints = model.search(
            [("state", "=", "scheduled"), ("channel", "=", "email")], limit=count
        )
        if len(touchpoints) < count:
            env["collections.run"]._run_company(env.company)
            env.cr.commit()
            touchpoints = model.search(
                [("state", "=", "scheduled"), ("channel", "=", "email")], limit=count
            )
        ids = touchpoints.ids
        # A small ledger has fewer
        count = len(ids)
        env.flush_all()
        env.invalidate_all()
        figures, sent = {}, 0
        # A pass in the profiler as the last one, not counted
        profile = cProfile.Profile() if args.profile == "dispatch" else None
        with measured(env.cr, figures):
            if profile:
                profile.enable()
            for start in range(0, count, batch):
                part = model.browse(ids[start : start + batch])
                sent += len(part.try_lock_for_update()._dispatch())
                env.flush_all()
                env.invalidate_all()
            if profile:
                profile.disable()
        if profile:
            pstats.Stats(profile).sort_stats("cumulative").print_stats(90)
        figures["sent"] = sent
        env.cr.rollback()
        env.transaction.clear()
        tell(f"{turn} dispatch: {sent} in {figures['seconds']:.2f} s")
        if turn or args.repeat == 0:
            results.append(figures)
    return {"count": count, "turns": results}


def report(results):
    turns, count = results["turns"], results["count"]
    mid = median(r["seconds"] for r in turns)
    last = turns[-1]
    return (
        "| | median | range | each | Python each | statements each | peak memory |\n"
        "|---|---|---|---|---|---|---|\n"
        f"| {count} e-mails, gate to queue ({last['sent']} sent) | {mid * 1000:.0f} ms "
        f"| {spread(turns)} | {mid / count * 1000:.1f} ms "
        f"| {median(r['cpu_seconds'] for r in turns) / count * 1000:.1f} ms "
        f"| {last['statements'] / count:.1f} | {last['peak_mb']:.0f} MB |\n"
    )
