"""What can be done with buying stages and plans of content."""

from keepwell.outreach.tailoring.services.counting import count, work, work_out
from keepwell.outreach.tailoring.services.planning import add_group, move_group, remove_group, set_texts
from keepwell.outreach.tailoring.services.recording import keep
from keepwell.outreach.tailoring.services.ruling import set_rule

__all__ = [
    "add_group",
    "count",
    "keep",
    "move_group",
    "remove_group",
    "set_rule",
    "set_texts",
    "work",
    "work_out",
]
