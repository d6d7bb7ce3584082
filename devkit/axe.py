"""What tests of the customer's pages need from npm. Never shipped.

axe-core looks at the pages; rtlcss makes Odoo's styles for right-to-left languages.
"""

from . import keep, npm
from .paths import AXE, ROOT

_SOURCE = ROOT / "devkit" / "axe"


def ensure(env):
    """Install it where it leaves no trace in the checkout.

    :param dict env: the environment of the tests
    :return: the variables by which tests find it
    :rtype: dict[str, str]
    """
    modules = AXE / "node_modules"
    script = modules / "axe-core" / "axe.min.js"
    with keep.lock("axe"):
        npm.install(_SOURCE, AXE, "axe-core and rtlcss, for tests of pages", script)
    return {"AXE_CORE": str(script), "PATH": f"{modules / '.bin'}:{env['PATH']}"}
