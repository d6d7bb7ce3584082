"""Runs the loop live in the demo company and says in words what came of it.

``python -m devkit.desk DATABASE`` inside the environment of Odoo. Where the demo
company is not there yet, it is built as of the night before the last working day;
the loop runs in that night and its messages leave through that day, so that all of
it is history when somebody looks. A second start only tells of it.
"""

import argparse
import socket
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time

import odoo.tools
from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry

from .held import Hold, Item, by_reason
from .tell import say

_MODULE = "customer_collections"
_LOOK_AHEAD = timedelta(days=5)  # over a weekend and a holiday
_BETWEEN_JOBS = timedelta(minutes=5)
_OPEN = ("planned", "to_approve", "scheduled")


def _commit(env):
    # Each step is history before the next one begins, as in the scheduled jobs.
    env.cr.commit()  # pylint: disable=invalid-commit


def _company(env):
    """Return the company of the demo, if it is there."""
    return env.ref(f"{_MODULE}.company_demo", raise_if_not_found=False)


def _last_working_night():
    """Return one o'clock in the morning of the last day that was a weekday."""
    day = fields.Date.today() - timedelta(days=1)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return fields.Datetime.to_datetime(day) + timedelta(hours=1)


def _build(env):
    """Build the demo company as an installation with demo data does.

    While modules load, the registry is not ready, and Odoo asks no service on the
    net about a new company.
    """
    env.registry.ready = False
    try:
        env["collections.demo"]._build()
        _commit(env)
    finally:
        env.registry.ready = True


def _let_pay(env, company):
    """Let the company be paid online, by the provider of Odoo that only plays: it
    takes no money, and says what became of a payment as one tells it to."""
    own = [("code", "=", "demo"), ("company_id", "=", company.id)]
    provider = env["payment.provider"].search(own, limit=1)
    if not provider:
        provider = env.ref("payment.payment_provider_demo").copy(
            {"company_id": company.id}
        )
    provider.write({"code": "demo", "state": "test", "is_published": True})
    env["ir.config_parameter"].set_param("account_payment.enable_portal_payment", True)


@contextmanager
def _pages(env):
    """Serve pages while the block runs: a PDF takes its style from there."""
    from odoo import http
    from odoo.service import server

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    odoo.tools.config["http_port"] = port
    server.load_server_wide_modules()
    server.server = server.ThreadedServer(http.root)
    server.server.start(stop=False)
    settings = env["ir.config_parameter"]
    settings.set_param("report.url", f"http://127.0.0.1:{port}")
    _commit(env)
    yield
    # The server ends with this process: to stop it would close our cursor, too.
    settings.set_param("report.url", False)
    _commit(env)


def _send_all(env, clock, end):
    """Let what is scheduled leave when its time has come, from hour to hour.

    :param clock: the stopped clock, moved on from one message to the next
    :param datetime end: no look beyond this
    """
    touchpoints = env["collections.touchpoint"]
    scheduled = [("state", "=", "scheduled")]
    while first := touchpoints.search(scheduled, order="scheduled_at, id", limit=1):
        clock.move_to(max(clock() + _BETWEEN_JOBS, first.scheduled_at))
        if clock() > end:
            return
        batch = touchpoints.search(touchpoints._get_dispatch_domain())
        batch._dispatch()
        _commit(env)
        env["mail.mail"].process_email_queue()
        _commit(env)


def run_live(env, company, clock, end):
    """Go live and let the messages of the night leave.

    :param clock: the stopped clock
    :param datetime end: the last moment to look at
    """
    # There is no SMS provider here: what is queued for one stays queued.
    env.ref("sms.ir_cron_sms_scheduler_action").active = False
    with _pages(env):
        company._collections_go_live()
        _commit(env)
        _send_all(env, clock, end)


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


def _step(touchpoint):
    """Say which step of the ladder, or which message about an agreement, and how."""
    name = touchpoint.stage_id.name
    if touchpoint.offer_id:
        name = "Offer: what was agreed"
    if touchpoint.plan_message:
        name = f"Payment plan: {_label(touchpoint, 'plan_message').lower()}"
    return f"{name or _label(touchpoint, 'kind')}, {_label(touchpoint, 'channel')}"


def _example(touchpoint):
    who = touchpoint.partner_id.display_name or touchpoint.profile_id.display_name
    return f"{who}: {_step(touchpoint)}"


def _to_item(record, company, day):
    own = record.currency_id
    return Item(
        id=record.id,
        profile=record.profile_id.id,
        currency=own.id,
        pending=record.amount_pending,
        held=record.amount_held,
        excluded=record.no_followup,
        rate=own._get_conversion_rate(own, company.currency_id, company, day),
    )


def _to_hold(record):
    return Hold(
        reason=_label(record, "reason"),
        profile=record.profile_id.id,
        scope=record.scope,
        effect=record.effect,
        currency=record.currency_id.id,
        amount=record.amount,
        lines={
            line.move_line_id.id: line.amount
            if line.amount or line.amount_agreed
            else None
            for line in record.line_ids
        },
    )


