"""A pytest plugin: what Odoo lets pass silently fails here.

A skipped test and a WARNING or ERROR in the log are failures, and the assets are
made before the first browser test, whose time is limited.
"""

import logging

import pytest

from . import logscan


class _Collector(logging.Handler):
    """Keeps the lines that nobody expected."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        message = record.getMessage()
        if not logscan.is_known(record.name, message):
            self.lines.append(f"{record.levelname} {record.name}: {message}")


_collector = _Collector()


@pytest.fixture(scope="session", autouse=True)
def _watch_log(load_registry):
    logging.getLogger().addHandler(_collector)
    yield
    logging.getLogger().removeHandler(_collector)


@pytest.fixture(scope="session", autouse=True)
def _make_assets(request, load_registry):
    import odoo.tests
    from odoo.modules.registry import Registry

    items = (getattr(item, "cls", None) for item in request.session.items)
    if not any(cls and issubclass(cls, odoo.tests.HttpCase) for cls in items):
        return
    with Registry(odoo.tests.common.get_db_name()).cursor() as cursor:
        env = odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})
        env["ir.qweb"]._pregenerate_assets_bundles()
        cursor.commit()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skip, and a test that wrote a warning, into a failure."""
    report = (yield).get_result()
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which counts as failed. {reason}"
    lines, _collector.lines = _collector.lines, []
    if lines and report.passed:
        report.outcome = "failed"
        report.longrepr = "Unexpected lines in the log:\n" + "\n".join(lines)
