"""Odoo's server as a script: with workers it starts itself once more by this name, for
what stays open (``python -m odoo`` has none that could be started)."""

import sys


def main():
    """Run Odoo with the words of the command line."""
    # Not this folder, some of whose names are those of Python's own modules.
    sys.path.pop(0)
    from odoo.cli import main as run

    run()


if __name__ == "__main__":
    main()
