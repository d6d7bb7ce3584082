"""``./dev test``: everything as CI does it, or the fast loop on some tests."""

import subprocess

from . import databases, odoo_run, setup, system
from .paths import CONF, PYTHON, ROOT
from .tell import Trouble, say


def pytest_command(database, paths, *args):
    """Return the command that runs tests of addons in a database."""
    return [
        *[str(PYTHON), "-m", "pytest", "-p", "devkit.pytest_guard"],
        *["-p", "no:cacheprovider", "-c", str(ROOT / "pytest.ini")],
        *[f"--odoo-config={CONF}", f"--odoo-database={database}"],
        *["--odoo-http", "--odoo-log-level=warn"],
        *map(str, args),
        *map(str, paths),
    ]


def _some(args, rest):
    setup.ensure(system.FOR_TESTS)
    env = odoo_run.prepare()
    databases.ensure_work(env, args.db)
    paths = args.paths or ["addons"]
    more = [*(["-k", args.k] if args.k else []), *rest]
    return subprocess.run(
        pytest_command(args.db, paths, *more), env=env, cwd=ROOT
    ).returncode


def main(args, rest=()):
    """Run the command.

    :return: 0 when all passed
    """
    if args.paths or args.k or rest:
        code = _some(args, rest)
        if code == 5:
            raise Trouble("No test was run: nothing matches.")
        return code
    say("not there yet")
    return 1
