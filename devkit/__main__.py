"""The commands of ``./dev``."""

import argparse
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import databases, demo, lint, odoo_run, pictures, postgres, setup, testing
from .paths import DATA, DEV, ROOT
from .tell import Trouble, complain, say


def _odoo(args):
    env = odoo_run.prepare()
    return subprocess.run(odoo_run.command(*args.words), env=env, cwd=ROOT).returncode


def _shell(args):
    env = odoo_run.prepare()
    words = odoo_run.command("shell", "-d", args.database, "--no-http")
    return subprocess.run(words, env=env, cwd=ROOT).returncode


def _psql(args):
    env = {**os.environ, **postgres.ensure()}
    words = [postgres.program("psql"), args.database, *args.words]
    return subprocess.run(words, env=env, cwd=ROOT).returncode


def _bench(args):
    # Only here: what is measured is no part of the tools.
    from benchmarks import __main__ as benchmarks

    return benchmarks.main(args.words)


def _torture(args):
    # Only here: what is tried is no part of the tools.
    from torture import __main__ as torture

    return torture.main(args.words)


def _stop(_args):
    postgres.stop()


def _server_of_others():
    """Return the way to the server PGHOST names, now or at the last start; ``None``
    where it was our own.

    :raise Trouble: when it does not answer
    """
    if os.environ.get("PGHOST"):
        return postgres.ensure()
    server = odoo_run.configured_server()
    if not server or postgres.is_own(server):
        return None
    if not postgres.answers(server):
        raise Trouble(
            f"./dev made databases on the server {server['PGHOST']} port "
            f"{server['PGPORT']}, which does not let user {server['PGUSER']} in. "
            f"Nothing was removed; to leave them there, remove {odoo_run.CONF} first."
        )
    return server


def _clean(_args):
    server = _server_of_others() if DATA.exists() else None
    if server:
        for name in databases.drop_ours(server):
            say(f"· Database {name} dropped from the server {server['PGHOST']}")
    postgres.stop()
    shutil.rmtree(DEV, ignore_errors=True)
    if DEV.exists():
        raise Trouble(
            f"{DEV} could not be removed: something in it belongs to somebody else or "
            "cannot be written. Try: sudo ./dev clean"
        )
    say("All that ./dev made is gone.")


def _parser():
    parser = argparse.ArgumentParser(
        prog="./dev", description="Run the collections desk, its tests and its tools."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, function, text):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(function=function)
        return command

    add("setup", setup.main, "fetch Odoo 19, its Python packages and PostgreSQL")
    test = add("test", testing.main, "all checks as CI does them, or some tests")
    test.add_argument("paths", nargs="*", metavar="PATH", help="tests to run, fast")
    test.add_argument("-k", metavar="EXPR", help="run the tests whose names match")
    test.add_argument("--db", default="collections_test", help="database to test in")
    desk = add("demo", demo.main, "from a bare machine to a running desk")
    desk.add_argument("--once", action="store_true", help="end after the summary")
    linting = add("lint", lint.main, "the style checks alone")
    linting.add_argument("--fix", action="store_true", help="mend what can be mended")
    bench = add("bench", _bench, "measure the desk on a large ledger")
    bench.add_argument("words", nargs=argparse.REMAINDER, metavar="ARGS")
    torture = add("torture", _torture, "try to break the desk")
    torture.add_argument("words", nargs=argparse.REMAINDER, metavar="ARGS")
    add("pictures", pictures.main, "take the documents' pictures from the demo")
    odoo = add("odoo", _odoo, "run Odoo with the development configuration")
    odoo.add_argument("words", nargs=argparse.REMAINDER, metavar="ARGS")
    shell = add("shell", _shell, "open Odoo's Python shell on a database")
    shell.add_argument("database")
    psql = add("psql", _psql, "open PostgreSQL's shell on a database")
    psql.add_argument("database")
    psql.add_argument("words", nargs=argparse.REMAINDER, metavar="ARGS")
    add("stop", _stop, "stop the embedded PostgreSQL")
    add("clean", _clean, "remove everything ./dev made")
    return parser


def _explain(error):
    """Give one line about an error of the system, ``None`` where it is an unknown one.

    :param OSError error: what was not possible
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full. Free some space and start again."
    if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
        return None
    if not error.filename:
        return None
    line = f"{error.filename} belongs to somebody else or cannot be written."
    if Path(str(error.filename)).is_relative_to(DEV):
        line += " Run ./dev as that user, or remove all it made: sudo ./dev clean"
    return line


def main(words):
    """Run one command and turn trouble into one line.

    :param list words: the words after ``./dev``
    :return: the exit code
    """
    # Words meant for another program may look like ours; argparse would take them.
    if words[:1] in (["odoo"], ["bench"], ["torture"]):
        args, rest = _parser().parse_args(words[:1]), []
        args.words = words[1:]
    else:
        args, rest = _parser().parse_known_args(words)
    if rest and args.command != "test":
        complain(f"unknown words: {' '.join(rest)}")
        return 2
    try:
        extra = (rest,) if args.command == "test" else ()
        return args.function(args, *extra) or 0
    except Trouble as trouble:
        complain(trouble)
        return 1
    except OSError as error:
        line = _explain(error)
        if not line:
            raise
        complain(line)
        return 1
    except KeyboardInterrupt:
        complain("Stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
