"""What the manifests of our addons say."""

import ast
import hashlib

from .paths import ADDONS, DEV_ADDONS

# Stands in for a payment provider in tests and in the demo.
_FOR_TESTS = ("payment_demo",)
# Addons of others that ours may stand on and that are not always there.
_NOT_ODOOS = {"queue_job"}
# A change in these asks for no update of a database.
_NOT_LOADED = {"tests", "static", "readme", "i18n", "__pycache__"}


def read(folder=ADDONS):
    """Return the manifests of the installable addons in a folder, by name.

    :rtype: dict
    """
    found = {}
    for path in sorted(folder.glob("*/__manifest__.py")):
        manifest = ast.literal_eval(path.read_text())
        if manifest.get("installable", True):
            found[path.parent.name] = manifest
    return found


def apart():
    """Return the names of our addons that need addons of others."""
    return [
        name
        for name, manifest in read().items()
        if _NOT_ODOOS & set(manifest.get("depends", []))
    ]


def in_order():
    """Return the names of our addons, each after those it depends on, without those
    that need addons of others."""
    manifests = {k: v for k, v in read().items() if k not in apart()}
    order = []

    def visit(name):
        for other in manifests[name].get("depends", []):
            if other in manifests and other not in order:
                visit(other)
        if name not in order:
            order.append(name)

    for name in manifests:
        visit(name)
    return order


def foundation():
    """Return the modules of Odoo that our addons stand on, and our mends for it."""
    manifests = read()
    wanted = {"base", "web", *_FOR_TESTS}
    for name in in_order():
        manifest = manifests[name]
        wanted.update(set(manifest.get("depends", [])) - set(manifests))
    return sorted(wanted | set(read(DEV_ADDONS)))


def demo_fingerprint():
    """Return what changes when the demo data of our addons do."""
    whole = hashlib.sha256()
    for name in in_order():
        for path in sorted((ADDONS / name / "demo").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]


def fingerprint(name, folder=ADDONS):
    """Return what changes when an addon has to be updated in a database."""
    whole = hashlib.sha256()
    root = folder / name
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if path.is_file() and not _NOT_LOADED & set(inside.parts):
            whole.update(str(inside).encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]
