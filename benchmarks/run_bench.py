"""Measure the desk on a large ledger, beside what the database itself needs.

    python3 benchmarks/run_bench.py M                  the run beside the floor
    python3 benchmarks/run_bench.py M --parts run,dispatch,screens,posting

The first time it makes the database ``bench_m`` with a ledger of that size (see
``ledger.py``), later it uses it again; ``--fresh`` makes it anew. Everything is
measured in one process on one database, in alternation and repeatedly; medians
count. Prints a table in Markdown and writes it with the raw figures to
``.dev/bench/<size>.md`` and ``.json``, or where ``--output`` says.

``--profile STEP`` prints the plan of each slow statement of one scenario instead.
"""

import argparse
import cProfile
import json
import os
import pstats
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("run", "dispatch", "screens", "posting")


def enter(args):
    """Come back in Odoo's Python, with PostgreSQL up and the database at hand."""
    sys.path.insert(0, str(ROOT))
    from devkit import databases, odoo_run, paths

    env = odoo_run.prepare()
    name = args.database
    if args.fresh:
        databases.drop(env, name)
    databases.ensure_work(env, name)
    env["COLLECTIONS_BENCH"] = "1"
    words = [str(paths.PYTHON), __file__, *sys.argv[1:]]
    os.execve(words[0], words, env)


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("size", nargs="?", default="M", help="S, M, L or 20000x100000")
    parser.add_argument("--database", help="bench_<size> if not given")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--parts", default="run", help=",".join(PARTS) + " or all")
    parser.add_argument("--fresh", action="store_true", help="make the ledger anew")
    parser.add_argument("--output", help="folder of the results")
    parser.add_argument("--profile", help="scenario whose statements to explain")
    parser.add_argument("--only", help="scenarios of the run, by comma")
    args = parser.parse_args(words)
    args.database = args.database or f"bench_{args.size.lower()}"
    args.parts = PARTS if args.parts == "all" else args.parts.split(",")
    return args


# === MEASURING === #


@contextmanager
def measured(cr, into):
    """Add up wall time, statements, rows written to tables and peak memory."""
    reset_peak()
    before = read_writes(cr)
    statements = cr.sql_log_count
    start, busy = time.perf_counter(), time.process_time()
    served = read_server_seconds(cr)
    yield
    into["seconds"] = time.perf_counter() - start
    into["db_seconds"] = read_server_seconds(cr) - served
    # Of this process alone: tells its share, and how much others were in the way
    into["cpu_seconds"] = time.process_time() - busy
    into["statements"] = cr.sql_log_count - statements
    after = read_writes(cr)
    written = {t: n - before.get(t, 0) for t, n in after.items()}
    into["rows"] = sum(written.values())
    into["tables"] = {t: n for t, n in sorted(written.items()) if n}
    into["peak_mb"] = read_peak()


def read_writes(cr):
    """Return rows inserted, changed and deleted so far in this transaction."""
    cr.execute(
        """SELECT relname, n_tup_ins + n_tup_upd + n_tup_del
             FROM pg_stat_xact_user_tables WHERE schemaname = 'public'"""
    )
    return dict(cr.fetchall())


