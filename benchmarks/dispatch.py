"""Sending: from the gate to Odoo's queue."""

import cProfile
import pstats
from statistics import median

from .measure import measured, middle, peak, ratios, spread, tell
from .run import forget

#: e-mails that Odoo sends by itself, for comparison
PLAIN = 50


def measure(env, args):
    """Send 1,000 e-mails through the gate, as the scheduled job does, and undo it.

    Without files: a PDF takes its own time. At any hour of the day.
    """
    count, batch = 1000, 50
    model = env["collections.touchpoint"]
    results, plain = [], []
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
        people = model.browse(ids[:PLAIN]).partner_id.ids
        text = model.browse(ids[:1]).mail_message_id.body or ""
        env.cr.rollback()
        env.transaction.clear()
        odoos = _send_plainly(env, people, text)
        tell(f"{turn} dispatch: {sent} in {figures['seconds']:.2f} s")
        if turn or args.repeat == 0:
            results.append(figures)
            plain.append(odoos)
    return {"count": count, "turns": results, "plain": plain}


def _send_plainly(env, people, text):
    """Let Odoo post a text that is there already to people, one by one, and undo it: no
    gate, no text for each, no touchpoint.

    :return: what one of them took
    """
    figures = {}
    partners = env["res.partner"].with_context(mail_notify_force_send=False)
    with measured(env.cr, figures):
        for partner in partners.browse(people):
            partner.message_post(
                subject="Reminder",
                body=text,
                partner_ids=partner.ids,
                subtype_xmlid="mail.mt_comment",
            )
        env.flush_all()
    env.cr.rollback()
    env.transaction.clear()
    for key in ("seconds", "cpu_seconds", "statements"):
        figures[key] /= max(len(people), 1)
    return figures


def report(results):
    turns, plain, count = results["turns"], results["plain"], results["count"]
    keys = "seconds", "cpu_seconds"
    each = [{key: r[key] / max(count, 1) for key in keys} for r in turns]
    last = turns[-1]
    return (
        "| | median | range | each | Python each | ÷ Odoo's, clock "
        "| ÷ Odoo's, Python | statements each | peak memory |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
        f"| {count} e-mails, gate to queue ({last['sent']} sent) "
        f"| {middle(turns):.0f} ms | {spread(turns)} | {middle(each):.1f} ms "
        f"| {middle(each, 'cpu_seconds'):.1f} ms | {ratios(each, plain, *keys)} "
        f"| {last['statements'] / max(count, 1):.1f} | {peak(turns)} |\n"
        f"| Odoo: `message_post` of the same text | | | {middle(plain):.1f} ms "
        f"| {middle(plain, 'cpu_seconds'):.1f} ms | | "
        f"| {median(r['statements'] for r in plain):.1f} | {peak(plain)} |\n"
    )
