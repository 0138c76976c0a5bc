"""What can be done with the journey map."""

from keepwell.outreach.touchpoints.services.editing import (
    remove_friction,
    remove_touchpoint,
    restore,
    save_friction,
    save_stage,
    save_touchpoint,
)
from keepwell.outreach.touchpoints.services.measuring import measure
from keepwell.outreach.touchpoints.services.remedies import look, switch_off, switch_on, work

__all__ = [
    "look",
    "measure",
    "remove_friction",
    "remove_touchpoint",
    "restore",
    "save_friction",
    "save_stage",
    "save_touchpoint",
    "switch_off",
    "switch_on",
    "work",
]
