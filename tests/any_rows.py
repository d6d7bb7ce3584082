"""Rows of any model, written past every rule: something to hide."""

from odoo import fields
from odoo.tools import SQL


class AnyRows:
    """Makes one row of any model in a company, and of what it has to point to."""

    def __init__(self, env, company, given):
        """Start with what there is.

        :param company: where the rows belong
        :param dict given: id of the record to use, by model
        """
        self.env = env
        self.company = company
        self.known = {"res.company": company.id, **given}
        self.making = []

    def of(self, name):
        """Return the id of a row of a model.

        :param str name: the model
        """
        if name not in self.known:
            self.known[name] = self._make(self.env[name])
        return self.known[name]

    def _make(self, model):
        self.making.append(model._name)
        values = {"create_uid": 1, "write_uid": 1} if model._log_access else {}
        for name, field in model._fields.items():
            if field.store and field.column_type and name not in (*values, "id"):
                value = self._get_value(model, field)
                if value is not None:
                    values[name] = value
        self.making.pop()
        columns = SQL(", ").join(map(SQL.identifier, values))
        [(row_id,)] = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) VALUES %s RETURNING id",
                SQL.identifier(model._table),
                columns,
                tuple(values.values()),
            )
        )
        return row_id

    def _get_value(self, model, field):
        if field.type == "many2one":
            return self._get_record(field)
        if field.name == "active":
            return True
        if not field.required:
            return None
        if field.type == "selection":
            return field.get_values(self.env)[0]
        if field.type in ("char", "text", "html"):
            # A record of a kind that is translated, and of one that is not
            text = f"{model._name} {self.company.id}"
            return f'{{"en_US": "{text}"}}' if field.translate else text
        today = fields.Date.today()
        of_type = {"date": today, "datetime": today, "boolean": False}
        return of_type.get(field.type, 1)

    def _get_record(self, field):
        name = field.comodel_name
        if name in self.making:
            return None
        if name in self.known or name.startswith("collections."):
            return self.of(name)
        if field.required:
            return self.env[name].search([], limit=1).id or self.of(name)
        return None
