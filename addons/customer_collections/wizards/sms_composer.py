from odoo import models


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    def _filter_out_and_handle_revoked_sms_values(self, sms_values_all):
        """Override of ``sms``: text messages to many customers pass the gate of each,
        and are kept."""
        values_all = super()._filter_out_and_handle_revoked_sms_values(sms_values_all)
        profiles = self.env["collections.profile"]
        if self.res_model != profiles._name:
            return values_all
        leaving = {
            profile_id: values
            for profile_id, values in values_all.items()
            if values["state"] == "outgoing"
        }
        people = self.env["res.partner"]
        touchpoints = profiles._let_out(
            [
                {
                    **profiles.browse(profile_id)._prepare_contact(
                        "sms", people.browse(values["partner_id"]), values["number"]
                    ),
                    "address": values["number"],
                }
                for profile_id, values in leaving.items()
            ],
            by_hand=profiles._is_by_hand(),
        )
        for touchpoint in touchpoints:
            if touchpoint.state == "cancelled":
                del values_all[touchpoint.profile_id.id]
                continue
            body = leaving[touchpoint.profile_id.id]["body"]
            touchpoint._mark_sent(
                address=touchpoint.address, body=body, signer=touchpoint.user_id
            )
        return values_all
