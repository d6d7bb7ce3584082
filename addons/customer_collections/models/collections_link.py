import base64
from hmac import compare_digest

from odoo import api, models
from odoo.tools.misc import hmac

from ..tools.short_numbers import pack, unpack

# So many bytes of the signature: 2^80 guesses, and each of them is counted.
SIGNATURE = 10


class CollectionsLink(models.AbstractModel):
    """What the links in messages carry, signed and short: a text message has room
    for 160 characters and two links.

    Nothing is kept: a run of thousands of messages writes no links, and there is
    nothing to steal, to clean up or to restore.
    """

    _name = "collections.link"
    _description = "Signed Link"

    @api.model
    def _sign(self, scope, numbers):
        """Return numbers as a text for a URL that nobody else can make.

        :param str scope: what it is for: for another scope it does not hold
        :param list numbers: whole numbers from 0
        :rtype: str
        """
        packed = pack(numbers)
        return self._encode(self._get_signature(scope, packed) + packed)

    @api.model
    def _read_signed(self, scope, token):
        """Return what a URL brought, None for whatever was not signed here.

        :param str scope: as it was signed for
        :param str token: of ``_sign``, or anything else
        :rtype: list[int]|None
        """
        try:
            signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        signature, packed = signed[:SIGNATURE], signed[SIGNATURE:]
        # One text for one link: no second spelling of it holds.
        if not packed or self._encode(signed) != token:
            return None
        if not compare_digest(signature, self._get_signature(scope, packed)):
            return None
        return unpack(packed)

    @api.model
    def _get_signature(self, scope, packed):
        # In sudo: only the server knows the secret.
        return bytes.fromhex(hmac(self.sudo().env, scope, packed))[:SIGNATURE]

    @api.model
    def _encode(self, signed):
        return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
