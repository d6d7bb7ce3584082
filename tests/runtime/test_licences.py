"""The licences of what the addons run on, as installed, and of what the checks of style
and pages use, are those we know. What tests alone use in Python is shipped to nobody.
"""

import importlib.metadata
import json
import re

import pytest
from packaging.requirements import Requirement

from devkit.paths import ROOT

# One of these has to be among what a package offers.
_ALLOWED = re.compile(
    r"\b(MIT|BSD|Apache|ISC|LGPL\w*|Lesser General Public|MPL|Mozilla Public|PSF"
    r"|Python Software Foundation|HPND|Historical Permission|ZPL|Zope|Public Domain)\b",
    re.IGNORECASE,
)
_NPM = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC-BY-3.0",
    "CC0-1.0",
    "ISC",
    "LGPL-3.0",
    "MIT",
    "MPL-2.0",
    "Python-2.0",
}
# What the addons ask for, and what Odoo asks for to run them
_READ = ("requirements.txt", "requirements-odoo.txt")
_LOCKS = sorted(
    path
    for path in (ROOT / "package-lock.json", *ROOT.glob("devkit/*/package-lock.json"))
)


def _get_names():
    """Return the names of what is installed for the addons, with what that needs."""
    wanted = [
        line
        for name in _READ
        for line in (ROOT / name).read_text().splitlines()
        if line and not line.startswith(("#", "-r "))
    ]
    found = set()
    while wanted:
        requirement = Requirement(wanted.pop())
        name = requirement.name.lower()
        marker = requirement.marker
        if name in found or (marker and not marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        wanted += importlib.metadata.requires(name) or []
    return found


def _read_licence(name):
    """Return what a package says of its licence, in its own words."""
    about = importlib.metadata.metadata(name)
    classifiers = about.get_all("Classifier") or []
    said = [about.get("License-Expression"), *classifiers]
    said = [text for text in said if text and "Python ::" not in text]
    # Some give the whole text.
    said += (about.get("License") or "").splitlines()[:1]
    return "; ".join(text for text in said if "icense" in text or "::" not in text)


def _is_allowed(licence):
    return bool(_ALLOWED.search(licence))


def test_what_the_addons_run_on_has_licences_that_go_with_ours():
    names = _get_names()
    assert {"phonenumbers", "xlsxwriter", "lxml", "certifi"} <= names
    licences = {name: _read_licence(name) for name in sorted(names)}
    assert not {n: text for n, text in licences.items() if not _is_allowed(text)}


def test_what_npm_brings_has_licences_we_know():
    assert len(_LOCKS) >= 3
    for path in _LOCKS:
        packages = json.loads(path.read_text())["packages"]
        unknown = {n: p.get("license") for n, p in packages.items()}
        unknown = {n: text for n, text in unknown.items() if text not in _NPM}
        assert not unknown, path


@pytest.mark.parametrize(
    "licence",
    ["", "GPL-3.0-or-later", "License :: OSI Approved; AGPLv3", "Proprietary"],
)
def test_others_are_not_taken_for_them(licence):
    assert not _is_allowed(licence)
