"""What can be done in care; permission is asked at `care.access` before."""

from keepwell.plays.care.services.acting import add, choose_gift, done, record, reschedule, skip, undo
from keepwell.plays.care.services.planning import assign, assign_many, decide, end, pause, resume, set_lines
from keepwell.plays.care.services.running import run
from keepwell.plays.care.services.settings import save_gift, save_template, set_rules

__all__ = [
    "add",
    "assign",
    "assign_many",
    "choose_gift",
    "decide",
    "done",
    "end",
    "pause",
    "record",
    "reschedule",
    "resume",
    "run",
    "save_gift",
    "save_template",
    "set_lines",
    "set_rules",
    "skip",
    "undo",
]
