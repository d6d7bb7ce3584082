from odoo.http import request

from .account import CollectionsAccountPortal


class CollectionsTodoPortal(CollectionsAccountPortal):
    """What the account page proposes: pay, or use a credit."""

    def _get_todo(self, account, figures):
        """Override: first of all pay what is due, then use a credit."""
        env = request.env
        todo = []
        late = any(row["overdue"] for row in figures)
        if account.may("pay") and (late or any(row["soon"] for row in figures)):
            todo.append(
                {
                    "title": env._("Pay what is overdue") if late else env._("Pay"),
                    "text": env._("All of it, some invoices, or a part."),
                    "url": account.url("pay"),
                    "label": env._("Pay"),
                }
            )
        if account.may("pay") and any(r["credit"] and r["owed"] for r in figures):
            todo.append(
                {
                    "title": env._("Use your credit"),
                    "text": env._("Choose the invoices it pays."),
                    "url": account.url("credits"),
                    "label": env._("Use the credit"),
                }
            )
        return [*todo, *super()._get_todo(account, figures)]
