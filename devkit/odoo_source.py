"""Odoo 19 itself: from ODOO_HOME, else Debian's package, else its repository."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import debian, keep, system
from .paths import ODOO
from .tell import Trouble, ask, run, say, step

_REPOSITORY = "https://github.com/odoo/odoo.git"
_BRANCH = "19.0"


@dataclass(frozen=True)
class Source:
    """A copy of Odoo: the folder to put on ``sys.path`` and further addons."""

    path: Path
    addons: tuple
    version: str


def _read(folder):
    """Return the source in a folder, or ``None`` when there is none.

    :param Path folder: a clone of Odoo, or a folder that holds ``odoo``
    """
    release = folder / "odoo" / "release.py"
    if not (folder / "odoo" / "addons" / "base").is_dir() or not release.exists():
        return None
    found = re.search(r"version_info = \((.+)\)", release.read_text())
    version = found.group(1) if found else ""
    beside = folder / "addons"
    addons = (beside,) if (beside / "account" / "__manifest__.py").exists() else ()
    return Source(folder, addons, version)


def _from_home(home):
    source = _read(Path(home).expanduser().resolve())
    if source is None:
        raise Trouble(f"ODOO_HOME names {home}, but there is no Odoo in it.")
    if not source.version.startswith("19, 0"):
        raise Trouble(f"ODOO_HOME names {home}, but that is not Odoo 19.0.")
    return source


def _clone(target):
    system.require(system.FOR_CLONE)
    part = target.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    with step("Cloning Odoo 19 from its repository"):
        run(
            ["git", "clone", "--depth=1", f"--branch={_BRANCH}", _REPOSITORY, part],
            "Cloning Odoo 19",
            "odoo-clone",
        )
    part.rename(target)


def _fetched():
    for folder in (ODOO / debian.PACKAGES, ODOO):
        source = _read(folder)
        if source:
            return source
    return None


def is_here():
    """Tell whether Odoo needs no fetching."""
    if os.environ.get("ODOO_HOME"):
        return True
    return keep.is_done("odoo", _BRANCH) and _fetched() is not None


def ensure():
    """Fetch Odoo if it is not there yet.

    :return: where it is
    :rtype: Source
    """
    home = os.environ.get("ODOO_HOME")
    if home:
        return _from_home(home)
    if not is_here():
        shutil.rmtree(ODOO, ignore_errors=True)
        if debian.has_odoo():
            debian.fetch_odoo(ODOO)
        else:
            say("· This machine's package mirror has no odoo-19 package.")
            _clone(ODOO)
        keep.mark_done("odoo", _BRANCH)
    return _fetched()


def find():
    """Return the source that ``ensure`` fetched, or say how to get it."""
    home = os.environ.get("ODOO_HOME")
    source = _from_home(home) if home else _fetched()
    if source is None:
        raise Trouble("Odoo is not here yet. Run: ./dev setup")
    return source


def revision(source):
    """Return what tells this copy of Odoo from any other."""
    commit = None
    if (source.path / ".git").exists():
        words = ["git", "-c", "safe.directory=*", "-C", source.path]
        commit = ask([*words, "rev-parse", "HEAD"])
    return f"{source.version} {(commit or '').strip()}"
