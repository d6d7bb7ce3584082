"""Packages of npm that tests need, pinned, and installed without a trace."""

import shutil

from . import keep, system
from .tell import run, step

_FILES = ("package.json", "package-lock.json")


def install(source, target, what, *programs):
    """Install what a lock file pins, unless it is there.

    :param Path source: the folder of the lock file
    :param Path target: where to install it
    :param str what: what it is and is for, in plain words
    :param Path programs: files that have to be there
    :return: whether it was installed now
    :rtype: bool
    """
    key = keep.digest(*((source / name).read_text() for name in _FILES))
    there = all(path.exists() for path in programs)
    if there and keep.is_done(target.name, key):
        return False
    system.require(system.FOR_LINT)
    target.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copy(source / name, target / name)
    with step(f"Installing {what}"):
        words = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        run(words, f"Installing {what}", target.name, cwd=target)
    keep.mark_done(target.name, key)
    return True