def read_server_seconds(cr):
    """Return what this session has cost the database's processor so far; 0 where it
    runs on another machine."""
    cr.execute("SELECT pg_backend_pid()")
    try:
        text = Path(f"/proc/{cr.fetchone()[0]}/stat").read_text()
    except OSError:
        return 0
    user, system = text.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def reset_peak():
    """Let the kernel forget this process's highest memory use, where it can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def read_peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0


@contextmanager
def explained(env):
    """Print the plans of the statements that take longer than a few milliseconds.

    Each is carried out twice: once to be explained and undone, once for good.
    """
    cr = env.cr
    plain = cr.execute

    def execute(query, params=None, log_exceptions=True):
        text = query.code if hasattr(query, "code") else str(query)
        if hasattr(query, "params"):
            params = query.params
        word = text.split(None, 1)[0].upper() if text.strip() else ""
        if word in ("WITH", "SELECT", "INSERT", "UPDATE", "DELETE") or (
            word == "CREATE" and " AS" in text
        ):
            plain("SAVEPOINT explained")
            start = time.perf_counter()
            plain(f"EXPLAIN (ANALYZE, BUFFERS, COSTS) {text}", params)
            took = time.perf_counter() - start
            if took > 0.03:
                print(f"\n===== {took * 1000:.0f} ms: {' '.join(text.split())[:200]}")
                print("\n".join(row[0] for row in cr.fetchall()))
            plain("ROLLBACK TO SAVEPOINT explained")
        if hasattr(query, "params"):
            params = None
        return plain(query, params, log_exceptions)

    cr.execute = execute
    yield
    cr.execute = plain


# === THE FLOOR === #

FLOOR = """
    INSERT INTO bench_floor
    SELECT rp.commercial_partner_id, COUNT(*), SUM(l.amount_residual),
           SUM(l.amount_residual) FILTER (WHERE v.late < 1),
           SUM(l.amount_residual) FILTER (WHERE v.late BETWEEN 1 AND 30),
           SUM(l.amount_residual) FILTER (WHERE v.late BETWEEN 31 AND 60),
           SUM(l.amount_residual) FILTER (WHERE v.late BETWEEN 61 AND 90),
           SUM(l.amount_residual) FILTER (WHERE v.late BETWEEN 91 AND 120),
           SUM(l.amount_residual) FILTER (WHERE v.late > 120),
           MAX(v.late),
           MAX(CASE WHEN v.late >= 45 THEN 4 WHEN v.late >= 21 THEN 3
                    WHEN v.late >= 5 THEN 2 WHEN v.late >= -5 THEN 1 ELSE 0 END)
      FROM account_move_line l
      JOIN account_account a
        ON a.id = l.account_id AND a.account_type = 'asset_receivable'
       AND a.non_trade IS NOT TRUE
      JOIN res_partner rp ON rp.id = l.partner_id
CROSS JOIN LATERAL (
        SELECT %(today)s::date - COALESCE(l.date_maturity, l.date) AS late) AS v
     WHERE l.reconciled IS NOT TRUE AND l.parent_state = 'posted'
       AND l.amount_residual_currency <> 0 AND l.company_id = %(company)s
  GROUP BY rp.commercial_partner_id
