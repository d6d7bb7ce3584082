"""Writing many rows fast, and what the rest needs to know of the company."""

from contextlib import contextmanager

from odoo import Command
from odoo.tools import SQL

from .sizes import RATES, TABLES


def prepare_rates(env):
    """Give all companies further currencies with rates.

    :return: the ids of all, the companies' own first
    """
    currencies = [env.company.currency_id.id]
    for code, rate in RATES.items():
        currency = (
            env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", code)])
        )
        currency.active = True
        currency.rate_ids.unlink()
        currency.rate_ids = [
            Command.create({"name": "2000-01-01", "rate": rate, "company_id": False})
        ]
        currencies.append(currency.id)
    return currencies


def prepare(env, company, currencies):
    """Give a company a chart of accounts and return the ids the rest needs."""
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company)
    journals = {
        kind: env["account.journal"].search(
            [("type", "=", kind), ("company_id", "=", company.id)], limit=1
        )
        for kind in ("sale", "bank")
    }
    partner = env["res.partner"].new({"company_id": False})
    return {
        "company": company.id,
        "currency": company.currency_id.id,
        "currencies": currencies,
        "rates": [1.0, *RATES.values()],
        "sale": journals["sale"].id,
        "bank": journals["bank"].id,
        "receivable": partner.property_account_receivable_id.id,
        "revenue": journals["sale"].default_account_id.id,
        "cash": journals["bank"].default_account_id.id,
        "suspense": journals["bank"].suspense_account_id.id,
        "method": journals["bank"].inbound_payment_method_line_ids[:1].id,
        "method_kind": journals["bank"]
        .inbound_payment_method_line_ids[:1]
        .payment_method_id.id,
        "uid": env.uid,
    }


@contextmanager
def bulk(cr):
    """Write many rows fast: indexes come back at the end, and references that are
    right by construction are not looked up one by one where we may say so."""
    cr.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
             FROM pg_index i
            WHERE i.indrelid = ANY(%s::regclass[])
              AND NOT i.indisprimary AND NOT i.indisunique""",
        [list(TABLES)],
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(SQL("DROP INDEX %s", SQL.identifier(name.strip('"'))))
    cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if cr.fetchone()[0]:
        cr.execute("SET LOCAL session_replication_role = replica")
    yield
    cr.execute("SET LOCAL session_replication_role = origin")
    for _name, definition in indexes:
        cr.execute(definition)


def next_ids(cr, table, count):
    """Reserve ids and return the number before the first of them."""
    sequence = f"{table}_id_seq"
    cr.execute("SELECT nextval(%s)", [sequence])
    first = cr.fetchone()[0]
    cr.execute("SELECT setval(%s, %s)", [sequence, first + count])
    return first


def count_rows(cr, table):
    cr.execute(SQL("SELECT COUNT(*) FROM %s", SQL.identifier(table)))
    return cr.fetchone()[0]
