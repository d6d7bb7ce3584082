"""What the tests of ./dev share. They need no Odoo and no database."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skip into a failure: what is not tested is not known to work."""
    report = (yield).get_result()
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which counts as failed."


@pytest.fixture
def dev():
    """Return a function that runs ./dev and gives what came of it."""

    def run(*words, **environment):
        return subprocess.run(
            [str(ROOT / "dev"), *words],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            cwd="/",
        )

    return run


@pytest.fixture
def is_ignored(tmp_path):
    """Return a function that tells whether git ignores a path of ours.

    A repository of the test's own is asked: an unpacked archive is none, and about
    somebody else's git gives no answer.
    """
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)

    def ask(path):
        words = ["git", "check-ignore", "-q", path]
        return subprocess.run(words, cwd=tmp_path).returncode == 0

    return ask


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return a function that lays a program on a PATH that holds nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def lay(name, text):
        program = tmp_path / name
        program.write_text(text)
        program.chmod(0o755)

    return lay
