"""The demo company: its chart, currencies, calendar and people."""

from base64 import b64encode
from datetime import datetime, time, timedelta
from pathlib import Path

import pytz

from odoo.fields import Command

from .goods import PRODUCT_LANGS, PRODUCTS, TERMS
from .holidays import irish_holidays

TIMEZONE = "Europe/Dublin"
LANGS = ("de_DE", "fr_FR", "es_ES")
# Months of exchange rates before today's, and how far they lie from each other.
RATE_MONTHS = 20
RATES = {"USD": (1.118, 0.012), "GBP": (0.851, 0.005)}

COMPANY = {
    "name": "Kestrel Moor Instruments Ltd",
    "street": "7 Distillery Quay",
    "city": "Cork",
    "zip": "T12 W4XN",
    "phone": "+353 21 602 0100",
    "email": "accounts@kestrelmoor.example",
    "website": "https://www.kestrelmoor.example",
    "company_registry": "000482",
    "primary_color": "#1f5c6b",
    "secondary_color": "#c9822b",
}
SERVICE_COMPANY = {
    "name": "Kestrel Moor Service GmbH",
    "street": "Großer Burstah 61",
    "city": "Hamburg",
    "zip": "20457",
    "phone": "+49 40 66969 100",
    "email": "rechnung@kestrelmoor-service.example",
}
BRANCH = {
    "name": "Kestrel Moor Instruments Galway",
    "street": "2 Claddagh Hall",
    "city": "Galway",
    "zip": "H91 W2C9",
    "phone": "+353 91 481 200",
    "email": "galway@kestrelmoor.example",
}
# login: (name, groups, job)
USERS = {
    "camille": ("Camille Roux", ("customer_collections.group_collector",)),
    "jonas": ("Jonas Lindqvist", ("customer_collections.group_collector",)),
    "marta": ("Marta Oliveira", ("customer_collections.group_manager",)),
    "oisin": ("Oisín Keane", ("account.group_account_invoice",)),
}


