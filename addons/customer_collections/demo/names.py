"""Give demo records their external ids."""

MODULE = "customer_collections"


class Names:
    """Collects external ids and writes them in one go.

    ``noupdate`` keeps an update of the module from removing the records.
    """

    def __init__(self, env):
        self.env = env
        self._rows = []

    def add(self, name, record):
        """Name a record ``name`` + ``_demo``; return the record."""
        self._rows.append(
            {
                "xml_id": f"{MODULE}.{name}_demo",
                "record": record,
                "noupdate": True,
            }
        )
        return record

    def add_all(self, prefix, records):
        """Name records ``prefix_0001_demo`` and so on; return the records."""
        for number, record in enumerate(records, start=1):
            self.add(f"{prefix}_{number:04d}", record)
        return records

    def store(self):
        """Write down what was collected."""
        self.env["ir.model.data"]._update_xmlids(self._rows)
        self._rows = []


def forget_names(env):
    """Let the demo company stay when the addon goes.

    Its invoices and payments are a ledger like any other, and Odoo would remove,
    one by one, what bears the addon's name.
    """
    # Names of records are the administrator's.
    rows = env["ir.model.data"].sudo()
    rows.search(
        [
            ("module", "=", MODULE),
            ("name", "=like", r"%\_demo"),
            ("model", "not like", "ir.%"),
        ]
    ).unlink()
