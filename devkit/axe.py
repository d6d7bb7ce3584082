"""What tests of the customer's pages need from npm. Never shipped.

axe-core looks at the pages; rtlcss makes Odoo's styles for right-to-left languages.
"""

import shutil

from . import keep, system
from .paths import AXE, ROOT
from .tell import run, step

_SOURCE = ROOT / "devkit" / "axe"
_FILES = ("package.json", "package-lock.json")


def ensure(env):
    """Install it where it leaves no trace in the checkout.

    :param dict env: the environment of the tests
    :return: the variables by which tests find it
    :rtype: dict[str, str]
    """
    modules = AXE / "node_modules"
    script = modules / "axe-core" / "axe.min.js"
    key = keep.digest(*((_SOURCE / name).read_text() for name in _FILES))
    done = AXE / "done"
    with keep.lock("axe"):
        if not (script.exists() and done.exists() and done.read_text() == key):
            system.require(system.FOR_LINT)
            AXE.mkdir(parents=True, exist_ok=True)
            for name in _FILES:
                shutil.copy(_SOURCE / name, AXE / name)
            with step("Installing axe-core and rtlcss, for tests of pages"):
                words = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
                run(words, "Installing axe-core and rtlcss", "axe", cwd=AXE)
            done.write_text(key)
    return {"AXE_CORE": str(script), "PATH": f"{modules / '.bin'}:{env['PATH']}"}
