"""Databases with Odoo in them: made once, copied often, updated when code changed.

What a database holds is written in its comment, as JSON: ``foundation`` is the
fingerprint of Odoo and the modules our addons stand on, ``addons`` those of ours.
"""

import json
import os
import re
import shutil
import subprocess

from . import keep, manifests, odoo_run, odoo_source, postgres
from .paths import DATA, DEV_ADDONS
from .tell import Trouble, explain, step

_BASE = "collections_base"


class BuildFailed(Trouble):
    """Odoo could not install or update our addons."""


def _psql(env, statement, database="postgres"):
    done = subprocess.run(
        [
            postgres.program("psql"),
            "-AtqX",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
            database,
        ],
        env=env,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        first = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise Trouble(explain(done.stderr, f"PostgreSQL: {first}"))
    return done.stdout.strip()


def _quoted(name):
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise Trouble(f"{name!r} is no good name for a database: letters, digits, _.")
    return f'"{name}"'


def read_mark(env, name):
    """Return what a database holds, or ``None`` when it is not there."""
    _quoted(name)
    statement = (
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '{}') "
        f"FROM pg_database WHERE datname = '{name}'"
    )
    text = _psql(env, statement)
    try:
        return json.loads(text) if text else None
    except ValueError:
        return {}


def write_mark(env, name, mark):
    """Write into a database what it holds."""
    text = json.dumps(mark, sort_keys=True).replace("'", "''")
    _psql(env, f"COMMENT ON DATABASE {_quoted(name)} IS '{text}'")


def drop(env, name):
    """Remove a database and its files, also while others are connected to it."""
    _psql(env, f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")
    shutil.rmtree(DATA / "filestore" / name, ignore_errors=True)


def copy(env, source, target):
    """Copy a database with its files over any of that name."""
    with keep.lock(f"database-{source}"):
        drop(env, target)
        _psql(
            env,
            f"CREATE DATABASE {_quoted(target)} TEMPLATE {_quoted(source)} "
            "STRATEGY file_copy",
        )
        files = DATA / "filestore" / source
        if files.is_dir():
            # Odoo never changes a stored file: a second name for it is a copy.
            shutil.copytree(
                files, DATA / "filestore" / target, copy_function=os.link
            )
    write_mark(env, target, read_mark(env, source))


def install(env, name, modules, *args, log=None):
    """Install or update modules.

    :param str modules: Odoo's options, such as ``-i account``
    :raise BuildFailed: with the last error Odoo wrote
    """
    log = log or f"build-{name}"
    words = ["-d", name, "--stop-after-init", "--no-http", *modules.split(), *args]
    code, path = odoo_run.quietly(words, env, log)
    if code:
        text = path.read_text(errors="replace")
        lines = [line for line in text.splitlines() if line.strip()]
        reason = lines[-1] if lines else "no reason given"
        raise BuildFailed(explain(text, f"Odoo says: {reason} (all of it: {path})"))


def _foundation_key(modules):
    fixes = [manifests.fingerprint(name, DEV_ADDONS) for name in modules
             if (DEV_ADDONS / name).is_dir()]
    return keep.digest(odoo_source.revision(odoo_source.find()), *modules, *fixes)


def foundation_key():
    """Return the fingerprint of Odoo and the modules our addons stand on."""
    return _foundation_key(manifests.foundation())


def ensure_base(env):
    """Make the database that others are copied from: Odoo without our addons.

    :return: its name
    """
    modules = manifests.foundation()
    key = _foundation_key(modules)
    with keep.lock("base"):
        if (read_mark(env, _BASE) or {}).get("foundation") != key:
            drop(env, _BASE)
            with step(f"Installing Odoo's own modules once ({', '.join(modules)})"):
                install(env, _BASE, f"-i {','.join(modules)}")
            write_mark(env, _BASE, {"foundation": key, "addons": {}})
    return _BASE


def _wanted():
    return {name: manifests.fingerprint(name) for name in manifests.in_order()}


def ensure_work(env, name):
    """Bring a database up to date with our addons, or make it.

    :param str name: the database
    :return: its name
    """
    with keep.lock(f"work-{name}"):
        mark = read_mark(env, name) or {}
        wanted = _wanted()
        known = mark.get("addons", {})
        same = mark.get("foundation") == foundation_key()
        if not same or set(known) - set(wanted):
            _rebuild(env, name, wanted)
        elif known != wanted:
            try:
                _update(env, name, known, wanted)
            except BuildFailed:
                # What an update cannot mend, such as a half-made table, a new one can.
                _rebuild(env, name, wanted)
    return name


def _rebuild(env, name, wanted):
    base = ensure_base(env)
    with step(f"Making the database {name} with {', '.join(wanted) or 'no addon'}"):
        copy(env, base, name)
        if wanted:
            install(env, name, f"-i {','.join(wanted)}")
    write_mark(env, name, {"foundation": foundation_key(), "addons": wanted})


def _update(env, name, known, wanted):
    new = [addon for addon in wanted if addon not in known]
    changed = [addon for addon in wanted if known.get(addon, wanted[addon]) != wanted[addon]]
    options = [f"-i {','.join(new)}"] if new else []
    options += [f"-u {','.join(changed)}"] if changed else []
    with step(f"Updating {', '.join(new + changed)} in the database {name}"):
        # Until it is done, nobody may take it for either.
        write_mark(env, name, {})
        install(env, name, " ".join(options))
    write_mark(env, name, {"foundation": foundation_key(), "addons": wanted})
