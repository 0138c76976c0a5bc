"""What can be done with mailings."""

from keepwell.outreach.mailings.services.drafting import change, create, discard
from keepwell.outreach.mailings.services.going import confirm, pause, resume, settle, stop
from keepwell.outreach.mailings.services.preparing import prepare_next, work_waits

__all__ = [
    "change",
    "confirm",
    "create",
    "discard",
    "pause",
    "prepare_next",
    "resume",
    "settle",
    "stop",
    "work_waits",
]
