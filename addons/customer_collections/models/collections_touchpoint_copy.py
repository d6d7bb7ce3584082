from odoo import fields, models
from odoo.fields import Command
from odoo.tools import SQL


class CollectionsTouchpoint(models.Model):
    """A copy for somebody else at the customer who can help.

    It is a touchpoint of its own: it passes the gate, greets its reader, and its links
    are theirs alone. It is no further contact, and takes nothing from the budget.
    """

    _inherit = "collections.touchpoint"

    copy_of_id = fields.Many2one(
        comodel_name="collections.touchpoint",
        string="Copy of",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )

    def _get_copy_readers(self):
        """Return who else at the customer gets this message, by e-mail.

        Nobody; an override knows who does what at a customer. It is asked once for
        each message of the ladder, or about a reason, that has just been sent, and
        must not query for each.

        :rtype: recordset of `res.partner`
        """
        self.ensure_one()
        return self.env["res.partner"]

    def _dispatch(self):
        """Override: copies leave right after what they are copies of."""
        sent = super()._dispatch()
        # In sudo: whoever sends a message need not read who else gets it.
        sent_sudo = sent.sudo()
        wanted = [
            (touchpoint, person)
            for touchpoint in sent_sudo
            if touchpoint._may_be_copied()
            for person in touchpoint._get_copy_readers()
        ]
        if wanted:
            copied = sent_sudo._get_copied_already()
            values = [
                touchpoint._prepare_copy(person)
                for touchpoint, person in wanted
                if (touchpoint, person) not in copied
            ]
            # In sudo: people write no touchpoints; this is the door.
            self.env["collections.touchpoint"].sudo().create(values)._dispatch()
        return sent

    def _get_copied_already(self):
        """Return who got, or is about to get, which copy: what the mail server could
        not take is sent again, and its copy with it.

        :return: pairs of what was copied and its reader
        :rtype: set[tuple]
        """
        copies = self.search(
            [
                ("copy_of_id", "in", self.ids),
                ("state", "in", ("scheduled", "sent", "delivered")),
            ]
        )
        return {(copy.copy_of_id, copy.partner_id) for copy in copies}

    def _may_be_copied(self):
        # What a person wrote is between them and whom they wrote it to.
        by_itself = self.stage_id and self.origin == "automatic"
        return (
            bool(by_itself or self.reason_entry_id)
            and self.channel in ("email", "letter")
            and not self.edited
            # Without one nothing can be made anew for another reader.
            and bool(self._get_email_template())
            and not self.copy_of_id
        )

    def _prepare_copy(self, person):
        """Return the values of a copy: the same text, made anew for its reader.

        :param record person: who reads it
        :rtype: dict
        """
        self.ensure_one()
        [values] = self.copy_data(
            {
                "copy_of_id": self.id,
                "partner_id": person.id,
                # A person's, not the ladder's: no step is taken by it.
                "origin": "person",
                "channel": "email",
                "state": "scheduled",
                "date": fields.Datetime.now(),
                "lang": person.lang or self.lang,
                "line_ids": [
                    Command.create(line.copy_data({"touchpoint_id": False})[0])
                    for line in self.line_ids
                ],
            }
        )
        for name in ("address", "subject", "body", "mail_message_id", "attachment_ids"):
            values.pop(name, None)
        return values

    def _get_copied_partners(self):
        """Override: colleagues have read it already."""
        partners = super()._get_copied_partners()
        return partners.browse() if self.copy_of_id else partners

    def _is_automatic(self):
        """Override: a copy has lost its reason when what it is a copy of has."""
        return (self.copy_of_id or self).origin == "automatic"

    def _refuse_by_budget(self, *args):
        """Override: the contact was made with what it is a copy of."""
        return None if self.copy_of_id else super()._refuse_by_budget(*args)

    def _is_contact(self):
        """Override: a copy takes nothing from the budget."""
        return not self.copy_of_id and super()._is_contact()

    def _get_contact_sql(self):
        """Override: as above."""
        return SQL("(%s AND t.copy_of_id IS NULL)", super()._get_contact_sql())
