"""What the history is told of tasks: codes only, never what somebody wrote."""

from __future__ import annotations

from datetime import datetime

import orjson

from keepwell.history import services as history
from keepwell.outreach import core
from keepwell.outreach.contracts import Kind
from keepwell.outreach.models import Task

SOURCE = "keepwell"
TYPES = {Kind.VISIT: "meeting", Kind.MESSAGE: "chat"}


def contact(task: Task, status: str, at: datetime) -> None:
    """Where the outreach of a task stands; a later one revises it."""
    if not task.customer_id or task.kind not in core.REACHING:
        return
    fact = {
        "contact_id": f"task-{task.pk}",
        "customer_id": task.customer_id,
        "at": at,
        "channel": task.channel or "phone",
        "play": task.play or task.treatment or None,
        "arm": task.arm or None,
        "propensity": task.propensity,
        "purpose": core.purpose(task.response, task.treatment),
        "status": status,
    }
    history.record(table="contacts", fact=fact, source=SOURCE)


def talk(task: Task, at: datetime, *, withdrawn: bool = False) -> None:
    """That somebody spoke with the customer; `withdrawn` takes it back.

    It has no subject: what we meant to do is not what the customer spoke of.
    """
    if not task.customer_id or task.kind not in core.REACHING:
        return
    said = {
        "task": task.pk,
        "outcome": task.outcome,
        "response": task.response,
        "remedies": task.remedies,
        "treatment": task.treatment,
    }
    fact = {
        "interaction_id": f"task-{task.pk}",
        "customer_id": task.customer_id,
        "at": at,
        "channel": task.channel or "phone",
        "type": "withdrawn" if withdrawn else TYPES.get(Kind(task.kind), "call"),
        "properties": orjson.dumps({} if withdrawn else said, option=orjson.OPT_SORT_KEYS).decode(),
    }
    history.record(table="interactions", fact=fact, source=SOURCE)
