"""The lanes of ``./dev test``. Each gives a :class:`devkit.results.Result`."""

import subprocess
import time

from . import (
    databases,
    leftovers,
    lint,
    logscan,
    manifests,
    oca,
    odoo_run,
    odoo_source,
)
from .demo import mail_catcher, open_desk, run_desk
from .paths import CONF, LOGS, PYTHON, ROOT
from .results import Result, checked, from_junit
from .tell import Trouble, say

INSTALLED = "collections_test_install"
#: tests of ./dev itself: no Odoo, no database
TOOLS_TESTS = "tests/runtime"
#: tests that start Odoo themselves, in a database that is copied from this one
SHORT_TURNS_TESTS = "tests/short_turns"
SHORT_TURNS = "collections_test_short_turns"
#: tests that need no Odoo in their own process
WITHOUT_ODOO = (TOOLS_TESTS, SHORT_TURNS_TESTS)


def pytest_command(database, paths, *args, conf=CONF):
    """Return the command that runs tests of addons in a database.

    :param Path conf: another configuration of Odoo
    """
    return [
        *[str(PYTHON), "-m", "pytest", "-p", "devkit.pytest_guard"],
        *["-p", "no:cacheprovider", "-c", str(ROOT / "pytest.ini")],
        *[f"--odoo-config={conf}", f"--odoo-database={database}"],
        *["--odoo-http", "--odoo-log-level=warn"],
        *map(str, args),
        *map(str, paths),
    ]


def tools_command(paths, *args):
    """Return the command that runs tests that need no Odoo in their own process."""
    words = ["-m", "pytest", "-p", "no:cacheprovider", "-p", "no:odoo"]
    return [str(PYTHON), *words, *map(str, args), *map(str, paths)]


def _pytest(name, command, env):
    """Run pytest with its output in a log, shown only when something failed."""
    report, log = LOGS / f"test-{name}.xml", LOGS / f"test-{name}.log"
    report.unlink(missing_ok=True)
    with log.open("w") as output:
        code = subprocess.run(
            [*command, f"--junitxml={report}"],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=env,
            cwd=ROOT,
        ).returncode
    result = from_junit(report, name, code)
    if result.failures:
        say(f"\n----- {name}: {log} -----")
        say(log.read_text(errors="replace")[-20000:])
    return result


def _log_problems(path):
    return logscan.unexpected(path.read_text(errors="replace"))


def _build(name, *words):
    """Run Odoo to install or remove something; its log has to be clean.

    :return: what went wrong, in lines
    """
    log = f"test-{name}"
    try:
        databases.install(odoo_run.prepare(), *words, log=log)
    except Trouble as trouble:
        return [str(trouble)]
    return _log_problems(LOGS / f"{log}.log")


def style(_env):
    """Check the style of everything."""
    lint.ensure()
    result = Result()
    for name, command in lint.checks().items():
        done = subprocess.run(
            command, cwd=ROOT, env=lint.environ(), capture_output=True, text=True
        )
        lines = (done.stdout + done.stderr).strip().splitlines()
        result += checked(f"style, {name}", lines[-60:] if done.returncode else [])
    return result


def tools(env):
    """Test ./dev itself, the wheels and the Docker files."""
    lint.ensure()
    return _pytest("tools", tools_command([TOOLS_TESTS]), env)


def install(env):
    """Install our addons where Odoo's own modules are, with a clean log."""
    base = databases.ensure_base(env)
    databases.copy(env, base, INSTALLED)
    modules = ",".join(manifests.in_order())
    if not modules:
        return checked("install", ["there is no addon"])
    return checked("install", _build("install", INSTALLED, f"-i {modules}"))


def _ours(env, name, *args):
    database = f"collections_test_{name}"
    databases.copy(env, INSTALLED, database)
    # One invocation for all: Odoo is loaded once.
    paths = [f"addons/{addon}" for addon in manifests.in_order()]
    return _pytest(name, pytest_command(database, paths, *args), env)


def models(env):
    """Run the tests that need no browser."""
    return _ours(env, "models", "--no-browser")


def browser(env):
    """Run the tests that drive a browser."""
    return _ours(env, "browser", "--only-browser")


def add_apart(env, database, log="build-apart"):
    """Install or update those of our addons that need addons of others.

    :return: the environment for Odoo with these others
    """
    env = oca.ensure(env)
    ours = ",".join(manifests.apart())
    words = (f"-i {ours} -u {ours}",)
    databases.install(env, database, *words, log=log, conf=oca.OCA_CONF)
    return env


def beside(env):
    """Test those of our addons that need addons of others, with these installed."""
    ours = manifests.apart()
    if not ours:
        return Result()
    database = "collections_test_beside"
    databases.copy(env, INSTALLED, database)
    env = add_apart(env, database, "test-beside")
    result = checked("beside", _log_problems(LOGS / "test-beside.log"))
    paths = [f"addons/{addon}" for addon in ours]
    command = pytest_command(database, paths, conf=oca.OCA_CONF)
    return result + _pytest("beside-tests", command, env)


def odoo_lint(env):
    """Run Odoo's own linter on our addons.

    The tests of the linter itself and the check by another eslint are left out.
    """
    database = "collections_test_lint"
    databases.copy(env, INSTALLED, database)
    source = odoo_source.find()
    homes = (source.path / "odoo" / "addons", *source.addons)
    home = next((path for path in homes if (path / "test_lint").is_dir()), homes[0])
    tests = home / "test_lint" / "tests"
    left_out = [
        f"--ignore={tests}/{name}.py" for name in ("test_checkers", "test_eslint")
    ]
    command = pytest_command(database, [tests], "-p", "devkit.pytest_lint", *left_out)
    return _pytest("odoo-lint", command, env)


