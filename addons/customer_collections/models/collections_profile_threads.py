from odoo import models
from odoo.tools import SQL

from .mail_message import Threads


class CollectionsProfile(models.Model):
    """What Odoo asks of each thread before it posts there, asked of many at once.

    The questions are those of ``mail.thread``, word by word: should Odoo ask another
    way one day, it is answered by the database, thread by thread.
    """

    _inherit = "collections.profile"

    def _with_latest(self):
        """Return these with what ``_message_compute_parent_id`` asks: which messages a
        new one may answer."""
        limit, order = 200, "date desc, id desc"
        found = self._read_threads(
            SQL("message_type != 'user_notification'"),
            SQL("date DESC, id DESC"),
            limit,
            ["message_type", "date", "create_date"],
        )
        threads = Threads()
        for profile in self:
            domain = [
                ("res_id", "=", profile.id),
                ("model", "=", profile._name),
                ("message_type", "!=", "user_notification"),
            ]
            threads.keep(domain, limit, order, found[profile.id])
        return self.with_context(collections_threads=threads)

    def _with_references(self, messages):
        """Return these with what ``_notify_by_email_get_base_mail_values`` asks: which
        messages came before.

        :param messages: the new message of each thread
        """
        limit, order = 32, "id DESC"
        found = self._read_threads(
            SQL(
                "subtype_id IS NOT NULL AND message_id IS NOT NULL AND id NOT IN %s",
                messages._ids or (0,),
            ),
            SQL("id DESC"),
            limit,
            ["is_internal", "subtype_id", "message_type", "message_id"],
        )
        threads = Threads()
        for profile, message in zip(self, messages, strict=True):
            domain = [
                ("model", "=", profile._name),
                ("res_id", "=", profile.id),
                ("id", "!=", message.id),
                ("subtype_id", "!=", False),
                ("message_id", "!=", False),
            ]
            threads.keep(domain, limit, order, found[profile.id])
        return self.with_context(collections_threads=threads)

    def _read_threads(self, condition, order, limit, names):
        """Find messages on each of these threads, and read them all at once.

        :param list names: the fields that are read
        :return: ids for each id of a profile, in order
        :rtype: dict[int, list[int]]
        """
        # In sudo: as Odoo asks, for ids alone.
        messages = self.env["mail.message"].sudo()
        messages.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id, ARRAY(
                              SELECT id FROM mail_message
                               WHERE model = %s AND res_id = p.id AND %s
                            ORDER BY %s LIMIT %s)
                     FROM unnest(%s) p (id)""",
                self._name,
                condition,
                order,
                limit,
                self.ids,
            )
        )
        found = dict(rows)
        messages.browse(id for ids in found.values() for id in ids).fetch(names)
        return found
