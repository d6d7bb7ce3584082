from functools import lru_cache

from odoo import models
from odoo.tools import html_sanitize

from ..tools.html_shape import cut, fill, take_apart

# What of a field says how its HTML is made safe.
OPTIONS = (
    "sanitize_tags",
    "sanitize_attributes",
    "sanitize_style",
    "sanitize_form",
    "sanitize_conditional_comments",
    "strip_style",
    "strip_classes",
)


@lru_cache(maxsize=256)
def _make_safe(shape, count, method, options):
    return cut(html_sanitize(shape, output_method=method, **dict(options)), count)


class CollectionsProfile(models.Model):
    """Texts made safe as Odoo does it, once for all that have one shape.

    Odoo's sanitiser sees every tag of every text, whoever wrote it; what is spared is
    to show it the same tags again. It looks at words only to find quotes and signatures
    of e-mails, and none of those it is not shown can be part of one. They hold nothing
    that could be read as a tag, so they are put back as they were.
    """

    _inherit = "collections.profile"

    def _create_messages(self, values):
        """Create messages as ``_message_create`` does, which spends most of its time on
        making each text safe.

        :param list values: a dict for each message
        :rtype: record of `mail.message`
        """
        texts = [self._clean(vals["body"]) for vals in values]
        messages = self._message_create(
            [
                vals if text is None else {**vals, "body": ""}
                for vals, text in zip(values, texts, strict=True)
            ]
        )
        field = messages._fields["body"]
        for message, text in zip(messages, texts, strict=True):
            if text is not None:
                # As the field would have it: written with the rest of the batch
                field._update_cache(message, text, dirty=True)
        return messages

    def _clean(self, body):
        """Return a text as the body of a message would keep it.

        :param str body: HTML
        :return: None where it is not simple enough: the field does it then
        :rtype: str|None
        """
        field = self.env["mail.message"]._fields["body"]
        apart = take_apart(str(body))
        if not apart or not field.sanitize or field.sanitize_overridable:
            return None
        shape, words = apart
        options = tuple((name, getattr(field, name)) for name in OPTIONS)
        pieces = _make_safe(shape, len(words), field.sanitize_output_method, options)
        if not pieces:
            return None
        # As Odoo's ``html_normalize`` keeps it
        return fill(pieces, [word.replace("\xa0", "&nbsp;") for word in words])
