from odoo import fields

from .demo.names import forget_names


def post_init_hook(env):
    """Know the customers and how they paid so far at once: the first run finds them
    and need not write them down and change them in one transaction, which costs
    several times as much."""
    profiles = env["collections.profile"]
    for company in env["res.company"].search([("parent_id", "=", False)]):
        if company.collections_mode != "off":
            profiles._create_missing(company)
            profiles._learn(company, fields.Date.context_today(profiles))


def uninstall_hook(env):
    """Leave nothing of ours where Odoo's own uninstallation does not look."""
    forget_names(env)
    # Tables of ours go as a whole. Row by row, Odoo would try to remove stages
    # before the messages that were sent for them, and fill the log with errors.
    # In sudo: names and parameters belong to the system.
    env["ir.model.data"].sudo().search(
        [("module", "=", "customer_collections"), ("model", "=like", "collections.%")]
    ).unlink()
    env["ir.config_parameter"].sudo().search(
        [("key", "=like", "customer_collections.%")]
    ).unlink()
