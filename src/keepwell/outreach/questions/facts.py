"""What the history is told of questions: codes and numbers only, never what somebody said."""

from __future__ import annotations

from datetime import datetime

import orjson

from keepwell.history import services as history
from keepwell.outreach.questions.models import Question

SOURCE = "keepwell"
# Steps that a reader of effects asks for; notes and hand-overs are the shop's own matter.
TOLD = frozenset({"open", "answer", "satisfied", "unsatisfied", "close", "reopen"})


def step(question: Question, number: int, action: str, at: datetime) -> None:
    """That a question took a step, and where it stands now."""
    if action not in TOLD:
        return
    said = {
        "question": question.pk,
        "step": action,
        "status": question.status,
        "importance": question.importance,
        "topic": question.topic,
        "origin": question.origin,
        "channel": question.channel,
        "round": question.rounds,
        "reason": question.reason,
    }
    fact = {
        "interaction_id": f"question-{question.pk}-{number}",
        "customer_id": question.customer_id,
        "at": at,
        # What customers begin themselves is counted by channel: this is our own step.
        "channel": None,
        "type": "question",
        "subject": question.status,
        "properties": orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode(),
    }
    history.record(table="interactions", fact=fact, source=SOURCE)
