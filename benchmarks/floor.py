"""The floor: what one SQL statement needs that classifies every open item and inserts
one row per customer, into a table without keys and indexes; the same into one with the
keys that Odoo gives every table of records about a customer; and the same where that
row is a message, as no run can do without that plans one for every customer."""

from .measure import measured

CLASSIFIED = """
    SELECT rp.commercial_partner_id AS partner_id, COUNT(*), SUM(l.amount_residual),
           SUM(l.amount_residual) FILTER (WHERE v.late < 1),
           SUM(l.amount_residual) FILTER (WHERE v.late BETWEEN 1 AND 30),
           SUM(l.amount_residual) FILTER (WHERE v.late BETWEEN 31 AND 60),
           SUM(l.amount_residual) FILTER (WHERE v.late BETWEEN 61 AND 90),
           SUM(l.amount_residual) FILTER (WHERE v.late BETWEEN 91 AND 120),
           SUM(l.amount_residual) FILTER (WHERE v.late > 120),
           MAX(v.late),
           MAX(CASE WHEN v.late >= 45 THEN 4 WHEN v.late >= 21 THEN 3
                    WHEN v.late >= 5 THEN 2 WHEN v.late >= -5 THEN 1 ELSE 0 END) AS step
      FROM account_move_line l
      JOIN account_account a
        ON a.id = l.account_id AND a.account_type = 'asset_receivable'
       AND a.non_trade IS NOT TRUE
      JOIN res_partner rp ON rp.id = l.partner_id
CROSS JOIN LATERAL (
        SELECT %(today)s::date - COALESCE(l.date_maturity, l.date) AS late) AS v
     WHERE l.reconciled IS NOT TRUE AND l.parent_state = 'posted'
       AND l.amount_residual_currency <> 0 AND l.company_id = %(company)s
  GROUP BY rp.commercial_partner_id
"""
FLOOR = f"INSERT INTO bench_floor {CLASSIFIED}"
# With the names that a message must have: whose, who reads it, from which run, which
# step, who signs.
MESSAGES = f"""
    INSERT INTO collections_touchpoint
           (profile_id, company_id, partner_id, run_id, direction, origin, channel,
            state, stage_id, kind, tone, episode, occurrence, attempt, scheduled_at,
            date, lang, user_id, create_date, write_date)
    SELECT p.id, p.company_id, f.partner_id, %(run)s, 'out', 'automatic', 'email',
           'scheduled', %(stage)s, 'overdue', 'friendly', 999, f.step, 0, %(now)s,
           %(now)s, 'en_US', %(user)s, %(now)s, %(now)s
      FROM ({CLASSIFIED}) AS f
      JOIN collections_profile p
        ON p.partner_id = f.partner_id AND p.company_id = %(company)s
"""


def floor(env, today, keys=False):
    """Classify every open item and insert one row per customer, in one statement.

    :param bool keys: whether the table has an id, and names the customer and the
                      company by foreign keys, as every table of records of Odoo's
    :return: what was measured, as a dict
    """
    cr = env.cr
    cr.execute("DROP TABLE IF EXISTS bench_floor")
    cr.execute(
        """CREATE TABLE bench_floor (
               partner_id int, items int, amount numeric, aging_0 numeric,
               aging_1 numeric, aging_2 numeric, aging_3 numeric, aging_4 numeric,
               aging_5 numeric, days int, stage int)"""
    )
    if keys:
        cr.execute(
            """ALTER TABLE bench_floor ADD id serial PRIMARY KEY,
                   ADD company_id int NOT NULL DEFAULT %s REFERENCES res_company,
                   ADD FOREIGN KEY (partner_id) REFERENCES res_partner""",
            [env.company.id],
        )
    # Making the table is no part of what is measured.
    cr.commit()
    result = {}
    with measured(cr, result):
        cr.execute(FLOOR, {"today": today, "company": env.company.id})
    cr.execute("DROP TABLE bench_floor")
    cr.commit()
    return result


def floor_of_messages(env, today):
    """Classify every open item and write one message per customer, in one statement.
    It is undone afterwards.

    :return: what was measured, as a dict
    """
    cr = env.cr
    values = {
        "today": today,
        "company": env.company.id,
        "now": f"{today} 09:00:00",
        "run": env["collections.run"].search([], limit=1).id,
        "stage": env["collections.stage"].search([], limit=1).id,
        "user": env.uid,
    }
    result = {}
    with measured(cr, result):
        cr.execute(MESSAGES, values)
    cr.rollback()
    return result
