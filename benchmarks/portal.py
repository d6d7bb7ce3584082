"""What a customer waits for: the account page beside Odoo's list of invoices."""

import threading

from .ledger.sizes import parse_size
from .measure import measured, middle, peak, ratios, spread, tell

# Open invoices of the customers who look
COUNTS = (1, 100, 1000)
SMALL = (1, 5)
OURS, ODOOS = "Account page, {} open", "Odoo: /my/invoices, {} open"


def measure(env, args):
    """Open both pages as customers with few and many open invoices, in alternation.

    Through Odoo's own HTTP layer in this process, without a network. The customers are
    made once, of invoices that were other customers'.
    """
    from odoo import http

    pages = {}
    customers, _items = parse_size(args.size)
    for count in COUNTS if customers > max(COUNTS) else SMALL:
        user, profile = visitor(env, count)
        browser = client(http, env, user)
        pages[OURS.format(count)] = (browser, f"/my/collections/{profile.id}")
        pages[ODOOS.format(count)] = (browser, "/my/invoices")
    results = {name: [] for name in pages}
    warm = 2 if args.repeat else 0
    for turn in range(args.repeat + warm or 1):
        for name, (browser, path) in pages.items():
            figures = {}
            with measured(env.cr, figures):
                answer = browser.get(path)
                figures["bytes"] = len(answer.data)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code} {answer.location}")
            figures["statements"] = threading.current_thread().query_count
            tell(f"{turn} {name}: {figures['seconds'] * 1000:.0f} ms")
            # The first compiles the templates, the second fills the caches.
            if turn >= warm:
                results[name].append(figures)
    return results


def visitor(env, count):
    """Return a portal user with so many open invoices, and the profile."""
    login = f"bench_portal_{count}"
    user = env["res.users"].search([("login", "=", login)])
    if not user:
        partner = env["res.partner"].create(
            {"name": f"Visitor with {count}", "email": f"{login}@customer.example"}
        )
        user = env["res.users"].create(
            {
                "login": login,
                "partner_id": partner.id,
                "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
            }
        )
        env.flush_all()
        give_invoices(env, partner, count)
    profile = env["collections.profile"]._get_or_create(
        user.partner_id.commercial_partner_id, env.company
    )
    profile._redecide()
    env.cr.commit()
    return user, profile


def give_invoices(env, partner, count):
    """Let open invoices of others be this customer's."""
    env.cr.execute(
        """
        WITH chosen AS (
            SELECT id FROM account_move
             WHERE move_type = 'out_invoice' AND state = 'posted'
               AND payment_state = 'not_paid' AND company_id = %(company)s
               AND currency_id = %(currency)s
               AND partner_id NOT IN (
                    SELECT partner_id FROM res_users WHERE login LIKE 'bench_portal%%')
          ORDER BY id LIMIT %(count)s
        ),
        moved AS (
            UPDATE account_move m
               SET partner_id = %(partner)s, commercial_partner_id = %(partner)s,
                   partner_shipping_id = %(partner)s
              FROM chosen WHERE m.id = chosen.id
        )
        UPDATE account_move_line l SET partner_id = %(partner)s
          FROM chosen WHERE l.move_id = chosen.id
        """,
        {
            "partner": partner.id,
            "count": count,
            "company": env.company.id,
            "currency": env.company.currency_id.id,
        },
    )
    env.invalidate_all()


def client(http, env, user):
    """Return a browser of its own in which this user is logged in."""
    from werkzeug.test import Client

    from odoo.service import security

    visit = http.root.session_store.new()
    visit.update(http.get_default_session(), db=env.cr.dbname, _trace_disable=True)
    visit.uid, visit.login = user.id, user.login
    visit.context = {"lang": "en_US"}
    as_user = env(user=user.id)
    visit.session_token = security.compute_session_token(visit, as_user)
    http.root.session_store.save(visit)
    browser = Client(http.root)
    browser.set_cookie("session_id", visit.sid)
    return browser


def report(results):
    lines = [
        "| page | median | range | Python's processor | ÷ Odoo's, clock "
        "| ÷ Odoo's, Python's processor | statements | size | peak memory |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    beside = {OURS.format(count): ODOOS.format(count) for count in (*COUNTS, *SMALL)}
    for name, rows in results.items():
        odoos = results.get(beside.get(name))
        lines.append(
            f"| {name} | {middle(rows):.0f} ms | {spread(rows)} "
            f"| {middle(rows, 'cpu_seconds'):.0f} ms "
            f"| {ratios(rows, odoos, 'seconds', 'cpu_seconds')} "
            f"| {rows[-1]['statements']} | {rows[-1]['bytes'] / 1024:.0f} kB "
            f"| {peak(rows)} |"
        )
    return "\n".join(lines)
