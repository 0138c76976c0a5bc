"""What can be done with journeys."""

from keepwell.outreach.journeys.services.defining import (
    approve,
    change,
    check,
    create,
    reopen,
    save_draft,
)
from keepwell.outreach.journeys.services.drawing import begin, copy, edit, new_version, redo, undo
from keepwell.outreach.journeys.services.dryrun import dry_run
from keepwell.outreach.journeys.services.entering import enter
from keepwell.outreach.journeys.services.festivals import (
    add_own_day,
    fill_festivals,
    follow_rule,
    put_back,
    set_festival,
    take_festivals,
)
from keepwell.outreach.journeys.services.running import close, pause, resume, stop, switch_on
from keepwell.outreach.journeys.services.starting import start_due
from keepwell.outreach.journeys.services.ticking import tick
from keepwell.outreach.journeys.services.trials import ask_trial, run_next_trial
from keepwell.outreach.journeys.services.working import tidy, work

__all__ = [
    "add_own_day",
    "approve",
    "ask_trial",
    "begin",
    "change",
    "check",
    "close",
    "copy",
    "create",
    "dry_run",
    "edit",
    "enter",
    "fill_festivals",
    "follow_rule",
    "new_version",
    "pause",
    "put_back",
    "redo",
    "reopen",
    "resume",
    "run_next_trial",
    "save_draft",
    "set_festival",
    "start_due",
    "stop",
    "switch_on",
    "take_festivals",
    "tick",
    "tidy",
    "undo",
    "work",
]
