"""A pytest plugin: Odoo's own linter, looking at our addons only."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from . import manifests

# Keys of a manifest that the OCA asks for and Odoo's linter does not know.
_OCA_KEYS = {"development_status", "maintainers"}


@pytest.fixture(scope="session", autouse=True)
def _only_ours(load_registry):
    """Make the linter's lists of modules and paths hold ours and nothing else."""
    import odoo.modules
    from odoo import tools
    from odoo.modules.registry import Registry

    from odoo.addons.test_lint.tests import (
        test_docstring,
        test_manifests,
        test_pofile,
        test_pylint,
    )

    ours = manifests.in_order()
    manifest = odoo.modules.Manifest
    found = [manifest.for_addon(name) for name in ours]
    root = tools.config.root_path

    # Pytest puts the folder of the linter's addon there, where Odoo's "calendar"
    # hides Python's.
    path = [entry for entry in sys.path if entry != os.path.join(root, "addons")]

    def run_without_core(words, **options):
        return subprocess.run([word for word in words if word != root], **options)

    def our_models(database):
        models = Registry(database).items()
        return {name: cls for name, cls in models if cls._original_module in ours}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", path)
        patch.setattr(manifest, "all_addon_manifests", staticmethod(lambda: found))
        patch.setattr(test_pofile, "get_modules", lambda: ours)
        patch.setattr(test_pylint, "subprocess", SimpleNamespace(run=run_without_core))
        patch.setattr(test_docstring, "Registry", our_models)
        patch.setattr(test_docstring, "MODULES_TO_LINT", tuple(ours))
        keys = test_manifests.MANIFEST_KEYS | _OCA_KEYS
        patch.setattr(test_manifests, "MANIFEST_KEYS", keys)
        yield
