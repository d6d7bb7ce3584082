"""Vocabulary shared by the models: the words of the field, once."""

CHANNELS = [
    ("email", "E-mail"),
    ("sms", "SMS"),
    ("letter", "Letter"),
    ("call", "Call"),
    ("portal", "Portal"),
]

# The gentle end first: the order is the order of escalation.
TONES = [
    ("helpful", "Helpful"),
    ("friendly", "Friendly"),
    ("firm", "Firm"),
    ("final", "Final"),
]

STAGE_KINDS = [
    ("before_due", "Before due"),
    ("overdue", "Overdue"),
    ("after_paid", "After paid"),
]

# The mildest effect first: the strongest active hold of a customer wins.
HOLD_EFFECTS = [
    ("exclude", "Not chased"),
    ("pause", "Reminders paused"),
    ("silence", "Silence"),
]

HOLD_REASONS = [
    ("manual", "A manager's word"),
    ("reply", "The customer replied and waits for an answer"),
    ("invoice_bounced", "The invoice e-mail bounced"),
    ("invoice_unsent", "The invoice was never sent"),
    ("payment_blocked", "Its payment is blocked"),
    ("money_unmatched", "Money received, not yet matched"),
    ("promise", "The customer promised to pay"),
    ("dispute", "The customer disputes it"),
    ("plan", "On a payment plan"),
    ("offer", "An offer is open"),
    ("paperwork", "Paperwork is missing"),
    ("paid_already", "The customer says it is paid"),
    ("forgot", "They forgot and will see to it"),
    ("cannot", "They cannot pay all of it now"),
    ("hardship", "Hardship"),
    ("vulnerability", "The customer needs particular care"),
    ("breathing_space", "Breathing space"),
    ("crisis", "Mental-health crisis"),
]

# Written and ended by an agreement: measured against what was paid since.
AGREEMENT_REASONS = ("promise", "dispute", "plan", "offer")

# Who said so: the customer, a colleague, or the figures.
SOURCES = [
    ("customer", "The customer"),
    ("collector", "A collector"),
    ("inferred", "Inferred"),
]

TOUCHPOINT_STATES = [
    ("planned", "Planned"),
    ("to_approve", "To approve"),
    ("scheduled", "Scheduled"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("failed", "Failed"),
    ("bounced", "Bounced"),
    ("cancelled", "Not sent"),
]
# Still to leave by the one door.
OPEN_STATES = ("planned", "to_approve", "scheduled")
# Reached, or was meant to reach, the customer: counts against the contact budget.
CONTACT_STATES = ("sent", "delivered", "failed", "bounced")

# Why nothing goes out, for a planned step and for a refused touchpoint alike.
REFUSALS = [
    ("nothing_owed", "Nothing to ask for"),
    ("settled", "What it was about is settled or on its way"),
    ("held", "What is overdue is under a hold"),
    ("paused", "A hold pauses the reminders"),
    ("silenced", "A hold demands silence"),
    ("pinned", "A person pinned the step"),
    ("below_minimum", "The amount is below the minimum"),
    ("opted_out", "The customer opted out of this channel"),
    ("too_firm", "Too firm for a customer in hardship"),
    ("no_channel", "No permitted channel reaches the customer"),
    ("no_hours", "The contact rules leave no permitted hour"),
    ("outside_hours", "Outside the permitted hours"),
    ("budget", "The contact budget is used up"),
    ("quiet", "Quiet days after a conversation"),
    ("archived", "The contact is archived"),
    ("left", "The recipient has left the customer"),
    ("no_rate", "A currency has no exchange rate"),
    ("no_policy", "No policy applies"),
    ("no_stages", "The policy has no stages"),
    ("not_live", "The company has not gone live"),
    ("not_clear", "Something is overdue again"),
    ("superseded", "Another step took its place"),
    ("template", "The template cannot be rendered"),
    ("refused", "A person refused it"),
]

NEXT_CODES = [
    ("due", "Due now"),
    ("waiting", "Waiting for its day"),
    ("planned", "Planned"),
    ("ladder_done", "Every step was taken"),
    *REFUSALS,
]