def across(env):
    """Run the tests of what crosses addons and processes."""
    files = sorted((ROOT / "tests").glob("test_*.py"))
    if not files:
        return Result()
    database = "collections_test_across"
    databases.copy(env, INSTALLED, database)
    return _pytest("across", pytest_command(database, files), env)


def short_turns(env):
    """Run short turns of what the torture does with servers of its own."""
    databases.copy(env, INSTALLED, SHORT_TURNS)
    databases.mark_current(env, SHORT_TURNS)
    return _pytest("short-turns", tools_command([SHORT_TURNS_TESTS]), env)


def bench(env):
    """Let each part of the benchmark run once: a tiny ledger, our addons installed on
    it, what is measured there."""
    database, size = "collections_test_bench", "60x300"
    addons = ",".join(manifests.in_order())
    databases.copy(env, databases.ensure_base(env), database)
    measuring = ["benchmarks", size, "--database", database, "--repeat", "0"]
    result = Result()
    for name, act in (
        ("ledger", lambda: _bench(env, "benchmarks.making", "make", database, size)),
        ("installation", lambda: _build("bench", database, f"-i {addons}")),
        ("company", lambda: _bench(env, "benchmarks.making", "prepare", database)),
        ("parts", lambda: _bench(env, *measuring)),
    ):
        result += checked(f"bench, {name}", act())
        if result.failures:
            break
    return result


def _bench(env, *words):
    """Let the benchmark do something.

    :return: what went wrong, in lines
    """
    done = subprocess.run(
        [str(PYTHON), "-m", *words],
        cwd=ROOT,
        env={**env, "COLLECTIONS_BENCH": "1"},
        capture_output=True,
        text=True,
    )
    problems = logscan.unexpected(done.stderr)
    if done.returncode:
        problems += done.stderr.strip().splitlines()[-20:]
    return problems


def uninstall(env):
    """Uninstall our addons: nothing of ours stays, and Odoo works."""
    database = "collections_test_uninstall"
    databases.copy(env, INSTALLED, database)
    problems = leftovers.uninstall(env, database, "test-uninstall")
    problems += leftovers.compare(env, databases.ensure_base(env), database)
    return checked("uninstall", problems)


def demo(env):
    """Install with demo data, Odoo's own too, let the run work and uninstall."""
    database = "collections_test_demo"
    databases.copy(env, databases.ensure_base(env, demo=True), database)
    addons = manifests.in_order()
    problems = _build("demo", database, f"-i {','.join(addons)}", "--with-demo")
    if not problems:
        missing = databases.demo_missing(env, database, addons)
        problems = [f"no demo data of {name}" for name in missing]
    result = checked("demo data", problems)
    if problems:
        return result
    if any((ROOT / "tests" / "demo").glob("test_*.py")):
        result += _pytest("demo-tests", pytest_command(database, ["tests/demo"]), env)
    result += checked("demo run", _run_desk(env, database))
    result += checked("demo again", _open_again(env, database))
    ledger = leftovers.ledger(env, database)
    problems = leftovers.uninstall(env, database, "test-demo-uninstall")
    if leftovers.ledger(env, database) != ledger:
        problems.append("the ledger changed")
    problems += leftovers.named_after_us(env, database)
    return result + checked("demo uninstall", problems)


def _run_desk(env, database):
    """Run the loop live as ./dev demo does, with its words in a log."""
    with mail_catcher(env) as smtp_port:
        try:
            run_desk(env, database, smtp_port, "test-demo-run", quiet=True)
        except Trouble as trouble:
            return [str(trouble)]
    return _log_problems(LOGS / "test-demo-run.log")


def _open_again(env, database):
    """Start ./dev demo on a desk that is ready: it tells of it, and nothing else. A
    start that installs, makes or sends something takes minutes instead of seconds.

    :return: what it did all the same, in lines
    """
    databases.write_mark(env, database, databases.get_wanted(demo=True))
    log, before = "test-demo-again", _left_traces(env, database)
    with mail_catcher(env) as smtp_port:
        try:
            open_desk(env, database, smtp_port, log, quiet=True)
        except Trouble as trouble:
            return [str(trouble)]
    text = (LOGS / f"{log}.log").read_text(errors="replace")
    problems = _log_problems(LOGS / f"{log}.log")
    # Each step that takes long says so.
    problems += [line for line in text.splitlines() if line.startswith("·")]
    if "Log in as" not in text:
        problems.append("the second start does not say how to log in")
    after = _left_traces(env, database)
    problems += [
        f"{kind}: {before[kind]}, after a second start {after[kind]}"
        for kind in before
        if before[kind] != after[kind]
    ]
    return problems


def _left_traces(env, database):
    """Return what tells of an installation, of a run and of messages, by kind."""
    tables = {
        "modules": "SELECT max(write_date) FROM ir_module_module",
        "runs": "SELECT count(*) FROM collections_run",
        "messages": "SELECT max(write_date) FROM collections_touchpoint",
        "e-mails": "SELECT count(*) FROM mail_mail",
        "entries": "SELECT count(*) FROM account_move",
    }
    return {
        kind: databases.query(env, statement, database)
        for kind, statement in tables.items()
    }


def run_one(lane, env):
    """Run one lane and say how it went."""
    start = time.monotonic()
    try:
        result = lane(env)
    except Trouble as trouble:
        result = Result(failures=[f"{lane.__name__}: {trouble}"])
    took = time.monotonic() - start
    failed = f", {len(result.failures)} FAILED" if result.failures else ""
    say(f"[{lane.__name__}] {result.passed} passed{failed} in {took:.0f} s")
    return result
