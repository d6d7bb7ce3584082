"""Every method of ours that can be called from outside, on what is not the caller's.

The methods come from the registry, so a new one is called without anybody thinking of
it. A caller without rights, and one of another company, is refused, or at least changes
nothing and learns nothing.
"""

import inspect
import re
from collections import Counter
from copy import deepcopy

import pytest
from matrix_common import GROUPS, MatrixCommon

from odoo import Command
from odoo.exceptions import AccessError
from odoo.models import MAGIC_COLUMNS, BaseModel
from odoo.service.model import call_kw, get_public_method
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from devkit import manifests

#: something for a needed argument, by its name; for any other the id of the record
ARGUMENTS = {
    "vals": {},
    "vals_list": [{}],
    "fields": ["id"],
    "fields_to_export": ["id", "display_name"],
    "specification": {"display_name": {}},
    "domain": [],
    "groupby": ["display_name"],
    "aggregates": ["id:max"],
    "name": "Customer",
}


@tagged("post_install", "-at_install")
class TestAccessMethods(MatrixCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = tuple(f"odoo.addons.{name}." for name in manifests.in_order())
        cls.foreign = [
            new_test_user(
                cls.env,
                f"foreign_{name}",
                groups=f"{GROUPS[name]},base.group_allow_export",
                company_id=cls.other.id,
                company_ids=[Command.set(cls.other.ids)],
            )
            for name in ("collector", "care", "manager")
        ]
        cls.strangers = [
            cls.users[name] for name in ("public", "portal", "employee", "settings")
        ]
        cls.logins = {
            user: user.sudo().login for user in (*cls.strangers, *cls.foreign)
        }
        cls.secret = re.compile(
            rf"Customer of {re.escape(cls.company.name)}|4.?321[.,]09"
            rf"|collections\.[a-z.]+ {cls.company.id}\b"
        )
        for name in cls.models:
            if cls.env[name]._auto and not cls.env[name]._abstract:
                cls.rows[cls.company].of(name)
                cls.rows[cls.other].of(name)
        # What the preparation moved is marked now, not with the first call.
        cls.env.cr.precommit.run()
        cls.versions = cls._read_versions()
        cls.tables = {
            model._table: name
            for name, model in cls.env.registry.items()
            if model._auto
        }

    # === WHAT CAN BE CALLED === #

    def _get_methods(self, model):
        """Return the names of the public methods of a model that are ours."""
        names = {
            name
            for part in type(model).__mro__
            if part.__module__.startswith(self.ours)
            for name, method in vars(part).items()
            if callable(method)
        }
        if not model._name.startswith("collections."):
            # Who may create and write what is Odoo's is decided by Odoo.
            names -= {name for name in names if hasattr(BaseModel, name)}
        return sorted(name for name in names if self._is_public(model, name))

    def _get_inherited(self, model):
        """Return the names of the public methods that a model of ours has from Odoo:
        whoever calls them reaches our rows."""
        if not model._name.startswith("collections."):
            return []
        kind = type(model)
        names = {name for name in dir(kind) if callable(getattr(kind, name))}
        names -= set(self._get_methods(model))
        return sorted(name for name in names if self._is_public(model, name))

    def _is_public(self, model, name):
        try:
            get_public_method(model, name)
        except AccessError:
            return False
        return True

    def _get_arguments(self, record, method):
        """Return what a caller gives: the ids, and something for each argument that
        is needed."""
        function = getattr(type(record), method)
        needed = [
            parameter.name
            for parameter in list(inspect.signature(function).parameters.values())[1:]
            if parameter.default is parameter.empty
            and parameter.kind == parameter.POSITIONAL_OR_KEYWORD
        ]
        # What belongs to a model takes no ids.
        ids = [] if getattr(function, "_api_model", False) else [record.ids]
        return [*ids, *(deepcopy(ARGUMENTS.get(name, record.id)) for name in needed)]

    def _get_record(self, name):
        """Return what there is of a model in the first company."""
        rows = self.rows[self.company]
        ours = name.startswith("collections.") and self.env[name]._auto
        if ours or name in rows.known:
            return self.env[name].browse(rows.of(name))
        return self.env[name].sudo().search([], limit=1)

    # === HOW IT IS CALLED === #

    def _count_rows(self):
        """Return how many rows were written so far, by model; but for what people are
        writing in a wizard, and what is temporary."""
        self.env.cr.execute(
            """
            SELECT relname, n_tup_ins + n_tup_upd + n_tup_del
              FROM pg_stat_xact_user_tables
             WHERE schemaname NOT LIKE 'pg_temp%'
            """
        )
        counts = Counter()
        for table, count in self.env.cr.fetchall():
            name = self.tables.get(table, table)
            if name not in self.env or not self.env[name]._transient:
                counts[name] += count
        return counts

    @classmethod
    def _read_versions(cls):
        """Return which version of its rows the first company has, by model, and how
        many there are of it."""
        versions = {}
        for name, row_id in cls.rows[cls.company].known.items():
            model = cls.env[name]
            if not model._auto:
                continue
            field = model._fields.get("company_id")
            belongs = SQL("FALSE")
            if field and field.store and field.column_type:
                belongs = SQL("company_id = %s", cls.company.id)
            versions[name] = cls.env.execute_query(
                SQL(
                    """SELECT max(ctid::text) FILTER (WHERE id = %(row)s),
                              count(*) FILTER (WHERE %(belongs)s)
                         FROM %(table)s""",
                    row=row_id,
                    belongs=belongs,
                    table=SQL.identifier(model._table),
                )
            )
        return versions

    def _ask(self, user, model, method, *args):
        """Call as a remote caller does, and undo it.

        :return: (what was answered, how many rows were written, and of what in the
                 first company): an error undoes what was written before
        """
        savepoint = self.env.cr.savepoint()
        before = self._count_rows()
        try:
            answer = call_kw(model.with_user(user).browse(), method, list(args), {})
            self.env.flush_all()
            written = dict(self._count_rows() - before)
            return answer, written, self._find_changed() if written else []
        except Exception as error:
            return error, {}, []
        finally:
            # What it meant to write is forgotten, too.
            self.env.clear()
            savepoint.rollback()
            savepoint.close()

    def _find_changed(self):
        versions = self._read_versions()
        return [name for name in versions if versions[name] != self.versions[name]]

    def _look(self, user, model, method, *args, own=False):
        """Call, and note what should not have come of it.

        :param bool own: what the caller writes for their own company is theirs
        """
        answer, written, changed = self._ask(user, model, method, *args)
        what = f"{self.logins[user]} calls {model._name}.{method}{args}"
        self._note_secret(what, answer)
        if changed or (written and not own):
            self.wrong.append(f"{what} and writes {changed or written}")

    def _note_secret(self, what, answer):
        found = self.secret.search(str(answer))
        if found:
            self.wrong.append(f"{what} and reads “{found[0]}”")

    # === TESTS === #

    @mute_logger("odoo.sql_db", "odoo.models.unlink", "odoo.http")
    def test_our_methods_do_nothing_for_those_who_have_no_right_to_it(self):
        self.wrong = []
        called = 0
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract:
                continue
            for method in self._get_methods(model):
                record = self._get_record(name)
                args = self._get_arguments(record, method)
                shared = self.table.get(name, {}).get("company") == "shared"
                # What belongs to a model is done for the caller's own company.
                own = not args or args[0] != record.ids
                for user in self.strangers:
                    self._look(user, model, method, *args)
                for user in self.foreign if not shared else []:
                    called += 1
                    self._look(user, model, method, *args, own=own)
        self.assertGreater(called, 200)
        self.assertFalse(self.wrong, "\n" + "\n".join(self.wrong))

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    @mute_logger(
        "odoo.sql_db",
        "odoo.models",
        "odoo.models.unlink",
        "odoo.http",
        "odoo.addons.mail.models.mail_thread",
    )
    def test_odoos_methods_on_our_models_do_nothing_for_them_either(self):
        self.wrong = []
        called = 0
        # Thousands of methods: one caller of each kind, with the most rights there are
        portal, manager = self.users["portal"], self.foreign[-1]
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract:
                continue
            shared = self.table.get(name, {}).get("company") == "shared"
            for method in self._get_inherited(model):
                record = self._get_record(name)
                args = self._get_arguments(record, method)
                own = not args or args[0] != record.ids
                called += 1
                self._look(portal, model, method, *args)
                if not shared:
                    self._look(manager, model, method, *args, own=own)
        self.assertGreater(called, 2000)
        self.assertFalse(self.wrong, "\n" + "\n".join(self.wrong))

    @mute_logger("odoo.sql_db", "odoo.models.unlink", "odoo.http")
    def test_nothing_is_made_for_a_customer_of_another_company(self):
        self.wrong = []
        made = 0
        for name in self.models:
            line = self.table[name]
            model = self.env[name]
            if model._abstract or not model._auto or line["company"] == "shared":
                continue
            values = self._get_values(name)
            for user in self.foreign:
                for own in self._get_disguises(model, values):
                    made += 1
                    self._make(user, model, {**values, **own})
                    self._fill_in(user, model, {**values, **own})
        self.assertGreater(made, 100)
        self.assertFalse(self.wrong, "\n" + "\n".join(self.wrong))

    def _get_values(self, name):
        """Return the values of the row of the first company."""
        model = self.env[name]
        names = [
            fname
            for fname, field in model._fields.items()
            if field.store and field.column_type and not field.translate
            if fname not in MAGIC_COLUMNS
        ]
        [row] = self.env.execute_query_dict(
            SQL(
                "SELECT %s FROM %s WHERE id = %s",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL.identifier(model._table),
                self.rows[self.company].of(name),
            )
        )
        values = {fname: value for fname, value in row.items() if value is not None}
        return {
            fname: self._disguise(model._fields[fname], value)
            for fname, value in {**values, **self._get_texts(model)}.items()
        }

    def _get_texts(self, model):
        return {
            fname: "Text"
            for fname, field in model._fields.items()
            if field.type in ("char", "text", "html") and field.store and field.required
        }

    def _disguise(self, field, value):
        """Return what a caller would give: what they write themselves is no secret to
        them, nor is what all companies share."""
        if field.type in ("float", "monetary"):
            return 1
        shared = self.table.get(field.comodel_name, {}).get("company") == "shared"
        if field.type == "many2one" and shared:
            return self.rows[self.other].of(field.comodel_name)
        return value

    def _get_disguises(self, model, values):
        """Return values to give instead: nothing, and what names the caller's own
        company or customer beside the rest, which is another's."""
        theirs = self.rows[self.other]
        own = [
            {fname: theirs.of(model._fields[fname].comodel_name)}
            for fname in ("company_id", "profile_id")
            if fname in values
        ]
        return [{}, *own]

    def _make(self, user, model, values):
        """Make a record, look at it and press its buttons; nothing may come of it."""
        savepoint = self.env.cr.savepoint()
        what = f"{self.logins[user]} makes {model._name} of {values}"
        try:
            made = model.with_user(user).create([values])
            self.env.flush_all()
        except Exception as error:
            self._note_secret(what, error)
        else:
            changed = self._find_changed()
            foreign = self._find_foreign(made.sudo(), values)
            if changed or foreign:
                self.wrong.append(f"{what} and reaches {changed + foreign}")
            self._look_into(user, made)
        finally:
            self.env.clear()
            savepoint.rollback()
            savepoint.close()

    def _fill_in(self, user, model, values):
        """Fill in a form without saving it, and look at what is computed there."""
        for name in self._get_telling(model):
            if name not in values and not model._fields[name].related:
                arguments = [], values, list(values), {name: {}}
                self._look(user, model, "onchange", *arguments, own=True)

    def _get_telling(self, model):
        """Return the fields of ours that could tell something of a customer."""
        return [
            name
            for name, field in model._fields.items()
            if field.type in ("char", "text", "html", "float", "monetary")
            and name != "display_name"
            and set(field._modules) & set(manifests.in_order())
        ]

    def _find_foreign(self, made, values):
        """Return the fields of a record that name what is another company's; what
        somebody is writing in a wizard is not done yet."""
        return [
            name
            for name in values
            if made._fields[name].type == "many2one" and not made._transient
            if made[name]._name.startswith(("collections.", "account.", "res.company"))
            if self.company in (made[name], self._get_company(made[name]))
        ]

    def _get_company(self, record):
        return record.company_id if "company_id" in record._fields else None

    def _look_into(self, user, made):
        for name in ("display_name", *self._get_telling(made)):
            self._look(user, made, "web_read", made.ids, {name: {}}, own=True)
        for method in self._get_methods(made):
            arguments = self._get_arguments(made, method)
            self._look(user, made, method, *arguments, own=True)
