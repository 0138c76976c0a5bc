"""What can be done with first replies and the answers of the house; permission is asked before."""

from keepwell.outreach.firstreply.services.answers import add_ready_made, approve, save_answer, take_out
from keepwell.outreach.firstreply.services.files import bring
from keepwell.outreach.firstreply.services.marking import set_routine
from keepwell.outreach.firstreply.services.replying import reply
from keepwell.outreach.firstreply.services.switching import save_rules, switch_off, switch_on, try_rules
from keepwell.outreach.firstreply.services.taking import is_taken
from keepwell.outreach.firstreply.services.watching import answered, watch

__all__ = [
    "add_ready_made",
    "answered",
    "approve",
    "bring",
    "is_taken",
    "reply",
    "save_answer",
    "save_rules",
    "set_routine",
    "switch_off",
    "switch_on",
    "take_out",
    "try_rules",
    "watch",
]
