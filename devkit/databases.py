"""Databases with Odoo in them: made once, copied often, updated when code changed.

What a database holds is written in its comment, as JSON: ``foundation`` is the
fingerprint of Odoo and the modules our addons stand on, ``addons`` those of ours,
``demo`` that of our demo data.
"""

import json
import os
import re
import shutil
import subprocess

from . import keep, manifests, odoo_run, odoo_source, postgres
from .paths import CONF, DATA, DEV_ADDONS
from .tell import Trouble, explain, step

_BASE = "collections_base"


class BuildFailed(Trouble):
    """Odoo could not install or update our addons."""


def query(env, statement, database="postgres"):
    """Run one SQL statement and return what psql prints, bare.

    :raise Trouble: with the first line of the error
    """
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
    text = query(env, statement)
    try:
        return json.loads(text) if text else None
    except ValueError:
        return {}


def write_mark(env, name, mark):
    """Write into a database what it holds."""
    text = json.dumps(mark, sort_keys=True).replace("'", "''")
    query(env, f"COMMENT ON DATABASE {_quoted(name)} IS '{text}'")


def _files(name):
    return DATA / "filestore" / name


def drop(env, name):
    """Remove a database and its files, also while others are connected to it."""
    query(env, f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")
    shutil.rmtree(_files(name), ignore_errors=True)


def drop_ours(env):
    """Remove the databases that were made here, from a server that stays.

    :return: their names
    :rtype: list[str]
    """
    # A mark says that ./dev made it, files of that name that it was this folder's.
    names = sorted(path.name for path in _files("").glob("*"))
    ours = [name for name in names if (read_mark(env, name) or {}).get("foundation")]
    for name in ours:
        drop(env, name)
    return ours


def _strategy(env):
    """Return the words that let PostgreSQL copy files instead of writing a log of all.

    It does so by itself before version 15, which does not know the words.
    """
    version = int(query(env, "SHOW server_version_num"))
    return "STRATEGY file_copy" if version >= 150000 else ""


def copy(env, source, target):
    """Copy a database with its files over any of that name."""
    with keep.lock(f"database-{source}"):
        drop(env, target)
        query(
            env,
            f"CREATE DATABASE {_quoted(target)} TEMPLATE {_quoted(source)} "
            + _strategy(env),
        )
        if _files(source).is_dir():
            # Odoo never changes a stored file: a second name for it is a copy.
            shutil.copytree(_files(source), _files(target), copy_function=os.link)
    write_mark(env, target, read_mark(env, source))


def install(env, name, modules, *args, log=None, conf=CONF):
    """Install or update modules.

    :param str modules: Odoo's options, such as ``-i account``
    :param Path conf: another configuration
    :raise BuildFailed: with the last error Odoo wrote
    """
    log = log or f"build-{name}"
    words = ["-d", name, "--stop-after-init", "--no-http", *modules.split(), *args]
    code, path = odoo_run.quietly(words, env, log, conf)
    if code:
        text = path.read_text(errors="replace")
        lines = [line for line in text.splitlines() if line.strip()]
        reason = lines[-1] if lines else "no reason given"
        raise BuildFailed(explain(text, f"Odoo says: {reason} (all of it: {path})"))


def foundation_key():
    """Return the fingerprint of Odoo and the modules our addons stand on."""
    modules = manifests.foundation()
    fixes = [
        manifests.fingerprint(name, DEV_ADDONS)
        for name in modules
        if (DEV_ADDONS / name).is_dir()
    ]
    return keep.digest(odoo_source.revision(odoo_source.find()), *modules, *fixes)


def ensure_base(env, *, demo=False):
    """Make the database that others are copied from: Odoo without our addons.

    :param bool demo: with the demo data of Odoo's own modules
    :return: its name
    """
    name = f"{_BASE}_demo" if demo else _BASE
    modules = manifests.foundation()
    key = foundation_key()
    with keep.lock(name):
        known = (read_mark(env, name) or {}).get("foundation")
        if known != key or not _files(name).is_dir():
            drop(env, name)
            kind = " with their demo data" if demo else ""
            with step(f"Installing Odoo's own modules{kind}, once ({len(modules)})"):
                with_demo = ["--with-demo"] if demo else []
                install(env, name, f"-i {','.join(modules)}", *with_demo)
            write_mark(env, name, {"foundation": key, "addons": {}})
    return name


def ensure_work(env, name, *, demo=False):
    """Bring a database up to date with our addons, or make it.

    :param str name: the database
    :param bool demo: made anew when our demo data change, too
    :return: whether it was made anew
    """
    with keep.lock(f"work-{name}"):
        # On a server that others use, too, it may be somebody else's of that name.
        mark = read_mark(env, name) if _files(name).is_dir() else None
        mark = mark or {}
        wanted = get_wanted(demo)
        if mark == wanted:
            return False
        keys = ("foundation", "demo")
        known = mark.get("addons", {})
        fits = all(mark.get(key) == wanted[key] for key in keys)
        if fits and not set(known) - set(wanted["addons"]):
            try:
                _update(env, name, known, wanted)
                return False
            except BuildFailed:
                # What an update cannot mend, such as a half-made table, a new one can.
                pass
        _rebuild(env, name, wanted)
        return True


def mark_current(env, name):
    """Write into a database that it holds our addons as they are now."""
    write_mark(env, name, get_wanted(False))


def get_wanted(demo):
    """Return what a database holds that is up to date with our addons.

    :param bool demo: with our demo data
    :rtype: dict
    """
    names = manifests.in_order()
    return {
        "foundation": foundation_key(),
        "demo": manifests.demo_fingerprint() if demo else "",
        "addons": {name: manifests.fingerprint(name) for name in names},
    }


def _rebuild(env, name, wanted):
    base = ensure_base(env)
    addons = ",".join(wanted["addons"])
    with step(f"Making the database {name} with {addons or 'no addon'}"):
        copy(env, base, name)
        write_mark(env, name, {})
        if addons:
            install(env, name, f"-i {addons}")
    write_mark(env, name, wanted)


def demo_missing(env, name, addons):
    """Return the addons whose demo data are not in a database."""
    rows = query(env, "SELECT name FROM ir_module_module WHERE demo", name)
    return sorted(set(addons) - set(rows.split()))


def _update(env, name, known, wanted):
    addons = wanted["addons"]
    new = [addon for addon in addons if addon not in known]
    changed = [addon for addon, key in addons.items() if known.get(addon, key) != key]
    options = [f"-i {','.join(new)}"] if new else []
    options += [f"-u {','.join(changed)}"] if changed else []
    with step(f"Updating {', '.join(new + changed)} in the database {name}"):
        # Until it is done, nobody may take it for either.
        write_mark(env, name, {})
        install(env, name, " ".join(options))
    write_mark(env, name, wanted)
