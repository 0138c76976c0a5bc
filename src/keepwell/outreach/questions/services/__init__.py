"""What can be done with questions and feedback; permission is asked at `questions.access` before."""

from keepwell.outreach.questions.services.asking import (
    answer,
    assign,
    close,
    note,
    open_question,
    plan,
    reopen,
    take_word,
)
from keepwell.outreach.questions.services.incoming import (
    keep,
    let_take,
    on_inbound,
    receive,
    register_source,
)
from keepwell.outreach.questions.services.inquiring import ask_customer
from keepwell.outreach.questions.services.passing import (
    accept,
    answer_feedback,
    follow_up,
    hand_on,
    no_action,
    reopen_feedback,
)
from keepwell.outreach.questions.services.routing import save_routing, switch_off, switch_on, try_routing
from keepwell.outreach.questions.services.surveys import survey_answered
from keepwell.outreach.questions.services.working import is_somebodys, work

__all__ = [
    "accept",
    "answer",
    "answer_feedback",
    "ask_customer",
    "assign",
    "close",
    "follow_up",
    "hand_on",
    "is_somebodys",
    "keep",
    "let_take",
    "no_action",
    "note",
    "on_inbound",
    "open_question",
    "plan",
    "receive",
    "register_source",
    "reopen",
    "reopen_feedback",
    "save_routing",
    "survey_answered",
    "switch_off",
    "switch_on",
    "take_word",
    "try_routing",
    "work",
]
