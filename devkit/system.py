"""Programs that come from the machine's own packages."""

import os
import shutil

from .paths import DEV
from .tell import Trouble, run, say, step

_DISK_NEEDED = 5 * 1024**3

#: program -> the Debian and Ubuntu package that brings it
FOR_PDF = {"wkhtmltopdf": "wkhtmltopdf"}
FOR_LINT = {"npm": "npm"}
FOR_TESTS = {**FOR_PDF, "chromium": "chromium", "pdftotext": "poppler-utils"}
_SAME_AS_CHROMIUM = ("google-chrome", "chromium-browser", "google-chrome-stable")


def _is_there(program):
    if program == "chromium" and any(map(shutil.which, _SAME_AS_CHROMIUM)):
        return True
    return bool(shutil.which(program))


def _missing_packages(programs):
    packages = [pkg for name, pkg in programs.items() if not _is_there(name)]
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        packages.append("python3-venv")
    return packages


def require(programs):
    """Make sure that programs are there: install them as root, or say how.

    :param dict programs: program name -> package that brings it
    :raise Trouble: the one line that installs what is missing
    """
    missing = _missing_packages(programs)
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Trouble(f"Some programs are missing. Install them with: sudo {line}")
    say(f"· Missing system packages, installed now as root: {' '.join(missing)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step("Installing system packages"):
        run(["apt-get", "update"], "Reading the package lists", "apt", env=env)
        run(line.split(), "Installing system packages", "apt", env=env)
    still = _missing_packages(programs)
    if still:
        raise Trouble(f"These packages could not be installed: {' '.join(still)}")


def require_disk():
    """Refuse to begin when the disk cannot hold Odoo and its databases."""
    DEV.mkdir(exist_ok=True)
    free = shutil.disk_usage(DEV).free
    if free < _DISK_NEEDED:
        raise Trouble(
            f"The disk has {free / 1024**3:.1f} GB free where this folder lies; "
            f"{_DISK_NEEDED // 1024**3} GB are needed."
        )
