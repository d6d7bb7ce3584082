"""The customers."""

from .sizes import COUNTRIES
from .tables import next_ids


def make_customers(env, count):
    """Companies and persons of six countries; one in seven has an invoice contact."""
    cr = env.cr
    countries = [env.ref(f"base.{code}").id for code in COUNTRIES]
    contacts = count // 7
    first = next_ids(cr, "res_partner", count + contacts)
    cr.execute(
        """CREATE TEMPORARY TABLE bench_customer ON COMMIT DROP AS
           SELECT n, %s + n AS id, (n %% %s) + 1 AS place
             FROM generate_series(1, %s) AS n""",
        [first, len(COUNTRIES), count],
    )
    cr.execute(
        """
        INSERT INTO res_partner
               (id, name, complete_name, commercial_partner_id, is_company, active,
                type, lang, street, zip, city, country_id, email, email_normalized,
                phone, phone_sanitized, commercial_company_name, customer_rank,
                supplier_rank, partner_share, autopost_bills, color, message_bounce,
                employee, create_uid, create_date, write_uid, write_date)
        SELECT c.id, v.name, v.name, c.id, v.company, TRUE, 'contact', 'en_US',
               n || ' High Street', lpad((n %% 9999)::text, 5, '0'),
               (%(cities)s::varchar[])[place], (%(countries)s::int[])[place],
               v.email, v.email, v.phone, v.phone,
               CASE WHEN v.company THEN v.name END,
               1, 0, TRUE, 'ask', 0, 0, FALSE, %(uid)s, now(), %(uid)s, now()
          FROM bench_customer c
    CROSS JOIN LATERAL (
            SELECT n %% 4 <> 0 AS company, 'Customer ' || lpad(n::text, 6, '0') AS name,
                   -- One in fifty can be reached by no e-mail
                   CASE WHEN n %% 50 <> 0
                        THEN 'customer' || n || '@customer.example' END AS email,
                   (%(prefixes)s::varchar[])[place]
                       || lpad((n %% 10000)::text, 4, '0') AS phone
          ) AS v
        """,
        {
            "cities": [place[0] for place in COUNTRIES.values()],
            "countries": countries,
            "prefixes": [place[1] for place in COUNTRIES.values()],
            "uid": env.uid,
        },
    )
    cr.execute(
        """
        INSERT INTO res_partner
               (id, name, complete_name, parent_id, commercial_partner_id, is_company,
                active, type, lang, street, zip, city, country_id, email,
                email_normalized, commercial_company_name, customer_rank,
                supplier_rank, partner_share, autopost_bills, color, message_bounce,
                employee, create_uid, create_date, write_uid, write_date)
        SELECT %s + k, 'Accounts Payable', r.name || ', Accounts Payable', r.id, r.id,
               FALSE, TRUE, 'invoice', r.lang, r.street, r.zip, r.city, r.country_id,
               v.email, v.email, r.commercial_company_name, 0, 0, TRUE, 'ask', 0, 0,
               FALSE, r.create_uid, now(), r.create_uid, now()
          FROM generate_series(1, %s) AS k
          JOIN bench_customer c ON c.n = k * 7
          JOIN res_partner r ON r.id = c.id
    CROSS JOIN LATERAL (
            SELECT 'payable' || k || '@customer.example' AS email) AS v
        """,
        [first + count, contacts],
    )
