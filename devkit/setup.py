"""``./dev setup``: everything a desk needs, once."""

from . import browser, environment, keep, odoo_run, odoo_source, system
from .tell import say


def ensure(programs=system.FOR_PDF):
    """Fetch what is missing; nothing when all is there.

    :param dict programs: the machine's own programs this run needs
    """
    with keep.lock("setup"):
        system.require(programs)
        first = not odoo_source.is_here()
        if first:
            system.require_disk()
            say("This machine is prepared once; it takes about five minutes.")
        odoo_source.ensure()
        environment.ensure()
        if system.CHROMIUM in programs:
            browser.ensure()


def main(_args):
    """Run the command."""
    ensure()
    odoo_run.prepare()
    say("Ready. Next: ./dev demo, or ./dev test.")
