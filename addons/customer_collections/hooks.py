from .demo.names import forget_names


def uninstall_hook(env):
    """Leave nothing of ours where Odoo's own uninstallation does not look."""
    forget_names(env)
    env["ir.config_parameter"].sudo().search(
        [("key", "=like", "customer_collections.%")]
    ).unlink()
