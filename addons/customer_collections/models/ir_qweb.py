from lxml import etree

from odoo import models


class IrQweb(models.AbstractModel):
    _inherit = "ir.qweb"

    def _generate_code_uncached(self, template):
        """Override of `base` to compile a message text once per batch.

        A template written in a record is compiled anew for each customer, which
        takes longer than all the rest of a message. The key
        ``collections_compiled`` of the context is a dict that lives as long as
        one batch of one template in one language.
        """
        compiled = self.env.context.get("collections_compiled")
        if compiled is None or not isinstance(template, etree._Element):
            return super()._generate_code_uncached(template)
        key = etree.tostring(template)
        if key not in compiled:
            compiled[key] = super()._generate_code_uncached(template)
        return compiled[key]
