"""Odoo 19 out of Debian's package, unpacked into our folder without root.

The package lives in Debian's unstable suite, and in Ubuntu's, which takes it over. It
is fetched with lists and a cache of our own, from the mirror this machine already uses,
so that nothing of the machine changes.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .paths import DEV
from .tell import Trouble, ask, explain, run, step

#: where the package keeps the Python code, inside the folder it is unpacked to
PACKAGES = Path("usr/lib/python3/dist-packages")

_APT = DEV / "apt"
_KEYRINGS = Path("/usr/share/keyrings")


@dataclass(frozen=True)
class Distribution:
    """Where a distribution keeps the package."""

    suite: str
    components: str
    keyring: str
    #: what a machine that follows no release calls its suite
    rolling: tuple


_DISTRIBUTIONS = {
    "debian": Distribution(
        "sid",
        "main",
        "debian-archive-keyring.gpg",
        ("stable", "testing", "unstable", "sid"),
    ),
    "ubuntu": Distribution(
        "devel", "main universe", "ubuntu-archive-keyring.gpg", ("devel",)
    ),
}
# Odoo's package links to these, so they are unpacked beside it.
_BESIDE = (
    "fonts-dejavu-core",
    "fonts-glyphicons-halflings",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "gsfonts",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
# Unstable has moved on to a Font Awesome without the files Odoo's icons are in.
_FROM_STABLE = ("fonts-font-awesome",)


def _os_release():
    path = Path("/etc/os-release")
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {key: value.strip('"') for key, value in pairs}


def _distribution():
    """Return the distribution of this machine, ``None`` where it is another."""
    return _DISTRIBUTIONS.get(_os_release().get("ID"))


def _mirror():
    """Return (address, suite) of the mirror this machine uses."""
    distribution = _distribution()
    if not distribution:
        return None
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    # Told from the sources alone: the lists may not have been read yet.
    asked = ["apt-get", "indextargets", "--no-release-info", "--format", form]
    listed = ask([*asked, "Created-By: Packages"])
    names = {_os_release().get("VERSION_CODENAME"), *distribution.rolling}
    for line in (listed or "").splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in names and words[2] == "main":
            return words[0], words[1]
    return None


def _env():
    return {**os.environ, "APT_CONFIG": str(_APT / "apt.conf")}


def _write_config(mirror, suite):
    for name in ("lists/partial", "cache/archives/partial", "etc"):
        (_APT / name).mkdir(parents=True, exist_ok=True)
    (_APT / "status").touch()
    distribution = _distribution()
    keyring = _KEYRINGS / distribution.keyring
    options = f"[signed-by={keyring}] " if keyring.exists() else ""
    suites = dict.fromkeys((distribution.suite, suite))
    lines = [
        f"deb {options}{mirror} {name} {distribution.components}\n" for name in suites
    ]
    (_APT / "etc" / "sources.list").write_text("".join(lines))
    settings = {
        "Dir::Etc::SourceList": _APT / "etc" / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::State": _APT,
        "Dir::State::status": _APT / "status",
        "Dir::Cache": _APT / "cache",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    text = "".join(f'{key} "{value}";\n' for key, value in settings.items())
    (_APT / "apt.conf").write_text(text)


def has_odoo():
    """Tell whether this machine's mirror offers the package.

    :raise Trouble: when the mirror is known but cannot be reached
    """
    mirror = _mirror() if shutil.which("dpkg-deb") else None
    if not mirror:
        return False
    _write_config(*mirror)
    with step("Reading the package lists"):
        try:
            run(["apt-get", "update"], "Reading the lists", "debian", env=_env())
            listed = ask(["apt-cache", "show", "odoo-19"], env=_env())
        except Trouble:
            # A mirror of other suites, or signed with another key.
            listed = None
        # apt-get update ends well even when nothing could be read.
        output = (DEV / "log" / "debian.log").read_text(errors="replace")
    trouble = explain(output, "")
    if not listed and trouble:
        raise Trouble(trouble)
    return bool(listed)


def fetch_odoo(target):
    """Download and unpack Odoo with what its links point to.

    :param Path target: the folder that will hold it; made in one move at the end
    """
    debs = _APT / "debs"
    shutil.rmtree(debs, ignore_errors=True)
    debs.mkdir()
    suite = _mirror()[1]
    stable = [f"{name}/{suite}" for name in _FROM_STABLE]
    with step("Fetching Odoo 19 as a package (about 130 MB)"):
        run(
            ["apt-get", "download", "odoo-19", *_BESIDE, *stable],
            "Fetching Odoo 19",
            "debian",
            env=_env(),
            cwd=debs,
        )
    part = target.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    with step("Unpacking Odoo 19"):
        for deb in sorted(debs.glob("*.deb")):
            run(["dpkg-deb", "-x", deb, part], "Unpacking Odoo 19", "debian")
    part.rename(target)
    shutil.rmtree(_APT, ignore_errors=True)
