"""``./dev test``: everything as CI does it, or the fast loop on some tests."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from . import (
    axe,
    databases,
    keep,
    lanes,
    lint,
    manifests,
    oca,
    odoo_run,
    setup,
    system,
)
from .paths import CONF, DEV, ROOT
from .results import Result, checked, closing_line
from .tell import Trouble, say

# Two at a time, for two cores. The installation comes first: those of the second
# row copy its database.
_FIRST = (lanes.install, lanes.style, lanes.demo, lanes.tools)
_ON_INSTALLED = (
    lanes.models,
    lanes.browser,
    lanes.across,
    lanes.short_turns,
    lanes.bench,
    lanes.uninstall,
    lanes.odoo_lint,
    lanes.beside,
)
_AT_ONCE = 2


def _some(args, rest):
    """Run some tests in a database that is kept up to date."""
    setup.ensure(system.FOR_TESTS)
    env = odoo_run.prepare()
    paths = args.paths or ["addons"]
    more = [*(["-k", args.k] if args.k else []), *rest]
    if all(path.startswith(lanes.WITHOUT_ODOO) for path in paths):
        if any(path.startswith(lanes.TOOLS_TESTS) for path in paths):
            lint.ensure()
        command = lanes.tools_command(paths, *more)
    else:
        env |= axe.ensure(env)
        databases.ensure_work(env, args.db)
        conf = CONF
        apart = [f"addons/{name}" for name in manifests.apart()]
        if any(path.startswith(tuple(apart)) for path in paths if apart):
            env, conf = lanes.add_apart(env, args.db), oca.OCA_CONF
        command = lanes.pytest_command(args.db, paths, *more, conf=conf)
    code = subprocess.run(command, env=env, cwd=ROOT).returncode
    if code == 5:
        raise Trouble("No test was run: nothing matches.")
    return code


def _strays():
    """Return what git ignores outside the folder of all that ./dev makes: nothing
    where the addons lie in no checkout.
    """
    if not (ROOT / ".git").exists():
        return set()
    # As root, the checkout may be somebody else's.
    words = ["git", "-c", "safe.directory=*", "-C", str(ROOT)]
    words += ["status", "--porcelain", "--ignored"]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise Trouble(f"git cannot tell what it ignores here: {reason}")
    lines = {line for line in done.stdout.splitlines() if line.startswith("!!")}
    return lines - {f"!! {DEV.name}/"}


def _everything():
    """Run every lane and print the closing line of pytest over all of them."""
    start = time.monotonic()
    # Asked for at once, before anything is fetched
    setup.ensure({**system.FOR_TESTS, **system.FOR_LINT})
    env = odoo_run.prepare()
    env |= axe.ensure(env)
    total, strays = Result(), _strays()
    with keep.lock("test"), ThreadPoolExecutor(_AT_ONCE) as pool:
        first = [pool.submit(lanes.run_one, lane, env) for lane in _FIRST]
        installed = first[0]

        def after_install(lane):
            if installed.result().failures:
                return Result(failures=[f"{lane.__name__}: not run, nothing to run on"])
            return lanes.run_one(lane, env)

        second = [pool.submit(after_install, lane) for lane in _ON_INSTALLED]
        for future in (*first, *second):
            total += future.result()
    total += checked("nothing beside .dev", sorted(_strays() - strays))
    for failure in total.failures:
        say(f"FAILED {failure}")
    say(closing_line(total, time.monotonic() - start))
    return 1 if total.failures else 0


def main(args, rest=()):
    """Run the command.

    :return: 0 when all passed
    """
    if args.paths or args.k or rest:
        return _some(args, rest)
    return _everything()
