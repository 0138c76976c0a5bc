"""What can be done with plays."""

from keepwell.plays.experiments.services.deciding import approve, may_decide, refuse, submit, withdraw
from keepwell.plays.experiments.services.dispatching import Dispatched, dispatch, is_due
from keepwell.plays.experiments.services.drafting import change, copy, discard, draft, problems
from keepwell.plays.experiments.services.following import follow
from keepwell.plays.experiments.services.going import end, end_due, pause, resume, roll_out, stop
from keepwell.plays.experiments.services.starting import start, work_waits
from keepwell.plays.experiments.services.working import work

__all__ = [
    "Dispatched",
    "approve",
    "change",
    "copy",
    "discard",
    "dispatch",
    "draft",
    "end",
    "end_due",
    "follow",
    "is_due",
    "may_decide",
    "pause",
    "problems",
    "refuse",
    "resume",
    "roll_out",
    "start",
    "stop",
    "submit",
    "withdraw",
    "work",
    "work_waits",
]
