from .demo.names import forget_names


def post_init_hook(env):
    """Know the customers at once: who installs this sees what each of them owes and
    what would come next, and the first run has only to plan."""
    for company in env["res.company"].search([("parent_id", "=", False)]):
        if company.collections_mode != "off":
            env["collections.run"]._survey(company)


def uninstall_hook(env):
    """Leave nothing of ours where Odoo's own uninstallation does not look."""
    forget_names(env)
    forget_questions(env)
    # Tables of ours go as a whole. Row by row, Odoo would try to remove stages
    # before the messages that were sent for them, and fill the log with errors.
    # In sudo: names and parameters belong to the system.
    env["ir.model.data"].sudo().search(
        [("module", "=", "customer_collections"), ("model", "=like", "collections.%")]
    ).unlink()
    env["ir.config_parameter"].sudo().search(
        [("key", "=like", "customer_collections.%")]
    ).unlink()


def forget_questions(env):
    """Take back what managers were asked: it is tied to no record of ours."""
    runs = env["collections.run"].search([("approval_activity_id", "!=", False)])
    runs.approval_activity_id.unlink()
