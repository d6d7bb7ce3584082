"""``./dev lint``: the OCA template's style checks at their pinned versions."""

import os
import subprocess

from . import environment, keep, manifests, npm, system
from .paths import ADDONS, DEV, LINT_VENV, NODE, ROOT
from .tell import say


def _lint(program):
    return str(LINT_VENV / "bin" / program)


def _node(program):
    return str(NODE / "node_modules" / ".bin" / program)


def _addons():
    return [str(ADDONS / name) for name in manifests.read()]


def _translations():
    return [str(path) for path in sorted(ADDONS.glob("*/i18n/*.po"))]


def _python():
    return [
        name
        for name in ("addons", "devkit", "tests", "benchmarks", "torture", "docs")
        if any((ROOT / name).rglob("*.py"))
    ]


def checks(fix=False):
    """Return the checks there is something for.

    :param bool fix: let the tools that can mend what they find
    :return: command of each check, by name
    :rtype: dict
    """
    python, addons, translations = _python(), _addons(), _translations()
    fixing = "--fix" if fix else "--no-fix"
    found = {
        "ruff": [_lint("ruff"), "check", "--no-cache", fixing, *python],
        "ruff format": [
            *[_lint("ruff"), "format", "--no-cache"],
            *([] if fix else ["--check"]),
            *python,
        ],
        "prettier": [_node("prettier"), "--write" if fix else "--check", "."],
        "eslint": [_node("eslint"), *(["--fix"] if fix else []), "."],
    }
    if addons:
        found["pylint-odoo"] = [
            _lint("pylint"),
            "--rcfile=.pylintrc-mandatory",
            *addons,
        ]
        found["oca-checks-odoo-module"] = [
            *[_lint("oca-checks-odoo-module"), "--no-verbose"],
            *(["--fix"] if fix else []),
            *addons,
        ]
    if translations:
        found["oca-checks-po"] = [
            *[_lint("oca-checks-po"), "--disable=po-pretty-format"],
            *translations,
        ]
    return found


def ensure():
    """Install the checkers; the ones from npm without a trace in the checkout."""
    system.require(system.FOR_LINT)
    environment.ensure_lint()
    with keep.lock("node"):
        npm.install(ROOT, NODE, "the checkers of XML and JavaScript")


def environ():
    """Return the environment in which the checkers find their plugins, and where they
    keep what they remember."""
    return {
        **os.environ,
        "NODE_PATH": str(NODE / "node_modules"),
        "PATH": f"{LINT_VENV / 'bin'}:{os.environ.get('PATH', '')}",
        "RUFF_CACHE_DIR": str(DEV / "cache" / "ruff"),
        # Of programs that came from npm
        "CACHE_DIR": str(DEV / "cache"),
    }


def main(args):
    """Run the command.

    :return: 0 when every check passed
    """
    ensure()
    failed = []
    for name, command in checks(args.fix).items():
        if subprocess.run(command, cwd=ROOT, env=environ()).returncode:
            failed.append(name)
    say(f"Failed: {', '.join(failed)}" if failed else "Style: all well.")
    return 1 if failed else 0
