"""The database that is measured: a ledger in Odoo, then our addons installed on it.

In this order, because so it is for a company; the time of the installation is one of
the figures. Beside it the same installation on an empty ledger.
"""

import json
import subprocess
import sys
import time

from devkit import databases, manifests, paths

from .measure import tell

FOLDER = paths.ROOT / ".dev" / "bench"


def ensure(env, args):
    """Make the database, or bring it up to date with our addons."""
    name = args.database
    kept = FOLDER / f"{name}-making.json"
    if not args.fresh and kept.exists() and databases.read_mark(env, name):
        databases.ensure_work(env, name)
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    addons = ",".join(manifests.in_order())
    base = databases.ensure_base(env)
    took = {}
    took["Installation on an empty ledger"] = _install(env, base, name, addons)
    databases.copy(env, base, name)
    start = time.perf_counter()
    _call(env, "make", name, args.size)
    took[f"Ledger {args.size}"] = time.perf_counter() - start
    start = time.perf_counter()
    databases.install(env, name, f"-i {addons}")
    took[f"Installation on {args.size}"] = time.perf_counter() - start
    _call(env, "prepare", name)
    databases.mark_current(env, name)
    kept.write_text(json.dumps(took, indent=1))


def _install(env, base, name, addons):
    databases.copy(env, base, name)
    start = time.perf_counter()
    databases.install(env, name, f"-i {addons}")
    return time.perf_counter() - start


def _call(env, *words):
    subprocess.run(
        [str(paths.PYTHON), "-m", "benchmarks.making", *words],
        env=env,
        cwd=paths.ROOT,
        check=True,
    )


def make(env, size):
    """Write the ledger, and let Odoo compute a sample of it anew."""
    from . import ledger
    from .ledger.sizes import parse_size
    from .ledger.verify import verify

    start = time.perf_counter()
    other = ledger.make(env, *parse_size(size))
    env.cr.commit()
    tell(f"ledger {size}: {time.perf_counter() - start:.1f} s")
    wrong = verify(env) + verify(env, other)
    if wrong:
        raise SystemExit("The ledger is wrong:\n" + "\n".join(wrong[:20]))
    _vacuum(env)


def prepare(env):
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
    env.cr.commit()


def _vacuum(env):
    connection = env.cr._cnx
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.autocommit = False


if __name__ == "__main__":
    from .inside import environment

    with environment(sys.argv[2]) as environ:
        {"make": make, "prepare": prepare}[sys.argv[1]](environ, *sys.argv[3:])
