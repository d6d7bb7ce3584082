"""Addons of the OCA that ours work with, or beside which they must install.

Fetched from the package index at these versions, for tests only: none of them is part
of what we give away.
"""

import configparser
import os
import shutil

from . import keep
from .paths import CONF, DEV, PYTHON
from .tell import run, step

HOME = DEV / "oca"
ADDONS = HOME / "odoo" / "addons"
#: Odoo's configuration with these addons beside ours
OCA_CONF = DEV / "odoo-oca.conf"

PACKAGES = (
    "odoo-addon-account-credit-control==19.0.1.0.0.13",
    "odoo-addon-account-financial-risk==19.0.1.0.0.6",
    "odoo-addon-queue-job==19.0.2.4.0.1",
    # asked for by queue_job
    "openupgradelib==3.13.7",
)


def ensure(env):
    """Fetch the addons and write a configuration that knows them.

    :param dict env: the environment for Odoo, see ``odoo_run.prepare``
    :return: that environment, with their libraries
    """
    key = keep.digest(*PACKAGES)
    done = HOME / "done"
    with keep.lock("oca"):
        if not (done.exists() and done.read_text() == key):
            shutil.rmtree(HOME, ignore_errors=True)
            with step("Fetching addons of the OCA for the tests"):
                words = [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps"]
                words += ["--target", HOME, *PACKAGES]
                pip = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
                run(words, "Fetching addons of the OCA", "oca", env=pip)
            done.write_text(key)
        _write_conf()
    return {**env, "PYTHONPATH": f"{env['PYTHONPATH']}:{HOME}"}


def _write_conf():
    settings = configparser.RawConfigParser()
    settings.read(CONF)
    options = settings["options"]
    options["addons_path"] += f",{ADDONS}"
    OCA_CONF.touch(mode=0o600)
    with OCA_CONF.open("w") as output:
        settings.write(output)
