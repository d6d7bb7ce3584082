import json
import os
from pathlib import Path

from odoo import fields

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon

PATIENCE = 240  # seconds for a tour of all pages on a busy machine


class ToursCommon(PayCommon, CollectionsPortalHttpCommon):
    """A customer's people in a browser, with something to do on every page."""

    # A browser lives in real time.
    freeze_time = None
    browser_size = "1400x900"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.note = cls._give_credit()
        cls._allow_plans(max_days=180)
        # In sudo: as when they say it on their pages.
        cls.profile.sudo()._receive_portal(cls.person, "Our order number is 4711")

    def _walk(self, path, tour, login=None):
        """Walk from here to there, and look at every page on the way."""
        axe = json.dumps(Path(os.environ["AXE_CORE"]).read_text())
        self.start_tour(
            path,
            tour,
            login=login,
            code=f"localStorage.setItem('axe', {axe}); odoo.startTour('{tour}', "
            "{stepDelay: 0, keepWatchBrowser: false, debug: false, "
            f"startUrl: {json.dumps(path)}, delayToCheckUndeterminisms: 0}})",
            timeout=PATIENCE,
        )
        self.env.invalidate_all()

    def _link(self, purpose="account"):
        return f"/my/c/{self._token(purpose=purpose)}"

    def _of_profile(self, model):
        return self.env[model].search([("profile_id", "=", self.profile.id)])
