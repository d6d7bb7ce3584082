"""Odoo's environment, in the process that measures."""

from contextlib import contextmanager
from pathlib import Path

CONF = Path(__file__).resolve().parent.parent / ".dev" / "odoo.conf"


@contextmanager
def environment(database, *options):
    """Give the environment of a superuser in a database.

    :param str options: more of Odoo's options
    """
    import odoo
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(
        ["-c", str(CONF), "-d", database, "--log-level=warn", *options],
        setup_logging=True,
    )
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
