"""What an uninstallation leaves behind."""

import os
import subprocess

from . import databases, logscan, manifests, odoo_run
from .paths import CONF, LOGS, ROOT

_TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
   AND relkind IN ('r', 'v', 'm', 'S') ORDER BY 1
"""
_COLUMNS = """
SELECT table_name || '.' || column_name FROM information_schema.columns
 WHERE table_schema = 'public' ORDER BY 1
"""
_FUNCTIONS = """
SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1
"""
_INDEXES = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
_TRIGGERS = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
_SHAPE = {
    "table or sequence": _TABLES,
    "column": _COLUMNS,
    "function": _FUNCTIONS,
    "index": _INDEXES,
    "trigger": _TRIGGERS,
}

# Tables in which Odoo keeps its own account of what happened, whatever happened. While
# it uninstalls any addon, it notes foreign keys again in ir_model_constraint, and in
# ir_model_data it forgets the names other addons gave to parts of the addon's models;
# what bears the name of ours is looked for apart.
_RESTLESS = {
    "base_cache_signaling",
    "bus_bus",
    "ir_attachment",
    "ir_cron_progress",
    "ir_cron_trigger",
    "ir_logging",
    "ir_model_constraint",
    "ir_model_data",
    "ir_module_module",
    "ir_profile",
    "orm_signaling_registry",
    "res_device_log",
    "res_users_log",
}

# Columns that name a model, in tables that outlive it.
_NAMING = {
    "ir_act_window": "res_model",
    "ir_attachment": "res_model",
    "ir_filters": "model_id",
    "ir_model": "model",
    "ir_model_fields": "model",
    "ir_ui_view": "model",
    "mail_activity": "res_model",
    "mail_followers": "res_model",
    "mail_message": "model",
    "mail_template": "model",
    "sms_template": "model",
}

_LEDGER = """
SELECT count(*), sum(debit), sum(credit), sum(amount_residual),
       md5(string_agg(concat_ws('|', id, move_id, account_id, debit, credit,
                                amount_residual, reconciled), ',' ORDER BY id))
  FROM account_move_line
"""


def _rows(env, database, statement):
    return databases.query(env, statement, database).splitlines()


def uninstall(env, database, log, names=None, conf=CONF):
    """Uninstall our addons and use Odoo a little.

    :param str log: name of the log file
    :param list names: those to uninstall; all if not given
    :param Path conf: another configuration of Odoo
    :return: what went wrong, in lines
    """
    path = LOGS / f"{log}.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    words = odoo_run.command("shell", "-d", database, "--no-http", conf=conf)
    script = ROOT / "devkit" / "uninstalling.py"
    wanted = " ".join(names or manifests.in_order())
    with path.open("w") as output, script.open() as lines:
        code = subprocess.run(
            words,
            stdin=lines,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                **env,
                "DEVKIT_ADDONS": wanted,
            },
            cwd=ROOT,
        ).returncode
    text = path.read_text(errors="replace")
    problems = logscan.unexpected(text)
    if code or "Traceback" in text:
        last = (text.strip().splitlines() or ["no reason given"])[-1]
        problems.append(f"Odoo's shell ended with {code}: {last} ({path})")
    return problems


def _counts(env, database, tables):
    statement = " UNION ALL ".join(
        f"SELECT '{table} ' || count(*) FROM \"{table}\"" for table in tables
    )
    return dict(row.split() for row in _rows(env, database, statement))


def compare(env, before, after):
    """Return what one database has that the other has not, in lines.

    :param str before: a database our addons never were in
    :param str after: one they were uninstalled from
    """
    problems = []
    for kind, statement in _SHAPE.items():
        old = set(_rows(env, before, statement))
        new = set(_rows(env, after, statement))
        problems += [f"{kind} left: {name}" for name in sorted(new - old)]
        problems += [f"{kind} lost: {name}" for name in sorted(old - new)]
    if problems:
        return problems
    plain = f"SELECT relname FROM ({_TABLES}) t JOIN pg_class USING (relname) "
    tables = set(_rows(env, before, f"{plain} WHERE relkind = 'r'")) - _RESTLESS
    old, new = (_counts(env, name, sorted(tables)) for name in (before, after))
    problems = [
        f"{table}: {old[table]} rows before, {new[table]} after"
        for table in sorted(tables)
        if old[table] != new[table]
    ]
    return problems + named_after_us(env, after)


def named_after_us(env, database):
    """Return the records that still speak of our models and addons, in lines."""
    problems = []
    for table, column in _NAMING.items():
        statement = (
            f"SELECT count(*) FROM {table} WHERE {column}::text LIKE 'collections.%'"
        )
        count = databases.query(env, statement, database)
        if count != "0":
            problems.append(f"{table}: {count} rows speak of our models")
    ours = ", ".join(f"'{name}'" for name in manifests.in_order())
    statement = f"SELECT count(*) FROM ir_model_data WHERE module IN ({ours})"
    count = databases.query(env, statement, database)
    if count != "0":
        problems.append(f"ir_model_data: {count} rows of our addons")
    return problems


def ledger(env, database):
    """Return a fingerprint of every journal item of a database."""
    return databases.query(env, _LEDGER, database)