"""


def floor(env, today):
    """Classify every open item and insert one row per customer, in one statement.

    :return: what was measured, as a dict
    """
    cr = env.cr
    cr.execute("DROP TABLE IF EXISTS bench_floor")
    cr.execute(
        """CREATE TABLE bench_floor (
               partner_id int, items int, amount numeric, aging_0 numeric,
               aging_1 numeric, aging_2 numeric, aging_3 numeric, aging_4 numeric,
               aging_5 numeric, days int, stage int)"""
    )
    result = {}
    with measured(cr, result):
        cr.execute(FLOOR, {"today": today, "company": env.company.id})
    cr.execute("DROP TABLE bench_floor")
    cr.commit()
    return result


# === THE RUN === #

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
    "collections_profile",
)


def forget(env, tables=WORK_TABLES):
    """Empty tables as if the loop had never been there."""
    env.cr.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
    env.invalidate_all(flush=False)
    env.cr.commit()


def vacuum(env):
    """Do what autovacuum does between two nights."""
    env.cr.commit()
    connection = env.cr._cnx
    connection.autocommit = True
    with connection.cursor() as cursor:
        for table in WORK_TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
    connection.autocommit = False


def run_once(env, date):
    result = {}
    with measured(env.cr, result):
        run = env["collections.run"]._run_company(env.company, date)
        env.flush_all()
    result["steps"] = run.timings
    result["planned"] = run.planned_count
    result["refused"] = run.refused_count
    result["changed"] = run.changed_count
    result["customers"] = run.customer_count
    result["items"] = run.item_count
    env.cr.commit()
    env.invalidate_all(flush=False)
    return result


SCENARIOS = {
    "first": "First run, nothing there, all that is due planned",
    "known": "First run, customers written down at installation",
    "again": "The same day again",
    "next": "The next day",
    "due": "Customers known, all that is due planned anew",
}


def scenario(env, name, today):
    """Bring the database into the state before a scenario and return its date."""
    if name in ("first", "known"):
        forget(env)
        if name == "known":
            start = time.perf_counter()
            env["collections.profile"]._create_missing(env.company)
            env.cr.commit()
            tell(f"created in {time.perf_counter() - start:.2f} s")
        return today
    if name == "again":
        vacuum(env)
        return today
    if name == "next":
        mark_moved(env)
        return today + timedelta(days=1)
    forget(env, ("collections_touchpoint_line", "collections_touchpoint"))
    vacuum(env)
    return today


def mark_moved(env, share=20):
    """As if one customer in so many had paid or been billed since the last run."""
    env.cr.execute(
        """INSERT INTO collections_stale (partner_id, company_id)
           SELECT partner_id, company_id FROM collections_profile
            WHERE mod(id, %s) = 0""",
        [share],
    )
    env.cr.commit()


def bench_run(env, args):
    """Measure the scenarios of the run in alternation with the floor."""
    from odoo import fields

    today = fields.Date.today()
    names = args.only.split(",") if args.only else list(SCENARIOS)
    env.company.collections_mode = "live"
    env.cr.commit()
    results = {"floor": [], **{name: [] for name in names}}
    for turn in range(args.repeat + 1):
        for name in SCENARIOS:
            date = scenario(env, name, today)
            if args.profile == name:
                with explained(env):
                    print(json.dumps(run_once(env, date), indent=1))
                return None
            base = [floor(env, today) for _ in range(2)]
            figures = run_once(env, date)
            tell(
                f"{turn} {name}: {figures['seconds']:.2f} s db {figures['db_seconds']:.2f} floor {[round(b['db_seconds'], 2) for b in base]} {figures['steps']}"
            )
            # The first turn warms caches up and does not count.
            if turn and name in results:
                results["floor"] += base
                results[name].append(figures)
    return results


def report_run(results):
    base = median(r["seconds"] for r in results["floor"])
    lines = [
        "| | median | range | ÷ floor | statements | rows written | peak memory |",
        "|---|---|---|---|---|---|---|",
        f"| Floor: one SQL statement | {base * 1000:.0f} ms "
        f"| {spread(results['floor'])} | 1.0 | 1 | {results['floor'][0]['rows']} | |",
    ]
    for name, label in SCENARIOS.items():
        rows = results.get(name)
        if not rows:
            continue
        mid = median(r["seconds"] for r in rows)
        lines.append(
            f"| {label} | {mid * 1000:.0f} ms | {spread(rows)} | {mid / base:.1f} "
            f"| {rows[-1]['statements']} | {rows[-1]['rows']} "
            f"| {max(r['peak_mb'] for r in rows):.0f} MB |"
        )
    present = [name for name in SCENARIOS if results.get(name)]
    steps = list(results[present[0]][0]["steps"])
    lines += ["", "| step, ms | " + " | ".join(present) + " |"]
    lines.append("|---|" + "---|" * len(present))
    for step in steps:
        figures = [
            f"{median(r['steps'][step] for r in results[name]) * 1000:.0f}"
            for name in present
        ]
        lines.append(f"| {step} | " + " | ".join(figures) + " |")
    for name in present:
        last = results[name][-1]
        lines.append(
            f"\n{name}: {last['customers']} customers, {last['items']} items, "
            f"{last['planned']} planned, {last['refused']} refused, "
            f"{last['changed']} changed; rows written: {last['tables']}"
        )
    return "\n".join(lines)


# === SENDING === #


def bench_dispatch(env, args):
    """Send 500 e-mails through the gate, as the scheduled job does, and undo it.

    Without files: a PDF takes its own time. At any hour of the day.
    """
    count, batch = 500, 50
    model = env["collections.touchpoint"]
    results = []
    for turn in range(args.repeat + 1):
        env["collections.contact.rule"].search([]).active = False
        env["collections.stage"].search([]).write(
            {"attach_statement": False, "attach_invoices": False}
        )
        touchpoints = model.search(
            [("state", "=", "scheduled"), ("channel", "=", "email")], limit=count
        )
        if len(touchpoints) < count:
            raise SystemExit("Nothing to send: measure the part 'run' first")
        ids = touchpoints.ids
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


def report_dispatch(results):
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


# === SCREENS === #


def bench_screens(env, args):
    """Read the first page of lists as the web client does, with a cold cache."""
    user = env.ref("base.user_admin")
    user.group_ids += env.ref("customer_collections.group_manager")
    env.cr.commit()
    due = [
        ("move_type", "=", "out_invoice"),
        ("state", "=", "posted"),
        ("payment_state", "in", ("not_paid", "partial")),
        ("invoice_date_due", "<", "today"),
    ]
    lists = {
        "Profiles": ("collections.profile", [], None),
        "Profiles, all that is due": (
            "collections.profile",
            [("amount_overdue", ">", 0)],
            "amount_overdue desc, id",
        ),
        "Messages": ("collections.touchpoint", [], None),
        "Odoo: overdue invoices": ("account.move", due, None),
    }
    results = {name: [] for name in lists}
    for turn in range(args.repeat + 1):
        for name, (model, domain, order) in lists.items():
            records = env[model].with_user(user)
            arch = records.get_view(view_type="list")
            names = arch["models"][model]
            wanted = {
                field: {"fields": {"display_name": {}}}
                if records._fields[field].type == "many2one"
                else {}
                for field in list_fields(arch["arch"])
                if field in names
            }
            env.flush_all()
            env.invalidate_all()
            figures = {}
            with measured(env.cr, figures):
                records.web_search_read(
                    domain, wanted, limit=80, order=order, count_limit=10001
                )
            env.cr.rollback()
            if turn:
                results[name].append(figures)
    return results


def list_fields(arch):
    from lxml import etree

    tree = etree.fromstring(arch)
    return [
        node.get("name")
        for node in tree.xpath("./field")
        if node.get("column_invisible") not in ("1", "True")
    ]


def report_screens(results):
    lines = ["| first 80 rows | median | range | statements |", "|---|---|---|---|"]
    for name, rows in results.items():
        mid = median(r["seconds"] for r in rows)
        lines.append(
            f"| {name} | {mid * 1000:.0f} ms | {spread(rows)} "
            f"| {rows[-1]['statements']} |"
        )
    return "\n".join(lines) + "\n"


# === POSTING AND PAYING === #

POSTED = 50


def bench_posting(env, args):
    """Post and pay invoices, in alternation with and without our marks."""
    results = {"with": [], "without": []}
    mark = type(env["collections.stale"])._mark
    for turn in range(args.repeat + 1):
        for name in results:
            if name == "without":
                type(env["collections.stale"])._mark = lambda self, pairs: None
            figures = {}
            try:
                post_and_pay(env, figures)
            finally:
                type(env["collections.stale"])._mark = mark
            env.cr.rollback()
            env.transaction.clear()
            tell(f"{turn} posting {name}: {figures['seconds']:.2f} s")
            if turn:
                results[name].append(figures)
    return results


def post_and_pay(env, figures, count=POSTED):
    from odoo import Command

    partners = env["res.partner"].search([("email", "like", "customer1")], limit=count)
    account = env["account.journal"].search([("type", "=", "sale")], limit=1)
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2020-01-01",
                "journal_id": account.id,
                "invoice_line_ids": [
                    Command.create({"name": "Thing", "price_unit": 100, "tax_ids": []})
                ],
            }
            for partner in partners
        ]
    )
    env.flush_all()
    with measured(env.cr, figures):
        moves.action_post()
        env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves.ids
        ).create({"group_payment": False})._create_payments()
        env.flush_all()
        env.cr.precommit.run()


def report_posting(results):
    lines = [
        f"| {POSTED} invoices | median | range | Python | statements |",
        "|---|---|---|---|---|",
    ]
    for name, rows in results.items():
        mid = median(r["seconds"] for r in rows)
        cpu = median(r["cpu_seconds"] for r in rows)
        lines.append(
            f"| {name} our marks | {mid * 1000:.0f} ms | {spread(rows)} "
            f"| {cpu * 1000:.0f} ms | {rows[-1]['statements']} |"
        )
    return "\n".join(lines) + "\n"


def spread(rows):
    times = [r["seconds"] * 1000 for r in rows]
    return f"{min(times):.0f}–{max(times):.0f}"


def tell(text):
    print(text, file=sys.stderr, flush=True)


# === MAKING THE LEDGER === #


def ensure_ledger(env, args):
    """Make the ledger of a database that has none yet, and verify a sample."""
    import ledger

    parameters = env["ir.config_parameter"]
    if parameters.get_param("collections.bench") == args.size:
        return
    customers, items = ledger.parse_size(args.size)
    start = time.perf_counter()
    ledger.make(env, customers, items)
    tell(f"ledger {args.size}: {time.perf_counter() - start:.1f} s")
    prepare_desk(env)
    env.cr.commit()
    wrong = ledger.verify(env)
    if wrong:
        raise SystemExit("The ledger is wrong:\n" + "\n".join(wrong[:20]))
    parameters.set_param("collections.bench", args.size)
    env.cr.commit()
    connection = env.cr._cnx
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.autocommit = False


def prepare_desk(env):
    """A company in a country, a sender, and a team of four who share the work."""
    from odoo import Command

    company = env.company
    company.country_id = env.ref("base.be")
    people = env["res.users"].create(
        [
            {
                "name": f"Collector {n}",
                "login": f"bench{n}",
                "email": f"collector{n}@company.example",
                "group_ids": [
                    Command.link(env.ref("customer_collections.group_collector").id)
                ],
            }
            for n in range(1, 5)
        ]
    )
    company.collections_sender_id = people[0]
    company.email = "accounts@company.example"
    team = env["collections.team"].create(
        {
            "name": "Bench",
            "member_ids": [Command.create({"user_id": u.id}) for u in people],
        }
    )
    env["collections.segment"].search(
        [("company_id", "in", [False, company.id])]
    ).team_id = team
    env.flush_all()


def main():
    args = parse(sys.argv[1:])
    if not os.environ.get("COLLECTIONS_BENCH"):
        enter(args)
    import odoo
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    conf = ROOT / ".dev" / "odoo.conf"
    odoo.tools.config.parse_config(
        ["-c", str(conf), "-d", args.database, "--log-level=warn"],
        setup_logging=True,
    )
    results, texts = {}, []
    with Registry(args.database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        ensure_ledger(env, args)
        for part in args.parts:
            results[part] = globals()[f"bench_{part}"](env, args)
            if results[part] is not None:
                texts.append(f"## {part}\n")
                texts.append(globals()[f"report_{part}"](results[part]))
    if not texts:
        return
    text = f"# Size {args.size}\n\n" + "\n".join(texts) + "\n"
    folder = Path(args.output or ROOT / ".dev" / "bench")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{args.size}.md").write_text(text)
    (folder / f"{args.size}.json").write_text(json.dumps(results, indent=1))
    print(text)


if __name__ == "__main__":
    main()
