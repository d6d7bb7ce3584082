"""Try to break the desk: ``./dev torture [PART…]``; see docs/reliability.md.

Each part works in databases and processes of its own and prints what it did and what
it found; the same is kept in ``.dev/torture/<part>.md``. Everything random comes from
a seed that is printed: ``--seed`` repeats it.
"""

import argparse
import importlib
import random
import sys
import time

from devkit import odoo_run, paths, setup, system
from devkit.tell import say

#: what each part does, in the order in which they run
PARTS = {
    "kill": "kill -9 at random moments of run and dispatch",
    "lost": "connections to the database lost while the scheduler works",
    "together": "run, send, post, pay and undo in five processes at once",
    "ledger": "random histories of a ledger against a recomputation",
    "upgrade": "update, uninstall and reinstall, also beside addons of the OCA",
    "queue": "a run spread over two servers, one of them killed",
    "load": "portal customers and collectors at once",
    "odoo": "Odoo's own tests with and without our addons",
}
FOLDER = paths.DEV / "torture"


def parse(words):
    """Read the words after ``./dev torture``."""
    parts = "\n".join(f"  {name:10s} {text}" for name, text in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="./dev torture",
        description=f"{__doc__}\n{parts}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="all but odoo if none is given"
    )
    parser.add_argument("--seed", type=int, help="repeats what it did before")
    parser.add_argument("--times", type=int, help="kills, or operations")
    parser.add_argument("--minutes", type=float, help="how long the load lasts")
    parser.add_argument("--modules", help="suites of odoo, by comma")
    args = parser.parse_args(words)
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    args.parts = args.parts or [name for name in PARTS if name != "odoo"]
    if args.seed is None:
        args.seed = random.randrange(10**6)
    return args


def main(words):
    """Run the parts.

    :return: 0 when nothing broke
    """
    args = parse(words)
    setup.ensure(system.FOR_TESTS)
    env = odoo_run.prepare()
    FOLDER.mkdir(parents=True, exist_ok=True)
    broken = []
    for name in args.parts:
        say(f"\n=== {name}: {PARTS[name]} (seed {args.seed}) ===")
        start = time.monotonic()
        report = importlib.import_module(f"torture.{name}").torture(env, args)
        report.facts["took"] = f"{time.monotonic() - start:.0f} s"
        report.facts["seed"] = args.seed
        text = report.as_markdown(name)
        (FOLDER / f"{name}.md").write_text(text)
        say(text)
        if report.failures:
            broken.append(name)
    say(f"Broke: {', '.join(broken)}" if broken else "Nothing broke.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
