"""Warnings and errors are seen, also among known ones."""

from devkit import logscan

_HEAD = "2026-01-02 03:04:05,678 42"


def _line(level, logger, message):
    return f"{_HEAD} {level} some_db {logger}: {message}"


def test_error_and_warning_are_found():
    log = "\n".join(
        [
            _line("INFO", "odoo.modules.loading", "loading"),
            _line("WARNING", "odoo.addons.base.models.ir_cron", "late"),
            _line("ERROR", "odoo.sql_db", "bad query"),
        ]
    )
    assert logscan.unexpected(log) == [
        "WARNING odoo.addons.base.models.ir_cron: late",
        "ERROR odoo.sql_db: bad query",
    ]


def test_warning_about_our_code_is_never_known():
    message = "/x/addons/customer_collections/models/a.py:3: DeprecationWarning: old"
    assert logscan.unexpected(_line("WARNING", "py.warnings", message))


def test_warning_about_a_library_is_known():
    message = "/x/site-packages/lib/a.py:3: DeprecationWarning: old"
    assert not logscan.unexpected(_line("WARNING", "py.warnings", message))