class CompanyBuilder:
    """Builds what must exist before the first invoice."""

    def __init__(self, env, names, rng, today):
        self.env = env
        self.names = names
        self.rng = rng
        self.today = today

    def build(self):
        """Build all of it and return the companies by name.

        :rtype: dict[str, res.company]: ``main``, ``branch`` and ``service``
        """
        self._activate_languages()
        self._activate_currencies()
        companies = self._create_companies()
        self._create_rates(companies)
        self._create_holidays(companies["main"])
        self._create_users(companies)
        return companies

    def _activate_languages(self):
        for code in LANGS:
            self.env["res.lang"]._activate_lang(code)
        modules = self.env["ir.module.module"].search([("state", "=", "installed")])
        modules._update_translations(list(LANGS))

    def _activate_currencies(self):
        for code in ("EUR", *RATES):
            self.env.ref(f"base.{code}").active = True

    # === COMPANIES === #

    def _create_companies(self):
        ireland = self.env.ref("base.ie")
        main = self._create_company("company", {**COMPANY, "country_id": ireland.id})
        # Before the chart of accounts, which a branch shares.
        branch = self._create_company(
            "company_branch",
            {**BRANCH, "country_id": ireland.id, "parent_id": main.id},
        )
        germany = self.env.ref("base.de")
        service = self._create_company(
            "company_service", {**SERVICE_COMPANY, "country_id": germany.id}
        )
        self._load_chart(main, 23)
        self._load_chart(service, 19)
        self._create_bank_account(main, "IE64IRCE92050112345678", "IRCEIE2D")
        self._create_bank_account(service, "DE75512108001245126199", "SOGEDEFF")
        return {"main": main, "branch": branch, "service": service}

    def _create_company(self, name, values):
        # The flag keeps a new country from installing its localization meanwhile.
        companies = self.env["res.company"].with_context(chart_template_load=True)
        company = companies.create(
            {
                **values,
                "logo": b64encode(Path(__file__).with_name("logo.png").read_bytes()),
                "currency_id": self.env.ref("base.EUR").id,
                "collections_mode": "preview",
            }
        )
        company = company.with_env(self.env)
        company.resource_calendar_id.tz = TIMEZONE
        company.partner_id.write({"tz": TIMEZONE, "lang": "en_US"})
        self.names.add(f"{name}_partner", company.partner_id)
        return self.names.add(name, company)

    def _load_chart(self, company, rate):
        """Load Odoo's generic chart without its demo data, in euro.

        ``try_loading`` does the same but wants every module loaded, which is never
        so while demo data are.
        """
        country = company.country_id
        self.env["account.chart.template"]._load(
            "generic_coa", company, install_demo=False
        )
        company.currency_id = self.env.ref("base.EUR")
        (company | company.child_ids).account_fiscal_country_id = country
        # The taxes of the chart are American.
        chart_taxes = self.env["account.tax"].search([("company_id", "=", company.id)])
        company.account_sale_tax_id = self._create_tax(company, rate)
        company.account_purchase_tax_id = False
        chart_taxes.active = False

    def _create_tax(self, company, rate):
        group = self.env["account.tax.group"].create(
            {
                "name": f"VAT {rate}%",
                "company_id": company.id,
                "country_id": company.country_id.id,
            }
        )
        return self.env["account.tax"].create(
            {
                "name": f"VAT {rate}%",
                "amount": rate,
                "type_tax_use": "sale",
                "company_id": company.id,
                "country_id": company.country_id.id,
                "tax_group_id": group.id,
            }
        )

    def _create_bank_account(self, company, number, bic):
        bank = self.env["res.bank"].create({"name": "Irwell & Clare Bank", "bic": bic})
        account = self.env["res.partner.bank"].create(
            {
                "acc_number": number,
                "bank_id": bank.id,
                "partner_id": company.partner_id.id,
                "company_id": company.id,
                "allow_out_payment": True,
            }
        )
        journal = self.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
        )
        journal.bank_account_id = account
        # Money on the bank account itself: nothing stays outstanding.
        methods = journal.inbound_payment_method_line_ids
        methods.payment_account_id = journal.default_account_id

    # === MONEY AND TIME === #

    def _create_rates(self, companies):
        first = self.today.replace(day=1)
        months = [first]
        for _month in range(RATE_MONTHS):
            months.append((months[-1] - timedelta(days=1)).replace(day=1))
        roots = companies["main"] | companies["service"]
        values = []
        for code, (rate, step) in RATES.items():
            currency = self.env.ref(f"base.{code}")
            for month in reversed(months):
                rate = round(rate + self.rng.uniform(-step, step), 4)
                values += [
                    {
                        "name": month,
                        "currency_id": currency.id,
                        "company_id": company.id,
                        "company_rate": rate,
                    }
                    for company in roots
                ]
        rates = self.env["res.currency.rate"].create(values)
        self.names.add_all("rate", rates)

    def _create_holidays(self, company):
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Ireland",
                "company_id": company.id,
                "tz": TIMEZONE,
            }
        )
        self.names.add("calendar", calendar)
        zone = pytz.timezone(TIMEZONE)

        def utc(day, clock):
            local = zone.localize(datetime.combine(day, clock))
            return local.astimezone(pytz.utc).replace(tzinfo=None)

        leaves = self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": name,
                    "calendar_id": calendar.id,
                    "company_id": company.id,
                    "date_from": utc(day, time.min),
                    "date_to": utc(day, time(23, 59, 59)),
                }
                for year in range(self.today.year - 1, self.today.year + 3)
                for name, day in irish_holidays(year)
            ]
        )
        self.names.add_all("holiday", leaves)
        company.collections_calendar_id = calendar

    # === PEOPLE === #

    def _create_users(self, companies):
        everywhere = companies["main"] | companies["branch"] | companies["service"]
        users = self.env["res.users"].with_context(no_reset_password=True)
        for login, (name, groups) in USERS.items():
            user = users.create(
                {
                    "name": name,
                    "login": login,
                    "password": login,
                    "email": f"{login}@kestrelmoor.example",
                    "phone": "+353 21 602 0100",
                    "tz": TIMEZONE,
                    "lang": "en_US",
                    "notification_type": "inbox",
                    "company_id": companies["main"].id,
                    "company_ids": [Command.set(everywhere.ids)],
                    "group_ids": [
                        Command.set(
                            [
                                self.env.ref(group).id
                                for group in ("base.group_user", *groups)
                            ]
                        )
                    ],
                }
            )
            self.names.add(f"user_{login}", user)
            self.names.add(f"partner_user_{login}", user.partner_id)
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= everywhere
        admin.company_id = companies["main"]


class GoodsBuilder:
    """Products in four languages, and payment terms."""

    def __init__(self, env, names):
        self.env = env
        self.names = names

    def build_products(self):
        """Create the products.

        :rtype: dict[str, product.product]
        """
        products = {}
        for key, (price, is_service, *labels) in PRODUCTS.items():
            product = self.env["product.product"].create(
                {
                    "name": labels[0],
                    "type": "service" if is_service else "consu",
                    "list_price": price,
                    "default_code": f"KM-{key.upper()[:4]}",
                    "purchase_ok": False,
                    "taxes_id": [Command.clear()],
                    "company_id": False,
                }
            )
            product.product_tmpl_id.update_field_translations(
                "name", dict(zip(PRODUCT_LANGS, labels, strict=True))
            )
            products[key] = self.names.add(f"product_{key}", product)
        return products

    def build_terms(self):
        """Create the payment terms.

        :rtype: dict[str, account.payment.term]
        """
        terms = {}
        for key, (label, parts) in TERMS.items():
            term = self.env["account.payment.term"].create(
                {
                    "name": label,
                    "note": label,
                    "company_id": False,
                    "line_ids": [
                        Command.create(
                            {
                                "value": "percent",
                                "value_amount": percent,
                                "delay_type": "days_after",
                                "nb_days": days,
                            }
                        )
                        for percent, days in parts
                    ],
                }
            )
            terms[key] = self.names.add(f"term_{key}", term)
        return terms
