from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class BrokenTextError(UserError):
    """A text cannot be put together; trying again changes nothing until somebody
    mends it."""


class CollectionsTouchpoint(models.Model):
    """A broken text fails once: its step waits until the text or the step changes,
    or a person tries again."""

    _inherit = "collections.touchpoint"

    @api.model
    def _report_broken_to_next(self):
        """Tell the decision which steps wait for a text that was not mended since."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE collections_tmp_next n
                   SET code = 'template'
                  FROM collections_touchpoint t
                  JOIN collections_stage s ON s.id = t.stage_id
             LEFT JOIN mail_template m ON m.id = s.email_template_id
                   AND t.channel IN ('email', 'letter')
             LEFT JOIN sms_template x ON x.id = s.sms_template_id
                   AND t.channel = 'sms'
                 WHERE t.profile_id = n.profile_id
                   AND t.episode = n.episode
                   AND t.stage_id = n.stage_id
                   AND t.occurrence = n.occurrence
                   AND t.origin = 'automatic'
                   AND t.state = 'failed' AND t.refusal = 'template'
                   AND t.date >= GREATEST(s.write_date, m.write_date, x.write_date)
                   AND n.code = 'due'
                """
            )
        )

    def action_retry(self):
        """Let messages that failed for their text try again, at the next sending."""
        touchpoints = self._as_door().filtered(
            lambda t: t.state == "failed" and t.refusal == "template"
        )
        for touchpoint in touchpoints:
            another = touchpoint.profile_id._get_open_touchpoint()
            if another or touchpoint._is_step_taken():
                raise UserError(
                    self.env._(
                        "Another message to %(customer)s is on its way already.",
                        customer=touchpoint.profile_id.partner_id.name,
                    )
                )
            # The one that waits, not a new row: it never left.
            touchpoint._release_again()
        return True

    def _is_step_taken(self):
        """Tell whether the run has planned or said its step anew since it failed.

        :rtype: bool
        """
        self.ensure_one()
        return bool(self.stage_id) and any(
            t.origin == "automatic"
            and t.direction == "out"
            and t.state not in ("cancelled", "failed", "bounced")
            and (t.stage_id, t.episode, t.occurrence)
            == (self.stage_id, self.episode, self.occurrence)
            for t in self.profile_id.touchpoint_ids
        )

    def _release_again(self):
        self.write(
            {
                "state": "scheduled",
                "scheduled_at": fields.Datetime.now(),
                "refusal": False,
                "refusal_note": False,
            }
        )
        self.profile_id._redecide()
