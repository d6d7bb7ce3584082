from odoo.tests import tagged

from .common import CollectionsCommon

WORDS = "replies do not come back"


@tagged("post_install", "-at_install")
class TestRepliesComeBack(CollectionsCommon):
    """Without a catchall address replies go past Odoo: somebody is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = False

    def _give_alias_domain(self):
        self.company.alias_domain_id = (
            self.env["mail.alias.domain"].sudo().create({"name": "company.example"})
        )

    def test_a_live_run_warns_of_it(self):
        self.assertIn(WORDS, self._run().warnings)
        self._give_alias_domain()
        self.assertNotIn(WORDS, self._run().warnings or "")

    def test_a_preview_sends_nothing_that_could_be_replied_to(self):
        self.company.collections_mode = "preview"
        self.assertNotIn(WORDS, self._run().warnings or "")

    def test_going_live_and_the_setup_list_it(self):
        self.company.collections_mode = "preview"
        for name in ("collections.go.live", "collections.setup"):
            wizard = self.env[name].with_user(self.manager).create({})
            self.assertIn(WORDS, wizard.warnings)
        self._give_alias_domain()
        for name in ("collections.go.live", "collections.setup"):
            wizard = self.env[name].with_user(self.manager).create({})
            self.assertFalse(wizard.warnings)

    def test_the_setup_of_a_live_company_says_it_once(self):
        self._run()
        setup = self.env["collections.setup"].with_user(self.manager).create({})
        setup.action_next()
        self.assertTrue(setup.run_id)
        self.assertEqual(setup.warnings.count(WORDS), 1)
