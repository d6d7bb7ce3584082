"""Who may do what with every model of ours, in their own company and in another's.

``access_matrix.csv`` says what is meant: r(ead), w(rite), c(reate), u(nlink) for each
group, ``own`` where another company's records are hidden, ``shared`` where there is no
company. The models come from the registry, so a model without a line fails.
"""

from matrix_common import TABLE, MatrixCommon

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
#: ways to read many: (method, arguments behind the domain)
SEARCHES = {
    "search": {},
    "search_read": {"fields": ["id"]},
    "web_search_read": {"specification": {"id": {}}},
    "formatted_read_group": {"groupby": ["id"], "aggregates": ["__count"]},
    "search_count": {},
}


@tagged("post_install", "-at_install")
class TestAccessMatrix(MatrixCommon):
    """Every model, group, company and way to call."""

    # === THE TABLE === #

    def test_every_model_has_a_line_in_the_table(self):
        self.assertEqual(
            sorted(self.table),
            self.models,
            f"Say in {TABLE.name} who may do what with a new model.",
        )

    # === WHO MAY WHAT === #

    @mute_logger("odoo.sql_db", "odoo.models.unlink")
    def test_everybody_may_what_the_table_says_and_nothing_else(self):
        self.wrong = []
        for name in self.models:
            if self.table[name]["kind"] in ("abstract", "figures"):
                self._look_at_rights(name)
                continue
            mine, theirs = (
                self.env[name].browse(self.rows[company].of(name))
                for company in (self.company, self.other)
            )
            self.env.flush_all()
            for who, user in self.users.items():
                rights = self.table[name].get(who) or "----"
                self._look(mine, theirs, user, rights)
        self.assertFalse(self.wrong, "\n" + "\n".join(self.wrong))

    def _look_at_rights(self, name):
        """What has no rows that can be made: the rights, and the companies' rule."""
        for who, user in self.users.items():
            rights = self.table[name].get(who) or "----"
            for letter, operation in OPERATIONS.items():
                may = self.env[name].with_user(user).has_access(operation)
                self._note(may, letter in rights, f"may {operation} {name}", user)
        if self.table[name]["company"] == "own":
            rules = self.env["ir.rule"].sudo().search([("model_id.model", "=", name)])
            if not any("company_ids" in (rule.domain_force or "") for rule in rules):
                self.wrong.append(f"{name} has no rule for companies")

    def _look(self, mine, theirs, user, rights):
        if mine._transient:
            # What somebody is writing is their own.
            self.env.cr.execute(
                f"UPDATE {mine._table} SET create_uid = %s WHERE id = %s",
                [user.id, mine.id],
            )
            self.env.invalidate_all()
        shared = self.table[mine._name]["company"] == "shared"
        model = mine.with_user(user)
        for letter, operation in OPERATIONS.items():
            allowed = letter in rights
            if operation == "create":
                self._expect(allowed, model, "create", {})
                continue
            more = {"read": [["id"]], "write": [{}]}.get(operation, [])
            self._expect(allowed, model, operation, mine.ids, *more)
            self._expect(allowed and shared, model, operation, theirs.ids, *more)
        readable = "r" in rights
        columns = (
            name
            for name, field in model._fields.items()
            if field.store and field.column_type and not field.relational
            if name not in ("id", "active")
        )
        column = next(columns, "display_name")
        # What is told in confidence leaves in no file.
        may = readable and self.table[mine._name]["export"] != "no"
        self._expect(may, model, "export_data", mine.ids, [column])
        self._expect(may and shared, model, "export_data", theirs.ids, [column])
        self._expect(readable, model, "web_read", mine.ids, {column: {}})
        self._expect(readable and shared, model, "web_read", theirs.ids, {column: {}})
        for method, more in SEARCHES.items():
            self._expect_found(readable, model, method, mine, more)
            self._expect_found(readable and shared, model, method, theirs, more)

    def _call(self, model, method, *args, **kwargs):
        """Call as a remote caller does.

        :return: (whether it was allowed, what came back)
        """
        try:
            return True, call_kw(model.browse(), method, list(args), kwargs)
        except AccessError:
            return False, None
        except UserError:
            # Who may not export at all; what writes says no for other reasons, too.
            return method != "export_data", None

    def _try(self, model, method, *args):
        """Call what writes, and undo it.

        :return: (whether it was allowed, nothing)
        """
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            return self._call(model, method, *args)
        except Exception:
            # Allowed to try: a missing value or a rule of the model says no.
            return True, None
        finally:
            # What it meant to write is forgotten, too.
            self.env.clear()
            savepoint.rollback()
            savepoint.close()

    def _expect(self, allowed, model, method, *args):
        call = self._try if method in ("write", "create", "unlink") else self._call
        found, _result = call(model, method, *args)
        self._note(found, allowed, f"calls {model._name}.{method}{args}", model)

    def _expect_found(self, allowed, model, method, record, more):
        found, result = self._call(model, method, [("id", "in", record.ids)], **more)
        if isinstance(result, dict):
            result = result["records"]
        self._note(found and result, allowed, f"finds {record} by {method}", model)

    def _note(self, may, allowed, does, model):
        if bool(may) != bool(allowed):
            no = "" if may else "not "
            login = model.login if model._name == "res.users" else model.env.user.login
            self.wrong.append(f"{login} {no}{does}")
