"""Odoo's configuration for development, and running it."""

import configparser
import os
import subprocess

from . import manifests, odoo_source, postgres
from .paths import (
    ADDONS,
    BROWSER,
    CONF,
    DATA,
    DEV,
    DEV_ADDONS,
    LOGS,
    PYTHON,
    ROOT,
    VENV,
)
from .tell import Trouble


def _addons_path(source):
    ours = [path for path in (ADDONS, DEV_ADDONS) if manifests.read(path)]
    return ",".join(map(str, [*source.addons, *ours]))


def prepare():
    """Start PostgreSQL, write the configuration and give the environment for Odoo.

    :return: the environment in which ``import odoo`` works
    :rtype: dict
    """
    source = odoo_source.find()
    if not PYTHON.exists():
        raise Trouble("The Python packages are not here yet. Run: ./dev setup")
    server = postgres.ensure()
    DATA.mkdir(parents=True, exist_ok=True)
    settings = {
        "addons_path": _addons_path(source),
        "data_dir": DATA,
        "db_host": server["PGHOST"],
        "db_port": server["PGPORT"],
        "db_user": server["PGUSER"],
        "http_interface": "127.0.0.1",
        "list_db": "False",
        "max_cron_threads": 0,
        "workers": 0,
        "limit_time_real": 1200,
    }
    if server.get("PGPASSWORD"):
        settings["db_password"] = server["PGPASSWORD"]
    text = "".join(f"{key} = {value}\n" for key, value in settings.items())
    text = f"[options]\n{text}"
    if not CONF.exists() or CONF.read_text() != text:
        # In one move: somebody else may be reading it.
        part = CONF.with_suffix(f".{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(text)
        part.rename(CONF)
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    ours = map(str, (VENV / "bin", BROWSER / "bin"))
    return {
        **inherited,
        **server,
        "PATH": os.pathsep.join([*ours, os.environ.get("PATH", "")]),
        "PYTHONPATH": f"{source.path}:{ROOT}",
        # Compiled once, and no trace of it among the sources.
        "PYTHONPYCACHEPREFIX": str(DEV / "pycache"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(DEV / "hypothesis"),
        "PYTHONUNBUFFERED": "1",
    }


def configured_server():
    """Return the PG* variables of the server that the configuration names, ``None``
    where there is no configuration.
    """
    settings = configparser.RawConfigParser()
    if not settings.read(CONF):
        return None
    options = settings["options"]
    server = {
        f"PG{name.upper()}": options.get(f"db_{name}", "False")
        for name in ("host", "port", "user", "password")
    }
    return {name: value for name, value in server.items() if value != "False"}


def command(*args, conf=CONF):
    """Return the command that runs Odoo with our configuration.

    The configuration goes after the name of a sub-command when there is one.

    :param Path conf: another configuration
    """
    words = [str(arg) for arg in args]
    at = 1 if words and not words[0].startswith("-") else 0
    return [str(PYTHON), "-m", "odoo", *words[:at], "-c", str(conf), *words[at:]]


def quietly(args, env, log, conf=CONF):
    """Run Odoo with its log in a file.

    :param Path conf: another configuration
    :return: exit code and path of the log
    :rtype: tuple
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    with path.open("w") as output:
        done = subprocess.run(
            command(*args, conf=conf),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=env,
            cwd=ROOT,
        )
    return done.returncode, path
