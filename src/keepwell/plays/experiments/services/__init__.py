"""What can be done with plays."""

from keepwell.plays.experiments.services.deciding import approve, may_decide, refuse, submit, withdraw
from keepwell.plays.experiments.services.drafting import change, copy, discard, draft
from keepwell.plays.experiments.services.starting import start

__all__ = [
    "approve",
    "change",
    "copy",
    "discard",
    "draft",
    "may_decide",
    "refuse",
    "start",
    "submit",
    "withdraw",
]
