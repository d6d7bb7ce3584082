from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date


class CollectionsProfile(models.Model):
    """What was said and what comes next, in words for the customer.

    Never the words of the desk: no step names, segments, notes or internal reasons.
    """

    _inherit = "collections.profile"

    def _refresh_for_portal(self):
        """Look at the ledger again first where it moved, as the desk does."""
        self.ensure_one()
        stale = self.env["collections.stale"].search_count(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )
        if stale:
            self._redecide()

    # === WHAT COMES NEXT === #

    def _get_portal_next(self):
        """Return what comes next, when and why.

        :return: ``text`` and, where there is one, ``why``
        :rtype: dict[str, str]
        """
        self.ensure_one()
        code = self.next_code
        if code in ("due", "waiting", "planned") and self.next_stage_id:
            # In sudo: whether anything is sent is no secret to whom it is sent.
            if self.company_id.sudo().collections_mode != "live":
                return {"text": self.env._("Nothing is planned at the moment.")}
            return {"text": self._say_portal_step(), "why": self._say_portal_why()}
        sentences = {
            "nothing_owed": self.env._(
                "Nothing: no amount is open or due soon. Thank you."
            ),
            "held": self.env._(
                "No reminder: what is overdue is on its way or being looked into."
            ),
            "settled": self.env._("No reminder: your payment is on its way."),
            "ladder_done": self.env._(
                "%(name)s looks at your account in person and gets in touch with you.",
                name=self._get_portal_helper()["name"],
            ),
        }
        if code in ("paused", "silenced"):
            return {"text": self._say_portal_pause()}
        if code == "nothing_owed" and self.item_count:
            # Something is open all the same: paid already, for instance.
            code = None
        return {
            "text": sentences.get(code)
            or self.env._("Nothing is planned at the moment.")
        }

    def _say_portal_step(self):
        """Return the sentence about the step that comes next."""
        stage = self.next_stage_id
        touchpoint = self._get_open_touchpoint()
        moment = touchpoint.scheduled_at or self.next_date
        values = {"date": format_date(self.env, moment) if moment else ""}
        if stage.kind == "after_paid":
            return self.env._("We confirm to you that everything has arrived.")
        if stage.kind == "before_due":
            return self.env._(
                "On %(date)s we let you know what falls due soon.", **values
            )
        sentences = {
            "helpful": self.env._(
                "On %(date)s we ask you whether we can help with what is open.",
                **values,
            ),
            "friendly": self.env._(
                "On %(date)s we send you a friendly reminder.", **values
            ),
            "firm": self.env._("On %(date)s we send you another reminder.", **values),
            "final": self.env._(
                "On %(date)s we write to you to find a way together.", **values
            ),
        }
        return sentences[stage.tone]

    def _say_portal_why(self):
        """Return why that step comes, and how it need not."""
        kind = self.next_stage_id.kind
        if kind == "before_due":
            return self.env._("So that nothing comes as a surprise.")
        if kind == "after_paid" or not self.oldest_due_date:
            return ""
        return self.env._(
            "Because something is open since %(date)s. It does not come if you pay "
            "before, or tell us what is in the way.",
            date=format_date(self.env, self.oldest_due_date),
        )

    def _say_portal_pause(self):
        """Return why no reminders come, as far as the customer told us."""
        reasons = set(self._get_portal_holds().mapped("reason"))
        if "reply" in reasons:
            return self.env._(
                "You wrote to us. No reminder comes until we have answered."
            )
        return self.env._("No reminders come at the moment.")

    # === WHAT WAS SAID === #

    def _get_portal_history_domain(self, person=None):
        """Return which messages are told: those that really left or came in, to and
        from the customer's own people. What we say to others about them is not.

        A call that somebody was asked to make is told once it was made.

        :param record person: only those to and from this person
        :rtype: Domain
        """
        self.ensure_one()
        domain = Domain("profile_id", "=", self.id)
        domain &= Domain("partner_id.commercial_partner_id", "=", self.partner_id.id)
        # Mail from an address that is nobody's is kept in the recipient's name.
        domain &= (
            Domain("direction", "=", "out")
            | Domain("mail_message_id", "=", False)
            | Domain("mail_message_id.author_id", "!=", False)
        )
        domain &= Domain("state", "in", ("sent", "delivered"))
        domain &= (
            Domain("channel", "!=", "call")
            | Domain("direction", "=", "in")
            | Domain("outcome", "!=", False)
        )
        if person:
            domain &= Domain("partner_id", "=", person.id)
        return domain

    def _get_portal_history(self, person=None, limit=5, offset=0):
        """Return what was said, newest first.

        :param record person: only what this person was told and told us
        :rtype: recordset of `collections.touchpoint`
        """
        return self.env["collections.touchpoint"].search(
            self._get_portal_history_domain(person), limit=limit, offset=offset
        )
