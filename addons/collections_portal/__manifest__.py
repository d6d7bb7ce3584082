{
    "name": "Customer Collections: Portal",
    "summary": "Let customers see, pay, agree and object by themselves",
    "version": "19.0.1.0.0",
    "category": "Accounting/Collections",
    "author": "Customer Collections",
    "website": "https://github.com/customer-collections/customer-collections",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["customer_collections", "account_payment"],
    "data": [
        "security/ir.model.access.csv",
        "views/portal_layout_templates.xml",
        "views/portal_link_templates.xml",
        "views/portal_account_templates.xml",
        "views/portal_home_templates.xml",
        "views/collections_profile_views.xml",
    ],
    "assets": {
        "web.assets_frontend": ["collections_portal/static/src/**/*"],
    },
}
