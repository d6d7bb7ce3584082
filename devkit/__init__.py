"""The parts of ``./dev``: Odoo, PostgreSQL, databases, tests and the demo.

Only the standard library until the virtual environment exists.
"""
