"""axe-core from npm: looks at the customer's pages in tests. Never shipped."""

import shutil

from . import keep, system
from .paths import AXE, ROOT
from .tell import run, step

_SOURCE = ROOT / "devkit" / "axe"
_FILES = ("package.json", "package-lock.json")


def ensure():
    """Install it where it leaves no trace in the checkout.

    :return: the environment variable by which tests find it
    :rtype: dict[str, str]
    """
    script = AXE / "node_modules" / "axe-core" / "axe.min.js"
    key = keep.digest(*((_SOURCE / name).read_text() for name in _FILES))
    done = AXE / "done"
    with keep.lock("axe"):
        if not (script.exists() and done.exists() and done.read_text() == key):
            system.require(system.FOR_LINT)
            AXE.mkdir(parents=True, exist_ok=True)
            for name in _FILES:
                shutil.copy(_SOURCE / name, AXE / name)
            with step("Installing axe-core, which checks pages"):
                words = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
                run(words, "Installing axe-core", "axe", cwd=AXE)
            done.write_text(key)
    return {"AXE_CORE": str(script)}
