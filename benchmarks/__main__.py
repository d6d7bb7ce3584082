"""Measure the desk on a large ledger: ``./dev bench``; see docs/performance.md.

Everything is measured in one process on one database, in alternation and repeatedly;
medians count, the first turn warms caches up and does not. Prints a table in Markdown
and writes it with the raw figures to ``.dev/bench/<size>.md`` and ``.json``; some parts
alone to ``<size>-<parts>.md``, beside it.
"""

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path

from .measure import tell

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("run", "dispatch", "screens", "posting", "portal")


def add_arguments(parser):
    """Say what ``./dev bench`` understands."""
    parser.add_argument(
        "size", nargs="?", default="M", help="S, M, L or CUSTOMERSxITEMS"
    )
    parser.add_argument(
        "--parts", default="all", help=f"{', '.join(PARTS)}, peer, by comma; or all"
    )
    parser.add_argument("--repeat", type=int, default=3, help="turns that count")
    parser.add_argument("--fresh", action="store_true", help="make the ledger anew")
    parser.add_argument("--database", help="bench_<size> if not given")
    parser.add_argument("--only", help="scenarios of the run, by comma")
    parser.add_argument(
        "--profile", help="print the plans of one scenario, or dispatch in Python"
    )


def parse(words):
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    add_arguments(parser)
    args = parser.parse_args(words)
    args.database = args.database or f"bench_{args.size.lower()}"
    args.parts = PARTS if args.parts == "all" else args.parts.split(",")
    return args


def enter(words):
    """Make what is missing, then come back in Odoo's Python."""
    from devkit import odoo_run, paths

    from . import making

    args = parse(words)
    env = odoo_run.prepare()
    making.ensure(env, args)
    if "peer" in args.parts:
        from . import peer

        peer.ensure(env, args)
    env["COLLECTIONS_BENCH"] = "1"
    os.chdir(ROOT)
    os.execve(paths.PYTHON, [str(paths.PYTHON), "-m", "benchmarks", *words], dict(env))


def main(words):
    if not os.environ.get("COLLECTIONS_BENCH"):
        return enter(words)
    from .inside import environment

    args = parse(words)
    results, texts = {"machine": describe()}, []
    with environment(args.database) as env:
        for name in args.parts:
            part = importlib.import_module(f"benchmarks.{name}")
            figures = part.measure(env, args)
            if figures is None:
                continue
            results[name] = figures
            texts.append(f"## {name.capitalize()}\n\n{part.report(figures)}")
            tell(texts[-1])
    return write(args, results, texts)


def describe():
    """Say on what it was measured, and how busy that was."""
    return {
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
    }


def write(args, results, texts):
    if not texts:
        return 0
    folder = ROOT / ".dev" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    making = folder / f"{args.database}-making.json"
    if making.exists():
        results["making"] = json.loads(making.read_text())
        lines = "\n".join(f"| {k} | {v:.1f} s |" for k, v in results["making"].items())
        texts.append(f"## Making\n\n| step | |\n|---|---|\n{lines}")
    load = results["machine"]["load"]
    head = f"# Size {args.size}\n\n{os.cpu_count()} processors, load {load:.1f}\n\n"
    text = head + "\n\n".join(texts) + "\n"
    some = "" if set(args.parts) == set(PARTS) else f"-{'-'.join(args.parts)}"
    (folder / f"{args.size}{some}.md").write_text(text)
    (folder / f"{args.size}{some}.json").write_text(json.dumps(results, indent=1))
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
