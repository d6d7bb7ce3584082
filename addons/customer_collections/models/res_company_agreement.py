from datetime import datetime, time, timedelta

import pytz

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _collections_add_working_days(self, day, count):
        """Return the working day that lies so many working days after a day.

        Worked on is what the calendar of holidays says, else Monday to Friday.

        :param date day: not counted itself
        :param int count: 0 returns the day as it is
        :rtype: date
        """
        self.ensure_one()
        if count <= 0:
            return day
        # Read by whoever looks at an agreement, who need not be an HR officer.
        calendar = self.sudo().collections_calendar_id
        if calendar:
            zone = pytz.timezone(calendar.tz or "UTC")
            start = zone.localize(datetime.combine(day + timedelta(days=1), time.min))
            end = calendar.plan_days(count, start, compute_leaves=True)
            if end:
                return end.astimezone(zone).date()
        while count:
            day += timedelta(days=1)
            count -= day.weekday() < 5
        return day

    def _collections_count_working_days(self, start, end):
        """Return how many working days lie after a day up to another, inclusive.

        :rtype: int
        """
        self.ensure_one()
        # As above: whoever looks at it need not be an HR officer.
        calendar = self.sudo().collections_calendar_id
        if calendar:
            zone = pytz.timezone(calendar.tz or "UTC")
            first, last = (
                zone.localize(datetime.combine(day + timedelta(days=1), time.min))
                for day in (start, end)
            )
            if first >= last:
                return 0
            intervals = calendar._work_intervals_batch(first, last, tz=zone)[False]
            return len({begin.date() for begin, _end, _leave in intervals})
        days = (start + timedelta(days=n + 1) for n in range((end - start).days))
        return sum(day.weekday() < 5 for day in days)

    def _get_collections_manager(self, profile):
        """Return who decides what a collector may not: the leader of the customer's
        team, else a manager of collections in this company, rather one who does not
        administer Odoo as well, else the default owner.

        :param profile: the customer
        :rtype: res.users
        """
        self.ensure_one()
        # Who manages is no secret to who asks a manager.
        leader = profile.sudo().team_id.user_id
        if leader.active:
            return leader
        # As above.
        managers = (
            self.env.ref("customer_collections.group_manager")
            .sudo()
            .all_user_ids.filtered(
                lambda user: user.active and self in user.company_ids
            )
        )
        # Whoever sets Odoo up may do everything, and seldom looks at a customer.
        managers = managers.sorted(lambda user: user._is_admin())
        return managers[:1] or self.env["collections.hold"]._get_default_owner(self)
