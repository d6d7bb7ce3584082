"""Four processes run and send at once while a fifth posts, pays, unmatches and resets,
holds, promises, disputes, agrees plans and opts out. Of the contact rules one budget is
left.

Each process does what the scheduled jobs and the clerk do, with the retries that Odoo
itself has; then everything is counted, and the invariants are looked at.
"""

import json
from collections import Counter

from devkit import databases
from devkit.paths import DEV
from devkit.tell import say

from .processes import mail_server, read_accepted, ready, shell
from .report import Report

DATABASE = "torture_together"
CUSTOMERS = 40
WORKERS = 4
SECONDS = 120
#: messages a customer may get in a day
BUDGET = 2

# At any hour of any day
PREPARE = """
    env["collections.contact.rule"].create(
        dict(
            name="Budget", hour_from=0, hour_to=24, saturday=True, sunday=True,
            holidays=False,
            cap_ids=[Command.create(dict(max_count=%s, days=1))],
        )
    )
    env.cr.commit()
    print("RESULT " + json.dumps(told), flush=True)
"""

# What Odoo does with a call that met another: it is tried again.
TOOLS = """
    import json, random, time
    import psycopg2.errors
    from odoo import Command, fields
    from odoo.exceptions import UserError, ValidationError
    from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
    from odoo.addons.customer_collections.models import (
        collections_touchpoint_dispatch as dispatching,
    )
    dispatching.BATCH_SIZE = 5
    chance = random.Random({seed})
    told = dict(done=0, again=0, refused=0, deadlocks=0, errors=[])

    def attempt(function):
        for number in range(8):
            try:
                function()
                env.cr.commit()
                told["done"] += 1
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                env.cr.rollback()
                env.clear()
                told["again"] += 1
                if isinstance(error, psycopg2.errors.DeadlockDetected):
                    told["deadlocks"] += 1
                time.sleep(chance.uniform(0, 0.2 * 2 ** number))
            except (UserError, ValidationError):
                env.cr.rollback()
                env.clear()
                told["refused"] += 1
                return
            except Exception as error:
                env.cr.rollback()
                env.clear()
                told["errors"].append(repr(error)[:300])
                return
        told["errors"].append("given up after eight attempts")

    end = time.monotonic() + {seconds}
"""

WORKER = """
    def loop():
        env["collections.run"]._run_company(env.company)

    def dispatch():
        env["collections.touchpoint"]._cron_dispatch()

    def judge():
        env["collections.stale"]._cron_judge()

    while time.monotonic() < end:
        attempt(chance.choice([loop, dispatch, dispatch, judge]))
        time.sleep(0.05)
    print("RESULT " + json.dumps(told), flush=True)
"""

# One at a time, as Odoo's scheduler sees to.
QUEUE = """
    mails = env.ref("mail.ir_cron_mail_scheduler_action")
    while time.monotonic() < end:
        attempt(mails.method_direct_trigger)
        time.sleep(0.5)
    print("RESULT " + json.dumps(told), flush=True)
"""

