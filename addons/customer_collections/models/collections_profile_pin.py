from odoo import models
from odoo.exceptions import UserError

# What a person may pin, and the field that then stands still.
PINNED_FIELDS = {
    "segment": "segment_id",
    "collector": "collector_id",
    "stage": "stage_id",
    "contact": "contact_id",
}


class CollectionsProfile(models.Model):
    """A person's choice stands, whatever the run would choose."""

    _inherit = "collections.profile"

    def _pin(self, kind, value, reason):
        """Keep a person's choice from being changed by the run.

        :param str kind: ``segment``, ``collector``, ``stage`` or ``contact``
        :param value: the record chosen; may be empty
        :param str reason: why, kept with who and when
        :raise UserError: without a reason
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why, so that others understand it."))
        fname = PINNED_FIELDS[kind]
        for profile in self:
            profile._unpin(kind)
            self.env["collections.pin"].create(
                {
                    "profile_id": profile.id,
                    "kind": kind,
                    "value": value.display_name,
                    "reason": reason,
                }
            )
            # Figures are read only for people; this door is theirs.
            profile_sudo = profile.sudo()
            profile_sudo[fname] = value
            if kind == "segment":
                profile_sudo.policy_id = profile_sudo._get_policy()
                profile_sudo.team_id = value.team_id
            if kind == "stage":
                today = profile_sudo.company_id._collections_today()
                profile_sudo.stage_date = today if value else False
        # What follows from the choice is the system's to work out.
        self.sudo()._redecide()

    def _unpin(self, kind):
        """Let the run choose again; what was pinned stays in the history."""
        pins = self.pin_ids.filtered(lambda pin: pin.kind == kind)
        pins.active = False
        # Before another one of the kind is written
        pins.flush_recordset(["active"])
