"""What can be done about privacy."""

from keepwell.customers.privacy.services.consents import (
    add_wording,
    import_consents,
    record_consents,
    set_consent,
    withdraw_all,
)
from keepwell.customers.privacy.services.erasers import register_eraser
from keepwell.customers.privacy.services.export import export_person
from keepwell.customers.privacy.services.holds import lift_hold, lift_holds, place_hold
from keepwell.customers.privacy.services.ledger import allow_again, erased_among, take_over_ledger
from keepwell.customers.privacy.services.requests import replay_ledger, request_right, run_requests
from keepwell.customers.privacy.services.retention import (
    apply_retention,
    preview_retention,
    register_retention,
    rules,
    set_retention,
    set_unmask_limit,
)
from keepwell.customers.privacy.services.rotation import rotate_keys
from keepwell.customers.privacy.services.unmasking import (
    addresses_for,
    people_addresses_for,
    reason_said,
    unmask,
)

__all__ = [
    "add_wording",
    "addresses_for",
    "allow_again",
    "apply_retention",
    "erased_among",
    "export_person",
    "import_consents",
    "lift_hold",
    "lift_holds",
    "people_addresses_for",
    "place_hold",
    "preview_retention",
    "reason_said",
    "record_consents",
    "register_eraser",
    "register_retention",
    "replay_ledger",
    "request_right",
    "rotate_keys",
    "rules",
    "run_requests",
    "set_consent",
    "set_retention",
    "set_unmask_limit",
    "take_over_ledger",
    "unmask",
    "withdraw_all",
]
