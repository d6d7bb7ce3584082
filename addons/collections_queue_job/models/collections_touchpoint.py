from odoo import api, models

from odoo.addons.customer_collections.models.collections_touchpoint_dispatch import (
    BATCH_SIZE,
)

DISPATCH_JOBS = 4


class CollectionsTouchpoint(models.Model):
    _inherit = "collections.touchpoint"

    @api.model
    def _cron_dispatch(self):
        """Override: what is due is sent by jobs, a batch each."""
        # In sudo: parameters belong to the system.
        settings = self.env["ir.config_parameter"].sudo()
        most = int(
            settings.get_param("collections_queue_job.dispatch_jobs", DISPATCH_JOBS)
        )
        due = self.search_count(self._get_dispatch_domain(), limit=most * BATCH_SIZE)
        for number in range(-(-due // BATCH_SIZE)):
            self._delay_sending(number)

    @api.model
    def _delay_sending(self, number):
        """Let a job send a batch, unless one of this number waits already."""
        self.with_delay(
            identity_key=f"collections-send-{number}",
            max_retries=0,
            description=self.env._("Send what is due"),
        )._send_batch(number)

    @api.model
    def _send_batch(self, number):
        """Send one batch, and let a job like this one send the next. A job.

        Nothing is committed before the whole batch is ready: if the worker dies,
        nobody got anything of it.

        :param int number: tells the jobs that send at once apart
        """
        batch = self._lock_batch()
        batch._dispatch()
        if batch and self.search_count(self._get_dispatch_domain(), limit=1):
            self._delay_sending(number)
        # In sudo: jobs belong to the system.
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