CLERK = """
    today = fields.Date.today()

    def some(sign=">", state="posted"):
        moves = env["account.move"].search(
            [("move_type", "=", "out_invoice"), ("state", "=", state),
             ("amount_residual", sign, 0)]
        )
        return moves and chance.choice(moves) or moves

    def post():
        partner = chance.choice(
            env["res.partner"].search([("name", "like", "Customer ")])
        )
        env["account.move"].create(
            dict(
                move_type="out_invoice",
                partner_id=partner.id,
                invoice_date=today - __import__("datetime").timedelta(days=40),
                invoice_date_due=today - __import__("datetime").timedelta(days=10),
                invoice_line_ids=[Command.create(
                    dict(name="More", price_unit=chance.randrange(1, 900), tax_ids=[])
                )],
            )
        ).action_post()

    def pay():
        move = some()
        if move:
            env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create(
                dict(amount=move.amount_residual * chance.choice([0.4, 1, 1, 1.1]))
            )._create_payments()

    def unmatch():
        partials = env["account.partial.reconcile"].search([])
        if partials:
            chance.choice(partials).debit_move_id.remove_move_reconcile()

    def reset():
        move = some()
        if move:
            move.button_draft()
            move.action_post()

    def credit():
        move = some()
        if move:
            move._reverse_moves(cancel=True)

    def customer():
        profiles = env["collections.profile"].search([])
        return profiles and chance.choice(profiles) or profiles

    def hold():
        profile = customer()
        if profile:
            env["collections.hold"].create(
                dict(
                    profile_id=profile.id,
                    effect=chance.choice(["exclude", "pause", "silence"]),
                    scope="all",
                    date_end=fields.Date.add(today, days=9),
                )
            )

    def end_hold():
        holds = env["collections.hold"].search(
            [("state", "=", "active"), ("origin_model", "=", False)]
        )
        if holds:
            chance.choice(holds).action_end()

    def promise():
        profile = customer()
        if profile:
            env["collections.promise"]._give(
                profile, chance.randrange(1, 200), fields.Date.add(today, days=3)
            )

    def plan():
        profile = customer()
        if profile:
            env["collections.plan"]._propose(
                profile, None, agreed=True, rhythm="week",
                instalment_count=chance.randrange(2, 5),
                date_first=fields.Date.add(today, days=chance.randrange(1, 5)),
            )

    def dispute():
        lines = some().line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        profile = env["collections.profile"].search(
            [("partner_id", "=", lines.partner_id.id)]
        )
        if profile and lines:
            env["collections.dispute"]._raise(
                profile,
                {line: line.amount_residual / 2 for line in lines},
                env.ref("customer_collections.dispute_reason_price"),
            )

    # When it was committed, by the clock of the database
    told["optouts"] = {}

    def opt_out():
        profile = customer()
        if profile and len(told["optouts"]) < 4:
            profile._opt_out("email", "person")
            env.cr.commit()
            env.cr.execute("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text")
            told["optouts"].setdefault(str(profile.id), env.cr.fetchone()[0])

    doings = [post, pay, pay, unmatch, reset, credit]
    doings += [hold, end_hold, end_hold, promise, plan, dispute, opt_out]
    while time.monotonic() < end:
        attempt(chance.choice(doings))
    print("RESULT " + json.dumps(told), flush=True)
"""

# After the noise: all that is left leaves, then everything is looked at.
SETTLE = """
    from collections import Counter
    env["collections.run"]._run_company(env.company)
    env.cr.commit()
    touchpoints = env["collections.touchpoint"]
    for _turn in range(200):
        touchpoints._cron_dispatch()
        env.cr.commit()
        if not touchpoints.search_count(touchpoints._get_dispatch_domain()):
            break
    env["mail.mail"].process_email_queue()
    env.cr.commit()
    profiles = env["collections.profile"]
    profiles._refresh_stale(env.company)
    env.cr.commit()
    wrong = []
    for balance in env["collections.balance"].search([]):
        total = (
            balance.amount_collectible + balance.amount_held + balance.amount_credit
        )
        if balance.currency_id.compare_amounts(total, balance.amount_ledger):
            wrong.append(f"{balance.profile_id.display_name}: {total}")
    ledger = dict(env["account.move.line"]._read_group(
        [("parent_state", "=", "posted"), ("account_type", "=", "asset_receivable"),
         ("reconciled", "=", False), ("partner_id", "!=", False)],
        ["partner_id"], ["amount_residual_currency:sum"]))
    for profile in profiles.search([]):
        owed = sum(profile.balance_ids.mapped("amount_ledger"))
        if abs(owed - ledger.get(profile.partner_id, 0)) > 0.005:
            wrong.append(f"{profile.display_name}: {owed} in the ledger")
    plans = env["collections.plan"].search([("state", "in", ("agreed", "active"))])
    for plan in plans:
        held = sum(plan.hold_id.line_ids.mapped("amount"))
        left = sum(plan.instalment_ids.mapped("amount_left"))
        if plan.currency_id.compare_amounts(held, left):
            wrong.append(f"{plan.display_name}: {held} held, {left} to pay")
    today = fields.Date.today()
    profiles._load_items(env.company, today)
    if profiles._write_balances(env.company, today):
        wrong.append("a look at everything found something that was missed")
    env.cr.rollback()
    agreements = Counter(
        f"{name} {state}"
        for name in ("promise", "plan")
        for state in env[f"collections.{name}"].search([]).mapped("state")
    )
    agreements["disputes"] = env["collections.dispute"].search_count([])
    print("RESULT " + json.dumps(dict(wrong=wrong, agreements=agreements)), flush=True)
"""

