from . import (
    base_partner_merge,
    collections_contact_wizard,
    collections_go_live,
    collections_message_wizard,
    collections_pin_wizard,
    collections_promise_wizard,
    collections_run_wizard,
    collections_setup,
    collections_touchpoint_decide,
    collections_touchpoint_edit,
    collections_withdraw_wizard,
    sms_composer,
)