def _tell_ledger(env, company):
    """Say what is owed, and what of it is held and why: as the ledger has it now,
    looked at from the day of the run."""
    run = env["collections.run"].search(
        [("company_id", "=", company.id), ("mode", "=", "live")], limit=1
    )
    records = (
        env["collections.item"]
        .with_context(collections_as_of=run.date)
        .search([("company_id", "=", company.id)], order="date_due, id")
    )
    items = [_to_item(record, company, run.date) for record in records]
    holds = env["collections.hold"].search(
        [
            ("company_id", "=", company.id),
            ("state", "=", "active"),
            ("date_start", "<=", run.date),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", run.date),
        ]
    )
    # Rounded before they are added up: the lines are to give the sum.
    parts = {
        reason: company.currency_id.round(amount)
        for reason, amount in by_reason(items, map(_to_hold, holds)).items()
    }

    def total(field):
        pairs = zip(records, items, strict=True)
        return sum(record[field] * item.rate for record, item in pairs)

    say(f"\n{company.name}, {run.date}: {run.customer_count} customers owe money")
    say(f"  owed         {_money(company, total('amount_residual')):>18}")
    say(f"  collectible  {_money(company, total('amount_collectible')):>18}")
    say(f"  held         {_money(company, sum(parts.values())):>18}")
    _tell_holds(company, holds, parts)


def _tell_holds(company, holds, parts):
    """Say why how much is held, by how many holds; a pause holds no amount.

    :param parts: reason to amount
    """
    counts = Counter(_label(hold, "reason") for hold in holds)
    say("\nHeld, by reason")
    for reason in sorted({*parts, *counts}, key=lambda r: (-parts.get(r, 0.0), r)):
        number = f" ({counts[reason]})" if counts[reason] else ""
        say(f"  {_money(company, parts.get(reason, 0.0)):>18}  {reason}{number}")
    for hold in holds[:1]:
        who = hold.partner_id.display_name
        say(f"  for example {who}: {_label(hold, 'reason')}, {_label(hold, 'effect')}")


def _tell_messages(env, company):
    touchpoints = env["collections.touchpoint"].search(
        [("company_id", "=", company.id), ("origin", "=", "automatic")]
    )
    sent = touchpoints.filtered(lambda t: t.state in ("sent", "delivered"))
    _counted("Sent, by step and channel", [_step(touchpoint) for touchpoint in sent])
    for touchpoint in sent[:1]:
        say(f"  for example {_example(touchpoint)}: “{touchpoint.subject or ''}”")
    waiting = touchpoints.filtered(lambda t: t.state in _OPEN)
    _counted("Still to go", [_label(touchpoint, "state") for touchpoint in waiting])
    lost = touchpoints.filtered(lambda t: t.state in ("failed", "bounced"))
    _tell_refused("Failed or came back", lost, "state")
    refused = touchpoints - sent - waiting - lost
    _tell_refused("Not sent, and why", refused, "refusal")


def _tell_refused(title, touchpoints, field):
    _counted(title, [_label(t, field) or _label(t, "state") for t in touchpoints])
    for touchpoint in touchpoints[:1]:
        why = touchpoint.refusal_note or _label(touchpoint, field)
        say(f"  for example {_example(touchpoint)}: {why}")


def _tell_next(env, company):
    profiles = env["collections.profile"].search(
        [("company_id", "=", company.id), ("item_count", ">", 0)],
        order="amount_overdue desc, id",
    )
    _counted("What is next, by customer", [_label(p, "next_code") for p in profiles])
    for profile in profiles[:1]:
        say(f"  for example {profile.partner_id.name}: {profile.next_summary}")


def _people(env):
    """Return (what they are, login, page) of one person of each kind.

    Their passwords are their logins.
    """
    kinds = (
        ("collector", "user_camille_demo", "/odoo/collections"),
        ("manager", "user_marta_demo", "/odoo/collections"),
        ("customer", "user_portal_demo", "/my/collections"),
    )
    found = [(kind, env.ref(f"{_MODULE}.{name}"), page) for kind, name, page in kinds]
    return [
        *((kind, user.login, page) for kind, user, page in found),
        ("administrator", "admin", "/odoo"),
    ]


def tell(env, company, url):
    """Print the summary.

    :param str url: where the desk will be
    """
    _tell_ledger(env, company)
    _tell_messages(env, company)
    _tell_next(env, company)
    say("\nLog in as (the password is the login)")
    for kind, login, page in _people(env):
        say(f"  {kind:14s} {login:10s} {url}{page}")


def _run(env, url):
    """Build and run what is not there yet.

    :param Environment env: of the superuser
    :param str url: where the desk will be, for the links in the messages
    """
    env["ir.config_parameter"].set_param("web.base.url", url)
    now = fields.Datetime.now()
    night, end = now, now + _LOOK_AHEAD
    if not _company(env):
        night, end = _last_working_night(), now
    if not _company(env) or _company(env).collections_mode != "live":
        # Started once: it takes a second each time.
        with freeze_time(night) as clock:
            if not _company(env):
                say(f"· Building the demo company as of {night:%A %d %B} (minutes) ...")
                _build(env)
            _let_pay(*_in_company(env))
            _commit(env)
            say("· Going live: the loop runs and its messages leave ...")
            run_live(*_in_company(env), clock, end)


def _in_company(env):
    company = _company(env)
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    return env, company.with_env(env)


def main():
    """Run the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--config", required=True)
    parser.add_argument("--smtp-port", required=True)
    parser.add_argument("--url", required=True)
    args = parser.parse_args()
    words = ["-c", args.config, "-d", args.database, "--smtp", "127.0.0.1"]
    odoo.tools.config.parse_config(
        [*words, "--smtp-port", args.smtp_port, "--log-level=warn"], setup_logging=True
    )
    with Registry(args.database).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {"lang": "en_US"})
        _run(env, args.url)
        tell(*_in_company(env), args.url)


if __name__ == "__main__":
    main()
