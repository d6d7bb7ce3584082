"""Customers and the people who work for them, as contacts."""

from .cast import PEOPLE, fold


class CustomerBuilder:
    """Creates the partners of the cast."""

    def __init__(self, env, names, terms, salesperson):
        self.env = env
        self.names = names
        self.terms = terms
        self.salesperson = salesperson

    def build(self, cast):
        """Create a partner for each customer, with contacts.

        :param list[Customer] cast: the customers
        :rtype: dict[str, res.partner]: by key
        """
        partners = self.env["res.partner"].create(
            [
                self._prepare_customer_values(number, customer)
                for number, customer in enumerate(cast, start=1)
            ]
        )
        by_key = dict(zip((customer.key for customer in cast), partners, strict=True))
        for key, partner in by_key.items():
            self.names.add(f"partner_{key}", partner)
        rows = [row for customer in cast for row in self._get_people(customer)]
        people = self.env["res.partner"].create(
            [self._prepare_person_values(by_key, *row) for row in rows]
        )
        for (customer, number, *_rest), person in zip(rows, people, strict=True):
            self.names.add(f"partner_{customer.key}_{number}", person)
        return by_key

    def _prepare_customer_values(self, number, customer):
        country = self._get_country(customer)
        return {
            "name": customer.name,
            "ref": f"C{1000 + number}",
            "is_company": customer.is_company,
            "company_id": False,
            "street": customer.street or False,
            "city": customer.city or False,
            "zip": customer.zip or False,
            "state_id": self._get_state(customer, country).id,
            "country_id": country.id,
            "lang": customer.lang,
            "tz": False,
            "phone": customer.phone or False,
            "email": customer.address,
            "user_id": self.salesperson.id,
            "property_payment_term_id": self.terms[customer.term].id,
        }

    def _get_country(self, customer):
        if not customer.country:
            return self.env["res.country"]
        xmlid = "uk" if customer.country == "gb" else customer.country
        return self.env.ref(f"base.{xmlid}")

    def _get_state(self, customer, country):
        return country.state_ids.filtered(lambda state: state.code == customer.state)

    def _get_people(self, customer):
        people = PEOPLE.get(customer.key, ())
        if customer.person and customer.is_company:
            people = ((customer.person, "Accounts payable", "contact"), *people)
        return [
            (customer, number, *person) for number, person in enumerate(people, start=1)
        ]

    def _prepare_person_values(self, by_key, customer, number, name, function, kind):
        parent = by_key[customer.key]
        values = {
            "name": name,
            "parent_id": parent.id,
            "type": kind,
            "function": function,
            "lang": customer.lang,
            "tz": False,
            "email": self._get_person_email(customer, name, kind),
            "company_id": False,
        }
        if kind == "invoice":
            # An invoice address of its own, in the same town.
            values.update(
                street=f"{parent.street} (2)",
                city=parent.city,
                zip=parent.zip,
                country_id=parent.country_id.id,
            )
        return values

    def _get_person_email(self, customer, name, kind):
        if not customer.email:
            return False
        local = "invoices" if kind == "invoice" else fold(name)
        return f"{local}@{customer.domain}"
