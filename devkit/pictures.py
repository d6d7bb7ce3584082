"""``./dev pictures``: the pictures of the documents, from the demo company."""

import subprocess

from . import databases, demo, odoo_run, setup
from .paths import PYTHON, ROOT
from .system import FOR_TESTS
from .tell import Trouble, say

PORT = 8169
FOLDER = ROOT / "docs" / "pictures"
SHOTS = ROOT / "docs" / "pictures.json"


def main(_args):
    """Run the command.

    :raise Trouble: when a page did not appear
    """
    setup.ensure(FOR_TESTS)
    env = odoo_run.prepare()
    databases.ensure_work(env, demo.DATABASE, demo=True)
    with demo.mail_catcher(env) as smtp_port:
        demo.run_desk(env, demo.DATABASE, smtp_port, "pictures-run", quiet=True)
        with demo.server(env, PORT, smtp_port):
            say(f"· Taking the pictures of {SHOTS.name}")
            words = ["-m", "devkit.camera", f"http://127.0.0.1:{PORT}"]
            code = subprocess.run(
                [str(PYTHON), *words, str(FOLDER), str(SHOTS)], env=env, cwd=ROOT
            ).returncode
    if code:
        raise Trouble("A picture could not be taken; the line above says which.")
