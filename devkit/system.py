"""Programs that come from the machine's own packages."""

import ctypes.util
import os
import re
import shutil
from pathlib import Path

from .paths import DEV
from .tell import Trouble, ask, run, say, step

_DISK_NEEDED = 5 * 1024**3

#: program -> the Debian and Ubuntu package that brings it
FOR_PDF = {"wkhtmltopdf": "wkhtmltopdf"}
FOR_LINT = {"npm": "npm"}
CHROMIUM = "chromium"
FOR_CLONE = {"git": "git"}
FOR_TESTS = {
    **FOR_PDF,
    **FOR_CLONE,
    CHROMIUM: "chromium",
    "pdftotext": "poppler-utils",
}
#: library -> its package; what the Chromium of :mod:`devkit.browser` stands on
FOR_BROWSER = {"nss3": "libnss3", "expat": "libexpat1"}
#: package -> where to get the program where the machine's packages have none
_BY_HAND = {
    "wkhtmltopdf": "Install its makers' package for an older release by hand: "
    "https://wkhtmltopdf.org/downloads.html"
}
# Under these names Odoo looks for it, too.
_BROWSERS = ("google-chrome", CHROMIUM, "chromium-browser", "google-chrome-stable")


def find_browser():
    """Return the path of the machine's own browser, or ``None``.

    A snap is none: it sees no folder of the tests.
    """
    found = filter(None, map(shutil.which, _BROWSERS))
    return next((path for path in found if not _is_snap(path)), None)


def _is_snap(path):
    real = Path(path).resolve()
    if real == Path("/usr/bin/snap") or real.is_relative_to("/snap"):
        return True
    # What Ubuntu's package installs is a script that starts the snap.
    with real.open("rb") as program:
        start = program.read(4096)
    return start.startswith(b"#!") and b"/snap/bin/" in start


def _is_offered(package):
    policy = ask(["apt-cache", "policy", package], env={**os.environ, "LC_ALL": "C"})
    candidate = re.search(r"Candidate: (\S+)", policy or "")
    return bool(candidate) and not re.search(r"none|snap", candidate.group(1))


def packages_for_browser():
    """Return the missing packages for a browser: the machine's, else what npm's needs.

    :rtype: list[str]
    """
    if find_browser():
        return []
    if _is_offered(CHROMIUM):
        return [CHROMIUM]
    missing = [program for program in FOR_LINT if not shutil.which(program)]
    libraries = [
        package
        for library, package in FOR_BROWSER.items()
        if not ctypes.util.find_library(library)
    ]
    return [FOR_LINT[program] for program in missing] + libraries


def _missing_packages(programs):
    packages = []
    for program, package in programs.items():
        if program == CHROMIUM:
            packages += packages_for_browser()
        elif not shutil.which(program):
            packages.append(package)
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        packages.append("python3-venv")
    return packages


def _require_offered(packages):
    """Refuse packages that the machine's lists do not have.

    :raise Trouble: the one line about the first of them
    """
    if not ask(["apt-get", "indextargets", "Created-By: Packages"]):
        # No list was ever read.
        return
    for package in packages:
        if not _is_offered(package):
            raise Trouble(
                f"{package} is missing, and this system's packages do not offer it. "
                f"{_BY_HAND.get(package, 'Install it by hand.')}"
            )


def require(programs):
    """Make sure that programs are there: install them as root, or say how.

    :param dict programs: program name -> package that brings it
    :raise Trouble: the one line that installs what is missing
    """
    missing = _missing_packages(programs)
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        _require_offered(missing)
        line = f"sudo apt-get update && sudo {' '.join(_install(missing))}"
        raise Trouble(f"Some programs are missing. Install them with: {line}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step("Installing system packages"):
        run(["apt-get", "update"], "Reading the package lists", "apt", env=env)
        # Only now is it known what this machine's packages offer.
        missing = _missing_packages(programs)
        _require_offered(missing)
        say(f"· Missing system packages, installed as root: {' '.join(missing)}")
        run(_install(missing), "Installing system packages", "apt", env=env)
    still = _missing_packages(programs)
    if still:
        raise Trouble(f"These packages could not be installed: {' '.join(still)}")


def _install(packages):
    return ["apt-get", "install", "-y", "--no-install-recommends", *packages]


def require_disk():
    """Refuse to begin when the disk cannot hold Odoo and its databases."""
    DEV.mkdir(exist_ok=True)
    free = shutil.disk_usage(DEV).free
    if free < _DISK_NEEDED:
        raise Trouble(
            f"The disk has {free / 1024**3:.1f} GB free where this folder lies; "
            f"{_DISK_NEEDED // 1024**3} GB are needed."
        )
