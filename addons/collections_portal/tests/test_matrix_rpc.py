import inspect

from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_matrix import MatrixCommon


@tagged("post_install", "-at_install")
class TestRpcMatrix(MatrixCommon):
    """Every method of every model of ours that can be called from outside."""

    def _methods(self, model):
        """Return the public methods that are ours."""
        ours = ("odoo.addons.customer_collections.", "odoo.addons.collections_portal.")
        return sorted(
            {
                name
                for part in type(model).__mro__
                if part.__module__.startswith(ours)
                for name, method in vars(part).items()
                if callable(method)
                and not name.startswith("_")
                and not getattr(method, "_api_private", False)
            }
        )

    def _arguments(self, method):
        """Return something for each argument that is needed, but self."""
        needed = [
            parameter
            for parameter in list(inspect.signature(method).parameters.values())[1:]
            if parameter.default is parameter.empty
            and parameter.kind == parameter.POSITIONAL_OR_KEYWORD
        ]
        return [self.late.id] * len(needed)

    def test_a_portal_user_calls_none_of_our_methods(self):
        before = self._snapshot()
        self.authenticate("ada", "ada")
        called = 0
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract:
                continue
            record = model.sudo().search([], limit=1) if model._auto else model
            for method in self._methods(model):
                function = getattr(type(model), method)
                # What belongs to a model takes no ids.
                ids = [] if getattr(function, "_api_model", False) else [record.ids]
                called += 1
                with mute_logger("odoo.http"):
                    response = self.url_open(
                        f"/web/dataset/call_kw/{name}/{method}",
                        json={
                            "params": {
                                "model": name,
                                "method": method,
                                "args": [*ids, *self._arguments(function)],
                                "kwargs": {},
                            }
                        },
                    )
                with self.subTest(model=name, method=method):
                    for secret in ("Alma", self.late.name, "1,234", "1234.5"):
                        self.assertNotIn(secret, response.text)
        self.assertGreater(called, 100)
        self.assertEqual(self._snapshot(), before)
