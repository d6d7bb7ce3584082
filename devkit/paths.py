"""Where things are. All that ``./dev`` makes lies under one ignored folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDONS = ROOT / "addons"
DEV_ADDONS = ROOT / "devkit" / "addons"

DEV = ROOT / ".dev"
LOGS = DEV / "log"
STAMPS = DEV / "stamps"
LOCKS = DEV / "lock"
VENV = DEV / "venv"
LINT_VENV = DEV / "lint"
LOAD_VENV = DEV / "load"
NODE = DEV / "node"
AXE = DEV / "axe"
BROWSER = DEV / "browser"
PYTHON = VENV / "bin" / "python"
ODOO = DEV / "odoo"
DATA = DEV / "data"
CONF = DEV / "odoo.conf"
MAIL = DEV / "mail"
