import io

import polib

from odoo.tests import TransactionCase
from odoo.tools.misc import file_path
from odoo.tools.translate import trans_export

LANGS = ("de", "fr", "es")


class TranslationCommon(TransactionCase):
    """Each sentence of an addon is in its template and in each language."""

    def _get_missing(self, module):
        """Return what is not translated, or is no sentence of the addon any more.

        :return: for each file what is wrong with it
        :rtype: dict[str, set[str]]
        """
        terms, own = self._get_terms(module)
        found = {}
        for name in (f"{module}.pot", *(f"{lang}.po" for lang in LANGS)):
            entries = polib.pofile(file_path(f"{module}/i18n/{name}"))
            known = {e.msgid for e in entries if e.msgstr or name.endswith(".pot")}
            if wrong := (own - known) | (known - terms):
                found[name] = wrong
        return found

    def _get_terms(self, module):
        """Return all sentences of an addon, and those that are its own: the names of
        models that it extends are Odoo's.

        :rtype: tuple[set[str], set[str]]
        """
        exported = io.BytesIO()
        trans_export(False, [module], exported, "po", self.env)
        entries = polib.pofile(exported.getvalue().decode())
        return {entry.msgid for entry in entries}, {
            entry.msgid
            for entry in entries
            if any(
                not occurrence.startswith("model:ir.model,name:")
                or ".model_collections_" in occurrence
                for occurrence, _line in entry.occurrences
            )
        }
