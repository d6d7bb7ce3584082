"""Each addon builds as a wheel and lands where Odoo looks for addons."""

import os
import subprocess
import sys

import pytest

from devkit import manifests
from devkit.paths import ADDONS, ROOT

_FIND = """
import odoo.addons
from odoo.modules import Manifest
import odoo.tools
odoo.tools.config.parse_config([])
print(Manifest.for_addon({name!r}).path)
"""


def _run(*words, env=None):
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        capture_output=True,
        text=True,
        env=env,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _tracked(addon):
    """Return the files of an addon that git has; all where there is no checkout."""
    if (ROOT / ".git").exists():
        words = ["git", "-c", "safe.directory=*", "-C", addon, "ls-files", "."]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        names = done.stdout.splitlines()
    else:
        names = [str(path.relative_to(addon)) for path in addon.rglob("*")]
    here = {name for name in names if (addon / name).is_file()}
    return here - {"pyproject.toml"}


@pytest.mark.parametrize("name", [*manifests.in_order(), *manifests.apart()])
def test_wheel_builds_and_installs_into_odoo(name, tmp_path):
    built, site = tmp_path / "built", tmp_path / "site"
    _run("build", "--no-isolation", "--wheel", "--outdir", built, ADDONS / name)
    [wheel] = built.glob("*.whl")
    version = manifests.read()[name]["version"]
    assert wheel.name == f"odoo_addon_{name}-{version}-py3-none-any.whl"
    quiet = ("--no-deps", "--no-index", "--quiet", "--no-compile")
    _run("pip", "install", *quiet, "--target", site, wheel)

    installed = site / "odoo" / "addons" / name
    found = {str(p.relative_to(installed)) for p in installed.rglob("*") if p.is_file()}
    assert _tracked(ADDONS / name) <= found

    paths = [path for path in sys.path if path.endswith("dist-packages")]
    paths += os.environ.get("PYTHONPATH", "").split(os.pathsep)
    env = {k: v for k, v in os.environ.items() if k != "ODOO_RC"}
    env["PYTHONPATH"] = os.pathsep.join([*filter(None, paths), str(site)])
    done = subprocess.run(
        [sys.executable, "-c", _FIND.format(name=name)],
        capture_output=True,
        text=True,
        env=env,
        cwd=tmp_path,
    )
    assert done.stdout.strip() == str(installed), done.stderr
