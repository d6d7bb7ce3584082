"""Versions are written once or held equal, and no file names a package index."""

import json
import re
import subprocess

import pytest

from devkit import oca
from devkit.paths import ADDONS, ROOT


def _pins(name):
    text = (ROOT / name).read_text()
    return re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)


def test_hooks_use_the_versions_of_the_checks():
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    known = dict(_pins("requirements-lint.txt"))
    package = json.loads((ROOT / "package.json").read_text())
    known.update(package["devDependencies"])
    used = re.findall(r'"(@?[a-z/-]+)(?:==|@)([0-9.]+)"', text)
    assert len(used) >= 9
    for name, version in used:
        assert known[name] == version, name


def test_hooks_are_valid_and_clone_nothing():
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    assert set(re.findall(r"- repo: (\S+)", text)) == {"local"}
    words = [ROOT / ".dev" / "lint" / "bin" / "pre-commit", "validate-config"]
    done = subprocess.run(
        [*map(str, words), ".pre-commit-config.yaml"], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 0, done.stdout


def test_lock_file_names_no_address_to_fetch_from():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]


@pytest.mark.parametrize("name", ["odoo", "lint", "dev", "load"])
def test_requirements_are_pinned(name):
    lines = (ROOT / f"requirements-{name}.txt").read_text().splitlines()
    for line in lines:
        if line and not line.startswith(("#", "-r ")):
            assert "==" in line, line


def test_addons_of_others_are_pinned():
    assert all(re.fullmatch(r"[a-z-]+==[0-9.]+", pin) for pin in oca.PACKAGES)


def test_addons_build_with_the_pinned_backend():
    version = dict(_pins("requirements-dev.txt"))["whool"]
    found = list(ADDONS.glob("*/pyproject.toml"))
    assert len(found) == len(list(ADDONS.glob("*/__manifest__.py")))
    for path in found:
        assert f'requires = ["whool=={version}"]' in path.read_text()
