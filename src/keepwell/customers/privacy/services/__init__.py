"""What can be done about privacy."""

from keepwell.customers.privacy.services.consents import (
    add_wording,
    import_consents,
    record_consents,
    set_consent,
    withdraw_all,
)
from keepwell.customers.privacy.services.holds import lift_hold, lift_holds, place_hold
from keepwell.customers.privacy.services.unmasking import reason_said, unmask

__all__ = [
    "add_wording",
    "import_consents",
    "lift_hold",
    "lift_holds",
    "place_hold",
    "reason_said",
    "record_consents",
    "set_consent",
    "unmask",
    "withdraw_all",
]
