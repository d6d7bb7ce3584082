{
    "name": "Customer Collections",
    "summary": "Get what is owed and keep the customer",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collections",
    "author": "Customer Collections",
    "website": "https://github.com/customer-collections/customer-collections",
    "license": "LGPL-3",
    "development_status": "Beta",
    "application": True,
    "depends": ["account_payment", "resource", "sms"],
    "external_dependencies": {"python": ["phonenumbers", "xlsxwriter"]},
    "data": [
        "security/customer_collections_groups.xml",
        "security/ir.model.access.csv",
        "security/customer_collections_security.xml",
    ],
    "uninstall_hook": "uninstall_hook",
}
