from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac

from ..const import LIMITS


class CollectionsPortalHit(models.Model):
    """One request of the portal: what its limits are counted by.

    A row for each instead of a counter: two requests of one customer never wait for
    each other.
    """

    _name = "collections.portal.hit"
    _description = "Portal Request"
    _log_access = False
    _rec_name = "key"

    key = fields.Char(required=True, help="Kind of request, and whose it is.")
    date = fields.Datetime(required=True, default=fields.Datetime.now)

    _key_date_idx = models.Index("(key, date)")

    @api.model
    def _allow(self, kind, who, factor=1):
        """Count a request and tell whether it is within the limits.

        :param str kind: key of ``LIMITS``
        :param str who: whose requests are counted together
        :param int factor: how many times the limit of one customer
        :rtype: bool
        """
        times, minutes = LIMITS[kind]
        key = f"{kind}:{who}"
        now = fields.Datetime.now()
        since = now - timedelta(minutes=minutes)
        [[count]] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM collections_portal_hit
                    WHERE key = %s AND date > %s""",
                key,
                since,
            )
        )
        if count >= times * factor:
            return False
        self.env.cr.execute(
            SQL(
                "INSERT INTO collections_portal_hit (key, date) VALUES (%s, %s)",
                key,
                now,
            )
        )
        return True

    @api.model
    def _get_address_key(self, address):
        """Return what stands for a network address, which is personal data.

        :param str address: the address a request came from
        :rtype: str
        """
        # In sudo: only the server knows the secret.
        return hmac(self.sudo().env, "collections_portal.address", address or "")[:16]

    @api.autovacuum
    def _gc_hits(self):
        longest = max(minutes for _times, minutes in LIMITS.values())
        self.env.cr.execute(
            SQL(
                "DELETE FROM collections_portal_hit WHERE date < %s",
                fields.Datetime.now() - timedelta(minutes=2 * longest),
            )
        )
