import json
import os
from pathlib import Path

from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon

WIDTHS = (390, 1400)
# Each page in a frame of each width; axe-core says what stands in somebody's way.
SCRIPT = """
const axe = %(axe)s;
const wrong = [];
async function look(path, width) {
    const frame = document.createElement("iframe");
    frame.style.cssText = `width: ${width}px; height: 900px; border: 0`;
    frame.src = path;
    document.body.appendChild(frame);
    await new Promise((resolve) => frame.addEventListener("load", resolve));
    const page = frame.contentWindow;
    page.eval(axe);
    const where = `${path} at ${width}`;
    if (!page.document.querySelector(%(selector)s)) {
        wrong.push(`${where}: not the page asked for`);
    }
    if (page.document.documentElement.scrollWidth > width) {
        wrong.push(`${where}: wider than the window`);
    }
    const result = await page.axe.run("#wrap", {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    });
    for (const found of result.violations) {
        const nodes = found.nodes.map((node) => node.html.slice(0, 160)).join(" ; ");
        wrong.push(`${where}: ${found.id}: ${found.help}: ${nodes}`);
    }
    frame.remove();
}
(async () => {
    for (const path of %(paths)s) {
        for (const width of %(widths)s) {
            await look(path, width);
        }
    }
    if (wrong.length) {
        console.error(wrong.join("\\n"));
    } else {
        console.log("test successful");
    }
})();
"""


@tagged("post_install", "-at_install")
class TestPages(CollectionsPortalHttpCommon):
    """Every page, at both widths, for whoever cannot see it or hold a mouse."""

    browser_size = "1500x1000"

    def _assert_accessible(self, start, paths, selector=".o_collections", **kwargs):
        script = SCRIPT % {
            "axe": json.dumps(Path(os.environ["AXE_CORE"]).read_text()),
            "paths": json.dumps([self._path(path) for path in paths]),
            "widths": json.dumps(WIDTHS),
            "selector": json.dumps(selector),
        }
        self.browser_js(start, script, "document.readyState === 'complete'", **kwargs)

    def setUp(self):
        super().setUp()
        self._credit_note(20, currency_id=self.euro.id)
        message = self._message(self.firm, state="scheduled")
        message.sudo()._dispatch()
        self.env["collections.hold"].create(
            {
                "profile_id": self.profile.id,
                "effect": "exclude",
                "scope": "amount",
                "amount": 50,
                "currency_id": self.euro.id,
                "date_end": "2026-04-10",
                "user_id": self.manager.id,
            }
        )

    def test_the_pages_of_a_login(self):
        pages = [
            "",
            "history",
            "invoices?filterby=all",
            "invoices?search=nothing",
            "invoices?chosen=no",
            "statement?date_from=2026-01-01",
            "problem?done=told",
            "preferences?saved=1",
        ]
        self._assert_accessible("/my", pages, login="ada")

    def test_the_pages_of_a_link(self):
        pages = ["", "invoices", "statement", "problem", "preferences"]
        self._assert_accessible(f"/my/c/{self._token()}", pages)

    def test_the_pages_of_a_closed_door(self):
        pages = ["/my/collections", "/my/c/x", "/my/collections/0"]
        self._assert_accessible("/web/login", pages)

    def test_nothing_due(self):
        profile = self.stranger_profile
        self._assert_accessible(
            "/my", [f"/my/collections/{profile.id}", "/my/collections"], login="other"
        )
