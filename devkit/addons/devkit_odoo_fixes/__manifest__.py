{
    "name": "Development: mends for Debian's Odoo",
    "summary": "Takes a file out of the assets that Debian's package lacks",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "author": "Customer Collections",
    "license": "LGPL-3",
    "depends": ["mail"],
    "assets": {
        "web.assets_backend": [
            ("remove", "mail/static/lib/selfie_segmentation/selfie_segmentation.js"),
        ],
    },
}
