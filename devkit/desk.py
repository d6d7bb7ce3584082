"""Runs the loop live in the demo company and says in words what came of it.

``python -m devkit.desk DATABASE`` inside the environment of Odoo. The loop runs as
of the last working day and its messages leave hour by hour through that day, so
that what is sent is already history when somebody looks; a second start finds that
run and only tells of it.
"""

import argparse
from collections import Counter
from datetime import timedelta

import odoo.tools
from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry

from .tell import say

_MODULE = "customer_collections"
_HOURS = 26  # from the night of the day to the evening of the westernmost customer


def _company(env):
    """Return the company of the demo, else the one this database began with."""
    demo = env.ref(f"{_MODULE}.company_demo", raise_if_not_found=False)
    return demo or env.ref("base.main_company")


def _is_free(env, company, day):
    calendar = company.collections_calendar_id
    holidays = calendar.leave_ids.filtered(
        lambda leave: leave.date_from.date() <= day <= leave.date_to.date()
    )
    return day.weekday() >= 5 or bool(holidays)


def _last_working_day(env, company):
    day = fields.Date.today() - timedelta(days=1)
    while _is_free(env, company, day):
        day -= timedelta(days=1)
    return day


def _dispatch(env):
    """Send what is due, however many batches it takes."""
    touchpoints = env["collections.touchpoint"]
    while due := touchpoints.search(touchpoints._get_dispatch_domain(), limit=50):
        due._dispatch()
        env.cr.commit()  # pylint: disable=invalid-commit
        if due.filtered_domain(touchpoints._get_dispatch_domain()):
            break
    env["mail.mail"].process_email_queue()
    env.cr.commit()  # pylint: disable=invalid-commit


def run_live(env, company):
    """Run the loop once for the last working day and let its messages leave.

    :return: the run
    """
    from freezegun import freeze_time

    day = _last_working_day(env, company)
    runs = env["collections.run"]
    known = [("company_id", "=", company.id), ("mode", "=", "live")]
    run = runs.search([*known, ("state", "=", "done")], limit=1)
    if run:
        return run
    night = fields.Datetime.to_datetime(day) + timedelta(hours=1)
    with freeze_time(night):
        company.write(
            {
                "collections_mode": "live",
                "collections_live_since": fields.Datetime.now(),
            }
        )
        run = runs._run_company(company, day)
        env.cr.commit()  # pylint: disable=invalid-commit
    for hour in range(_HOURS):
        with freeze_time(night + timedelta(hours=hour)):
            _dispatch(env)
    return run


# === IN WORDS === #


def _money(company, amount):
    return company.currency_id.format(amount).replace("\N{NO-BREAK SPACE}", " ")


def _label(record, field):
    selection = dict(record._fields[field]._description_selection(record.env))
    return selection.get(record[field], "")


def _counted(title, names):
    say(f"\n{title}")
    for name, number in sorted(Counter(names).items()):
        say(f"  {number:4d}  {name}")
    if not names:
        say("     none")


def _example(touchpoint):
    who = touchpoint.partner_id.display_name or touchpoint.profile_id.display_name
    name = touchpoint.stage_id.name or _label(touchpoint, "kind")
    return f"{who}: {name}, {_label(touchpoint, 'channel')}"


def _tell_totals(company, run):
    say(f"\n{company.name}, {run.date}: {run.customer_count} customers owe money")
    say(f"  owed         {_money(company, run.amount_ledger):>18}")
    say(f"  collectible  {_money(company, run.amount_collectible):>18}")
    say(f"  held         {_money(company, run.amount_held):>18}")


def _tell_holds(env, company):
    holds = env["collections.hold"].search(
        [("company_id", "=", company.id), ("state", "=", "active")]
    )
    _counted("Held, by reason", [_label(hold, "reason") for hold in holds])
    for hold in holds[:1]:
        who = hold.partner_id.display_name
        say(f"  for example {who}: {_label(hold, 'reason')}, {_label(hold, 'effect')}")


def _tell_messages(run):
    sent = run.touchpoint_ids.filtered("sent_at")
    steps = [(t.stage_id.name or "", _label(t, "channel")) for t in sent]
    _counted("Sent, by step and channel", [", ".join(step) for step in steps])
    for touchpoint in sent[:1]:
        say(f"  for example {_example(touchpoint)}: “{touchpoint.subject or ''}”")
    waiting = run.touchpoint_ids.filtered(
        lambda t: t.state in ("planned", "to_approve", "scheduled")
    )
    _counted("Still to go", [_label(touchpoint, "state") for touchpoint in waiting])
    refused = run.touchpoint_ids.filtered(lambda t: t.state == "cancelled")
    _counted(
        "Not sent, and why", [_label(touchpoint, "refusal") for touchpoint in refused]
    )
    for touchpoint in refused[:1]:
        why = touchpoint.refusal_note or _label(touchpoint, "refusal")
        say(f"  for example {_example(touchpoint)}: {why}")


def _people(env, company):
    """Return (what they are, login) of one person of each kind."""
    manager = env.ref(f"{_MODULE}.group_manager")
    users = env["res.users"].search([("company_ids", "in", company.ids)], order="id")
    ours = users.filtered(lambda user: user.id > env.ref("base.user_admin").id)
    managers = ours.filtered(lambda user: manager in user.all_group_ids)
    group = env.ref(f"{_MODULE}.group_collector")
    collectors = ours.filtered(lambda user: group in user.all_group_ids) - managers
    kinds = (
        ("collector", collectors),
        ("manager", managers),
        ("customer", _portal_user(env, company)),
    )
    return [(kind, found[0].login) for kind, found in kinds if found]


def _portal_user(env, company):
    """Return a user of a customer of this company, made when there is none."""
    portal = env.ref("base.group_portal")
    profiles = env["collections.profile"].search(
        [("company_id", "=", company.id)], order="amount_overdue desc, id"
    )
    partners = profiles.contact_id
    found = partners.user_ids.filtered(lambda user: portal in user.group_ids)
    partner = partners.filtered("email")[:1]
    if found or not partner:
        return found
    quiet = env["res.users"].with_context(no_reset_password=True)
    return quiet.create(
        {
            "login": "customer",
            "password": "customer",
            "partner_id": partner.id,
            "company_id": company.id,
            "company_ids": [fields.Command.set(company.ids)],
            "group_ids": [fields.Command.set(portal.ids)],
        }
    )


def tell(env, company, run):
    """Print the summary."""
    _tell_totals(company, run)
    _tell_holds(env, company)
    _tell_messages(run)
    say("\nLog in as (the password is the login)")
    for kind, login in [*_people(env, company), ("administrator", "admin")]:
        say(f"  {kind:14s} {login}")


def main():
    """Run the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--config", required=True)
    parser.add_argument("--smtp-port", required=True)
    args = parser.parse_args()
    words = ["-c", args.config, "-d", args.database, "--smtp", "127.0.0.1"]
    odoo.tools.config.parse_config(
        [*words, "--smtp-port", args.smtp_port, "--log-level=warn"], setup_logging=True
    )
    with Registry(args.database).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {"lang": "en_US"})
        company = _company(env)
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        company = company.with_env(env)
        run = run_live(env, company)
        tell(env, company, run)
        cursor.commit()


if __name__ == "__main__":
    main()
