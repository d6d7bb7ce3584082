from odoo.tests import tagged

from .translation_common import TranslationCommon


@tagged("post_install", "-at_install")
class TestTranslations(TranslationCommon):
    def test_every_sentence_is_translated(self):
        self.assertFalse(self._get_missing("customer_collections"))
