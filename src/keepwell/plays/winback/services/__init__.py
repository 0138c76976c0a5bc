"""What can be done with cases; permission is asked at `winback.access` before."""

from keepwell.plays.winback.services.acting import revise, start
from keepwell.plays.winback.services.analysing import analyse, diagnose
from keepwell.plays.winback.services.caring import care, record_satisfaction
from keepwell.plays.winback.services.ending import close, finish, lose, reopen, win
from keepwell.plays.winback.services.opening import assign, open_case
from keepwell.plays.winback.services.planning import ask, plan, withdraw
from keepwell.plays.winback.services.rules import set_rules
from keepwell.plays.winback.services.surveying import answer
from keepwell.plays.winback.services.watching import run

__all__ = [
    "analyse",
    "answer",
    "ask",
    "assign",
    "care",
    "close",
    "diagnose",
    "finish",
    "lose",
    "open_case",
    "plan",
    "record_satisfaction",
    "reopen",
    "revise",
    "run",
    "set_rules",
    "start",
    "win",
    "withdraw",
]
