"""The words of the customer's side, once."""

# What somebody may do with an account. A login has all of them; a link those of its
# purpose, and never what belongs to a login alone.
LOGIN_RIGHTS = frozenset(
    {
        "view",  # see the account, download documents
        "pay",  # pay, apply own credits
        "act",  # promise, dispute, agree on a plan, tell what is wrong
        "preferences",  # one's own channels, hours, language
        "people",  # who receives what, for everybody at the customer
        "cards",  # one's saved cards, automatic payment
        "files",  # what they and their colleagues handed in
        "send",  # a document to a colleague
    }
)
# Links hold the place of their purpose in this list: it only grows, at its end.
PURPOSES = {
    "account": frozenset({"view", "pay", "act", "preferences", "send"}),
    "pay": frozenset({"view", "pay"}),
    "view": frozenset({"view"}),
    "preferences": frozenset({"preferences"}),
}

# What is said again in the same words within so many minutes is the same click, sent
# once more.
AGAIN_MINUTES = 10

# How often one customer, and one address, may do it: (times, in minutes).
LIMITS = {
    "read": (300, 10),
    "download": (60, 10),
    "write": (40, 10),
    "send": (6, 60),
    "stranger": (60, 10),
}
# Behind one address there may be a whole office.
ADDRESS_FACTOR = 5

# Files a customer may hand in: what they are, by their content, and how large.
UPLOAD_TYPES = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
}
MAX_UPLOADS = 5
MAX_UPLOAD_BYTES = 10 * 1024 * 1024

# Who at the customer does what.
ROLES = [
    ("payable", "Accounts payable"),
    ("approver", "Approves payments"),
    ("escalation", "Where to turn when nobody answers"),
]

# The pages of an account in their order; those not named here come before the last.
PAGES = (
    *("account", "pay", "invoices", "credits", "statement"),
    *("promise", "dispute", "plan", "offers", "problem", "preferences"),
)
