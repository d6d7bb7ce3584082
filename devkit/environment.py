"""The Python virtual environments."""

import os
import shutil
import subprocess
import sys

from . import keep
from .paths import LINT_VENV, LOAD_VENV, ROOT, VENV
from .tell import run, step


def _key(*files):
    texts = [(ROOT / name).read_text() for name in files]
    return keep.digest(sys.version, *texts)


def _make(folder, requirements, reads, what):
    key = _key(*reads)
    python = folder / "bin" / "python"
    if keep.is_done(folder.name, key) and python.exists():
        return
    with step(what):
        if not _works(python):
            shutil.rmtree(folder, ignore_errors=True)
            run([sys.executable, "-m", "venv", folder], what, folder.name)
        run(
            [python, "-m", "pip", "install", "--quiet", "-r", ROOT / requirements],
            what,
            folder.name,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )
    keep.mark_done(folder.name, key)


def _works(python):
    if not python.exists():
        return False
    asked = "import sys, pip; print(sys.version)"
    done = subprocess.run([python, "-c", asked], capture_output=True, text=True)
    return done.stdout.strip() == sys.version.strip()


def ensure():
    """Make the environment that runs Odoo, the tests and the database server."""
    reads = ("requirements.txt", "requirements-odoo.txt", "requirements-dev.txt")
    what = "Installing the Python packages Odoo needs (two minutes or so)"
    _make(VENV, "requirements-dev.txt", reads, what)


def ensure_lint():
    """Make the environment of the style checks."""
    reads = ("requirements-lint.txt",)
    _make(LINT_VENV, "requirements-lint.txt", reads, "Installing the style checkers")


def ensure_load():
    """Make the environment of the tool that stands in for many people at once."""
    reads = ("requirements-load.txt",)
    what = "Installing what stands in for many people at once"
    _make(LOAD_VENV, "requirements-load.txt", reads, what)
