"""What a person waits for, beside Odoo's own screens."""

from lxml import etree

from .measure import measured, middle, peak, ratios, spread

#: which of Odoo's own screens each of ours stands beside
BESIDE = {
    "Customers, most overdue first": "Odoo: overdue invoices",
    "Customers that are late": "Odoo: overdue invoices",
    "Customers by segment": "Odoo: overdue invoices by customer",
    "Messages": "Odoo: overdue invoices",
    "Customer screen, of the biggest": "Odoo: partner form, of the same",
}


def measure(env, args):
    """Read what the web client reads, with a cold cache, in alternation."""
    user = env.ref("base.user_admin")
    user.group_ids += env.ref("customer_collections.group_manager")
    env.cr.commit()
    due = [
        ("move_type", "=", "out_invoice"),
        ("state", "=", "posted"),
        ("payment_state", "in", ("not_paid", "partial")),
        ("invoice_date_due", "<", "today"),
    ]
    late = [("amount_overdue", ">", 0)]
    env.cr.execute(
        """SELECT id, partner_id FROM collections_profile
         ORDER BY item_count DESC, id LIMIT 1"""
    )
    profile_id, partner_id = env.cr.fetchone()
    env["collections.profile"].browse(profile_id)._redecide()
    env.cr.commit()
    reads = {
        "Customers, most overdue first": ("collections.profile", [], None),
        "Customers that are late": ("collections.profile", late, None),
        "Customers by segment": ("collections.profile", late, "segment_id"),
        "Messages": ("collections.touchpoint", [], None),
        "Odoo: overdue invoices": ("account.move", due, None),
        "Odoo: overdue invoices by customer": ("account.move", due, "partner_id"),
        "Customer screen, of the biggest": ("collections.profile", profile_id, None),
        "Odoo: partner form, of the same": ("res.partner", partner_id, None),
    }
    results = {name: [] for name in reads}
    for turn in range(args.repeat + 1):
        for name, (model, what, group) in reads.items():
            records = env[model].with_user(user)
            kind = "form" if isinstance(what, int) else "list"
            wanted = specification(records, kind)
            env.flush_all()
            env.invalidate_all()
            figures = {}
            with measured(env.cr, figures):
                if kind == "form":
                    records.browse(what).web_read(wanted)
                elif group:
                    records.web_read_group(what, [group], [], limit=80)
                else:
                    records.web_search_read(what, wanted, limit=80, count_limit=10001)
            env.cr.rollback()
            if turn or not args.repeat:
                results[name].append(figures)
    return results


def specification(records, kind):
    """Return what the web client asks for to show a view.

    :param str kind: ``list`` or ``form``
    """
    arch = etree.fromstring(records.get_view(view_type=kind)["arch"])
    return _fields_of(records, arch)


def _fields_of(records, node):
    wanted = {}
    for field in node.xpath(".//field[not(ancestor::field)]"):
        name = field.get("name")
        known = records._fields.get(name)
        if known is None or field.get("column_invisible") in ("1", "True"):
            continue
        wanted[name] = {}
        if known.type == "many2one":
            wanted[name] = {"fields": {"display_name": {}}}
        elif known.type in ("one2many", "many2many"):
            lists = field.xpath("./list | ./kanban")
            wanted[name] = {"fields": {"display_name": {}}, "limit": 40}
            if lists:
                inner = etree.fromstring(etree.tostring(lists[0]))
                wanted[name]["fields"] = _fields_of(records[name], inner)
    return wanted


def report(results):
    lines = [
        "| what is read | median | range | processor | ÷ Odoo's, clock "
        "| ÷ Odoo's, processor | statements | peak memory |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, rows in results.items():
        odoos = results.get(BESIDE.get(name))
        lines.append(
            f"| {name} | {middle(rows):.0f} ms | {spread(rows)} "
            f"| {middle(rows, 'cpu'):.0f} ms | {ratios(rows, odoos, 'seconds', 'cpu')} "
            f"| {rows[-1]['statements']} | {peak(rows)} |"
        )
    return "\n".join(lines)