COUNT = """
    SELECT json_build_object(
        'states', COALESCE((SELECT json_object_agg(state, n) FROM (
            SELECT state, COUNT(*) AS n FROM collections_touchpoint
             GROUP BY state) t), '{{}}'),
        'same step twice', (SELECT COUNT(*) FROM (
            SELECT 1 FROM collections_touchpoint
             WHERE origin = 'automatic' AND direction = 'out'
               AND stage_id IS NOT NULL
               AND state NOT IN ('cancelled', 'failed', 'bounced')
          GROUP BY profile_id, episode, stage_id, occurrence
            HAVING COUNT(*) > 1) t),
        'of a plan twice', (SELECT COUNT(*) FROM (
            SELECT 1 FROM collections_touchpoint
             WHERE plan_id IS NOT NULL
               AND state NOT IN ('cancelled', 'failed', 'bounced')
          GROUP BY plan_id, plan_instalment_id, plan_message, occurrence
            HAVING COUNT(*) > 1) t),
        'of one run twice', (SELECT COUNT(*) FROM (
            SELECT 1 FROM collections_touchpoint
             WHERE state IN ('sent', 'delivered') AND run_id IS NOT NULL
          GROUP BY run_id, profile_id HAVING COUNT(*) > 1) t),
        'about nothing', (SELECT COUNT(*) FROM collections_touchpoint t
             WHERE t.state = 'sent' AND t.kind = 'overdue' AND NOT EXISTS (
                SELECT FROM collections_touchpoint_line l
                 WHERE l.touchpoint_id = t.id AND l.kind = 'overdue'
                   AND l.amount > 0)),
        'above the budget', (SELECT COUNT(*) FROM (
            SELECT 1 FROM collections_touchpoint t
              JOIN collections_profile p ON p.id = t.profile_id
             WHERE t.direction = 'out' AND t.state IN ('sent', 'delivered')
          GROUP BY p.id, (t.sent_at AT TIME ZONE 'UTC' AT TIME ZONE
                          split_part(COALESCE(p.timezones, 'UTC'), ',', 1))::date
            HAVING COUNT(*) > {budget}) t),
        'sent after an opt-out', (SELECT COUNT(*) FROM collections_touchpoint t
              JOIN mail_message m ON m.id = t.mail_message_id
              JOIN json_each_text('{optouts}') o ON o.key::int = t.profile_id
             -- Whoever sends sees what was committed before they began
             WHERE t.channel = 'email' AND m.create_date > o.value::timestamp
               AND t.state IN ('sent', 'delivered')),
        'sent without a message', (SELECT COUNT(*) FROM collections_touchpoint
             WHERE state = 'sent' AND mail_message_id IS NULL),
        'mails that did not leave', (SELECT COUNT(*) FROM mail_mail l
              JOIN mail_message m ON m.id = l.mail_message_id
             WHERE m.model = 'collections.profile'
               AND l.state NOT IN ('sent', 'cancel')))
"""


def torture(env, args, customers=CUSTOMERS, source=None):
    """Let them all loose and look at what is left."""
    seconds = (args.minutes or SECONDS / 60) * 60
    report, optouts = Report(), {}
    databases.copy(env, source or ready(env, customers), DATABASE)
    path = DEV / "torture" / "together.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    with mail_server(env, path) as words:

        def start(script, number):
            tools = TOOLS.format(seed=args.seed + number, seconds=seconds)
            return shell(env, DATABASE, tools + script, *words)

        scripts = {f"worker {n + 1}": WORKER for n in range(WORKERS)}
        scripts |= {"clerk": CLERK, "mail queue": QUEUE}
        start(PREPARE % BUDGET, 98).told()
        started = {
            name: start(script, number)
            for number, (name, script) in enumerate(scripts.items())
        }
        for name, process in started.items():
            # A job's own retries are its next turns.
            told = process.told(may_meet=name == "mail queue")
            errors = told.pop("errors")
            optouts |= told.pop("optouts", {})
            report.facts[name] = ", ".join(f"{k} {v}" for k, v in told.items())
            say(f"  {name}: {report.facts[name]}")
            report.failures += [f"{name}: {error}" for error in errors]
        settled = start(SETTLE, 99).told()
    report.failures += settled["wrong"]
    report.facts |= settled["agreements"]
    report.facts["opted out"] = len(optouts)
    _judge(env, read_accepted(path), optouts, report)
    databases.drop(env, DATABASE)
    return report


def _judge(env, accepted, optouts, report):
    count = COUNT.format(budget=BUDGET, optouts=json.dumps(optouts))
    found = json.loads(databases.query(env, count, DATABASE))
    states = found.pop("states")
    report.facts["messages by state"] = states
    for what, number in found.items():
        report.facts[what] = number
        report.expect(not number, f"{what}: {number}")
    accepted = [line for line in accepted if line["to"][0].startswith("customer")]
    copies = Counter(line["message_id"] for line in accepted)
    report.facts["accepted by the mail server"] = len(copies)
    twice = [name for name, number in copies.items() if number > 1]
    report.expect(not twice, f"{len(twice)} messages came twice")
    report.expect(
        len(copies) == states.get("sent", 0),
        f"{len(copies)} messages accepted, {states.get('sent')} sent",
    )
