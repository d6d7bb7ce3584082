"""Builds the demo company, step by step."""

import logging
import time
from random import Random

from odoo import fields

from .agreements import AgreementsBuilder
from .cast import load_cast
from .company import CompanyBuilder, GoodsBuilder
from .customers import CustomerBuilder
from .desk import DeskBuilder
from .ledger import SEED, LedgerBuilder
from .names import MODULE, Names
from .specials import SpecialsBuilder

_logger = logging.getLogger(__name__)

# No tracking, no mail, no PDF while eight hundred invoices are made.
QUIET = {
    "tracking_disable": True,
    "mail_notrack": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "skip_pdf_attachment_generation": True,
}


def build(env):
    """Build the demo company, unless it is there already.

    :param Environment env: of the superuser
    :rtype: res.company
    """
    company = env.ref(f"{MODULE}.company_demo", raise_if_not_found=False)
    if company:
        return company
    started = time.monotonic()
    env = env(context={**env.context, **QUIET, "lang": "en_US"})
    today = fields.Date.context_today(env["res.company"])
    names = Names(env)
    _logger.info("Demo: companies, languages and people")
    companies = CompanyBuilder(env, names, Random(SEED), today).build()
    names.store()

    # From here on as somebody of the main company, who sees the others too.
    ids = [company.id for company in companies.values()]
    env = env(context={**env.context, "allowed_company_ids": ids})
    names = Names(env)
    companies = {name: company.with_env(env) for name, company in companies.items()}
    _logger.info("Demo: products and customers")
    goods = GoodsBuilder(env, names)
    products, terms = goods.build_products(), goods.build_terms()
    salesperson = env.ref(f"{MODULE}.user_oisin_demo")
    cast = load_cast()
    partners = CustomerBuilder(env, names, terms, salesperson).build(cast)
    ledger = LedgerBuilder(env, names, companies, products, terms, today)
    ledger.build(cast, partners)
    names.store()
    _logger.info("Demo: credit notes and loose money")
    SpecialsBuilder(env, names, companies, partners, ledger, today).build()
    _logger.info("Demo: the collections desk")
    DeskBuilder(env, names, companies, partners, ledger, today).build()
    _logger.info("Demo: what was agreed")
    AgreementsBuilder(env, names, companies, partners, today).build()
    names.store()
    _logger.info("Demo company built in %.0f s", time.monotonic() - started)
    return companies["main"]
