"""``./dev demo``: from a bare machine to a running desk."""

import errno
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager

from . import databases, keep, odoo_run, setup
from .paths import CONF, LOGS, MAIL, PYTHON, ROOT
from .tell import Trouble, complain, say, step

DATABASE = "collections_demo"
_START = 120  # seconds the server may take to answer


def _port():
    text = os.environ.get("DEMO_PORT", "8069")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(f"DEMO_PORT is {text!r}, which is no port number.")
    return int(text)


def _require_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise Trouble(
                    "Ports below 1024 belong to root. Choose another: "
                    "DEMO_PORT=8069 ./dev demo"
                ) from error
            other = port + 1 if port < 65535 else 8069
            raise Trouble(
                f"Port {port} is taken. Choose another: DEMO_PORT={other} ./dev demo"
            ) from error


@contextmanager
def mail_catcher(env):
    """Catch mail while the block runs.

    :return: the port to send to
    """
    words = [str(PYTHON), "-m", "devkit.mail_catcher", str(MAIL)]
    # It ends when its standard input does, so also when we are killed.
    catcher = subprocess.Popen(
        words,
        env=env,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        port = catcher.stdout.readline().strip()
        if not port:
            raise Trouble("The mail catcher did not start.")
        yield port
    finally:
        catcher.stdin.close()
        catcher.wait()


def run_desk(env, database, smtp_port, log, *, quiet=False):
    """Run the loop live in a database and print what came of it.

    :param str log: name of the log file
    :param bool quiet: print into the log too
    :raise Trouble: when the run failed
    """
    words = [str(PYTHON), "-m", "devkit.desk", database]
    words += ["--config", str(CONF), "--smtp-port", smtp_port]
    words += ["--url", f"http://localhost:{_port()}"]
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    with path.open("w") as errors:
        code = subprocess.run(
            words, env=env, cwd=ROOT, stderr=errors, stdout=errors if quiet else None
        ).returncode
    if code:
        lines = path.read_text(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else "no reason given"
        raise Trouble(f"The run failed: {reason} (all of it: {path})")


def _answers(port):
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/web/health", timeout=2
        ) as response:
            return response.status == 200
    except OSError:
        return False


@contextmanager
def server(env, port, smtp_port):
    """Serve the demo company while the block runs.

    :return: the process
    """
    log = LOGS / "demo.log"
    words = ["-d", DATABASE, f"--http-port={port}", "--smtp=127.0.0.1"]
    words += [f"--smtp-port={smtp_port}", "--max-cron-threads=1"]
    words += [f"--db-filter=^{re.escape(DATABASE)}$"]
    with log.open("w") as output:
        process = subprocess.Popen(
            odoo_run.command(*words), env=env, cwd=ROOT, stdout=output, stderr=output
        )
    try:
        with step("Starting Odoo"):
            deadline = time.monotonic() + _START
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Trouble(f"Odoo did not start; the reason is in {log}")
                time.sleep(0.3)
        yield process
    finally:
        process.terminate()
        process.wait()


def _end(number, _frame):
    complain("Stopped.")
    sys.exit(128 + number)


@contextmanager
def _clean_end():
    """Let SIGTERM end the block as Ctrl-C does, with what its end has to do."""
    if threading.current_thread() is not threading.main_thread():
        # Python lets nobody else set a handler.
        yield
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _serve(env, port, smtp_port):
    with _clean_end(), server(env, port, smtp_port) as process:
        say(f"\nThe desk is open: http://localhost:{port}/odoo")
        say(f"Mail it sends is kept in {MAIL} and goes nowhere. Stop it with Ctrl-C.")
        process.wait()
        log = LOGS / "demo.log"
        raise Trouble(f"Odoo ended by itself; the reason is in {log}")


def open_desk(env, database, smtp_port, log, *, quiet=False):
    """Bring the demo database up to date and tell what came of its run; make and send
    what is not there yet.

    :param str log: name of the log file
    :param bool quiet: print into the log too
    """
    with keep.lock("demo"):
        databases.ensure_work(env, database, demo=True)
        run_desk(env, database, smtp_port, log, quiet=quiet)


def main(args):
    """Run the command."""
    port = _port()
    if not args.once:
        _require_port(port)
    setup.ensure()
    env = odoo_run.prepare()
    with mail_catcher(env) as smtp_port:
        open_desk(env, DATABASE, smtp_port, "demo-run")
        if not args.once:
            _serve(env, port, smtp_port)
