from odoo import api, models

from ..demo.builder import build


class CollectionsDemo(models.AbstractModel):
    """The door through which ``demo/collections_demo.xml`` builds the demo company."""

    _name = "collections.demo"
    _description = "Collections Demo Company"

    @api.model
    def _build(self):
        build(self.env)
