"""A pytest plugin: what Odoo lets pass silently fails here.

A skipped test and a WARNING or ERROR in the log are failures, and the assets are
made before the first browser test, whose time is limited.
"""

import logging

import pytest

from . import logscan


def pytest_addoption(parser):
    """Let the tests that drive a browser run apart from the others."""
    parser.addoption("--only-browser", action="store_true")
    parser.addoption("--no-browser", action="store_true")


def _drives_browser(item):
    from odoo.tests import HttpCase

    cls = getattr(item, "cls", None)
    return bool(cls) and issubclass(cls, HttpCase)


def pytest_collection_modifyitems(config, items):
    """Keep the tests that were asked for."""
    only, none = (config.getoption(f"--{x}-browser") for x in ("only", "no"))
    if only or none:
        kept = [item for item in items if _drives_browser(item) == bool(only)]
        left = [item for item in items if item not in kept]
        config.hook.pytest_deselected(items=left)
        items[:] = kept


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

    if not any(map(_drives_browser, request.session.items)):
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
