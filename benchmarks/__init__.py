"""How fast the desk is, beside Odoo, a peer and what the database itself needs."""
